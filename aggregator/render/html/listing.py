"""What a visitor wants to see of the sources ⇄ the query string of its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aggregator.render.html.query_string import QueryString

STATES = ("failing", "gone", "pending", "paused", "ok")
"""The states of a source, those that want the operator's attention first."""
SORTS = ("name", "state", "last", "next", "entries", "failures", "silent", "latency")
"""What the list can be ordered by."""
_DESCENDING = frozenset({"entries", "failures", "last", "latency"})  # whoever sorts by these wants the most first
_LONGEST = 200  # characters that are sought


@dataclass(frozen=True, slots=True)
class Listing(QueryString):
    """What is asked for; empty values ask for nothing. The names are those of the query string.

    `order` is "asc" or "desc", "" for what is usual with `sort`; `page` counts from 1, "" is the first.
    """

    state: str = ""
    category: str = ""
    q: str = ""
    sort: str = ""
    order: str = ""
    page: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Listing:
        """Return what a query string asks for; values that mean nothing are left out, and so is what else is in it."""
        given = cls.given(query, _LONGEST)
        page = given["page"]
        is_page = page.isascii() and page.isdigit() and len(page) < 7 and int(page) > 1
        known = {
            "state": given["state"] if given["state"] in STATES else "",
            "sort": given["sort"] if given["sort"] in SORTS[1:] else "",
            "order": given["order"] if given["order"] in {"asc", "desc"} else "",
            "page": str(int(page)) if is_page else "",
        }
        asked = cls(**{**given, **known})
        return replace(asked, order="") if asked.order == asked._usual else asked

    @property
    def by(self) -> str:
        """What the list is ordered by."""
        return self.sort or SORTS[0]

    @property
    def descending(self) -> bool:
        """Whether the most comes first."""
        return (self.order or self._usual) == "desc"

    @property
    def number(self) -> int:
        """Which page is asked for, from 1 on."""
        return int(self.page or 1)

    @property
    def _usual(self) -> str:
        return "desc" if self.by in _DESCENDING else "asc"

    def sorted_by(self, sort: str) -> str:
        """Return the query string for another order; for the one that there is, the other way round."""
        if sort != self.by:
            return self.with_(sort="" if sort == SORTS[0] else sort, order="", page="")
        other = "asc" if self.descending else "desc"
        return self.with_(order="" if other == self._usual else other, page="")

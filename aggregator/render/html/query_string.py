"""A page's parameters ⇄ the query string of its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from aggregator.text import characters


@dataclass(frozen=True, slots=True)
class QueryString:
    """What a visitor asks for: each field a text, under its name in the query string; "" asks for nothing."""

    @classmethod
    def given(cls, query: Mapping[str, str], longest: int) -> dict[str, str]:
        """Return what a query string gives for each field, clean and of so many characters at most."""
        return {field.name: characters.clean(query.get(field.name, "")).strip()[:longest] for field in fields(cls)}

    def with_(self, **changes: str) -> str:
        """Return the query string with these values instead, with its "?"; "?" alone where nothing is asked for."""
        changed = replace(self, **changes)
        pairs = [(field.name, value) for field in fields(changed) if (value := getattr(changed, field.name))]
        return f"?{urlencode(pairs)}"

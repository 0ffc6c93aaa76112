"""What a source's table and those of its category say of access → the source's Access. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.config.tables import AccessKeys, DefaultsTable, SourceTable
from aggregator.model import Access
from aggregator.model.categories import with_wholes

_NOTHING = Access()


def of_source(source: SourceTable, defaults: Sequence[DefaultsTable]) -> Access:
    """Return how a feed's server is met: as its table says, else as the nearest category does that says anything.

    One signs in one way: a table's login leaves out those of the tables behind it. Of headers each is taken by itself.
    """
    if not defaults and source.model_fields_set.isdisjoint(AccessKeys.model_fields):
        return _NOTHING  # nearly all of forty thousand
    wholes = {"", *with_wholes([source.category])}
    applying = sorted((each for each in defaults if each.category in wholes), key=_nearness)
    tables: list[AccessKeys] = [source, *applying]
    login = next((table for table in tables if table.login_keys), source)
    headers: dict[str, tuple[str, str]] = {}
    for table in reversed(tables):
        own = {name.lower(): (name, value) for name, value in table.headers.items()}
        headers |= {name: header for name, header in own.items() if name != "authorization" or table is login}
        if table.cookie:
            headers["cookie"] = ("Cookie", table.cookie)
    if login.bearer:
        headers["authorization"] = ("Authorization", f"Bearer {login.bearer}")
    return Access(
        username=login.username,
        password=login.password,
        headers=tuple(headers.values()),
        user_agent=next((table.user_agent for table in tables if table.user_agent), ""),
    )


def _nearness(table: DefaultsTable) -> int:
    return -len(table.category)

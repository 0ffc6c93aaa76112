"""An output's rules as a test writes them."""

from __future__ import annotations

from typing import Any

from aggregator.store.conditions import Selection
from aggregator.store.rules import RULES, MaxAge


def chosen(*, since: int | None = None, **wanted: Any) -> Selection:
    """The rules with these values, by their keys; `since` is the earliest instant in place of `max_age`."""
    values = wanted if since is None else {**wanted, MaxAge.key: since}
    assert values.keys() <= {rule.key for rule in RULES}
    return Selection(tuple(rule(values[rule.key]) for rule in RULES if rule.key in values))

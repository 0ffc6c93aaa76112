"""Two configs → what changed between them, for the operator who has a daemon read its file again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from aggregator.config.schema import Config

_LISTS = ("source", "output", "defaults")


def changes(before: Config, after: Config) -> dict[str, Any]:
    """Return which sources and outputs were added, removed or changed, the `keys` of other tables that were, and which
    of these need a `restart`."""
    keys = [
        f"{name}.{key}"
        for name in type(before).model_fields
        if name not in _LISTS and isinstance(getattr(before, name), BaseModel)
        for key in type(getattr(before, name)).model_fields
        if getattr(getattr(before, name), key) != getattr(getattr(after, name), key)
    ]
    return {
        "sources": _compared(before.by_key, after.by_key),
        "outputs": _compared(*({output.name: output for output in config.outputs} for config in (before, after))),
        "keys": keys,
        "restart": [key for key in keys if key.startswith("serve.") and key != "serve.private"],
    }


def _compared(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[str]]:
    return {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
        "changed": [name for name in after if name in before and after[name] != before[name]],
    }

"""What the operator is told of a source that is in trouble."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What an incident is about."""

    FAILING = "failing"
    GONE = "gone"
    MOVED = "moved"
    SILENT = "silent"
    MISSED = "missed"
    OFFLINE = "offline"  # of our own line, and of no source


class Ending(StrEnum):
    """How an incident ended: the source is well again, or something else took its place, or nobody visits it now.

    A move ends when the config has followed it.
    """

    RECOVERED = "recovered"
    FOLLOWED = "followed"
    REPLACED = "replaced"
    DROPPED = "dropped"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Incident:
    """What the operator should know of a source: one trouble from beginning to end, whatever the number of visits.

    `since` is when the trouble began, `opened` when it was called one, and `until` when it ended, 0 while it lasts.
    What describes it never changes: the source's `name`, `link` and `address` as they were, to be shown to anybody
    (the address of a local source is ""), and `detail`, which is the error at the time, or the new address.
    """

    urn: str
    trouble: Trouble
    since: int
    opened: int
    name: str
    link: str = ""
    address: str = ""
    detail: str = ""
    until: int = 0
    ending: Ending | None = None

"""What came of what the operator asked for, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Done(StrEnum):
    """What came of it, for programs; `said` tells people. Nothing here is an error of ours."""

    VISITED = "visited"
    BUSY = "busy"
    PAUSED = "paused"
    PAUSED_ALREADY = "paused-already"
    IS_PAUSED = "is-paused"
    RESUMED = "resumed"
    RUNS_ALREADY = "runs-already"
    SWITCHED_OFF = "switched-off"
    GONE = "gone"
    NO_SOURCE = "no-source"
    SPLIT = "split"
    ALONE = "alone"
    NO_COPY = "no-copy"
    MERGED = "merged"
    ONE_ALREADY = "one-already"
    NO_STORY = "no-story"
    NO_OTHER = "no-other"
    SEVERAL = "several"

    @property
    def said(self) -> str:
        """The line for the operator."""
        return _SAID[self]

    @property
    def is_missing(self) -> bool:
        """Whether what was to be changed is not there."""
        return self in {Done.NO_SOURCE, Done.NO_STORY}


_SAID = {
    Done.VISITED: "The source is due now: it is visited in the next moments.",
    Done.BUSY: "The source is being visited already.",
    Done.PAUSED: "The source is paused: it is not visited, and what its hub pushes is not taken, until it is resumed.",
    Done.PAUSED_ALREADY: "The source was paused already.",
    Done.IS_PAUSED: "The source is paused: resume it, and it is visited when it is due.",
    Done.RESUMED: "The source is visited again when it is due.",
    Done.RUNS_ALREADY: "The source was not paused.",
    Done.SWITCHED_OFF: "The config has switched the source off (enabled = false): change it there.",
    Done.GONE: "The source answered that it is gone for good (410). Remove it from the config; added again it is"
    " asked once more.",
    Done.NO_SOURCE: "There is no such source in the config.",
    Done.SPLIT: "The copy is a story of its own now.",
    Done.ALONE: "It is the only copy of its story already.",
    Done.NO_COPY: "That copy is not one of this story: it may have been split off meanwhile.",
    Done.MERGED: "They are one story now.",
    Done.ONE_ALREADY: "They are one story already.",
    Done.NO_STORY: "There is no such story.",
    Done.NO_OTHER: "Nothing that is stored has that address or id.",
    Done.SEVERAL: "Several stories have that address: name one by its id, or by the address of its page here.",
}


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it; `story` is the URN of the story in which it ended, "" for what is about none."""

    done: Done
    story: str = ""

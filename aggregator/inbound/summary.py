"""Visits → what a round came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from aggregator.model import Outcome, Visit

FAILED = frozenset({Outcome.FAILED, Outcome.GONE})
"""How a visit ends that failed."""


def brought(visit: Visit) -> str:
    """Say in a line what a visit came to: what is new, what was malformed or cut, or why it failed; "" for nothing."""
    counts = (visit.entries_new, "new"), (visit.entries_updated, "updated")
    news = ", ".join(f"{number} {what}" for number, what in counts if number)
    return "; ".join(filter(None, (news, visit.detail)))


@dataclass(slots=True)
class Summary:
    """What a round came to; counts are of sources, entries and stories, `seconds` of wall time."""

    visited: int = 0
    unchanged: int = 0
    failed: int = 0
    entries_new: int = 0
    entries_updated: int = 0
    stories_new: int = 0
    seconds: float = 0.0
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        """Count a visit; a large folder takes several, and is one source all the same."""
        before = self._outcomes.get(visit.source)
        worst = before if before is not None and before in FAILED else visit.outcome
        self._outcomes[visit.source] = worst
        self.visited = len(self._outcomes)
        self.unchanged += (worst is Outcome.UNCHANGED) - (before is Outcome.UNCHANGED)
        self.failed += (worst in FAILED) - (before in FAILED)
        self.entries_new += visit.entries_new
        self.entries_updated += visit.entries_updated
        self.stories_new += visit.stories_new

    def as_dict(self) -> dict[str, int | float]:
        """Return the counts by name, as `once --json` prints them."""
        return {k: round(v, 3) if k == "seconds" else v for k, v in asdict(self).items() if not k.startswith("_")}

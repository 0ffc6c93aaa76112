"""Visits → what a round came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from aggregator.model import Outcome, Visit


def brought(visit: Visit) -> str:
    """Say in a line what a visit came to: what is new, what was malformed or cut, or why it failed; "" for nothing.

    Who read in the log that a source fails reads there, too, that it does no more.
    """
    counts = (visit.entries_new, "new"), (visit.entries_updated, "updated")
    news = ", ".join(f"{number} {what}" for number, what in counts if number)
    recovered = f"it works again, after it failed {visit.recovered} times in a row" if visit.recovered else ""
    return "; ".join(filter(None, (news, recovered, visit.detail)))


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
        worst = before if before is not None and before.is_failure else visit.outcome
        self._outcomes[visit.source] = worst
        self.visited = len(self._outcomes)
        self.unchanged += (worst is Outcome.UNCHANGED) - (before is Outcome.UNCHANGED)
        self.failed += worst.is_failure - (before is not None and before.is_failure)
        self.entries_new += visit.entries_new
        self.entries_updated += visit.entries_updated
        self.stories_new += visit.stories_new

    def as_dict(self) -> dict[str, int | float]:
        """Return the counts by name, as `once --json` prints them."""
        return {k: round(v, 3) if k == "seconds" else v for k, v in asdict(self).items() if not k.startswith("_")}

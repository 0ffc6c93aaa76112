"""All rules of an output together, as conditions in SQL; store/rules.py has them one by one.

s is the story, e an entry and f its source; values are bound by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.store.rules import RULES, Configured, PerSource, Rule, Visible, of_its_copies

if TYPE_CHECKING:
    from aggregator.config import OutputTable
    from aggregator.model import Source


@dataclass(frozen=True, slots=True)
class Selection:
    """What an output wants: all its rules at once; the empty one wants everything."""

    rules: tuple[Rule[Any], ...] = ()

    @property
    def per_source(self) -> int:
        """How many are shown of one source, 0 for any number."""
        return next((rule.value for rule in self.rules if isinstance(rule, PerSource)), 0)

    @property
    def momentary(self) -> bool:
        """Whether it is about what is shown at the moment."""
        return any(rule.momentary for rule in self.rules)

    def lasting(self) -> Selection:
        """Return the selection without what is about the moment."""
        return Selection(tuple(rule for rule in self.rules if not rule.momentary))

    def of_source(self) -> str:
        """Return the condition for a source (f) that is one of the output's."""
        return _all(rule.of_source() for rule in self._all_rules())

    def of_copy(self) -> str:
        """Return the condition for a copy (e from f) that makes its story one of the output's."""
        return _all((self.of_source(), *(rule.of_copy() for rule in self._all_rules())))

    def of_story(self) -> str:
        """Return the condition for a story (s) that is one of the output's."""
        taken = f"EXISTS ({of_its_copies('1', self.of_copy())})"
        return _all((taken, *(rule.of_story() for rule in self._all_rules())))

    def of_lone_copy(self) -> str:
        """Return the condition for a copy (e from f) where the output shows every copy."""
        return _all((self.of_copy(), *(rule.of_lone_copy() for rule in self._all_rules())))

    def hits(self) -> list[str]:
        """Return queries for the ids of entries, each for all that can be selected, where an index gives them."""
        queries = [query for rule in self.rules if (query := rule.hits())]
        if any(rule.of_source() for rule in self.rules):
            joined = "source AS f CROSS JOIN entry AS e ON e.source = f.id"
            queries.append(f"SELECT e.id FROM {joined} WHERE {self.of_source()}")
        return queries

    def values(self) -> dict[str, Any]:
        """Return what the names in all these stand for."""
        return {name: value for rule in self.rules for name, value in rule.values().items()}

    def of_former(self) -> str:
        """Return the condition for a story (s) that was one of the output's, hidden or not, of whatever source."""
        lasting = self.lasting().rules
        copies = _all((*(rule.of_source() for rule in lasting), *(rule.of_copy() for rule in lasting))) or "1"
        return _all((f"EXISTS ({of_its_copies('1', copies)})", *(rule.of_story() for rule in lasting)))

    def _all_rules(self) -> tuple[Rule[Any], ...]:
        return (Configured(None), Visible(None), *self.rules)


def selection_of(output: OutputTable, sources: Sequence[Source], now: int) -> Selection:
    """Return the output's rules, at an instant, among these configured sources."""
    rules = (rule.of(getattr(output, rule.key), sources, now) for rule in RULES)
    return Selection(tuple(rule for rule in rules if rule is not None))


def _all(conditions: Iterable[str]) -> str:
    return " AND ".join(condition for condition in conditions if condition)

"""The hostile world: every case is one source of a round of the real command line, beside sources that are well."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from active import ACTIVE
from addresses import CASES as ADDRESSES
from bodies import DISGUISED
from bombs import BOMBS
from cases import FAILING, Case, Seen
from disks import FILES
from hostile_round import Group, Outcome, assert_well, play
from wire import CODINGS, SLOW, WIRE

GROUPS = {
    "addresses": Group(ADDRESSES),
    "wire": Group(WIRE, polling='timeout = "20s"'),
    "codings": Group(CODINGS),
    "slow": Group(SLOW, polling='timeout = "4s"'),
    "disguised": Group(DISGUISED),
    "bombs": Group(BOMBS, parse_time=1),
    "active": Group(ACTIVE),
    "files": Group(FILES, parse_time=4),
}
CASES = [(group, case) for group in GROUPS for case in GROUPS[group].cases]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return Outcomes(tmp_path_factory.mktemp("hostile"))


class Outcomes:
    """The rounds, each played when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.of = cache(self._of)

    def _of(self, name: str) -> Outcome:
        folder = self._folder / name
        folder.mkdir()
        return play(GROUPS[name], folder, list(GROUPS).index(name) + 1)


@pytest.mark.parametrize("name", GROUPS)
def test_the_others_notice_nothing(outcomes: Outcomes, name: str) -> None:
    assert_well(GROUPS[name], outcomes.of(name))


@pytest.mark.parametrize(("group", "case"), [pytest.param(g, c, id=f"{g}-{c.name}") for g, c in CASES])
def test_case(outcomes: Outcomes, group: str, case: Case) -> None:
    seen = outcomes.of(group).seen[case.name]
    assert seen.source["state"] in ([case.state] if case.state else ["ok", "failing"]), seen.error
    assert case.error in seen.error
    assert case.entries is None or len(seen.entries) == case.entries, seen.titles[:20]
    if seen.source["state"] == FAILING:
        _is_told_in_one_line(seen)
    if case.check:
        case.check(seen)


def _is_told_in_one_line(seen: Seen) -> None:
    assert seen.error and seen.error.isprintable() and len(seen.error) < 500
    (line,) = seen.log
    assert " WARNING " in line and seen.error in line

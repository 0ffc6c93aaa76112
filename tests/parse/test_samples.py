"""Each sample in tests/samples, read and refined, is as a whole what stands beside it (expectations.py)."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from expectations import SAMPLES, expectation, found, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_a_sample_is_read_as_it_is_to_be(sample: Path) -> None:
    expected = expectation(sample).read_text("utf-8")
    lines = difflib.unified_diff(
        expected.splitlines(), found(sample).splitlines(), "expected", "found", lineterm="", n=6
    )
    if difference := "\n".join(lines):
        pytest.fail(
            f"{sample.name}\n{difference}\nIf this is right: python tests/expectations.py {sample.name}", pytrace=False
        )


def test_every_sample_has_an_expectation_and_the_other_way_round() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == {
        path.name for sample in samples() for path in (sample, expectation(sample))
    }
    assert len(samples()) >= 25

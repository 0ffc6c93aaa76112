"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House
from world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A loopback web of the test's own."""
    with World() as made:
        yield made


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty installation."""
    return House(tmp_path)

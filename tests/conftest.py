"""What every test may ask for."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import corpus
import pytest
from house import CANT, House
from hypothesis import settings
from world import World

settings.register_profile("patient", deadline=None)  # machines that run tests are busy
settings.register_profile("quick", deadline=None, max_examples=10)  # ./run check
settings.load_profile("patient")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a shell's background job, and in its children
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A test may skip where a machine lacks a part; in CI every part is there, and a skip hides a missing check.

    But for ../shared, which a clone has not: what needs it asks for the fixture `shared`, and skips there; and for what
    can't be installed (mounts, tracing, containers): the reason then begins with CANT.
    """
    report = yield
    fixtures: list[str] = getattr(item, "fixturenames", [])
    excused = "shared" in fixtures and not corpus.SHARED.exists()
    excused = excused or CANT in str(call.excinfo.value if call.excinfo else "")
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail") and not excused:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not accept: {call.excinfo}"
    return report


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command that a test ran in this process set for logging: no later test hears less for it."""
    loggers = [logging.getLogger(name) for name in (None, "aggregator", "apscheduler", "asyncio")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        for handler in set(logger.handlers).difference(handlers):
            logger.removeHandler(handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared, with feeds and articles of others that are not ours to copy; skips where it is absent."""
    if not corpus.SHARED.exists():
        pytest.skip("it needs ../shared, which a clone has not")
    return corpus.SHARED


@pytest.fixture(scope="session")
def unpacked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus of feeds, unpacked."""
    return corpus.unpack(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def world() -> Iterator[World]:
    """A loopback web of the test's own."""
    with World() as made:
        yield made


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty installation."""
    return House(tmp_path)

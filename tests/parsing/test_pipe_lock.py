"""The lock that the processes share: what a semaphore would do, without /dev/shm."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.parsing.context import Context, PipeLock


@pytest.fixture
def lock() -> Iterator[PipeLock]:
    reader, writer = Context().Pipe(duplex=False)
    with closing(reader), closing(writer):
        yield PipeLock(reader, writer)


def count(lock: PipeLock, path: str, times: int) -> None:
    """Adds one to the number in a file so often: reads, pauses, writes."""
    for _ in range(times):
        with lock:
            number = int(Path(path).read_text() or 0)
            time.sleep(0)
            Path(path).write_text(str(number + 1))


def test_one_process_has_it_at_a_time(tmp_path: Path, lock: PipeLock) -> None:
    numbers = tmp_path / "number"
    numbers.write_text("0")
    processes = [Context().Process(target=count, args=(lock, str(numbers), 50)) for _ in range(3)]
    for process in processes:
        process.start()
    count(lock, str(numbers), 50)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
        process.close()
    assert numbers.read_text() == "200"


def test_who_has_it_may_take_it_again_and_gives_it_back_as_often(lock: PipeLock) -> None:
    assert lock.acquire()
    assert lock.acquire()
    lock.release()
    assert not _other_thread_gets(lock)
    lock.release()
    assert _other_thread_gets(lock)
    with pytest.raises(RuntimeError):
        lock.release()


def test_others_wait_as_long_as_they_want_to(lock: PipeLock) -> None:
    with lock:
        assert not _other_thread_gets(lock, timeout=0.01)
        assert not _other_thread_gets(lock, block=False)
    assert _other_thread_gets(lock, timeout=0)


def _other_thread_gets(lock: PipeLock, block: bool = True, timeout: float | None = 0.01) -> bool:
    got: list[bool] = []

    def take() -> None:
        got.append(lock.acquire(block, timeout))
        if got[0]:
            lock.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(60)
    return got[0]

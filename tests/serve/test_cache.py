"""What is made once and kept while its stamp holds."""

from __future__ import annotations

import asyncio
import threading

import pytest

from aggregator.model import StoreError
from aggregator.serve.cache import Cache


class Work:
    """Gives 1, 2, 3 …, one a call; each waits until it may go on."""

    def __init__(self) -> None:
        self.calls = 0
        self.running = self.most = 0
        self.gate = threading.Event()
        self._begun = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.calls += 1
            number = self.calls
            self.running += 1
            self.most = max(self.most, self.running)
        self._begun.release()
        assert self.gate.wait(20)
        with self._lock:
            self.running -= 1
        return number

    async def begun(self, calls: int = 1) -> None:
        for _ in range(calls):
            assert await asyncio.to_thread(self._begun.acquire, timeout=20)


async def test_a_crowd_has_it_made_once_and_gets_the_same() -> None:
    cache, work = Cache[int](3), Work()
    crowd = [asyncio.create_task(cache.make("a", 1, work)) for _ in range(20)]
    await work.begun()
    work.gate.set()
    assert set(await asyncio.gather(*crowd)) == {1}
    assert (await cache.make("a", 1, work), cache.get("a", 1), cache.made) == (1, 1, 1)


async def test_under_another_stamp_it_is_made_anew() -> None:
    cache, work = Cache[int](3), Work()
    work.gate.set()
    assert [await cache.make("a", stamp, work) for stamp in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]
    assert (cache.get("a", 1), cache.get("a", 2), cache.get("b", 1)) == (3, None, None)


async def test_as_many_are_kept_as_there_is_room_for() -> None:
    cache = Cache[bytes](100, room=10, weigh=len)

    def kept() -> list[str]:
        return [name for name in "abcd" if cache.last(name) is not None]

    for name in "abc":
        cache.keep(name, 0, bytes(4))
    assert kept() == ["b", "c"]
    cache.keep("b", 1, bytes(2))  # in place of four
    cache.keep("d", 0, bytes(4))
    assert kept() == ["b", "c", "d"]
    cache.keep("d", 1, bytes(50))
    assert kept() == ["d"], "what was just made is kept, however long"
    cache.keep("a", 0, bytes(4))
    assert kept() == ["a"]
    cache.forget()
    for name in "bc":
        cache.keep(name, 0, bytes(5))
    assert kept() == ["b", "c"]


async def test_so_many_are_kept_and_what_was_asked_for_longest_ago_goes() -> None:
    cache = Cache[str](2)
    for name in ("a", "b"):
        cache.keep(name, 0, name)
    assert cache.get("a", 0) == "a"
    assert await cache.make("c", 0, lambda: "c") == "c"
    assert [cache.get(name, 0) for name in ("a", "b", "c")] == ["a", None, "c"]


async def test_what_is_not_there_is_not_kept() -> None:
    cache, answers = Cache[str](2), iter([None, None, "there"])
    assert [await cache.make("a", 0, lambda: next(answers)) for _ in range(4)] == [None, None, "there", "there"]


async def test_who_waits_gets_the_error_and_who_comes_later_tries_again() -> None:
    cache, work = Cache[int](2), Work()

    def fails() -> int:
        work()
        raise StoreError("busy")

    crowd = [asyncio.create_task(cache.make("a", 0, fails)) for _ in range(3)]
    await work.begun()
    work.gate.set()
    found = await asyncio.gather(*crowd, return_exceptions=True)
    assert ([type(error) for error in found], work.calls) == ([StoreError] * 3, 1)
    assert await cache.make("a", 0, lambda: 7) == 7


async def test_who_hangs_up_takes_it_from_nobody() -> None:
    cache, work = Cache[int](2), Work()
    first = asyncio.create_task(cache.make("a", 0, work))
    await work.begun()
    second = asyncio.create_task(cache.make("a", 0, work))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.gate.set()
    assert (await second, cache.get("a", 0), work.calls) == (1, 1, 1)


@pytest.mark.parametrize("turns", [1, 2])
async def test_no_more_are_made_at_a_time_than_there_are_turns(turns: int) -> None:
    shared, work = asyncio.Semaphore(turns), Work()
    caches = [Cache[int](9, shared), Cache[int](9, shared)]
    crowd = [asyncio.create_task(cache.make(key, 0, work)) for cache in caches for key in range(3)]
    await work.begun(turns)
    work.gate.set()
    assert sorted(await asyncio.gather(*crowd)) == [1, 2, 3, 4, 5, 6]
    assert work.most <= turns


@pytest.mark.parametrize("has_begun", [True, False])
async def test_what_was_under_way_when_all_was_forgotten_is_no_news(has_begun: bool) -> None:
    """The config has changed: what is made of the old one is for who asked under it."""
    cache, old, new = Cache[int](2, asyncio.Semaphore(2)), Work(), Work()
    asked = asyncio.create_task(cache.make("a", 0, old))
    await (old.begun() if has_begun else asyncio.sleep(0))
    cache.forget()
    new.calls = 10
    new.gate.set()
    assert await cache.make("a", 0, new) == 11
    old.gate.set()
    assert await asked == 1
    assert cache.get("a", 0) == 11


async def test_some_may_stay() -> None:
    cache = Cache[int](9)
    for key in "abc":
        cache.keep(key, 0, 1)
    cache.forget(but={"b"})
    assert [cache.get(key, 0) for key in "abc"] == [None, 1, None]

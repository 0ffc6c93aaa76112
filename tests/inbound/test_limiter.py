"""Fewer visits at a time where the event loop is late, more where it has time."""

from __future__ import annotations

import asyncio
import time

from aggregator.inbound.limiter import Limiter


async def most_at_once(limiter: Limiter, busy: float, visits: int = 400) -> int:
    """The most visits inside at once, of the last of many that each keep the loop busy for so many seconds."""
    inside, seen = 0, []

    async def visit() -> None:
        nonlocal inside
        async with limiter:
            inside += 1
            seen.append(inside)
            await asyncio.sleep(0.02)
            time.sleep(busy)  # noqa: ASYNC251  the loop is to be late
            inside -= 1

    watching = asyncio.create_task(limiter.watch())
    await asyncio.gather(*(visit() for _ in range(visits)))
    watching.cancel()
    return max(seen[visits // 2 :])


async def test_an_idle_loop_has_as_many_as_are_allowed() -> None:
    assert await most_at_once(Limiter(20), 0, 2000) == 20


async def test_a_busy_loop_has_few_but_always_some() -> None:
    assert await most_at_once(Limiter(200), 0.002) < 60
    assert await most_at_once(Limiter(3), 0.002) == 3


async def test_who_gives_up_waiting_takes_nobody_s_place() -> None:
    limiter = Limiter(1)

    async def visit() -> None:
        async with limiter:
            await asyncio.sleep(0)

    async with limiter:
        first, second = asyncio.create_task(visit()), asyncio.create_task(visit())
        await asyncio.sleep(0)
        first.cancel()
    await asyncio.wait_for(second, 5)
    assert first.cancelled()
    await asyncio.wait_for(visit(), 5)

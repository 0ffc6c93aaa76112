"""Turns at hosts."""

from __future__ import annotations

import asyncio

from aggregator.retrieve import turns as hosts


async def test_a_host_serves_one_at_a_time_and_others_do_not_wait_for_it() -> None:
    turns = hosts.Hosts()
    inside: list[str] = []
    most = 0

    async def visit(host: str) -> None:
        nonlocal most
        async with turns.turn(host):
            inside.append(host)
            most = max(most, inside.count("a"))
            await asyncio.sleep(0)
            inside.remove(host)

    await asyncio.gather(*(visit(host) for host in "aaaabbc"))
    assert most == 1


async def test_hosts_that_nobody_waits_for_are_forgotten() -> None:
    """Redirects can lead to ever new ones, for years."""
    turns = hosts.Hosts()
    for number in range(3000):
        async with turns.turn(f"host-{number}"):
            pass
    assert not turns._locks
    assert not turns._users
    assert len(turns._rested) <= 1001


async def test_one_who_is_cancelled_while_waiting_leaves_the_turn_to_the_next() -> None:
    turns = hosts.Hosts()
    async with turns.turn("a"):
        waiting = asyncio.create_task(turns.turn("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(10), turns.turn("a"):
        assert turns._users["a"] == 1

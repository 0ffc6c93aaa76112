"""Deliveries wait for company, but not long, and visits wait for the store."""

from __future__ import annotations

import asyncio

from aggregator.inbound.batches import Tray
from aggregator.model import Arrival, Delivery, Entry, Fingerprint, SourceState

ARRIVAL = Arrival("", Entry("guid"), Fingerprint("", "", "", 0, 0))


def delivery(number: int, entries: int = 0) -> Delivery:
    return Delivery(f"http://{number}.example/", None, SourceState(), arrivals=(ARRIVAL,) * entries)


async def test_what_comes_within_a_moment_is_one_group() -> None:
    tray = Tray()
    for number in range(20):
        await tray.put(delivery(number))
    assert len(await tray.group()) == 20


async def test_a_lone_delivery_is_given_out_too_and_after_the_last_one_nothing() -> None:
    tray = Tray()
    await tray.put(delivery(1))
    assert len(await tray.group()) == 1
    await tray.put(delivery(2))
    tray.end()
    assert len(await tray.group()) == 1
    assert await tray.group() == []


async def test_a_full_tray_makes_the_visits_wait() -> None:
    tray = Tray()
    await tray.put(delivery(1, entries=600))
    waiting = asyncio.create_task(tray.put(delivery(2)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert [each.source for each in await tray.group()] == ["http://1.example/"]
    await waiting
    assert [each.source for each in await tray.group()] == ["http://2.example/"]

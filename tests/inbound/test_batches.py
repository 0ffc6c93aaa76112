"""Deliveries wait for company, but not long, and visits wait for the store."""

from __future__ import annotations

import asyncio

from aggregator.inbound.batches import Batcher
from aggregator.model import Arrival, Delivery, Entry, Fingerprint, SourceState

ARRIVAL = Arrival("", Entry("guid"), Fingerprint("", "", "", 0, 0))


def delivery(number: int, entries: int = 0) -> Delivery:
    return Delivery(f"http://{number}.example/", None, SourceState(), arrivals=(ARRIVAL,) * entries)


async def test_what_comes_within_a_moment_is_one_group() -> None:
    batches = Batcher()
    for number in range(20):
        await batches.put(delivery(number))
    assert len(await batches.group()) == 20


async def test_a_lone_delivery_is_given_out_too_and_after_the_last_one_nothing() -> None:
    batches = Batcher()
    await batches.put(delivery(1))
    assert len(await batches.group()) == 1
    await batches.put(delivery(2))
    batches.end()
    assert len(await batches.group()) == 1
    assert await batches.group() == []


async def test_a_full_tray_makes_the_visits_wait() -> None:
    batches = Batcher()
    await batches.put(delivery(1, entries=600))
    waiting = asyncio.create_task(batches.put(delivery(2)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert [each.source for each in await batches.group()] == ["http://1.example/"]
    await waiting
    assert [each.source for each in await batches.group()] == ["http://2.example/"]

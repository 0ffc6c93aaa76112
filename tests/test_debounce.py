"""What is asked for often is done seldom, and never not at all."""

from __future__ import annotations

import asyncio

from aggregator.outbound.debounce import Debounce

LONG = 3600.0


class Work:
    """Something to do; `gate` lets it end."""

    def __init__(self) -> None:
        self.began = 0
        self.under_way = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> None:
        self.began += 1
        self.under_way += 1
        assert self.under_way == 1
        await self.gate.wait()
        self.under_way -= 1


async def breathe() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_is_asked_for_first_is_done_at_once() -> None:
    debounce = Debounce(work := Work(), LONG)
    debounce.ask()
    await breathe()
    assert work.began == 1


async def test_what_is_asked_for_again_waits_and_is_done_once() -> None:
    debounce = Debounce(work := Work(), LONG)
    for _ in range(50):
        debounce.ask()
        await breathe()
    assert work.began == 1
    await debounce.settle()
    assert work.began == 2


async def test_it_tells_how_long_what_is_asked_for_waits() -> None:
    debounce = Debounce(work := Work(), LONG)
    assert debounce.waiting == 0
    work.gate.clear()
    debounce.ask()
    await breathe()
    first = debounce.waiting
    assert first > 0, "it is under way"
    debounce.ask()
    await breathe()
    assert debounce.waiting >= first, "what is asked for meanwhile takes nothing from what has waited for longer"
    work.gate.set()
    await breathe()
    assert debounce.waiting > 0, "it was asked for again, and that rests"
    await debounce.settle()
    assert debounce.waiting == 0


async def test_what_is_asked_for_during_a_run_is_done_after_it() -> None:
    debounce = Debounce(work := Work(), 0)
    work.gate.clear()
    debounce.ask()
    await breathe()
    debounce.ask()
    await breathe()
    assert work.began == 1
    work.gate.set()
    await debounce.settle()
    assert work.began == 2


async def test_nothing_is_done_unasked() -> None:
    debounce = Debounce(work := Work(), 0)
    await debounce.settle()
    debounce.ask()
    await debounce.settle()
    await debounce.settle()
    assert work.began == 1

"""The waiting pushes: bounded for each source and in all."""

from __future__ import annotations

import asyncio

from aggregator.websub.queue import IN_ALL, OF_ONE_SOURCE, Push, Queue


def _push(key: str, number: int, size: int = 10) -> Push:
    body = number.to_bytes(4, "big") * (size // 4 + 1)
    return Push(key, body[:size], "", number.to_bytes(16, "big"))


async def test_of_one_source_the_oldest_gives_way() -> None:
    queue = Queue(1000)
    told = [queue.put(_push("a", number)) for number in range(OF_ONE_SOURCE + 2)]
    assert told == [()] * OF_ONE_SOURCE + [("a",)] * 2
    assert (await queue.get()).digest == _push("a", 2).digest


async def test_the_same_body_waits_once() -> None:
    queue = Queue(1000)
    assert queue.put(_push("a", 1)) == queue.put(_push("a", 1)) == ()
    assert queue.waiting == 1


async def test_beyond_the_room_there_is_none() -> None:
    queue = Queue(1000)
    assert [queue.put(_push(str(n), n, 1000)) for n in range(9)] == [()] * 8 + [None]
    many = Queue(1000)
    assert [many.put(_push(str(n), n)) for n in range(IN_ALL + 1)] == [()] * IN_ALL + [None]


async def test_pushes_of_a_source_that_is_held_wait_until_it_is_free() -> None:
    queue = Queue(1000)
    for key, number in (("a", 1), ("b", 2), ("a", 3)):
        queue.put(_push(key, number))
    push = await queue.get()
    queue.hold("a")
    queue.put_back(push)
    queue.done()
    assert (await queue.get()).key == "b"
    queue.done()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done() and queue.waiting == 2
    queue.free(["b"])
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.free(["a"])
    assert await waiting == push


async def test_a_source_that_is_free_before_its_push_is_put_back_is_free() -> None:
    queue = Queue(1000)
    queue.put(_push("a", 1))
    queue.hold("a")
    queue.free(["a"])
    push = await queue.get()
    queue.hold("a")
    queue.free(["a", "b"])
    queue.put_back(push)
    assert await queue.get() == push


async def test_a_source_whose_push_is_put_back_waits_for_the_others_in_its_own_order() -> None:
    queue = Queue(1000)
    for key, number in (("a", 1), ("a", 2), ("b", 3)):
        queue.put(_push(key, number))
    queue.put_back(await queue.get())
    queue.done()
    order = []
    for _ in range(3):
        order.append(int.from_bytes((await queue.get()).digest, "big"))
        queue.done()
    assert order == [3, 1, 2]
    await queue.join()

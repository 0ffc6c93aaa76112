"""Keeps subscriptions at the hubs of our sources, answers these hubs, and passes on what they push.

tend   ─▶ leases.plan ─▶ hubs.subscribe …          verify ◀─ GET  ┐
receive ◀─ POST: signature, hash ─▶ Queue ─▶ Engine.pushed        ┘ the hub, through serve/websub.py
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from hashlib import blake2b
from types import TracebackType
from typing import Self

from aggregator.config import Config
from aggregator.inbound.summary import brought
from aggregator.model import HubSubscription, Intent, RetrievalError, TroubleError, Visit
from aggregator.policy import leases, politeness
from aggregator.retrieve.decoding import Body
from aggregator.retrieve.web import Web
from aggregator.store import hub_subscriptions, pushes
from aggregator.store.database import Writer
from aggregator.text import characters
from aggregator.websub import requests, signature
from aggregator.websub.queue import Push, Queue

log = logging.getLogger(__name__)

_AT_ONCE = 8  # requests to hubs
_A_TIME = 200  # requests to hubs each time: ten thousand feeds that are new have ten thousand hubs
_EVERY = 60  # seconds between two looks at all subscriptions, which take a second where there are 40,000
_QUIET = 3600  # seconds between two warnings of one source's bad signatures
_GZIP = b"\x1f\x8b"


class Subscriber:
    """The subscribing side, as a context. `config` is asked at each use: SIGHUP changes it."""

    def __init__(
        self,
        store: Writer,
        config: Callable[[], Config],
        web: Callable[[], Web],
        pushed: Callable[[str, bytes, str], Awaitable[list[Visit] | None]],
        arrived: Callable[[], Awaitable[None]],
        hurry: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        """`web` makes a client of its own. `pushed` takes up a source's body of a content type.

        It returns None while somebody else works on the source; `freed` is to be called when nobody does any more.
        `arrived` is awaited when something pushed is stored, `hurry` called when a source became due.
        """
        self._store = store
        self._config = config
        self._web = web
        self._pushed = pushed
        self._arrived = arrived
        self._hurry = hurry
        self._clock = clock
        self._queue = Queue(config().limits.body)
        self._warned: dict[str, int] = {}
        self._trouble = ""
        self._tending: asyncio.Task[None] | None = None
        self._tended: tuple[Config | None, int] = (None, 0)

    async def __aenter__(self) -> Self:
        self._taking = asyncio.create_task(self._take_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in filter(None, (self._tending, self._taking)):
            task.cancel()
            await asyncio.wait({task})
        # Their hubs were told that we have them: what is lost here is fetched.
        for key in self._queue.clear():
            await self._make_due(key)

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def tend(self) -> None:
        """Ask of hubs what is to be asked, in the background: once a minute, and when the config has changed."""
        if self._tending is not None and not self._tending.done():
            return
        config, now = self._config(), self._clock()
        if config is not self._tended[0] or not 0 <= now - self._tended[1] < _EVERY:
            self._tended = (config, now)
            self._tending = asyncio.create_task(self._tend_safely())

    async def tended(self) -> None:
        """Ask what is to be asked now, as `tend` does, and wait for it."""
        self.tend()
        if self._tending is not None:
            await asyncio.wait({self._tending})

    async def _tend_safely(self) -> None:
        try:
            await self.tend_now()
        except TroubleError as error:  # our own: once a minute it is tried again
            self._tell("the subscriptions at hubs can't be looked after", error)
        except Exception:
            log.exception("looking after the subscriptions at hubs met a bug")

    async def tend_now(self) -> None:
        """Ask for subscriptions that are wanted or end soon, leave others, and poll again where a lease ended."""
        now = self._clock()
        subscriptions = await self._store.later(hub_subscriptions.every)
        callback = self._config().websub.callback
        if callback or subscriptions:
            rows = await self._store.later(hub_subscriptions.advertised) if callback else []
            plan = leases.plan((leases.Advertised(*row) for row in rows), subscriptions, callback, now)
            new = [_new_subscription(each, callback) for each in plan.begin[:_A_TIME]]
            to_ask = [leases.requested(each, now) for each in (*plan.leave, *plan.ask, *new)[:_A_TIME]]
            await self._store.later(hub_subscriptions.put, to_ask, plan.forget)
            if to_ask:
                gate = asyncio.Semaphore(_AT_ONCE)
                async with self._web() as web:
                    await asyncio.gather(*(self._ask(web, each, gate) for each in to_ask))
        if await self._store.later(hub_subscriptions.resume_polling, now):
            self._hurry()

    async def _ask(self, web: Web, subscription: HubSubscription, gate: asyncio.Semaphore) -> None:
        leaving = subscription.intent is Intent.LEAVING
        try:
            async with gate:
                await (requests.unsubscribe if leaving else requests.subscribe)(web, subscription)
        except RetrievalError as error:
            if subscription.failures <= 1:
                log.warning(
                    "%s: its hub %s can't be asked: %s",
                    subscription.source,
                    subscription.hub,
                    error,
                    extra={"source": subscription.source},
                )
            decide = partial(leases.refused, error=str(error), now=self._clock())
            await self._store.later(hub_subscriptions.change, subscription.token, decide)

    # ── Answering ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def verify(self, token: str, mode: str, topic: str, lease: str) -> bool:
        """Tell whether we want what a hub asks us to confirm (§5.3), which is thereby settled."""
        decide = partial(leases.verified, mode=mode, topic=topic, lease=lease, now=self._clock())
        before, after = await self._store.later(hub_subscriptions.change, token, decide)
        if before is None or after == before:
            return False
        ended = f"for {politeness.span(leases.granted(lease))}" if after else "until now"
        log.info("%s: subscribed to at %s, %s", before.source, before.hub, ended)
        return True

    async def denied(self, token: str, topic: str, reason: str) -> bool:
        """Take a hub's word that it won't tell us, or no longer (§5.2); tell whether it concerned us."""
        printable = characters.printable(reason, "?")
        decide = partial(leases.denied, topic=topic, reason=printable, now=self._clock())
        before, after = await self._store.later(hub_subscriptions.change, token, decide)
        if before is None or after is None or after == before:
            return False
        log.warning("%s: its hub %s: %s", before.source, before.hub, after.error, extra={"source": before.source})
        return True

    async def refusal(self, token: str) -> int:
        """Return 404 or 410 for an address at which nothing is expected, before its body is read; 0 for another."""
        subscription = await self._store.later(hub_subscriptions.find, token)
        if subscription is None:
            return 404
        return 410 if subscription.intent is Intent.LEAVING else 0

    async def receive(self, token: str, body: bytes | None, content_type: str, signed: str) -> int:
        """Take what a hub pushed (§7); return the HTTP status to answer. `body` is None where it was too long.

        A wrong signature is answered like a right one: whoever tries learns nothing. What was pushed before is passed
        over before anything reads it.
        """
        subscription = await self._store.later(hub_subscriptions.find, token)
        if subscription is None:
            return 404
        if body is None:
            await self._make_due(subscription.source)
            return 202
        if not signature.is_valid(signed, body, subscription.secret):
            self._warn(subscription)
            return 202
        unzipped = _unzipped(body, self._config().limits.body)
        if not unzipped:  # a hub that only says that something changed, or says it in a way we don't understand
            await self._make_due(subscription.source)
            return 202
        digest = blake2b(body, digest_size=16).digest()
        if await self._store.later(pushes.is_known, subscription.source, digest):
            return 202
        dropped = self._queue.put(Push(subscription.source, unzipped, content_type, digest))
        if dropped is None:
            return 503
        for key in dropped:
            await self._make_due(key)
        return 202

    def _warn(self, subscription: HubSubscription) -> None:
        now = self._clock()
        self._warned = {key: at for key, at in self._warned.items() if now - at < _QUIET}
        if subscription.source not in self._warned:
            self._warned[subscription.source] = now
            log.warning(
                "%s: what was pushed for it isn't signed by its hub, and was ignored",
                subscription.source,
                extra={"source": subscription.source},
            )

    async def _make_due(self, key: str) -> None:
        await self._store.later(pushes.make_due, key, self._config().polling.min_interval, self._clock())
        self._hurry()

    @property
    def waiting(self) -> int:
        """How many pushes have come and are not taken up yet."""
        return self._queue.waiting

    # ── Taking up ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take_all(self) -> None:
        """Take up pushes one after the other, and publish them together."""
        while True:
            push = await self._queue.get()
            try:
                if await self._take(push):
                    self._trouble = ""
                    if self._queue.waiting == 1:  # itself
                        await self._arrived()
            except asyncio.CancelledError:
                self._queue.put_back(push)
                raise
            except TroubleError as error:  # our own: the visit that is due now will find what was pushed
                self._tell("what is pushed can't be taken up", error)
                await self._make_due(push.key)
            except Exception:
                log.exception("%s: what was pushed met a bug", push.key, extra={"source": push.key})
                await self._make_due(push.key)
            finally:
                self._queue.done()

    def _tell(self, what: str, error: TroubleError) -> None:
        """Log trouble of our own, once as long as it stays the same."""
        if str(error) != self._trouble:
            log.error("%s: %s", what, error)
        self._trouble = str(error)

    async def settled(self) -> None:
        """Wait until everything that came has been taken up."""
        await self._queue.join()

    async def _take(self, push: Push) -> bool:
        """Take the push up; return whether that could be done now: not while its source is being visited."""
        self._queue.hold(push.key)  # before it is tried: the source may be free again before we know that it was not
        try:
            visits = await self._pushed(push.key, push.body, push.content_type)
        except BaseException:
            self._queue.free([push.key])
            raise
        if visits is None:
            self._queue.put_back(push)
            return False
        self._queue.free([push.key])
        await self._store.later(pushes.note, push.key, push.digest, self._clock())
        for visit in visits:
            news = visit.entries_new or visit.entries_updated
            level = logging.INFO if news else logging.DEBUG
            log.log(
                level,
                "%s: %s",
                push.key,
                brought(visit),
                extra={"source": push.key, "new": visit.entries_new, "updated": visit.entries_updated},
            )
        return True

    def freed(self, keys: Collection[str]) -> None:
        """Take up what was pushed for these sources: nobody works on them any more."""
        self._queue.free(keys)


def _unzipped(body: bytes, limit: int) -> bytes:
    """Return what was zipped; b"" where that is broken or too long. The first bytes tell, not the header."""
    if not body.startswith(_GZIP):
        return body
    try:
        unzipped = Body("gzip", limit)
        unzipped.add(body)
        return unzipped.whole()
    except RetrievalError:
        return b""


def _new_subscription(wish: leases.Advertised, callback: str) -> HubSubscription:
    """Return a new subscription: 192 bits that nobody guesses for its address, 256 for its secret."""
    token = secrets.token_urlsafe(24)
    return HubSubscription(token, wish.source, wish.hub, wish.topic, callback + token, secrets.token_urlsafe(32))

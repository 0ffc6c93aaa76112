"""What to do about subscriptions at WebSub hubs: (what feeds advertise, what is held, now) → what to ask of which hub.

Nothing here touches a clock or the net. A hub is a stranger: what it says of leases is bounded, one that refuses or
falls silent is asked less and less, and none is asked twice within five minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from aggregator.model import HubSubscription, Intent

DAY = 86400
ASKED = 10 * DAY  # the lease that we ask for
UNTOLD = DAY  # what we take for the lease of a hub that doesn't tell
LONGEST = 30 * DAY  # what a lease is cut to: hubs forget
SOONEST = 300  # seconds between two requests for one subscription, whatever the lease
PENDING = DAY  # for so long after a request a hub may come to verify it
FIRST_RETRY, LONGEST_RETRY = 3600, 7 * DAY
_GOODBYES = 3  # times that a hub is told that we leave


@dataclass(frozen=True, slots=True)
class Advertised:
    """A source that is visited, with the hub and the topic that its feed names."""

    source: str
    hub: str
    topic: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do: subscriptions to begin, to ask for (or renew), to take leave of, and to strike out."""

    begin: tuple[Advertised, ...] = ()
    ask: tuple[HubSubscription, ...] = ()
    leave: tuple[HubSubscription, ...] = ()
    forget: tuple[str, ...] = ()


def plan(advertised: Iterable[Advertised], held: Iterable[HubSubscription], callback: str, now: int) -> Plan:
    """What to do now. `callback` is the base of our addresses; without one nothing is wanted any more."""
    wanted = {each.source: each for each in advertised} if callback else {}
    ask: list[HubSubscription] = []
    leave: list[HubSubscription] = []
    forget: list[str] = []
    for each in held:
        wish = wanted.get(each.source)
        fits = wish == Advertised(each.source, each.hub, each.topic) and each.callback == callback + each.token
        if fits and each.intent is not Intent.LEAVING:
            del wanted[each.source]
            if each.due <= now:
                ask.append(each)
            continue
        going = each if each.intent is Intent.LEAVING else replace(each, intent=Intent.LEAVING, failures=0, due=now)
        if going.lease_until <= now or going.failures >= _GOODBYES:
            forget.append(each.token)
        elif going.due <= now:
            leave.append(going)
    return Plan(tuple(wanted.values()), tuple(ask), tuple(leave), tuple(forget))


def asked(held: HubSubscription, now: int) -> HubSubscription:
    """As it stands when the request goes out, which is before the answer: some hubs verify first.

    A request that was never verified is a failure that shows when the next one is due.
    """
    silent = held.failures + 1 if held.asked_at or held.intent is Intent.LEAVING else held.failures
    error = "its hub never verified" if held.asked_at and held.intent is not Intent.LEAVING else held.error
    return replace(held, asked_at=now, failures=silent, due=now + _patience(held.token, silent), error=error)


def refused(held: HubSubscription, error: str, now: int) -> HubSubscription:
    """After the hub answered anything but 2xx, or nothing."""
    if not held.asked_at:
        return held  # it has verified meanwhile, all the same
    failures = held.failures if held.intent is Intent.LEAVING else held.failures + 1  # `asked` has counted it
    return replace(held, asked_at=0, failures=failures, due=now + _patience(held.token, failures), error=error)


def verified(held: HubSubscription, mode: str, topic: str, lease: str, now: int) -> HubSubscription | None:
    """After a hub asked whether we want this (§5.3): as it was if we don't, None if it has ended as we wished."""
    if topic != held.topic or not held.asked_at or now - held.asked_at > PENDING:
        return held
    if mode == "unsubscribe" and held.intent is Intent.LEAVING:
        return None
    if mode != "subscribe" or held.intent is Intent.LEAVING:
        return held
    seconds = granted(lease)
    due = now + max(SOONEST, seconds // 2 + _chance(held.token, seconds // 6))
    return replace(held, intent=Intent.VERIFIED, lease_until=now + seconds, asked_at=0, failures=0, error="", due=due)


def denied(held: HubSubscription, topic: str, reason: str, now: int) -> HubSubscription:
    """After a hub told us that it won't, or won't any longer (§5.2): that ends it at once."""
    if topic != held.topic or held.intent is Intent.LEAVING:
        return held
    failures = held.failures + 1
    due = now + max(DAY, _patience(held.token, failures))
    told = f"denied: {reason[:200]}" if reason else "denied"
    return replace(held, intent=Intent.DENIED, lease_until=0, asked_at=0, failures=failures, due=due, error=told)


def granted(lease: str) -> int:
    """hub.lease_seconds → how long we count on the hub, in seconds."""
    seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else UNTOLD
    return max(1, min(seconds, LONGEST))


def _patience(token: str, failures: int) -> int:
    wait = min(FIRST_RETRY << min(failures, 20), LONGEST_RETRY)
    return wait + _chance(token, wait // 4)


def _chance(token: str, most: int) -> int:
    """Up to `most` seconds, the same for the same subscription: those begun together drift apart."""
    chance = int.from_bytes(blake2b(token.encode(), digest_size=2).digest(), "big")
    return chance * most // 65536

"""What to do about subscriptions at WebSub hubs: (what feeds advertise, what there is, now) → what to ask of which hub.

Nothing here touches a clock or the net. A hub is a stranger: what it says of leases is bounded, one that refuses or
falls silent is asked less and less, and none is asked twice within five minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from aggregator.model import HubSubscription, Intent

DAY = 86400
REQUESTED_LEASE = 10 * DAY  # the lease that we ask for
DEFAULT_LEASE = DAY  # what we take for the lease of a hub that doesn't tell
LONGEST_LEASE = 30 * DAY  # what a lease is cut to: hubs forget
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


def plan(advertised: Iterable[Advertised], subscriptions: Iterable[HubSubscription], callback: str, now: int) -> Plan:
    """Plan what to do at `now`. `callback` is the base of our addresses; without one no subscription is wanted."""
    wanted = {each.source: each for each in advertised} if callback else {}
    ask: list[HubSubscription] = []
    leave: list[HubSubscription] = []
    forget: list[str] = []
    for each in subscriptions:
        fits = (
            wanted.get(each.source) == Advertised(each.source, each.hub, each.topic)
            and each.callback == callback + each.token
        )
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


def requested(subscription: HubSubscription, now: int) -> HubSubscription:
    """Return the subscription as its request goes out, which is before the answer: some hubs verify first.

    A request that was never verified is a failure that shows when the next one is due.
    """
    failures, error = subscription.failures, subscription.error
    if subscription.asked_at or subscription.intent is Intent.LEAVING:
        failures += 1
    if subscription.asked_at and subscription.intent is not Intent.LEAVING:
        error = "its hub never verified"
    due = now + _patience(subscription.token, failures)
    return replace(subscription, asked_at=now, failures=failures, due=due, error=error)


def refused(subscription: HubSubscription, error: str, now: int) -> HubSubscription:
    """Return the subscription after its hub answered anything but 2xx, or nothing."""
    if not subscription.asked_at:
        return subscription  # it has verified meanwhile, all the same
    failures = subscription.failures
    if subscription.intent is not Intent.LEAVING:  # `requested` has counted that one
        failures += 1
    due = now + _patience(subscription.token, failures)
    return replace(subscription, asked_at=0, failures=failures, due=due, error=error)


def verified(subscription: HubSubscription, mode: str, topic: str, lease: str, now: int) -> HubSubscription | None:
    """Return the subscription after its hub asked whether we want it (§5.3).

    That is as it was if we didn't ask for this, and None if it has ended as we wished.
    """
    if topic != subscription.topic or not subscription.asked_at or now - subscription.asked_at > PENDING:
        return subscription
    if mode == "unsubscribe" and subscription.intent is Intent.LEAVING:
        return None
    if mode != "subscribe" or subscription.intent is Intent.LEAVING:
        return subscription
    seconds = granted(lease)
    due = now + max(SOONEST, seconds // 2 + _chance(subscription.token, seconds // 6))
    return replace(
        subscription, intent=Intent.VERIFIED, lease_until=now + seconds, asked_at=0, failures=0, error="", due=due
    )


def denied(subscription: HubSubscription, topic: str, reason: str, now: int) -> HubSubscription:
    """Return the subscription after its hub said that it won't, or won't any longer (§5.2): that ends it at once."""
    if topic != subscription.topic or subscription.intent is Intent.LEAVING:
        return subscription
    failures = subscription.failures + 1
    due = now + max(DAY, _patience(subscription.token, failures))
    error = f"denied: {reason[:200]}" if reason else "denied"
    return replace(
        subscription, intent=Intent.DENIED, lease_until=0, asked_at=0, failures=failures, due=due, error=error
    )


def granted(lease: str) -> int:
    """Return for how many seconds we count on a hub, from its hub.lease_seconds."""
    seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else DEFAULT_LEASE
    return max(1, min(seconds, LONGEST_LEASE))


def _patience(token: str, failures: int) -> int:
    """Return how many seconds to wait until the next request: twice as long after each failure."""
    wait = min(FIRST_RETRY << min(failures, 20), LONGEST_RETRY)
    return wait + _chance(token, wait // 4)


def _chance(token: str, most: int) -> int:
    """Return up to `most` seconds, the same for the same subscription: those begun together drift apart."""
    chance = int.from_bytes(blake2b(token.encode(), digest_size=2).digest(), "big")
    return chance * most // 65536

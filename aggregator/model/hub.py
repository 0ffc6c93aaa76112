"""What is held at a WebSub hub."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What we want of a hub, and how far it has come."""

    WANTED = "wanted"
    VERIFIED = "verified"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """One source's subscription at a WebSub hub (W3C Recommendation of 23 January 2018, §5).

    `callback` is the address that the hub calls, and ends with `token`, which nobody can guess; `secret` signs what it
    pushes. `lease_until` is 0 before the hub verified, `asked_at` 0 where no answer is waited for; at `due` there is
    something to do about it.
    """

    token: str
    source: str
    hub: str
    topic: str
    callback: str
    secret: str
    intent: Intent = Intent.WANTED
    lease_until: int = 0
    asked_at: int = 0
    due: int = 0
    failures: int = 0
    error: str = ""

"""What is said to a WebSub hub: that a topic has changed, and that we want to be told of one, or no longer.

Each raises RetrievalError, in one line, where the hub doesn't take it.
"""

from __future__ import annotations

from aggregator.model import HubSubscription, RetrievalError
from aggregator.policy import leases
from aggregator.retrieve.web import Web


async def ping(web: Web, hub: str, topic: str) -> None:
    """Tell the hub to fetch the topic. WebSub leaves open how; hubs look for one or the other of these names."""
    await _post(web, hub, [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)])


async def subscribe(web: Web, subscription: HubSubscription) -> None:
    """Ask for the subscription, or for more of it (§5.1); the hub will come to verify that.

    The secret goes along over http, too: it doesn't keep a listener on the way from forging, but everyone else.
    """
    form = [
        *_form("subscribe", subscription),
        ("hub.secret", subscription.secret),
        ("hub.lease_seconds", str(leases.REQUESTED_LEASE)),
    ]
    await _post(web, subscription.hub, form)


async def unsubscribe(web: Web, subscription: HubSubscription) -> None:
    """Tell the hub that we leave; it will come to verify that, too."""
    await _post(web, subscription.hub, _form("unsubscribe", subscription))


def _form(mode: str, subscription: HubSubscription) -> list[tuple[str, str]]:
    # hub.verify is PubSubHubbub 0.3's, and demanded by hubs that still speak it.
    return [
        ("hub.mode", mode),
        ("hub.topic", subscription.topic),
        ("hub.callback", subscription.callback),
        ("hub.verify", "async"),
    ]


async def _post(web: Web, hub: str, form: list[tuple[str, str]]) -> None:
    status = await web.post(hub, form)
    if not 200 <= status < 300:
        raise RetrievalError(f"answered {status}")

"""What is said to a WebSub hub: that a topic has changed, and that we want to be told of one, or no longer.

Each raises RetrievalError, in one line, where the hub doesn't take it.
"""

from __future__ import annotations

from aggregator.model import HubSubscription, RetrievalError
from aggregator.policy import leases
from aggregator.retrieve.web import Web


async def ping(web: Web, hub: str, topic: str) -> None:
    """Tells the hub to fetch the topic. WebSub leaves open how; hubs look for one or the other of these names."""
    await _say(web, hub, [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)])


async def subscribe(web: Web, held: HubSubscription) -> None:
    """Asks for the subscription, or for more of it (§5.1); the hub will come to verify that.

    The secret goes along over http, too: it doesn't keep a listener on the way from forging, but everyone else.
    """
    form = [*_names("subscribe", held), ("hub.secret", held.secret), ("hub.lease_seconds", str(leases.ASKED))]
    await _say(web, held.hub, form)


async def unsubscribe(web: Web, held: HubSubscription) -> None:
    """Tells the hub that we leave; it will come to verify that, too."""
    await _say(web, held.hub, _names("unsubscribe", held))


def _names(mode: str, held: HubSubscription) -> list[tuple[str, str]]:
    # hub.verify is PubSubHubbub 0.3's, and demanded by hubs that still speak it.
    return [
        ("hub.mode", mode), ("hub.topic", held.topic), ("hub.callback", held.callback), ("hub.verify", "async"),
    ]  # fmt: skip


async def _say(web: Web, hub: str, form: list[tuple[str, str]]) -> None:
    status = await web.post(hub, form)
    if not 200 <= status < 300:
        raise RetrievalError(f"answered {status}")

"""The address that hubs call: GET asks whether we meant it, POST brings what is new."""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import web

from aggregator.serve import body
from aggregator.websub.subscriber import Subscriber

_PATH = "/websub/{token:[^./]+}"  # what has a suffix is an archive page of an output with this name
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_CHALLENGE = 2048  # characters
_SECONDS = 30.0  # that a hub has to send what it has
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Callback:
    """The handlers. `longest` gives the bytes that a push may have."""

    def __init__(self, subscriber: Subscriber, longest: Callable[[], int]) -> None:
        self._subscriber = subscriber
        self._longest = longest

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, for the server's application."""
        return [
            web.get(_PATH, self.verify, allow_head=False),
            web.post(_PATH, self.push),
        ]

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the challenge back (as text: a stranger chose it) if we have asked for what the hub says, else 404."""
        token, query = request.match_info["token"], request.query
        mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
        if not _TOKEN.fullmatch(token):
            return _answer(404)
        if mode == "denied":
            return _answer(200 if await self._subscriber.denied(token, topic, query.get("hub.reason", "")) else 404)
        challenge, lease = query.get("hub.challenge", ""), query.get("hub.lease_seconds", "")
        if not 0 < len(challenge) <= _CHALLENGE or not await self._subscriber.verify(token, mode, topic, lease):
            return _answer(404)
        return _answer(200, challenge)

    async def push(self, request: web.Request) -> web.Response:
        """Answer 2xx at once where the address is right; what comes of it is decided later."""
        token = request.match_info["token"]
        refusal = await self._subscriber.refusal(token) if _TOKEN.fullmatch(token) else 404
        if refusal:
            return _answer(refusal)
        read = await body.read(request, self._longest(), _SECONDS)
        if read in {body.TOO_SLOW, body.BROKEN}:
            return _answer(int(read))
        pushed = read if isinstance(read, bytes) else None  # too long
        signature, content_type = request.headers.get("X-Hub-Signature", ""), request.headers.get("Content-Type", "")
        return _answer(await self._subscriber.receive(token, pushed, content_type, signature))


def _answer(status: int, text: str = "") -> web.Response:
    return web.Response(status=status, text=text, headers=_HEADERS)

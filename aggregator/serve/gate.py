"""What `[serve] private` keeps for the operator: who isn't let in is told where to sign in, and nothing else.

The answers are nobody's to keep: a cache in between would hand them to the next one who asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web
from multidict import CIMultiDict

from aggregator.config import Config
from aggregator.outbound import operating
from aggregator.serve.operator import HEADERS, Operator, private_headers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ASK = "WWW-Authenticate"
_BASIC = 'Basic realm="aggregator", charset="UTF-8"'  # upon it feed readers ask for a user's name and a password
_BEARER = 'Bearer realm="aggregator"'
_SAID = "This is the operator's: send [serve] admin_token as a bearer token, or as the password of any user.\n"


class Gate:
    """Lets the operator in, and everybody while nothing is private. `config` gives the config in force."""

    def __init__(self, config: Callable[[], Config], operator: Operator | None) -> None:
        self._config = config
        self._operator = operator

    @property
    def is_closed(self) -> bool:
        """Whether the operator alone is let in."""
        return self._config().serve.private

    def lets_in(self, request: web.BaseRequest) -> bool:
        """Tell whether who asks may see what may be private. Without an operator nobody may, where it is."""
        return not self.is_closed or (self._operator is not None and self._operator.lets_in(request))

    def page(self, handler: Handler) -> Handler:
        """Return a handler that answers with a page to those who are let in, to others with the one to sign in at."""

        @wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            return await handler(request) if self.lets_in(request) else self.refuse(request)

        return handle

    def file(self, handler: Handler) -> Handler:
        """Return a handler that answers programs which are let in, and tells others what they have to send.

        A browser that would show it to somebody is answered as with a page: it would ask for a user's name.
        """

        @wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            if self.lets_in(request):
                return await handler(request)
            if request.headers.get("Sec-Fetch-Dest") == "document":
                return self.refuse(request)
            asked = CIMultiDict([*HEADERS.items(), (_ASK, _BASIC), (_ASK, _BEARER)])
            return web.Response(status=401, text=_SAID, headers=asked)

        return handle

    def refuse(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer with the page to sign in at."""
        config, up = self._config(), "../" * min(request.path.count("/") - 1, 5)
        page = operating.sign_in(config, up, 401, "This page is the operator's: sign in to see it.")
        headers = {**private_headers(config), _ASK: _BEARER}  # browsers show the page, and ask nothing
        return web.Response(status=page.status, body=page.body, headers=headers)

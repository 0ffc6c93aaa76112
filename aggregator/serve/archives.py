"""What an output showed before, a page at a time (RFC 5005): rendered when it is asked for, and cacheable for ever."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

from aggregator.model import Edition
from aggregator.render.formats import FORMATS
from aggregator.serve import representation
from aggregator.serve.representation import Sheet

Render = Callable[[str, int, int, str], Edition | None]
"""An output's name, the numbers of its first and last story, a suffix → the page, None where there is none.

Called in a thread, one at a time. StoreError where it can't be read.
"""

_HELD = 32  # pages that are kept ready: whoever follows the links asks for each once
_FOR_EVER = "public, max-age=31536000, immutable"
_Page = tuple[str, int, int, str]


class Archives:
    """The archive pages of all outputs."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._held: OrderedDict[_Page, Sheet] = OrderedDict()
        self._one = asyncio.Lock()

    def forget(self) -> None:
        """The config has changed, and with it what the pages say."""
        self._held.clear()

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """The page's answer to this GET or HEAD; None where there is no such page. StoreError as of `render`."""
        about = request.match_info
        page = (about["output"], int(about["first"]), int(about["last"]), about["suffix"])
        sheet = self._held.get(page)
        if sheet is None:
            async with self._one:  # it reads the database and renders: a crowd must not do so at once
                sheet = self._held.get(page) or await asyncio.to_thread(self._make, page)
        if sheet is None:
            return None
        self._held[page] = sheet
        self._held.move_to_end(page)
        while len(self._held) > _HELD:
            self._held.popitem(last=False)
        return await representation.answer(*representation.choose(request, sheet))

    def _make(self, page: _Page) -> Sheet | None:
        edition = self._render(*page)
        if edition is None:
            return None
        headers = {
            "Content-Type": f"{FORMATS[page[3]].content_type}; charset=utf-8",
            **representation.SHARED,
            "X-Content-Type-Options": "nosniff",
        }
        return representation.prepare(
            representation.digest_of(edition.body), edition.body, headers, edition.updated, _FOR_EVER
        )

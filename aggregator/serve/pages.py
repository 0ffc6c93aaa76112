"""What a browser gets at a feed's address: a page, rendered when it is asked for, once a change of the feed's file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aggregator.render import html
from aggregator.serve import representation
from aggregator.serve.feeds import Stamp
from aggregator.serve.representation import Sheet

Render = Callable[[str], bytes]
"""An output's name → its page; called in a thread, one at a time. StoreError where there is none yet."""


class Pages:
    """The pages of the outputs, each with the stamp of the edition it goes with."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._held: dict[str, tuple[Stamp, Sheet]] = {}
        self._one = asyncio.Lock()

    def forget(self) -> None:
        """The config has changed, and with it what the pages say, perhaps without any change of a feed's file."""
        self._held.clear()

    async def get(self, output: str, stamp: Stamp) -> Sheet:
        """The output's page as it is since its edition has this stamp."""
        held = self._held.get(output)
        if held is not None and held[0] == stamp:
            return held[1]
        async with self._one:  # it reads the database and renders: a crowd of browsers must not do so at once
            held = self._held.get(output)
            if held is None or held[0] != stamp:
                held = self._held[output] = (stamp, await asyncio.to_thread(self._make, output))
        return held[1]

    def _make(self, output: str) -> Sheet:
        body = self._render(output)
        headers = {
            "Content-Type": html.CONTENT_TYPE,
            "Content-Security-Policy": html.policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return representation.prepare(
            f"page-{representation.digest_of(body)}", body, headers, cached=representation.PRIVATE
        )

"""What whoever watches asks for: /metrics, and /readyz, which says whether all is as its users may expect.

Both are made of one look at everything, which is taken at most every few seconds however many ask.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from aiohttp import web

from aggregator.config import Config
from aggregator.outbound import metrics
from aggregator.outbound.survey import Survey, survey
from aggregator.policy.readiness import Running
from aggregator.serve.cache import Cache
from aggregator.serve.gate import Gate, Handler
from aggregator.serve.operator import Operator
from aggregator.text import secrets

_FRESH = 5.0  # seconds that a look is kept
_NEVER = {"Cache-Control": "no-store"}


class Monitoring:
    """The handlers, over `data`. `running` tells what the daemon knows of itself."""

    def __init__(
        self,
        config: Callable[[], Config],
        data: Path,
        running: Callable[[], Running],
        operator: Operator | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds. What is private only the `operator` is told."""
        self._config = config
        self._data = data
        self._running = running
        self._gate = Gate(config, operator)
        self._clock = clock
        self._surveys: Cache[Survey] = Cache(1)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/metrics", self._gate.file(self.metrics)), web.get("/readyz", self.readyz)]

    def shown(self) -> Mapping[str, Handler]:
        """Return, by name, what the operator's door shows of it."""
        return {"metrics": self.metrics, "readyz": self._tell_all}

    async def metrics(self, _request: web.Request) -> web.StreamResponse:
        """Answer with all metrics, for Prometheus."""
        text = await asyncio.to_thread(metrics.exposition, await self._look(), self._running())
        return web.Response(body=text, headers={"Content-Type": metrics.CONTENT_TYPE, **_NEVER})

    async def readyz(self, request: web.Request) -> web.StreamResponse:
        """Answer 200 while all is as it should be, else 503; and what was looked at, to those who may know."""
        return await self._tell(whole=self._gate.lets_in(request))

    async def _tell_all(self, _request: web.Request) -> web.StreamResponse:
        return await self._tell(whole=True)

    async def _tell(self, *, whole: bool) -> web.StreamResponse:
        checks = (await self._look()).checks(self._running())
        ready = all(check.ok for check in checks)
        told = (
            {"checks": {check.name: {"ok": check.ok, "said": secrets.shown_in(check.said)} for check in checks}}
            if whole
            else {}
        )
        status = "ready" if ready else "not ready"
        return web.json_response({"status": status, **told}, status=200 if ready else 503, headers=_NEVER)

    async def _look(self) -> Survey:
        config = self._config()
        stamp = id(config), self._clock() // _FRESH
        return await self._surveys.make("", stamp, partial(survey, self._data, config, int(time.time())))

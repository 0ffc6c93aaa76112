"""What the operator's commands have done to an open engine: the daemon's, or the command's own where no daemon runs.

An order takes what is asked for as JSON has it, tells what happens meanwhile, and returns what came of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.model import AggregatorError, Visit, WireError
from aggregator.operate import Done, sources
from aggregator.operate.rulings import AT_ONCE, RULINGS, Ruling
from aggregator.store import sources as rows
from aggregator.store import standings
from aggregator.text.addresses import mended

if TYPE_CHECKING:
    from aggregator.serve.door import Given, Order, Tell

log = logging.getLogger(__name__)

Turn = Callable[[], AbstractAsyncContextManager[None]]


class Orders:
    """The orders, over an engine. AggregatorError, in one line, where one can't be carried out."""

    def __init__(self, engine: Engine, turn: Turn = nullcontext) -> None:
        """What visits is done within a `turn`, in which nobody else does, and the config in force is the engine's."""
        self._engine = engine
        self._turn = turn

    def table(self) -> dict[str, Order]:
        """Return the orders by name."""
        rulings = {name: self._ruling(name, ruling) for name, ruling in RULINGS.items()}
        own = {"once": self.once, "visit": self.visit, "publish": self.publish, "tidy": self.tidy, "take": self.take}
        return {**rulings, **own}

    async def once(self, given: Given, tell: Tell) -> dict[str, Any]:
        """Visit what is due, or everything, and publish; return the summary. `due` and each visit are told of."""
        everything = given.get("all") is True
        async with self._turn():
            keys = await self._engine.inbound.due(everything=everything)
            tell({"due": len(keys)})
            summary = await self._engine.once(keys, _telling(tell), any_hour=everything)
        return summary.as_dict()

    async def visit(self, given: Given, tell: Tell) -> dict[str, Any]:
        """Visit sources at whatever hour, and publish; return how many, and how many of them failed.

        `sources` are named, each with `name` and `place` (the path that it is, if it is one), or those that are
        `failing` are meant. Each visit is told of, and what can't be visited with why.
        """
        told: dict[str, bool] = {}  # by key, whether it failed

        def note(visit: Visit) -> None:
            told[visit.source] = told.get(visit.source, False) or visit.outcome.is_failure
            tell({"visit": _visit(visit)})

        async with self._turn():
            wanted = await self._wanted(given)
            ready = []
            for key in wanted:
                done = await self._make_due(key)
                if done is Done.VISITED:
                    ready.append(key)
                else:
                    told[key] = True
                    tell({"visit": {"source": key, "outcome": str(done), "detail": done.said}})
            await self._engine.once(ready, note, any_hour=True)
            states = await self._engine.store.later(rows.states, [key for key in ready if key not in told])
        for key, state in states.items():
            told[key] = True
            tell({"visit": {"source": key, "outcome": "put-off", "detail": f"it was put off: {state.reason}"}})
        return {"visited": len(told), "failed": sum(told.values())}

    async def publish(self, _given: Given, _tell: Tell) -> dict[str, Any]:
        """Publish now; return the names of the files that changed."""
        return {"written": list(await self._engine.publishing.publish())}

    async def tidy(self, _given: Given, _tell: Tell) -> dict[str, Any]:
        """Let go what is kept no longer, all of it, and publish; return how many entries and visits these were."""
        entries = visits = 0
        is_partial = True
        while is_partial:  # in between come the visits that are due
            async with self._turn():
                tidied = await self._engine.tidy()
            entries, visits, is_partial = entries + tidied.entries, visits + tidied.visits, tidied.is_partial
        await self._engine.publishing.publish()
        return {"entries": entries, "visits": visits, "trouble": tidied.trouble}

    async def take(self, given: Given, tell: Tell) -> dict[str, Any]:
        """Store records of another store (operate/importing.py), which can't know which sources are configured here."""
        configured = list(self._engine.config.by_key)
        return await self._ruling("take", RULINGS["take"])({**given, "configured": configured}, tell)

    def _ruling(self, name: str, ruling: Ruling) -> Order:
        async def order(given: Given, _tell: Tell) -> dict[str, Any]:
            came = await self._engine.store.later(ruling, given, int(time.time()))
            if said := came.get("said"):
                log.info("%s, by the operator: %s", name, said)
            if name in AT_ONCE:
                await self.publish({}, _tell)
            else:
                self._engine.publishing.ask()
            return came

        return order

    async def _wanted(self, given: Given) -> list[str]:
        """Return the keys of the sources that are meant."""
        if given.get("failing") is True:
            found = await self._engine.store.later(standings.standings)
            return [standing.key for standing in found if standing.state == "failing"]
        named = given.get("sources")
        if not isinstance(named, list):
            raise WireError("what was asked for isn't understood: sources is missing")
        return list(dict.fromkeys(_named(self._engine.config, one) for one in named))

    async def _make_due(self, key: str) -> Done:
        row = (await self._engine.store.later(rows.ids, [key])).get(key, 0)
        return await self._engine.store.later(sources.visit, row, int(time.time()))


def _named(config: Config, one: Any) -> str:
    """Return the key of the source that has this address, path or name; AggregatorError unless it is one."""
    name, place = (str(one.get("name", "")), str(one.get("place", ""))) if isinstance(one, dict) else ("", "")
    found = [
        key
        for key, source in config.by_key.items()
        if key in (name, mended(name)) or (place and source.path and str(source.path) == place)
    ] or [key for key, source in config.by_key.items() if name and source.name == name]
    if not found:
        raise AggregatorError(f"{name}: no source in the config has this address or name")
    if len(found) > 1:
        raise AggregatorError(f"{name}: several sources have this name: {', '.join(found)}; say which")
    return found[0]


def _telling(tell: Tell) -> Callable[[Visit], None]:
    return lambda visit: tell({"visit": _visit(visit)})


def _visit(visit: Visit) -> dict[str, Any]:
    """Return what is told of a visit."""
    return {**asdict(visit), "outcome": str(visit.outcome), "seconds": round(visit.seconds, 3)}

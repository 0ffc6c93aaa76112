"""How a command has something done: by the daemon that runs over the data, else by itself on the store.

Nobody has to stop the daemon first, there is one writer, and a command that comes while another writes waits for it.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from aggregator.cli.common import Surroundings
from aggregator.model import AggregatorError, ConfigError, InUseError, StoreError
from aggregator.serve import unix_socket

Given = Mapping[str, Any]
Tell = Callable[[Mapping[str, Any]], None]
T = TypeVar("T")

_WAIT = 10.0  # seconds for a command that writes to end, or for a daemon that begins or ends
_PAUSE = 0.1
_CUT = "the daemon ended before it had done what it was asked for; what was stored by then stays"


class _NotYetError(AggregatorError):
    """The daemon is starting, and nothing was done."""


def by_engine(surroundings: Surroundings, order: str, given: Given, tell: Tell = lambda _event: None) -> dict[str, Any]:
    """Have an order done for which sources are visited or outputs published (orders.py); return what came of it."""

    def alone() -> dict[str, Any]:
        # It reads the certificates of all authorities when it is imported, a tenth of a start in which others can work.
        Thread(target=import_module, args=("aiohttp",)).start()

        from aggregator.logs import log_to_stderr

        config = surroundings.read_whole()
        log_to_stderr("info")
        logging.getLogger("aggregator.engine.news").setLevel(logging.WARNING)
        return asyncio.run(_on_engine(config, surroundings.data(), order, given, tell))

    return _done(surroundings.data(), order, given, tell, alone)


def by_store(surroundings: Surroundings, order: str, given: Given) -> dict[str, Any]:
    """Have an order done that concerns the store alone (operate/rulings.py); return what came of it."""

    def alone() -> dict[str, Any]:
        from aggregator.operate.rulings import RULINGS
        from aggregator.store.database import Writer

        writer = Writer(surroundings.data())
        try:
            return writer.now(RULINGS[order], given, int(time.time()))
        finally:
            writer.close()

    return _done(surroundings.data(), order, given, lambda _event: None, alone)


def by_daemon(surroundings: Surroundings, order: str, otherwise: str) -> dict[str, Any]:
    """Have the daemon do what no command does itself; AggregatorError, with these words, where none runs."""

    def alone() -> dict[str, Any]:
        raise AggregatorError(otherwise)

    return _done(surroundings.data(), order, {}, lambda _event: None, alone)


def ask(data: Path, order: str, given: Given, tell: Tell = lambda _event: None) -> dict[str, Any] | None:
    """Have the daemon over `data` carry out an order; return what came of it, None where no daemon runs.

    AggregatorError, ConfigError for a mistake of the operator's, with the daemon's lines.
    """
    connection = _Connection(data)
    try:
        if not connection.opened():
            return None
        for event in _events(connection, order, given):
            if "done" in event:
                return dict(event["done"])
            if "failed" in event:
                raise _failure(event)
            tell(event)
    finally:
        connection.close()
    raise StoreError(_CUT)


def _events(connection: _Connection, order: str, given: Given) -> Iterator[dict[str, Any]]:
    """Send an order; yield what is answered, line by line."""
    try:
        connection.request("POST", f"/{order}", json.dumps(given).encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        while line := answer.readline():
            yield json.loads(line)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StoreError(_CUT) from error


def _failure(event: Mapping[str, Any]) -> AggregatorError:
    lines = event["failed"]
    if event.get("again"):
        return _NotYetError(*lines)
    return ConfigError(*lines) if event["status"] == 2 else AggregatorError("\n".join(lines))


def facts(data: Path, of: str = "", patience: float = _WAIT) -> dict[str, Any] | None:
    """Return what the daemon over `data` says of itself, or of this thing, None where no daemon runs.

    StoreError where it doesn't say so in `patience` seconds.
    """
    connection = _Connection(data)
    try:
        if not connection.opened():
            return None
        connection.sock.settimeout(patience)
        connection.request("GET", f"/{of}")
        return dict(json.loads(connection.getresponse().read()))
    except TimeoutError as error:
        raise StoreError(f"the daemon is there and does not answer within {patience:.0f} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StoreError(_CUT) from error
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """HTTP to the daemon over `data`, without any timeout: it ends when the daemon does."""

    def __init__(self, data: Path) -> None:
        super().__init__("localhost")
        self._data = data

    def opened(self) -> bool:
        """Connect; tell whether anybody is there."""
        sock = unix_socket.connect(self._data)
        if sock is not None:
            self.sock = sock
        return sock is not None


def _done(data: Path, order: str, given: Given, tell: Tell, alone: Callable[[], T]) -> dict[str, Any] | T:
    until = time.monotonic() + _WAIT
    while True:
        try:
            answer = ask(data, order, given, tell)
            return alone() if answer is None else answer
        except InUseError:
            if time.monotonic() > until:
                raise StoreError(_in_use(data)) from None
        except _NotYetError:
            if time.monotonic() > until:
                raise
        time.sleep(_PAUSE)


def _in_use(data: Path) -> str:
    from aggregator.store.lock import holder

    process = holder(data)
    return (
        f"{data}: another command{f' (process {process})' if process else ''} is writing to it; try again when that has"
        " ended"
    )


async def _on_engine(config: Any, data: Path, order: str, given: Given, tell: Tell) -> dict[str, Any]:
    from aggregator.engine import Engine
    from aggregator.orders import Orders

    gc.freeze()
    async with Engine(config, data) as engine:
        return await Orders(engine).table()[order](given, tell)

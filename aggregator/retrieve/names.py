"""Names of hosts → addresses, with the system's resolver on threads of its own and a limit in time.

getaddrinfo(3) can't be told to stop, and waits half a minute for a name server that is silent. asyncio asks it on the
threads that publishing and folders need too: sixteen dead names stopped everything (open-webui #27440). A look-up that
takes too long is left behind here; whoever asks for the name again waits for that one, and the end of the program for
none.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

_MOST = 500  # look-ups that are under way, those left behind included

Found = list[tuple[Any, ...]]


class Names(AbstractResolver):
    """The resolver for aiohttp's connector; look-ups raise socket.gaierror."""

    def __init__(self, limit: float) -> None:
        """`limit` is how many seconds a look-up may take."""
        self._limit = limit
        self._under_way: dict[tuple[str, int], Future[Found]] = {}

    async def addresses(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> Found:
        """What getaddrinfo gives for a connection to the host."""
        key = (host, int(family))
        found = self._under_way.get(key)
        if found is None or found.done():
            if len(self._under_way) >= _MOST:
                self._under_way = {key: one for key, one in self._under_way.items() if not one.done()}
            if len(self._under_way) >= _MOST:
                raise socket.gaierror(socket.EAI_AGAIN, "too many names are waited for")
            found = Future()
            try:
                threading.Thread(target=_look_up, args=(found, host, family), name="name", daemon=True).start()
            except RuntimeError as error:  # the system has no thread left
                raise socket.gaierror(socket.EAI_AGAIN, str(error)) from None
            self._under_way[key] = found
        try:
            async with asyncio.timeout(self._limit):
                answered = await asyncio.shield(asyncio.wrap_future(found))
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {self._limit:g} s") from None
        self._under_way.pop(key, None)
        return [(*info[:4], (info[4][0], port, *info[4][2:])) for info in answered]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The same in aiohttp's words."""
        return [
            ResolveResult(
                hostname=host,
                host=socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
                if found is socket.AF_INET6 and address[3]  # a link's own address needs its zone
                else address[0],
                port=port,
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _kind, protocol, _name, address in await self.addresses(host, port, family)
        ]

    async def close(self) -> None:
        """Leaves what is under way behind."""
        self._under_way.clear()


def _look_up(found: Future[Found], host: str, family: int) -> None:
    try:
        answered = socket.getaddrinfo(host, 0, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except BaseException as error:  # noqa: BLE001  whoever waits is told
        found.set_exception(error)
    else:
        found.set_result(answered)

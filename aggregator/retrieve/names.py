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

Infos = list[tuple[Any, ...]]
"""What getaddrinfo(3) gives: family, kind, protocol, name and address of each."""


class Resolver(AbstractResolver):
    """The resolver for aiohttp's connector; look-ups raise socket.gaierror."""

    def __init__(self, limit: float) -> None:
        """`limit` is how many seconds a look-up may take."""
        self._limit = limit
        self._under_way: dict[tuple[str, int], Future[Infos]] = {}

    async def addresses(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> Infos:
        """Return what getaddrinfo gives for a connection to the host."""
        key = (host, int(family))
        lookup = self._under_way.get(key)
        if lookup is None or lookup.done():
            if len(self._under_way) >= _MOST:
                self._under_way = {key: one for key, one in self._under_way.items() if not one.done()}
            if len(self._under_way) >= _MOST:
                raise socket.gaierror(socket.EAI_AGAIN, "too many names are waited for")
            lookup = Future()
            try:
                threading.Thread(target=_look_up, args=(lookup, host, family), name="name", daemon=True).start()
            except RuntimeError as error:  # the system has no thread left
                raise socket.gaierror(socket.EAI_AGAIN, str(error)) from None
            self._under_way[key] = lookup
        try:
            async with asyncio.timeout(self._limit):
                infos = await asyncio.shield(asyncio.wrap_future(lookup))
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {self._limit:g} s") from None
        self._under_way.pop(key, None)
        return [(*info[:4], (info[4][0], port, *info[4][2:])) for info in infos]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the same in aiohttp's words."""
        return [
            ResolveResult(
                hostname=host,
                host=socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
                if address_family is socket.AF_INET6 and address[3]  # a link's own address needs its zone
                else address[0],
                port=port,
                family=address_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address_family, _kind, protocol, _name, address in await self.addresses(host, port, family)
        ]

    async def close(self) -> None:
        """Leave what is under way behind."""
        self._under_way.clear()


def _look_up(lookup: Future[Infos], host: str, family: int) -> None:
    try:
        infos = socket.getaddrinfo(host, 0, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except BaseException as error:  # noqa: BLE001  whoever waits is told
        lookup.set_exception(error)
    else:
        lookup.set_result(infos)

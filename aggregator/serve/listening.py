"""[serve] host and port → sockets that listen, made before anything is served."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack

from aggregator.model import StoreError

_BACKLOG = 128


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """A socket for each address of each host; port 0 is one that is free, the same for all.

    "::" takes IPv4 as well, as web servers do: asyncio would make it IPv6 alone. StoreError if any can't be had.
    """
    with ExitStack() as undone:
        made: dict[str, socket.socket] = {}
        for host in hosts:
            try:
                for family, address in _addresses(host, port):
                    if address not in made and not _covered(address, made):
                        made[address] = undone.enter_context(_socket(family, address, port))
                        port = made[address].getsockname()[1]
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", None) or error
                raise StoreError(f"can't serve on {host}:{port}: {reason}") from error
        undone.pop_all()
    return list(made.values())


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    usable = [
        (family, str(where[0])) for family, _, _, _, where in found if family != socket.AF_INET6 or socket.has_ipv6
    ]
    return list(dict.fromkeys(usable))


def _covered(address: str, made: dict[str, socket.socket]) -> bool:
    """Whether "::" has it already: ["::", "0.0.0.0"] is what whoever wants both may write."""
    return "::" in made and ":" not in address


def _socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
        made.bind((address, port))
        made.listen(_BACKLOG)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made

"""[serve] host and port, or socket → sockets that listen, made before anything is served."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from aggregator.model import StoreError
from aggregator.serve import unix_socket

_BACKLOG = 128
_LEFTOVER = 5.0  # seconds in which whoever listens at a socket takes a connection
_UNREAD = 60_000  # milliseconds for which a client may leave unread what it was sent


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Return a socket for each address of each host; port 0 is one that is free, the same for all.

    "::" takes IPv4 as well, as web servers do: asyncio would make it IPv6 alone. StoreError if any can't be had.
    """
    with ExitStack() as undone:
        sockets: dict[str, socket.socket] = {}
        for host in hosts:
            try:
                for family, address in _addresses(host, port):
                    if address not in sockets and not _covered(address, sockets):
                        sockets[address] = undone.enter_context(_socket(family, address, port))
                        port = sockets[address].getsockname()[1]
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", None) or error
                raise StoreError(f"can't serve on {host}:{port}: {reason}") from error
        undone.pop_all()
    return list(sockets.values())


@contextmanager
def listening(name: str, folder: Path) -> Iterator[socket.socket]:
    """Give a Unix socket that listens for a web server in front, and take it away at the end; `name` is in `folder` or
    has a folder of its own.

    Whoever may enter its folder may speak to it, as to a port of this machine. StoreError where it can't be had.
    """
    path = folder / Path(name).expanduser()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with unix_socket.address_of(path) as address:
            _remove_leftover(path, address)
            sock.bind(address)
        path.chmod(0o666)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise StoreError(f"can't serve on {path}: {error.strerror or error}") from error
    except BaseException:
        sock.close()
        raise
    try:
        yield sock
    finally:
        sock.close()
        with suppress(OSError):
            path.unlink()


def _remove_leftover(path: Path, address: str) -> None:
    """Take away what somebody left who has crashed; StoreError for what is anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise StoreError(f"can't serve on {path}: there is a file, and no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_LEFTOVER)
        try:
            sock.connect(address)
        except ConnectionRefusedError:
            path.unlink()
            return
    raise StoreError(f"can't serve on {path}: another program does")


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    usable = [
        (family, str(where[0])) for family, _, _, _, where in infos if family != socket.AF_INET6 or socket.has_ipv6
    ]
    return list(dict.fromkeys(usable))


def _covered(address: str, sockets: dict[str, socket.socket]) -> bool:
    """Tell whether "::" has it already: ["::", "0.0.0.0"] is what whoever wants both may write."""
    return "::" in sockets and ":" not in address


def _socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted has it from here
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock

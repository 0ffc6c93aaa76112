"""Which addresses may be connected to: public ones, and those in the networks that the operator allows.

The check stands where the connector makes the socket, after names are resolved and on every redirect, and the
socket is connected to the address that was checked: no spelling of an address, no DNS answer that changes between
check and use gets around it.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from weakref import WeakValueDictionary

_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")  # retired (RFC 7526): nothing public answers there


class BlockedError(OSError):
    """A connection that the guard refused."""


def permitted(address: str, allowed: Sequence[str]) -> bool:
    """Tell whether a connection may go to this literal IP address; `allowed` are networks such as "127.0.0.0/8"."""
    return _permits(address, [ip_network(network) for network in allowed])


def _permits(address: str, allowed: Sequence[IPv4Network | IPv6Network]) -> bool:
    target = _target(ip_address(address.partition("%")[0]))
    if any(target in network for network in allowed if network.version == target.version):
        return True
    if isinstance(target, IPv6Address) and (target in _SIX_TO_FOUR or target.is_site_local):
        return False
    return target.is_global and not (target.is_multicast or target.is_reserved or target.is_unspecified)


def _target(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that a mapped or a NAT64 one leads to, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class FloodError(OSError):
    """More than a server may send before its answer begins."""


class Sockets:
    """Makes the sockets, for aiohttp's TCPConnector and for our own reading: permitted addresses, and limits."""

    def __init__(self, allowed: Sequence[str], most: int) -> None:
        """`allowed` are networks beside the public ones; `most` bytes may come between a request and its answer."""
        self._allowed = [ip_network(network) for network in allowed]
        self._most = most
        self._metered: WeakValueDictionary[int, _Metered] = WeakValueDictionary()

    def __call__(self, info: Any) -> socket.socket:
        """Return a socket for this address of getaddrinfo's; BlockedError if it is not permitted."""
        family, kind, protocol, _name, address = info
        if not _permits(address[0], self._allowed):
            raise BlockedError(f"{address[0]} is not a public address; [polling] allow_networks can permit it")
        metered = _Metered(family, kind, protocol)
        metered.setblocking(False)
        metered.most = self._most
        self._metered[metered.fileno()] = metered
        return metered

    def answered(self, number: int) -> None:
        """Note that the answer has begun on the socket with this number: its headers are whole, its body is counted."""
        metered = self._metered.get(number)
        if metered is not None:
            metered.left = math.inf


class _Metered(socket.socket):
    """Counts what comes between a request and its answer: headers by the megabyte, interim answers without end."""

    most = 0
    left: float = 0

    def send(self, *args: Any) -> int:
        self.left = self.most
        return super().send(*args)

    def recv(self, *args: Any) -> bytes:
        self._count(len(data := super().recv(*args)))
        return data

    def recv_into(self, *args: Any) -> int:
        self._count(size := super().recv_into(*args))
        return size

    def _count(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise FloodError("headers or interim answers without end")

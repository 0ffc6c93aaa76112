"""Which addresses may be connected to: public ones, and those in the networks that the operator allows.

The check stands where the connector makes the socket, after names are resolved and on every redirect, and the
socket is connected to the address that was checked: no spelling of an address, no DNS answer that changes between
check and use gets around it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")
_CGNAT = ip_network("100.64.0.0/10")


class BlockedError(OSError):
    """A connection that the guard refused."""


def permitted(address: str, allowed: Sequence[str]) -> bool:
    """Whether a connection may go to this literal IP address; `allowed` are networks such as "127.0.0.0/8"."""
    found = ip_address(address.partition("%")[0])
    inner = _inner(found)
    networks = [ip_network(network) for network in allowed]
    if any(candidate.version == n.version and candidate in n for candidate in (found, inner) for n in networks):
        return True
    return _is_public(found) and _is_public(inner)


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo's are not followed, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR and address.sixtofour:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return True  # judged as what it stands for
    if isinstance(address, IPv4Address) and address in _CGNAT:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def socket_factory(allowed: Sequence[str]) -> Callable[[Any], socket.socket]:
    """For aiohttp's TCPConnector: makes a socket for an address that is permitted, else raises BlockedError."""

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _name, address = info
        if not permitted(address[0], allowed):
            raise BlockedError(f"{address[0]} is not a public address; [polling] allow_networks can permit it")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make

"""Which addresses may be connected to: public ones, and those in the networks that the operator allows.

The check stands where the connector makes the socket, after names are resolved and on every redirect, and the
socket is connected to the address that was checked: no spelling of an address, no DNS answer that changes between
check and use gets around it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")  # retired (RFC 7526): nothing public answers there


class BlockedError(OSError):
    """A connection that the guard refused."""


def permitted(address: str, allowed: Sequence[str]) -> bool:
    """Whether a connection may go to this literal IP address; `allowed` are networks such as "127.0.0.0/8"."""
    return _permits(address, [ip_network(network) for network in allowed])


def _permits(address: str, allowed: Sequence[IPv4Network | IPv6Network]) -> bool:
    found = _meant(ip_address(address.partition("%")[0]))
    if any(found in network for network in allowed if network.version == found.version):
        return True
    if isinstance(found, IPv6Address) and (found in _SIX_TO_FOUR or found.is_site_local):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a mapped or a NAT64 one leads to, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def socket_factory(allowed: Sequence[str]) -> Callable[[Any], socket.socket]:
    """For aiohttp's TCPConnector: makes a socket for an address that is permitted, else raises BlockedError."""
    networks = [ip_network(network) for network in allowed]

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _name, address = info
        if not _permits(address[0], networks):
            raise BlockedError(f"{address[0]} is not a public address; [polling] allow_networks can permit it")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make

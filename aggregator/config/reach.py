"""Whom the config means to reach, and whether `[site] link` takes them there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from aggregator.config import Config


def misled(config: Config) -> str:
    """Say in a line that the outputs are for others and their links lead to this machine; "" where all is well."""
    link = config.site.link
    if not _is_here(urlsplit(link).hostname or ""):
        return ""
    others = [host for host in config.serve.host if not _is_here(host) or _is_any(host)]
    if others:
        why = f"[serve] host {others[0]} is open to others"
    elif config.websub.hub or config.websub.callback:
        why = f"[websub] {'hub' if config.websub.hub else 'callback'} is set for others"
    else:
        return ""
    return f"{why}, but [site] link is {link}, this machine: set it to the address at which they reach it."


def _is_here(host: str) -> bool:
    """Tell whether a name or an address means the machine of whoever uses it."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith((".localhost", ".localdomain")) or name == "ip6-localhost":
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def _is_any(host: str) -> bool:
    """Tell whether it means every address of the machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False

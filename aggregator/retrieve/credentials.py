"""User and password in an address → the header that carries them, for the origin that they were written for alone."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import unquote_to_bytes

from yarl import URL

from aggregator.text.addresses import requested


class Credentials:
    """User and password for one visit, by origin: scheme, host and port."""

    def __init__(self, address: str = "", username: str = "", password: str = "") -> None:
        """Know those that the address carries, or those that are given for it."""
        self._known: dict[URL, str] = {}
        if address:
            url, _ = self.request(address)
            if username:
                self._known[url.origin()] = _basic(username.encode(), password.encode("utf-8", "surrogateescape"))

    def request(self, address: str) -> tuple[URL, dict[str, str]]:
        """Return the address as it is asked for, and the header for it; remember what the address itself carries.

        ValueError for no address. RFC 7617 §2.1: in UTF-8, as browsers and curl send it.
        """
        scheme, separator, rest = requested(address).partition("://")
        end = next((at for at, char in enumerate(rest) if char in "/?#"), len(rest))
        userinfo, at, host = rest[:end].rpartition("@")
        origin = URL(f"{scheme}{separator}{host}").origin()
        if at:
            user, _, password = userinfo.partition(":")
            self._known[origin] = _basic(
                *(unquote_to_bytes(part.encode("utf-8", "surrogateescape")) for part in (user, password))
            )
        header = self._known.get(origin)
        return URL(f"{origin}{rest[end:] or '/'}", encoded=True), {"Authorization": header} if header else {}


def _basic(username: bytes, password: bytes) -> str:
    return f"Basic {b64encode(username + b':' + password).decode()}"

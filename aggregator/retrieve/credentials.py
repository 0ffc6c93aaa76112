"""What a source's server wants to see → the headers of each request, secrets to the origin that they are for alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from urllib.parse import unquote_to_bytes

from yarl import URL

from aggregator.model import Access
from aggregator.text.addresses import requested


class Credentials:
    """The headers of one visit's requests, by origin: scheme, host and port."""

    def __init__(self, address: str = "", access: Access = Access()) -> None:  # noqa: B008  it is frozen
        """Know what is sent to the address's origin: user and password in it go before those of the access."""
        self._known: dict[URL, dict[str, str]] = {}
        self._read: dict[str, tuple[URL, URL]] = {}  # of each address what is asked for, and its origin
        self._everywhere = {"User-Agent": access.user_agent} if access.user_agent else {}
        if not address:
            return
        headers = dict(access.headers)
        if access.username:
            headers["Authorization"] = _basic(
                access.username.encode(), access.password.encode("utf-8", "surrogateescape")
            )
        url, in_address = self.request(address)
        self._known[url.origin()] = {**_without(headers, in_address), **in_address}

    def request(self, address: str) -> tuple[URL, dict[str, str]]:
        """Return the address as it is asked for, and the headers for it; remember what the address itself carries.

        ValueError for no address. RFC 7617 §2.1: in UTF-8, as browsers and curl send it.
        """
        url, origin = self._taken_apart(address)
        return url, {**self._everywhere, **self._known.get(origin, {})}

    def _taken_apart(self, address: str) -> tuple[URL, URL]:
        """Return what is asked for, and the origin; an address is asked for at least twice."""
        if address in self._read:
            return self._read[address]
        scheme, separator, rest = requested(address).partition("://")
        end = next((at for at, char in enumerate(rest) if char in "/?#"), len(rest))
        userinfo, at, host = rest[:end].rpartition("@")
        origin = URL(f"{scheme}{separator}{host}").origin()
        if at:
            user, _, password = userinfo.partition(":")
            known = self._known.get(origin, {})
            login = _basic(*(unquote_to_bytes(part.encode("utf-8", "surrogateescape")) for part in (user, password)))
            self._known[origin] = {**_without(known, ("Authorization",)), "Authorization": login}
        self._read[address] = URL(f"{origin}{rest[end:] or '/'}", encoded=True), origin
        return self._read[address]


def _without(headers: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Return the headers but for these, in whatever case they are written."""
    gone = {name.lower() for name in names}
    return {name: value for name, value in headers.items() if name.lower() not in gone}


def _basic(username: bytes, password: bytes) -> str:
    return f"Basic {b64encode(username + b':' + password).decode()}"

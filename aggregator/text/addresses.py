"""Addresses of the web as people and servers write them, mended as browsers do (WHATWG URL).

`mended` is for whatever comes in: the config, a command line, OPML. `joined` is for what a page or a Location refers
to. They change only what can't stand in an address, so that every address that can keeps its spelling: it identifies a
source for ever. `requested` is what goes over the wire.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_AROUND = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u200b\u2028\u2029\u3000\ufeff"  # what pasting brings along
_DROPPED = str.maketrans("", "", "\t\r\n")
_FEED = re.compile(r"(?:feeds?|itpc|pcast|podcast):", re.IGNORECASE)  # by which readers were once opened
_SCHEME = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
# What is escaped: of an address that identifies a source only what no address can have; of one that is shown, what
# would break the markup around it, too; and on the wire all but ASCII.
_NEVER = re.compile(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff]")
_UNSHOWN = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f-\x9f\ud800-\udfff\ufffe\uffff]')
_UNSENT = re.compile(r"[^!-~]|[\"<>]")
_SPOKEN = ("http://", "https://")
# Most addresses: whole, and with nothing in them to mend; most of the form that is compared: a host and a path.
_USUAL = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*+(?::[1-9][0-9]{0,3})?"
    r"(?:[/?#][^\x00-\x20\"<>\[\\\]^`{|}\x7f-\xa0\ud800-\udfff\ufffe\uffff]*+)?"
)
_LONGEST = 8000  # characters: servers and browsers take no longer ones (RFC 9110 §4.1 recommends these as the least)


def mended(address: str) -> str:
    """Take out of an address what can't stand in one: blanks around it, line ends, `feed:`; escape blanks, raw bytes.

    `feed:https://…` is what follows the colon, `feed://…` is http. What is no address of the web after that is for the
    caller to refuse. Mending twice is mending once.
    """
    address = address.translate(_DROPPED).strip(_AROUND)
    while feed := _FEED.match(address):
        rest = address[feed.end() :].lstrip(_AROUND)
        address = rest if _SCHEME.match(rest) or _FEED.match(rest) else f"http:{rest}"
    if (scheme := _SCHEME.match(address)) and not address.lower().startswith(_SPOKEN):
        address = f"{scheme[1]}://{address[scheme.end() :]}"
    authority = _AUTHORITY.match(address)
    start = authority.end() if authority else 0
    return address[:start] + _NEVER.sub(_as_it_came, address[start:])


def joined(base: str, reference: str) -> str:
    """Return the address that a page or a server at `base` means by a reference; ValueError for what is none.

    A backslash before the query is a slash, as for browsers: servers on Windows write it.
    """
    reference = mended(reference)
    path, question, query = reference.partition("?")
    return mended(urljoin(base, path.replace("\\", "/") + question + query))


def requested(address: str) -> str:
    """Write an address as it goes over the wire: in ASCII, without fragment, and nothing else changed.

    Servers know exact spellings.
    """
    authority = _AUTHORITY.match(address)
    start = authority.end() if authority else 0
    return address[:start] + _UNSENT.sub(_as_it_came, address[start:].partition("#")[0])


def _as_it_came(character: re.Match[str]) -> str:
    """Escape a character's UTF-8, or the byte itself that was no UTF-8 when the text was read (PEP 383)."""
    try:
        return _percent(character[0].encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a pair of UTF-16
        return _percent("\ufffd".encode())


def _as_text(character: re.Match[str]) -> str:
    """Escape a character's UTF-8; half a pair of UTF-16, which has none, is a question mark."""
    return _percent(character[0].encode("utf-8", "replace"))


def _percent(raw: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in raw)


def is_web(address: str) -> bool:
    """Tell whether it is an absolute http or https address with a host."""
    if _USUAL.fullmatch(address):
        return True
    if not address[:8].lower().startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def absolute(address: str, base: str) -> str:
    """Return the address as it stands, from `base` on if it is relative; "" if it is not of the web in the end.

    Nothing else is changed: some servers know their pages only by the exact spelling. What must not stand in an
    address (WHATWG URL: tabs and line ends are dropped, spaces are escaped) is mended.
    """
    address = address.strip().translate(_DROPPED)
    if not address or len(address) > _LONGEST:
        return ""
    if _USUAL.fullmatch(address):
        return address
    try:
        whole = address if is_web(address) else urljoin(base, address)
    except ValueError:
        return ""
    return _UNSHOWN.sub(_as_text, whole) if is_web(whole) else ""

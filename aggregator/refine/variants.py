"""Addresses of a page's other forms, AMP and mobile → the page's own; to compare, never to request or to show.

Nothing is fetched: only what sites and AMP's own rules make of a page's address is known. A wrong guess makes no two
articles one: joining by address takes one headline in two feeds, and that each of them lists the address once.
"""

from __future__ import annotations

import re

# AMP caches (amp.dev, "AMP Cache URL format"): the page's own address, without its scheme, is the rest of the path.
_CACHE = re.compile(
    r"https?://(?:(?:[\w-]+\.cdn\.ampproject\.org/[cv]/|[\w-]+\.bing-amp\.com/[cv]/|(?:www\.)?google(?:\.[a-z]{2,3}){1,2}/amp/)"
    r"(?:s/)?)+(?=[\w-]+\.[\w.-]+/)",
    re.ASCII | re.IGNORECASE,
)
_HOST = re.compile(
    r"^(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.[^.])|(?<=^[a-z]{2}\.)m\.(?=[^.]+\.[^.])"
)  # en.m.wikipedia.org
_SEGMENT = re.compile(r"/amp(?=/|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.amp)+(?=(?:\.html?)?$)", re.IGNORECASE)
_ARTICLE = re.compile(r"[-_0-9.]|[^\x00-\x7f]")  # what names of sections have none of: /guitars/amp is a section, too
_BLOGGER = re.compile(r"/\d{4}/\d{2}/[^/]+\.html")  # Blogger's pages, whose mobile form has "?m=1"
_SIGN = re.compile(
    r"(?<![a-z0-9])amp(?:project)?(?![a-z0-9])|//(?:[a-z]{2}\.)?(?:m|mobile)\.|[?&]m=1(?![^&#])", re.IGNORECASE
)


def is_one(address: str) -> bool:
    """Tell whether the address may be another form's: few are, and the others needn't be looked at."""
    return _SIGN.search(address) is not None


def uncached(address: str) -> str:
    """Return the address that an AMP cache has a copy of; any other as it is."""
    return _CACHE.sub("https://", address, count=1) if address[:4].lower() == "http" else address


def own_host(host: str) -> str:
    """Return the host without "m.", "mobile." and "amp.", where a name is left."""
    return _HOST.sub("", host)


def own_path(path: str) -> str:
    """Return the path without what makes it the AMP form's: /amp/ around an article's name, and .amp at its end."""
    rest = _SEGMENT.sub("", path)
    return _SUFFIX.sub("", rest if _ARTICLE.search(rest) else path)


def is_form(name: str, value: str, path: str) -> bool:
    """Tell whether a parameter only asks for another form of the page at this path."""
    name, value = name.lower(), value.lower()
    if name == "amp":
        return value in {"", "1", "true"}
    return (name, value) == ("outputtype", "amp") or ((name, value) == ("m", "1") and bool(_BLOGGER.fullmatch(path)))

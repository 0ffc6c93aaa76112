"""newsboat's urls file → subscriptions (https://newsboat.org/releases/2.21/docs/newsboat.html#_first_steps).

A line is an address and tags, in double quotes where they have spaces; "~Title" is no tag but the feed's name, and
"!" hides it. Queries, filters and commands are newsboat's own and no feeds of the web.
"""

from __future__ import annotations

import re

from aggregator.model import ParseError
from aggregator.model.lists import Subscription
from aggregator.parse.lists.opml import address, is_meant_for_web
from aggregator.text import writable

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"?|([^\s"]+)')
_LARGEST = 64 * 1024 * 1024
_OTHERS = ("query:", "filter:", "exec:", "file:", "gopher:", "gemini:")


def read(body: bytes, *, partial: bool = False) -> tuple[list[Subscription], list[str]]:
    """Return the subscriptions in order, an address once, its first tag the category; and the lines that are none.

    Raises ParseError where a line is neither an address nor one of newsboat's; if `partial`, that is a line that is
    none, as long as there is an address in another.
    """
    if len(body) > _LARGEST:
        raise ParseError(f"{len(body)} bytes: more than {_LARGEST}")
    subscriptions: dict[str, Subscription] = {}
    others: list[str] = []
    for number, raw in enumerate(_decoded(body).splitlines(), 1):
        words = [writable.line(_unquoted(quoted) or plain) for quoted, plain in _WORD.findall(raw)]
        if not words or words[0].startswith("#"):
            continue
        url = address(words[0])
        if is_meant_for_web(url):
            subscriptions.setdefault(url, _subscription(url, words[1:]))
        elif words[0].startswith(_OTHERS) or partial:
            others.append(words[0])
        else:
            where = f"line {number}, column {len(raw) - len(raw.lstrip()) + 1}"
            raise ParseError(f"not OPML, and not newsboat's urls, of which a line is an address and tags: {where}")
    if not subscriptions and (partial or not others):
        raise ParseError("not OPML, and not newsboat's urls: there is no address in it")
    return list(subscriptions.values()), others


def _decoded(body: bytes) -> str:
    try:
        return body.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _subscription(url: str, words: list[str]) -> Subscription:
    title = next((word[1:].strip() for word in words if word.startswith("~")), "")
    tags = [word for word in words if word and not word.startswith(("~", "!"))]
    return Subscription(url, title, tags[0] if tags else "")


def _unquoted(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)

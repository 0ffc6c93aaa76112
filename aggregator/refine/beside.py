"""HTML of a local article → the same with addresses for the files that lie beside it: pictures, sound, films.

Like `reveal` it makes nothing safe: the sanitiser takes what comes out.
"""

from __future__ import annotations

import re

from aggregator.refine import tags
from aggregator.text import local_files

_TAG = re.compile(r"<(img|video|audio|source)(?=[\s/])", re.IGNORECASE)
_ADDRESSES = "src", "poster"
_KEPT = ("src", "poster", "alt", "title", "type", "width", "height", "lang", "dir")


def placed(markup: str, document: str) -> str:
    """Return the markup with stored addresses (text/local_files.py) in place of relative ones of such files.

    `document` is the article's own stored address. Other relative addresses stay: they lead nowhere.
    """
    kept: list[str] = []
    at = 0
    while tag := _TAG.search(markup, at):
        given, end = tags.attributes(markup, tag.end())
        if end < 0:
            break
        found = {name: local_files.beside(document, given[name]) for name in _ADDRESSES if given.get(name)}
        kept.append(markup[at : tag.start()])
        if any(found.values()):
            shown = {name: found.get(name) or given[name] for name in _KEPT if name in given}
            controls = {"controls": "controls"} if "controls" in given else {}
            kept.append(tags.start_tag(tag[1].lower(), {**shown, **controls}))
        else:
            kept.append(markup[tag.start() : end])
        at = end
    return "".join((*kept, markup[at:]))

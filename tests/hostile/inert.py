"""What may stand in an edition: read strictly, every element, attribute and address in it looked at.

The lists are the test's own, not the sanitiser's: what a browser or a reader would run must be in none of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from lxml import etree

_TAGS = frozenset(
    re.findall(
        r"\w+",
        """
        a abbr acronym article aside audio b bdi bdo blockquote br caption center cite code col colgroup data dd del
        details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li mark nav
        ol p picture pre q rp rt rtc ruby s samp section small source span strike strong sub summary sup table tbody
        td tfoot th thead time tr track tt u ul var video wbr
        """,
    )
)
_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        """
        href src alt title lang dir width height hreflang controls type kind srclang label datetime align char charoff
        colspan rowspan headers scope span summary start size reversed value open poster
        """,
    )
)
_ADDRESSES = frozenset({"href", "src", "poster"})
_XML_ADDRESSES = frozenset({"url", "href", "link", "comments", "uri", "docs", "generator"})
_MARKUP = frozenset({"description", "encoded", "content", "summary"})  # elements whose text readers take for HTML
_TEXT = frozenset({"title", "name", "category", "creator", "rights", "subtitle"})
_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_SCHEME = re.compile(r"https?://[^\s<>\"\\]+|mailto:[^\s<>\"\\]+")
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc\U00010000-\U0010ffff]")
# What a reader that takes a title for HTML would run: RSS doesn't say whether it is.
_RUNS = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|svg|math|style|link|meta|base|form|template)\b|<\w[^>]*\bon\w+\s*=",
    re.IGNORECASE,
)


def assert_inert(name: str, body: bytes) -> list[Any]:
    """The items of an edition, as elements or JSON objects; an AssertionError for what must not be in it."""
    return _json(body) if name.endswith(".json") else _xml(body, atom=name.endswith(".atom"))


def _xml(body: bytes, *, atom: bool) -> list[Any]:
    assert b"<!DOCTYPE" not in body and b"<!ENTITY" not in body
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    assert not list(root.iter(etree.PI, etree.Comment))
    for element in root.iter(etree.Element):
        tag = etree.QName(element).localname
        text = element.text or ""
        _legal(text)
        for attribute, value in element.attrib.items():
            _legal(value)
            if etree.QName(attribute).localname in _XML_ADDRESSES:
                _address(value)
        if tag in _XML_ADDRESSES and text.strip():
            if tag != "generator":
                _address(text)
        elif tag in _MARKUP and element.get("type", "html") == "html" and not len(element):
            _markup(text)
        elif tag in _TEXT and atom:
            _markup(text) if element.get("type") == "html" else None
        elif tag in _TEXT:
            assert not _RUNS.search(text), f"a title that runs in readers that take it for HTML: {text[:200]}"
    return root.findall("{*}entry") if atom else root.findall("channel/item")


def _json(body: bytes) -> list[Any]:
    feed = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for key, value in _strings(feed):
        _legal(value)
        if key == "content_html":
            _markup(value)
        elif key in {"url", "link", "feed", "image", "home_page_url", "feed_url"}:
            _address(value)
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
    items: list[Any] = feed["items"]
    return items


def _no_constant(value: str) -> None:
    raise AssertionError(f"{value} is no JSON")


def _strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _strings(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, key)


def _legal(text: str) -> None:
    found = _ILLEGAL.search(text)
    assert not found, f"U+{ord(found[0]):04X} in {text[max(0, found.start() - 40) : found.start() + 40]!r}"


def _address(value: str) -> None:
    assert _SCHEME.fullmatch(value), f"not an address of the web or of mail: {value[:200]!r}"


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, f"<{tag}>"
        for name, value in attrs:
            assert name in _ATTRIBUTES, f"<{tag} {name}>"
            if name in _ADDRESSES:
                assert _LINK.match(value or ""), f"<{tag} {name}={value!r}>"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:100]}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def _markup(value: str) -> None:
    walker = _Walker()
    walker.feed(value)
    walker.close()
    if "<" in value:
        for element in etree.HTML(f"<div>{value}</div>").iter():  # libxml2 sees some markup otherwise than Python
            assert isinstance(element.tag, str), f"a comment or instruction: {element}"
            assert element.tag in _TAGS | {"html", "body"}, f"<{element.tag}>"
            for name, found in element.attrib.items():
                assert name in _ATTRIBUTES, f"<{element.tag} {name}>"
                if name in _ADDRESSES:
                    assert _LINK.match(found), f"<{element.tag} {name}={found!r}>"

"""What the elements of a feed hold, as feedparser has it: texts, addresses, people, links, of one element each."""

from __future__ import annotations

import html.entities
import re
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from aggregator.parse import markup
from aggregator.parse.wellformed.names import RefusedError

Attributes = dict[str, str]
Raw = dict[str, Any]

_KINDS = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
XHTML = "application/xhtml+xml"
HTML = frozenset({"text/html", XHTML})
_TYPES = frozenset({"text/plain", *HTML})

_SITE = re.compile(r"\s*www\.[\w-]+(?:\.[\w-]+)+(?:[:/?#]|\s*$)", re.IGNORECASE)
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_PART = r"[\w/.~%!$&'()*+,:=@-]"
_WHOLE = re.compile(rf"https?://[\w.-]+(?::\d+)?(?:/{_PART}*)?(?:\?{_PART}+)?(?:#{_PART}+)?", re.ASCII)

_WINDOWS_1252 = re.compile("[\x80-\x9f]")
_MEANT = {n: bytes([n]).decode("cp1252") for n in range(0x80, 0xA0) if n not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}

_CLOSED = re.compile(r"</\w+>|&#?\w+;")
_TAGS = re.compile(r"</?(\w+)")
_REFERENCES = re.compile(r"&(\w+);")
_HTML_ELEMENTS = frozenset({
    "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "big", "blockquote", "br", "button",
    "canvas", "caption", "center", "cite", "code", "col", "colgroup", "command", "datagrid", "datalist", "dd", "del",
    "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "event-source", "fieldset", "figcaption", "figure",
    "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "input", "ins", "kbd",
    "keygen", "label", "legend", "li", "m", "map", "menu", "meter", "multicol", "nav", "nextid", "noscript", "ol",
    "optgroup", "option", "output", "p", "pre", "progress", "q", "s", "samp", "section", "select", "small", "sound",
    "source", "spacer", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "textarea", "tfoot", "th",
    "thead", "time", "tr", "tt", "u", "ul", "var", "video",
})  # fmt: skip


_ASIDE = frozenset({"admin_errorreportsto", "admin_generatoragent", "cc_license", "link"})


class Part(NamedTuple):
    """An element, with its name, its attributes, and what its addresses start from and its language is."""

    element: Element
    name: str
    attributes: Attributes
    base: str
    language: str | None

    def bare(self) -> str:
        """Return its text, without white space around it; RefusedError if there is an element in it."""
        if len(self.element):
            raise RefusedError(f"an element in {self.name}")
        text = self.element.text
        return text.strip() if text else ""

    def text(self) -> str:
        """Return its text, mended."""
        return mended(self.bare())

    def address(self) -> str:
        """Return the address that is its text, absolute."""
        address = self.bare()
        return mended(joined(self.base, address)) if address else ""

    def own_text(self) -> str:
        """Return its text without that of the elements in it, mended."""
        pieces = [self.element.text or "", *(child.tail or "" for child in self.element)]
        return mended("".join(pieces).strip())

    def say_nothing(self) -> None:
        """Make sure that it has no text that feedparser takes for that of what is around it."""
        is_aside = self.attributes or self.name in _ASIDE
        if is_aside and (len(self.element) or (self.element.text or "").strip()):
            raise RefusedError(f"text in {self.name}")


def kind(declared: str) -> str:
    """Return the media type that a construct's type stands for."""
    return _KINDS.get(declared, declared)


def text_kind(part: Part, default: str) -> str:
    """Return a construct's media type, if it is one of text."""
    found = kind(part.attributes.get("type", default))
    if found not in _TYPES or part.attributes.get("mode") == "base64":
        raise RefusedError(f"type {found}")
    return found


def mended(text: str) -> str:
    """Mend text as feedparser does: UTF-8 that was taken for Latin-1, and what Windows has for control characters."""
    if text.isascii():
        return text
    with suppress(ValueError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_MEANT) if _WINDOWS_1252.search(text) else text


def joined(base: str, address: str) -> str:
    """Make an address absolute; "www.mill.example/a" only lacks its scheme. What can't be made so is ""."""
    if _WHOLE.fullmatch(address):
        return address
    if _SITE.match(address):
        return f"https://{address.strip()}"
    try:
        return urljoin(base, _SLASHES.sub(r"\1", address))
    except ValueError:
        return ""


def new_base(base: str, given: str) -> str:
    """Return what addresses start from in an element with this xml:base."""
    try:
        found = urljoin(base, _SLASHES.sub(r"\1", given))
    except ValueError:
        raise RefusedError("base") from None
    if base and not found.startswith(("http://", "https://")):  # it knows many a scheme, and takes no other
        raise RefusedError("base")
    return found


def looks_like_html(text: str) -> bool:
    """Tell whether a text in RSS that may be plain is HTML."""
    if "<" not in text and "&" not in text:
        return False
    return _is_html(text) or markup.has_void(text)


def _is_html(text: str) -> bool:
    if not _CLOSED.search(text) or any(tag.lower() not in _HTML_ELEMENTS for tag in _TAGS.findall(text)):
        return False
    return all(name in html.entities.entitydefs for name in _REFERENCES.findall(text))


def with_href(attributes: Attributes) -> Attributes:
    """Return a link's attributes with the one that has its address under the name "href"."""
    found = dict(attributes)
    href = found.get("url", found.get("uri", found.get("href")))
    if href:
        found.pop("url", None)
        found.pop("uri", None)
        found["href"] = href
    return found

"""The W3C feed validator's rules that a feed of ours could break, over its bytes; named as the validator names them.

The validator itself is on no package index. What it says of elements that we never write isn't here: what is not
known is a complaint. Nor is what it recommends to a podcast (MissingItunesElement, MissingItunesEmail and
UnsupportedItunesFormat for a channel with any itunes: element): a category, "explicit" and an owner are nobody's to
claim for other people's episodes, and their files' endings are theirs. Of the tombstones of RFC 6721, which are in a
feed while something was taken back, it warns (UnknownNamespace): it doesn't know them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
PREFIXES = {
    ATOM: "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://purl.org/rss/1.0/modules/slash/": "slash:",
    "http://wellformedweb.org/CommentAPI/": "wfw:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
    "http://purl.org/atompub/tombstones/1.0": "at:",
}
LINK = "href rel type title length"
MEDIA = {
    "media:content": "url type fileSize duration medium width height",
    "media:title": "type",
    "media:thumbnail": "url width height",
}
# Parent → child → its attributes. Elsewhere, or with another attribute: UndefinedElement, UnexpectedAttribute.
RSS = {
    "": {"rss": "version"},
    "rss": {"channel": ""},
    "image": dict.fromkeys(("url", "title", "link"), ""),
    "channel": {"atom:link": LINK, "item": "", "image": ""}
    | dict.fromkeys(("title", "link", "description", "docs", "generator", "language", "lastBuildDate"), ""),
    "item": {"guid": "isPermaLink", "enclosure": "url length type", "source": "url", "category": "", "atom:link": LINK}
    | dict.fromkeys(("title", "link", "description", "content:encoded", "comments", "pubDate", "atom:updated"), "")
    | dict.fromkeys(("dc:creator", "dc:language", "dc:rights"), "")
    | dict.fromkeys(("itunes:duration", "itunes:author", "slash:comments", "wfw:commentRss"), "")
    | {"itunes:image": "href"}
    | MEDIA,
    "media:content": MEDIA,
}
_ABOUT = {"id": "", "title": "type", "updated": "", "link": LINK}
ATOM_FEED = {
    "": {"feed": "xml:lang"},
    "feed": _ABOUT
    | {"subtitle": "type", "author": "", "generator": "", "icon": "", "logo": "", "entry": "xml:lang"}
    | {"at:deleted-entry": "ref when"},
    "entry": _ABOUT
    | dict.fromkeys(("summary", "content", "rights"), "type")
    | {"author": "", "category": "term label", "published": "", "source": ""}
    | MEDIA,
    "author": dict.fromkeys(("name", "email", "uri"), ""),
    "source": _ABOUT,
}
MANY = {
    "at:deleted-entry",
    "item",
    "entry",
    "link",
    "atom:link",
    "category",
    "author",
    "dc:creator",
    "media:content",
    "media:thumbnail",
}
PLAIN = {"channel": "title description"} | dict.fromkeys(("item", "entry", "feed", "source"), "title rights subtitle")
NONHTML = {"title", "subtitle", "rights", "name", "category", "source", "dc:rights", "media:title", "generator"} | {
    "itunes:author"
}
HTML = {"item": ("description", "content:encoded"), "entry": ("summary", "content")}
RELATIONS = {"alternate", "self", "enclosure", "related", "via", "replies"}

URI = re.compile(r"(?:https?://(?!/)|urn:|tag:)[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+")
HTTP_URL = re.compile(
    r"https?://(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:/|\Z)|https?://(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d+)?(?:/|\Z)"
)
MIME = re.compile(r"[^\s()<>,;:\"/\[\]?=]+/[^\s()<>,;:\"/\[\]?=]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)")
RFC822 = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")
EMAIL = re.compile(r"[\w+.'!#$%&*/=?^`{|}~-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", re.ASCII)
BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff\ufffe\uffff]")
TWICE = re.compile("[\u00c2\u00c3][\x80-\xbf]")
NINETIES = datetime(1990, 1, 1, tzinfo=UTC).timestamp()


def broken(body: bytes, now: float) -> list[str]:
    """What the validator would say of an RSS or an Atom feed, each as "Rule: where: what"."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    if root.getroottree().docinfo.doctype:
        return ["InvalidDoctype"]
    if root.getroottree().docinfo.encoding != "UTF-8":
        return ["NotUTF8"]
    atom = etree.QName(root).namespace == ATOM
    return list(_Feed(atom, now, body).complaints(root))


class _Feed:
    def __init__(self, atom: bool, now: float, body: bytes) -> None:
        self.atom = atom
        self.now = now
        self.shape = ATOM_FEED if atom else RSS
        self.lines = body.split(b"\n")

    def name(self, tag: str) -> str:
        found = etree.QName(tag)
        prefix = PREFIXES.get(found.namespace, "?:") if found.namespace else ""
        return found.localname if self.atom and prefix == "atom:" else prefix + found.localname

    def complaints(self, root: Any) -> Iterator[str]:
        for element in root.iter():
            if not isinstance(element.tag, str):
                yield f"UndefinedElement: {element!r}"
                continue
            parent = self.name(element.getparent().tag) if element.getparent() is not None else ""
            name = self.name(element.tag)
            said = [*self.place(parent, name, element), *self.characters(element), *self.values(parent, name, element)]
            said += self.family(name, element)
            yield from (f"{complaint} in {parent}/{name}, line {element.sourceline}" for complaint in said)

    def place(self, parent: str, name: str, element: Any) -> Iterator[str]:
        known = self.shape.get(parent, {})
        if name not in known:
            yield "UndefinedElement"
        yield from (
            f"UnexpectedAttribute: {a}" for a in map(self.name, element.attrib) if a not in known.get(name, "").split()
        )
        if self.shape.get(name) is not None:
            if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
                yield "UnexpectedText"
            counts = Counter(self.name(child.tag) for child in element)
            yield from (
                f"DuplicateElement: {child}" for child, count in counts.items() if count > 1 and child not in MANY
            )

    def characters(self, element: Any) -> Iterator[str]:
        for value in (element.text or "", *element.attrib.values()):
            if BAD.search(value):
                yield f"BadCharacters: {value[:80]!r}"
        if TWICE.search(element.text or ""):
            yield f"BadCharacters: encoded twice: {TWICE.search(element.text)}"

    def values(self, parent: str, name: str, element: Any) -> Iterator[str]:
        value = element.text or ""
        if name in HTML.get(parent, ()):
            if self.atom and element.get("type") != "html":
                yield "ContainsUndeclaredHTML"
            yield from html_complaints(value)
        elif name in NONHTML or (name, parent) == ("description", "channel"):
            yield from self.nonhtml(element, value, "text" if not self.atom else element.get("type", "text"))
            if not value.strip() and not (self.atom and name in {"category", "source"}):
                yield "NotBlank"
        if name == "name" and re.search(rf"<{EMAIL.pattern}>", value):
            yield f"ContainsEmail: {value!r}"
        yield from self.addresses(parent, name, element, value)
        yield from self.dates(name, value)
        yield from self.numbers(name, element, value)

    def nonhtml(self, element: Any, value: str, kind: str) -> Iterator[str]:
        if kind == "html":
            yield from html_complaints(value)
            return
        if tag := re.search(r"</\w+>", value):
            yield f"ContainsHTML: {tag[0]}"
        line = self.lines[element.sourceline - 1]
        if re.search(r"&#?\w+|&#[x0-9]|<[/a-zA-Z]", value) and b"&#x" not in line:
            yield f"CharacterData: {value!r}"

    def addresses(self, parent: str, name: str, element: Any, value: str) -> Iterator[str]:
        if name in {"link", "comments", "docs"} and not self.atom and parent in {"item", "channel"} and not uri(value):
            yield f"InvalidFullLink: {value!r}"
        if name in {"id", "uri"} and not uri(value):
            yield f"InvalidFullLink: {value!r}"
        if name == "id" and value != canonical(value):
            yield f"NonCanonicalURI: {value!r}"
        for attribute in ("href", "url"):
            if attribute in element.attrib and not uri(element.get(attribute)):
                yield f"InvalidURIAttribute: {element.get(attribute)!r}"
        if name == "email" and not EMAIL.fullmatch(value):
            yield f"InvalidContact: {value!r}"
        if name in {"link", "atom:link"} and "href" in element.attrib:
            yield from self.link(element)
        if name in {"enclosure", "itunes:image"} and not HTTP_URL.match(element.get("url") or element.get("href")):
            yield f"InvalidURLAttribute: {dict(element.attrib)}"

    def link(self, element: Any) -> Iterator[str]:
        if element.get("rel", "alternate") not in RELATIONS:
            yield f"UnregisteredAtomLinkRel: {element.get('rel')}"
        if "title" in element.attrib:
            if not element.get("title").strip():
                yield "AttrNotBlank: title"
            yield from self.nonhtml(element, element.get("title"), "text")
        if element.text:
            yield "AtomLinkNotEmpty"

    def dates(self, name: str, value: str) -> Iterator[str]:
        if name in {"pubDate", "lastBuildDate"}:
            if not RFC822.fullmatch(value):
                yield f"InvalidRFC2822Date: {value!r}"
                return
            instant = parsedate_to_datetime(value)
            if instant.strftime("%a") != value[:3]:
                yield f"IncorrectDOW: {value}"
        elif name in {"updated", "published", "atom:updated"}:
            if not RFC3339.fullmatch(value):
                yield f"InvalidRFC3339Date: {value!r}"
                return
            instant = datetime.fromisoformat(value[:19] + "+00:00")
        else:
            return
        if not NINETIES <= instant.timestamp() <= self.now + 600:
            yield f"ImplausibleDate: {value}"

    def numbers(self, name: str, element: Any, value: str) -> Iterator[str]:
        if name == "itunes:duration" and not value.isdecimal():
            yield f"InvalidDuration: {value!r}"
        if name == "itunes:author" and len(value) > 255:
            yield f"TooLong: {len(value)}"
        for attribute in ("length", "fileSize", "duration"):
            number = element.get(attribute, "1")
            if not number.isdecimal() or (number == "0" and name != "enclosure"):
                yield f"InvalidInteger: {attribute} {number}"
        if (
            "type" in element.attrib
            and name not in {*NONHTML, "summary", "content"}
            and not MIME.fullmatch(element.get("type"))
        ):
            yield f"InvalidMIMEType: {element.get('type')}"
        language = value if name in {"language", "dc:language"} else element.get(f"{{{_XML}}}lang")
        if language is not None and not LANGUAGE.fullmatch(language):
            yield f"InvalidLanguage: {language!r}"

    def family(self, name: str, element: Any) -> Iterator[str]:
        children = [self.name(child.tag) for child in element]
        needed = {
            "channel": ("title", "link", "description"),
            "item": ("guid", "pubDate"),
            "feed": ("id", "title", "updated", "author"),
            "entry": ("id", "title", "updated", "author"),
            "source": ("id", "title", "updated") if self.atom else (),
            "author": ("name",),
            "enclosure": (),
        }
        yield from (f"MissingElement: {child}" for child in needed.get(name, ()) if child not in children)
        match name:
            case "channel" | "feed":
                yield from self.whole(name, element, children)
            case "item":
                yield from self.item(element, children)
            case "entry":
                yield from self.entry(element, children)
            case "enclosure" | "rss":
                wanted = {"url", "length", "type"} if name == "enclosure" else {"version"}
                yield from (f"MissingAttribute: {found}" for found in wanted - set(element.attrib))

    def whole(self, name: str, element: Any, children: list[str]) -> Iterator[str]:
        items, identity = ("item", "guid") if name == "channel" else ("entry", f"{{{ATOM}}}id")
        if items in children and set(children[children.index(items) :]) != {items}:
            yield "MisplacedMetadata"
        links = element.findall(f"{{{ATOM}}}link")
        if [urlsplit(link.get("href")).netloc != "" for link in links if link.get("rel") == "self"] != [True]:
            yield "MissingSelf"
        shown = [child for child in element if self.name(child.tag) == items]
        ids = Counter(child.findtext(identity) for child in shown)
        yield from (f"DuplicateValue: {found}" for found, count in ids.items() if count > 1)
        if self.atom:
            updated = Counter(child.findtext(f"{{{ATOM}}}updated") for child in shown)
            yield from (f"DuplicateUpdated: {found}" for found, count in updated.items() if count > 1)

    def item(self, element: Any, children: list[str]) -> Iterator[str]:
        if "title" not in children and "description" not in children:
            yield "ItemMustContainTitleOrDescription"
        if "content:encoded" in children and "description" not in children[: children.index("content:encoded")]:
            yield "NeedDescriptionBeforeContent"
        guid = element.find("guid")
        if guid is not None and (
            guid.get("isPermaLink") != "false" or not guid.text or (len(guid.text) < 9 and guid.text.isdigit())
        ):
            yield f"InvalidPermalink: {guid.text}"

    def entry(self, element: Any, children: list[str]) -> Iterator[str]:
        alternates = [x for x in element.findall(f"{{{ATOM}}}link") if x.get("rel", "alternate") == "alternate"]
        if "content" not in children and not alternates:
            yield "MissingContentOrAlternate"
        if "content" not in children and "summary" not in children:
            yield "MissingTextualContent"
        if len(alternates) > 1:
            yield "DuplicateAtomLink"


_XML = "http://www.w3.org/XML/1998/namespace"


def uri(value: str) -> bool:
    return URI.fullmatch(value) is not None


def canonical(value: str) -> str:
    """Close enough: no upper case where none counts, a path, no dots in it, no port by default."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"}:
        return value.lower() if value.lower().startswith("urn:uuid:") else value
    path = re.sub(r"/\.{1,2}(?=/|\Z)", "", parts.path) or "/"
    return parts._replace(netloc=re.sub(r":(?:80|443)?\Z", "", parts.netloc.lower()), path=path).geturl()


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

VOID = {"area", "br", "col", "hr", "img", "source", "track", "wbr"}
KNOWN = VOID | set(
    re.findall(
        r"\w+",
        """
        a abbr acronym article aside audio b bdi bdo big blockquote caption center cite code colgroup data dd del
        details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup i ins kbd li map mark nav ol p
        picture pre q rp rt rtc ruby s samp small span strike strong sub summary sup table tbody td tfoot th thead time
        tr tt u ul var video
        """,
    )
)
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
CLOSES_P = HEADINGS | set(
    re.findall(
        r"\w+",
        """
        article aside blockquote center details div dl figcaption figure footer header hgroup hr nav ol p pre table ul
        summary li dd dt
        """,
    )
)
ADDRESSED = {("a", "href"), ("img", "src"), ("audio", "src"), ("video", "src"), ("source", "src"), ("track", "src")}


def html_complaints(value: str) -> list[str]:
    """NotHtml, SecurityRisk, SecurityRiskAttr, DangerousStyleAttr and ContainsRelRef of an HTML fragment."""
    parser = _Fragment()
    parser.feed(value)
    parser.close()
    return parser.said + [f"NotHtml: <{tag}> is not closed" for tag in parser.open]


class _Fragment(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN:
            self.said.append(f"SecurityRisk: <{tag}>")
        if (tag == "a" and "a" in self.open) or (tag in HEADINGS and self.open and self.open[-1] in HEADINGS):
            self.said.append(f"NotHtml: <{tag}> within {self.open}")
        if tag in CLOSES_P and "p" in self.open[_scope(self.open) :]:
            self.said.append(f"NotHtml: <{tag}> within <p>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.said.append(f"SecurityRiskAttr: {name}")
            if (tag, name) in ADDRESSED and not re.match(r"(?:https?://|mailto:)", unescape(value or "").strip()):
                self.said.append(f"ContainsRelRef: {value}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.said.append(f"NotHtml: </{tag}> after {self.open}")

    def handle_comment(self, data: str) -> None:
        self.said.append("NotHtml: a comment")

    def handle_decl(self, decl: str) -> None:
        self.said.append("NotHtml: a declaration")

    def handle_pi(self, data: str) -> None:
        self.said.append("NotHtml: an instruction")


def _scope(names: list[str]) -> int:
    """From which on an open <p> counts: a cell or a caption is a world of its own."""
    return max((at for at, name in enumerate(names) if name in {"td", "th", "caption"}), default=-1) + 1

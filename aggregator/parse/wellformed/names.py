"""The names of a document's elements and attributes: their namespaces' URIs → prefixes as feedparser knows them.

feedparser forgets no declaration: one in an entry holds for all that come after. Only where that makes no difference,
since each prefix has one namespace in the whole document and each namespace one prefix, is a name told here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

_XML = "http://www.w3.org/XML/1998/namespace"
_KNOWN: Mapping[str, str] = {
    **dict.fromkeys((
        "", "http://backend.userland.com/rss", "http://blogs.law.harvard.edu/tech/rss", "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/", "http://example.com/newformat#", "http://example.com/necho",
        "http://purl.org/echo/", "uri/of/echo/namespace#", "http://purl.org/pie/", "http://purl.org/atom/ns#",
        "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/modules/rss091#",
    ), ""),
    "http://webns.net/mvcb/": "admin",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    _XML.lower(): "xml",
}  # fmt: skip
_PREFIXES = frozenset(filter(None, _KNOWN.values()))
_ANY_RSS = "backend.userland.com/rss"  # feedparser takes all that have this in them for one
_VERSIONS = {"http://purl.org/rss/1.0/": "rss10", "http://www.w3.org/2005/atom": "atom10"}
_RSS_090 = "http://my.netscape.com/rdf/simple/0.9/"

_LONG = 200  # letters that a prefix can't have here
_DECLARED = re.compile(  # even what stands in another one
    rb"xmlns(?=(:[^\s=\"'<>]{%d})|(?::([^\s=\"'<>]{1,%d}+))?\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)'))" % (_LONG, _LONG)
)
_ROOT = re.compile(rb"<[^\s/<>]++((?:\s++[^\s=<>]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)\s*+/?>")


class RefusedError(Exception):
    """A document has something that only feedparser itself reads as feedparser does."""


class Names:
    """Names elements and attributes. All that raises RefusedError here is for feedparser to read."""

    def __init__(self, body: bytes) -> None:
        """Look through a document's declarations."""
        self.prefixes: dict[str, str] = {}
        """The prefix of each namespace that is not known, "" where it is the default."""
        self._uris: dict[str, str] = {}
        self._cache: dict[str, str] = {}
        for prefix, uri in dict.fromkeys(_declarations(body)):
            self._declare(prefix.lower(), uri)

    def _declare(self, prefix: str, uri: str) -> None:
        known = _known(uri)
        if "&" in uri or any(map(str.isspace, uri)):  # expat takes what is in it for something else
            raise RefusedError(f"namespace {uri}")
        if known is None:  # two prefixes are as good as one: no name that means something begins with either
            known = self.prefixes.setdefault(uri, prefix)
            if bool(known) != bool(prefix) or prefix in _PREFIXES:
                raise RefusedError(f"prefix {prefix}")
        elif prefix in _PREFIXES and prefix != known:
            raise RefusedError(f"prefix {prefix}")
        if prefix and self._uris.setdefault(prefix, uri) != uri:
            raise RefusedError(f"prefix {prefix}")

    def of(self, tag: str) -> str:
        """Return an element's name in lower case, with its prefix before a "_" if it has one."""
        name = self._cache.get(tag)
        if name is None:
            name = self._cache[tag] = self._named(tag)
        return name

    def _named(self, tag: str) -> str:
        uri, brace, local = tag[1:].partition("}") if tag[0] == "{" else ("", "", tag)
        known = _known(uri) if brace else ""
        if known is None:
            if uri not in self.prefixes:
                raise RefusedError("namespace")
            known = self.prefixes[uri]
        return f"{known}_{local}".lower() if known else local.lower()

    def attributes(self, element: Element) -> dict[str, str]:
        """Return an element's attributes by their names in lower case, with a ":" after the prefix."""
        found: dict[str, str] = {}
        for key, value in element.attrib.items():
            name = (self._prefixed(key) if key[0] == "{" else key).lower()
            found[name] = value.lower() if name in {"rel", "type"} else value
        return found

    def _prefixed(self, key: str) -> str:
        uri, _, local = key[1:].partition("}")
        known = _known(uri)
        if known:
            return f"{known}:{local}"
        if local.lower() in _READ:  # feedparser takes it for the attribute of this name that has no namespace
            raise RefusedError(f"attribute {local}")
        return f"?:{local}"


_READ = frozenset({
    "base", "domain", "duration", "filesize", "height", "href", "ispermalink", "label", "lang", "lastmod", "length",
    "medium", "mode", "rel", "scheme", "src", "start", "term", "text", "title", "type", "uri", "url", "version",
    "width",
})  # fmt: skip


def version(body: bytes, start: int) -> str:
    """Return the version told by the namespaces that a document's root, at `start`, declares; "" if they tell none."""
    root = _ROOT.match(body, start)
    if not root:
        raise RefusedError("root")
    for prefix, uri in _declarations(root[1]):
        lower = uri.lower()
        if lower in _VERSIONS or (lower == _RSS_090 and not prefix):
            return _VERSIONS.get(lower, "rss090")
    return ""


def _known(uri: str) -> str | None:
    lower = uri.lower()
    return "" if _ANY_RSS in lower else _KNOWN.get(lower)


def _declarations(markup: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for match in _DECLARED.finditer(markup):
        long, prefix, *uris = match.groups(b"")
        if long:  # it isn't looked for another: a megabyte of them would take a second
            raise RefusedError("a long prefix")
        if uri := uris[0] or uris[1]:
            found.append((prefix.decode("utf-8", "replace"), uri.decode("utf-8", "replace")))
    return found

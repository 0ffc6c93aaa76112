"""Subscriptions → OPML 2.0 (https://opml.org/spec2.opml): folders are categories, folders in folders "a/b"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from aggregator.model import Source, SourceKind
from aggregator.model.categories import path_of
from aggregator.model.lists import Subscription
from aggregator.text import writable


def subscriptions(sources: Iterable[Source], sites: Mapping[str, tuple[str, str]]) -> list[Subscription]:
    """Return the feeds among the sources; `sites` has each one's own title and its site's address, where known."""
    return [
        Subscription(source.key, source.name or title or source.key, source.category, site)
        for source in sources
        if source.kind is SourceKind.WEB
        for title, site in (sites.get(source.key, ("", "")),)
    ]


def write(title: str, subscriptions: Sequence[Subscription], comment: str = "") -> bytes:
    """Write a document that read() understands. Addresses are written as they are, passwords in them too.

    `comment` is for whoever looks at it.
    """
    opml = etree.Element("opml", version="2.0")
    if comment:
        opml.append(etree.Comment(f" {writable.line(comment).replace('--', '- -').rstrip('-')} "))
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = writable.line(title)
    folders: dict[tuple[str, ...], Any] = {(): etree.SubElement(opml, "body")}
    for subscription in subscriptions:
        url = writable.line(subscription.url)
        name = writable.line(subscription.title) or url
        attributes = {
            "type": "rss",
            "text": name,
            "title": name,
            "xmlUrl": url,
            "htmlUrl": writable.line(subscription.site),
        }
        folder = _folder(folders, path_of(subscription.category))
        etree.SubElement(folder, "outline", {key: value for key, value in attributes.items() if value})
    written: bytes = etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _folder(folders: dict[tuple[str, ...], Any], path: tuple[str, ...]) -> Any:
    """Return the outline for this path, made with those around it where it is new."""
    for depth in range(1, len(path) + 1):
        if path[:depth] not in folders:
            name = path[depth - 1]
            folders[path[:depth]] = etree.SubElement(folders[path[: depth - 1]], "outline", text=name)
    return folders[path]

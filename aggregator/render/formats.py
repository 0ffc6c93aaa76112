"""The formats in which an output is published, a row each: to add one, write its module, and a row here.

What writes and what reads a format is imported when it is first used: who publishes nothing needs no library for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aggregator.render.parts import Layout, Parts, Writer, join


@dataclass(frozen=True, slots=True)
class Format:
    """One of them: the suffix of its files, by which the config names it, its content type, and what people call it."""

    suffix: str
    content_type: str
    name: str
    writer: Callable[[], Writer]
    layout: Callable[[], Layout]


def _rss() -> Writer:
    from aggregator.render import xmlfeeds

    return xmlfeeds.RSS


def _rss_layout() -> Layout:
    from aggregator.render import xml_layout

    return xml_layout.RSS


def _atom() -> Writer:
    from aggregator.render import xmlfeeds

    return xmlfeeds.ATOM


def _atom_layout() -> Layout:
    from aggregator.render import xml_layout

    return xml_layout.ATOM


def _json() -> Writer:
    from aggregator.render import jsonfeed

    return jsonfeed.JSON


def _json_layout() -> Layout:
    from aggregator.render import json_layout

    return json_layout.JSON


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        row.suffix: row
        for row in (
            Format("xml", "application/rss+xml", "RSS", _rss, _rss_layout),
            Format("atom", "application/atom+xml", "Atom", _atom, _atom_layout),
            Format("json", "application/feed+json", "JSON Feed", _json, _json_layout),
        )
    }
)
"""By suffix, in the order in which they are offered."""


def split(body: bytes, suffix: str) -> Parts | None:
    """Return the parts of an edition in this format; `join` of them is `body`. None where it isn't as we write them."""
    parts = FORMATS[suffix].layout().split(body) if suffix in FORMATS else None
    return parts if parts is not None and join(parts, parts.items) == body else None

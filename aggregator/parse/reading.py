"""A document of XML → what it says, as feedparser.parse() reads it, but for the elements (elements.py)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax import SAXException, make_parser
from xml.sax.handler import feature_external_ges, feature_namespaces
from xml.sax.xmlreader import InputSource

from feedparser.encodings import convert_to_utf8
from feedparser.sanitizer import replace_doctype
from feedparser.urls import make_safe_absolute_uri

from aggregator.parse import elements


def whole(
    body: bytes,
    headers: Mapping[str, str],
    strict: Callable[..., Any] = elements.Strict,
    loose: Callable[..., Any] = elements.Loose,
) -> Mapping[str, Any]:
    """Return what feedparser.parse() gives of a document: `feed`, `entries`, `version`, and what it forgave."""
    result: dict[str, Any] = {"feed": {}, "entries": [], "version": ""}
    if not body:
        return result
    body = convert_to_utf8(headers, body, result)
    version, body, entities = replace_doctype(body)
    base = make_safe_absolute_uri(headers.get("content-location", ""))
    parser: Any = _set(strict(base, headers.get("content-language"), "utf-8"))
    try:
        _drive(parser, body)
    except SAXException as error:
        result.update(bozo=True, bozo_exception=parser.exc or error)
        parser = _set(loose(base, headers.get("content-language"), "utf-8", entities))
        parser.feed(body.decode("utf-8", "replace"))
    return {**result, "feed": parser.feeddata, "entries": parser.entries, "version": version or parser.version}


def _set(parser: Any) -> Any:
    parser.resolve_relative_uris = parser.sanitize_html = False
    return parser


def _drive(parser: Any, body: bytes) -> None:
    driver = make_parser()  # noqa: S317 - expat bounds what entities expand to, and external ones are not read
    driver.setFeature(feature_namespaces, 1)
    driver.setFeature(feature_external_ges, 0)
    driver.setContentHandler(parser)
    driver.setErrorHandler(parser)
    source = InputSource()
    source.setByteStream(io.BytesIO(body))
    driver.parse(source)

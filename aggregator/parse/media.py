"""An entry's files: enclosures and media, each told by its type, its medium, or else by its suffix."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from aggregator.model import Enclosure
from aggregator.parse import coerce, markup
from aggregator.parse.coerce import text as _text

Raw = Mapping[str, Any]
_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "m4b": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav", "wma": "audio/x-ms-wma",
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
    "mkv": "video/x-matroska", "avi": "video/x-msvideo", "mpg": "video/mpeg", "mpeg": "video/mpeg", "3gp": "video/3gpp",
    "m3u8": "application/vnd.apple.mpegurl",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "svg": "image/svg+xml", "bmp": "image/bmp", "heic": "image/heic", "jxl": "image/jxl",
    "pdf": "application/pdf", "epub": "application/epub+zip", "zip": "application/zip",
    "torrent": "application/x-bittorrent",
}  # fmt: skip
_KINDS = ("audio/", "video/", "image/")


def media_type(declared: str, url: str) -> str:
    """Return the type that is declared, or else what the address ends in stands for; "" if neither tells."""
    if "/" in declared and declared != "application/octet-stream":
        return declared
    try:
        path = urlsplit(url).path
    except ValueError:  # "http://["
        return declared
    return _TYPES.get(PurePosixPath(path).suffix[1:].lower(), declared)


def files(links: Iterable[Raw], media: Sequence[Raw], duration: int) -> tuple[Enclosure, ...]:
    """Return all of an entry's files: first what it encloses, then sound and video, then pictures if there are several.

    One picture alone is the entry's picture. What only a plug-in played (Flash) is left out.
    """
    enclosures: dict[str, Enclosure] = {}
    for link in links:
        if link.get("rel") == "enclosure" and (url := _text(link.get("href"))):
            size, kind = coerce.number(link.get("length")), media_type(_text(link.get("type")), url)
            enclosures.setdefault(url, Enclosure(url, kind, size, _text(link.get("title")), duration))
    files_ = [_file(item) for item in media if _text(item.get("url"))]
    images = [file for file in files_ if file.type.startswith("image")]
    others = [file for file in files_ if file not in images and file.type != "application/x-shockwave-flash"]
    several = len({file.url for file in images}) > 1
    for file in (*others, *(images if several else ())):
        enclosures.setdefault(file.url, _typed(file))
    return tuple(enclosures.values())


def pictures(media: Iterable[Raw]) -> list[Enclosure]:
    """Return the pictures among an entry's media; the title is what describes each."""
    return [file for item in media if (file := _file(item)).url and file.type.startswith("image")]


def picture_items(media: Iterable[Raw]) -> list[Raw]:
    """Return those of an entry's media that are pictures, as feedparser has them."""
    return [item for item in media if _file(item).type.startswith("image")]


def image(raw: Raw, media: Iterable[Raw]) -> tuple[str, tuple[int, int]]:
    """Return the address of an entry's picture, and how wide and high it is in pixels (0: unknown)."""
    thumbnails = [item for item in raw.get("media_thumbnail") or () if isinstance(item, dict)]
    for item in (*thumbnails, *picture_items(media)):
        if url := _text(item.get("url")):
            return url, (coerce.number(item.get("width")), coerce.number(item.get("height")))
    enclosed = (
        _text(link.get("href"))
        for link in raw.get("links") or ()
        if link.get("rel") == "enclosure" and _text(link.get("type")).lower().startswith("image/")
    )
    own = _text((raw.get("image") or {}).get("href"))
    return next(filter(None, (own, *enclosed)), ""), (0, 0)


def pictures_html(media: Iterable[Raw]) -> str:
    """Write HTML that shows an entry's pictures: for one that has nothing else to say."""
    tags = (
        f'<p><img src="{html.escape(file.url)}" alt="{html.escape(file.title)}"></p>'
        for file in {file.url: file for file in pictures(media)}.values()
    )
    return "".join(tags)


def _file(item: Raw) -> Enclosure:
    url, medium = _text(item.get("url")), _text(item.get("medium")).lower()
    kind = media_type(_text(item.get("type")).lower(), url)
    if medium in {"image", "audio", "video"} and not kind.startswith(_KINDS):
        kind = kind if "/" in kind and medium != "image" else medium
    size, length = coerce.number(item.get("filesize")), coerce.seconds(_text(item.get("duration")))
    caption = item.get("media_description_said") or item.get("media_title_said") or {}
    return Enclosure(url, kind, size, markup.name(_text(caption.get("value")))[:1000], length)


def _typed(file: Enclosure) -> Enclosure:
    """Drop what is a medium and no type."""
    return file if "/" in file.type else Enclosure(file.url, "", file.length, file.title, file.duration)

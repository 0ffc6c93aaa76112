"""Files that lie beside a local article ↔ addresses: pictures first of all, sound and films too.

    http://local.invalid/KEY/PATH      in what is stored: under a host that never is one (RFC 6761 §6.4), so that
                                       it is treated like any other address on its way
    BASE + pictures/KEY/PATH           in what is published

KEY stands for the source, and PATH is the file's in the source's folder: its Unicode in form C, escaped but for
letters, digits and "-._~". A path never leaves the folder, and has no hidden part.
"""

from __future__ import annotations

import os.path
import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from urllib.parse import quote, unquote

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
        "avif": "image/avif", "svg": "image/svg+xml",
        "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
        "flac": "audio/flac", "wav": "audio/wav",
        "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg",
    }
)  # fmt: skip
"""What a file is by the end of its name, in lower case; no others are published."""

FOLDER = "pictures"
"""Where they are published, under an edition's base."""

ROOT = "http://local.invalid/"
"""What every stored address begins with."""

_TAIL = r"([0-9a-f]{16}/[A-Za-z0-9._~%/-]+)"
_ADDRESS = re.compile(re.escape(ROOT) + _TAIL)
_KEY = re.compile(r"[0-9a-f]{16}")
_DROPPED = str.maketrans("", "", "\t\r\n")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_BACKSLASH = re.compile(r"\\|%5c", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")
_LONGEST_NAME = 255  # bytes: what file systems take
_LONGEST = 2000  # characters of a path, escaped


def key(source: str) -> str:
    """Return what stands for a source by its address as it is configured: the same for other spellings of a path."""
    path = os.path.normpath(source)
    return blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def is_key(name: str) -> bool:
    """Tell whether a name is like what stands for a source."""
    return _KEY.fullmatch(name) is not None


def address(source: str, path: str) -> str:
    """Return the stored address of a path in the folder of the source with this key."""
    return ROOT + tail(source, path)


def tail(source: str, path: str) -> str:
    """Return what both forms of an address end in: KEY/PATH."""
    return f"{source}/{quote(unicodedata.normalize('NFC', path), safe='/', errors='replace')}"


def beside(document: str, reference: str) -> str:
    """Return the stored address of the file that an article means; "" where it means none that may be published.

    `document` is the article's own stored address. A reference that begins with "/" starts from the source's folder, as
    those of static sites do, and a backslash is a slash, as for browsers; what leaves the folder is no file of it.
    """
    path = _relative_path(reference)
    if not path or not document.startswith(ROOT):
        return ""
    source, *folders = document.removeprefix(ROOT).split("/")[:-1]
    segments = _walked([] if path.startswith("/") else folders, path.split("/"))
    if not segments or not _is_published(segments):
        return ""
    ending = tail(source, "/".join(segments))
    return ROOT + ending if len(ending) <= _LONGEST else ""


def is_relative(reference: str) -> bool:
    """Tell whether an address is relative, and that of a file that could be published."""
    path = _relative_path(reference)
    return bool(path) and _is_published(path.rsplit("/", 1)[-1:])


def located(ending: str) -> tuple[str, str] | None:
    """Return the source's key and the file's path that an address ends in, however it is escaped; None for no such."""
    source, _, path = ending.partition("/")
    written = path.split("/")
    if not _KEY.fullmatch(source) or len(path) > 3 * _LONGEST or {"", ".", ".."} & {*written}:
        return None
    segments = _walked([], written)
    if segments is None or len(segments) != len(written) or not _is_published(segments):
        return None
    return source, unicodedata.normalize("NFC", "/".join(segments))


def suffix(path: str) -> str:
    """Return what a file's name ends in after its last point, in lower case; "" where it has none."""
    return os.path.splitext(path)[1][1:].lower()  # noqa: PTH122  a path of strings


def named(text: str) -> frozenset[str]:
    """Return the KEY/PATH of each file whose stored address a text has."""
    return frozenset(_ADDRESS.findall(text)) if ROOT in text else frozenset()


def published(text: str, base: str) -> str:
    """Return a text in which files have the addresses at which they are published; `base` ends in a slash."""
    if ROOT not in text:
        return text
    return _ADDRESS.sub(lambda match: f"{base}{FOLDER}/{match[1]}", text)


def _relative_path(reference: str) -> str:
    """Return a relative reference's path with slashes, still escaped; "" for any other."""
    if len(reference) > 3 * _LONGEST:  # most of these hold the picture themselves
        return ""
    path = _BACKSLASH.sub("/", re.split("[?#]", reference.strip().translate(_DROPPED), maxsplit=1)[0])
    return "" if _SCHEME.match(path) else path


def _walked(start: Sequence[str], steps: Sequence[str]) -> list[str] | None:
    """Return the names, unescaped, to which such steps lead; None where these leave the folder or name what is none."""
    names: list[str] = []
    for step in (*start, *steps):
        try:
            name = unquote(step, errors="strict")
            length = len(name.encode())
        except UnicodeError:
            return None
        if name in ("", "."):
            continue
        if name == "..":
            if not names:
                return None
            names.pop()
        elif name.startswith(".") or length > _LONGEST_NAME or _FORBIDDEN.search(name):
            return None
        else:
            names.append(name)
    return names


def _is_published(segments: Sequence[str]) -> bool:
    return suffix(segments[-1]) in TYPES

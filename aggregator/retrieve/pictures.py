"""A file beside a local article → the open file, if it is in the source's folder and what its name says.

A path leads nowhere else: links that leave the folder, hidden files, devices and FIFOs are refused, and what is opened
is what was looked at, whatever is put in its place meanwhile.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aggregator.text import local_files

LARGEST = 20 * 1024 * 1024  # bytes
_SNIFFED = 8192
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_SVG = re.compile(
    rb"\s*+(?:(?:<\?xml\b[^>]*+>|<!--.*?-->|<!DOCTYPE\b[^>\[]*+(?:\[[^\]]*+\]\s*+)?>)\s*+)*+<svg[\s>/]",
    re.DOTALL | re.IGNORECASE,
)
_ISO_MEDIA = {"image/avif": (b"avif", b"avis"), "audio/mp4": (b"",), "video/mp4": (b"",)}  # one of these brands
_STARTS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2"),
    "audio/ogg": (b"OggS",),
    "video/ogg": (b"OggS",),
    "audio/flac": (b"fLaC",),
    "video/webm": (b"\x1a\x45\xdf\xa3",),
}
_RIFF = {"image/webp": b"WEBP", "audio/wav": b"WAVE"}


@dataclass(frozen=True, slots=True)
class Picture:
    """An open file of one of the types that are published; whoever gets it closes `file`. `modified` is in ns."""

    file: BinaryIO
    size: int
    modified: int
    content_type: str


def folder_of(path: Path) -> Path:
    """Return the folder in which a source's files lie: the source's own, or the one that its one file is in."""
    return path if path.is_dir() else path.parent


def opened(folder: Path, path: str) -> Picture | None:
    """Open the file at a path (text/local_files.py) in the folder; None where there is none that may be published.

    What its name and its first bytes say have to agree, but for which kind of photo it is: many a .jpg is a .webp.
    """
    try:
        root = folder.resolve(strict=True)
        target = _on_disk(root, path.split("/")).resolve(strict=True)
        names = target.relative_to(root).parts
        if not names or any(name.startswith(".") for name in names):
            return None
        file = os.fdopen(_handle(root, names), "rb", buffering=0)
    except (OSError, ValueError, RuntimeError):  # Python before 3.13 raises the last for a circle of links
        return None
    try:
        status = os.fstat(file.fileno())
        kind = _type(local_files.suffix(path), os.pread(file.fileno(), _SNIFFED, 0))
    except OSError:
        kind = ""
    if not kind or not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        file.close()
        return None
    return Picture(file, status.st_size, status.st_mtime_ns, kind)


def _on_disk(folder: Path, names: Sequence[str]) -> Path:
    """Return the path on the disk: its names may be in another of Unicode's forms, as macOS writes them."""
    for name in names:
        exact = folder / name
        if not name.isascii() and not os.path.lexists(exact):
            others = (each for each in folder.iterdir() if unicodedata.normalize("NFC", each.name) == name)
            exact = next(others, exact)
        folder = exact
    return folder


def _handle(root: Path, names: Sequence[str]) -> int:
    """Open a regular file by its way from the root, no part of which is a link; OSError where that isn't so."""
    folder = os.open(root, _FOLDER)
    try:
        for name in names[:-1]:
            inner = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        if not stat.S_ISREG(os.stat(names[-1], dir_fd=folder, follow_symlinks=False).st_mode):
            raise FileNotFoundError(names[-1])  # a device may do something when it is opened
        return os.open(names[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _type(suffix: str, start: bytes) -> str:
    """Return the media type of a file by its first bytes; "" where its suffix says something else."""
    said = local_files.TYPES.get(suffix, "")
    if said == "image/svg+xml":
        return said if _SVG.match(start.removeprefix(b"\xef\xbb\xbf")) else ""
    photos = (kind for kind in local_files.TYPES.values() if kind.startswith("image/"))
    candidates = photos if said.startswith("image/") else (said,)
    return next((kind for kind in candidates if _begins(kind, start)), "")


def _begins(kind: str, start: bytes) -> bool:
    """Tell whether a file of this type begins so."""
    if kind in _ISO_MEDIA:
        return start[4:8] == b"ftyp" and any(brand in start[8:40] for brand in _ISO_MEDIA[kind])
    if kind in _RIFF:
        return start[:4] == b"RIFF" and start[8:12] == _RIFF[kind]
    return start.startswith(_STARTS.get(kind, ()))

"""Pictures on the disk: which are opened, and what never is."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.retrieve import pictures

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
JPEG = b"\xff\xd8\xff\xe0" + b"picture"
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
GOOD = {
    "a.png": (PNG, "image/png"),
    "a.PNG": (PNG, "image/png"),
    "a.jpg": (JPEG, "image/jpeg"),
    "a.jpeg": (JPEG, "image/jpeg"),
    "a.gif": (b"GIF89a...", "image/gif"),
    "a.webp": (WEBP, "image/webp"),
    "b.jpg": (WEBP, "image/webp"),  # many a .jpg is one
    "a.avif": (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", "image/avif"),
    "a.svg": (SVG, "image/svg+xml"),
    "b.svg": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n' + SVG, "image/svg+xml"),
    "c.svg": (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY a "b">]>\n' + SVG,
        "image/svg+xml",
    ),
    "a.mp3": (b"ID3\x04", "audio/mpeg"),
    "a.m4a": (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
    "a.ogg": (b"OggS\0", "audio/ogg"),
    "a.flac": (b"fLaC\0", "audio/flac"),
    "a.wav": (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
    "a.mp4": (b"\0\0\0\x20ftypisom", "video/mp4"),
    "a.webm": (b"\x1a\x45\xdf\xa3\0", "video/webm"),
    "a.ogv": (b"OggS\0", "video/ogg"),
    "deep/er/a.png": (PNG, "image/png"),
    "my lake.png": (PNG, "image/png"),
    "söe.png": (PNG, "image/png"),
}
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
BAD = {
    "a.png": PAGE,
    "b.png": SVG,
    "c.png": b"",
    "a.svg": PAGE,
    "b.svg": PNG,
    "c.svg": b"<!-- <svg> --><html>",
    "d.svg": b" " * 9000 + SVG,
    "a.mp3": PAGE,
    "b.mp3": PNG,
    "a.mp4": PAGE,
    "a.html": PAGE,
    "a.md": b"# secret",
    "a": PNG,
    "png": PNG,
    ".a.png": PNG,
    ".git/a.png": PNG,
    "large.png": PNG + bytes(pictures.LARGEST),
}


def write(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def found(folder: Path, path: str) -> tuple[bytes, str] | None:
    """What is opened at a path of the folder: its bytes and its type."""
    picture = pictures.opened(folder, path)
    if picture is None:
        return None
    with picture.file as file:
        body = file.read()
    assert picture.size == len(body)
    return body, picture.content_type


@pytest.mark.parametrize("name", GOOD)
def test_what_is_what_its_name_says_is_opened(tmp_path: Path, name: str) -> None:
    body, kind = GOOD[name]
    path = write(tmp_path, name, body)
    assert found(tmp_path, name) == (body, kind)
    picture = pictures.opened(tmp_path, name)
    assert picture is not None and picture.modified == path.stat().st_mtime_ns
    picture.file.close()


@pytest.mark.parametrize("name", BAD)
def test_what_is_something_else_is_not(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, BAD[name])
    assert found(tmp_path, name) is None


@pytest.mark.parametrize(("written", "asked"), [("NFD", "NFC"), ("NFC", "NFC")])
def test_a_name_in_another_form_of_unicode_is_the_same(tmp_path: Path, written: str, asked: str) -> None:
    path = "söe/düne.png"
    write(tmp_path, unicodedata.normalize(written, path), PNG)  # type: ignore[arg-type]
    assert found(tmp_path, unicodedata.normalize(asked, path)) == (PNG, "image/png")  # type: ignore[arg-type]


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "img/a.png", PNG)
    (tmp_path / "b.png").symlink_to("img/a.png")
    (tmp_path / "pictures").symlink_to("img", target_is_directory=True)
    assert found(tmp_path, "b.png") == found(tmp_path, "pictures/a.png") == (PNG, "image/png")
    (tmp_path.parent / f"{tmp_path.name}-link").symlink_to(tmp_path, target_is_directory=True)
    assert found(tmp_path.parent / f"{tmp_path.name}-link", "b.png") == (PNG, "image/png")


def _out(folder: Path) -> None:
    write(folder.parent / "outside", "a.png", PNG)
    (folder / "a.png").symlink_to("../outside/a.png")


def _folder_out(folder: Path) -> None:
    write(folder.parent / "outside", "deep/a.png", PNG)
    (folder / "a").symlink_to("../outside/deep", target_is_directory=True)


def _to_hidden(folder: Path) -> None:
    write(folder, ".hidden/a.png", PNG)
    (folder / "a.png").symlink_to(".hidden/a.png")


def _nowhere(folder: Path) -> None:
    (folder / "a.png").symlink_to("b.png")


def _circle(folder: Path) -> None:
    (folder / "a.png").symlink_to("a.png")


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "a.png")


def _device(folder: Path) -> None:
    (folder / "a.png").symlink_to("/dev/zero")


def _folder(folder: Path) -> None:
    (folder / "a.png").mkdir()


@pytest.mark.parametrize(
    "lay", [_out, _folder_out, _to_hidden, _nowhere, _circle, _fifo, _device, _folder, lambda folder: folder.rmdir()]
)
def test_what_leads_out_of_the_folder_or_is_no_file_is_not_opened(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    lay(folder)
    for path in ("a.png", "a/a.png", "a.png/a.png"):
        assert found(folder, path) is None


@pytest.mark.parametrize("path", ["../a.png", "..", "", "/", "b/../../a.png", "\0.png", "a" * 300 + ".png"])
def test_a_path_that_should_never_come_here_opens_nothing(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "articles"
    write(folder, "b/b.png", PNG)
    write(tmp_path, "a.png", PNG)
    assert found(folder, path) is None
    assert found(folder, str(tmp_path / "a.png")) is None


def test_what_is_put_in_a_files_place_after_it_was_looked_at_is_not_opened(tmp_path: Path) -> None:
    """Each step of the way is taken from the folder before, and none over a link."""
    write(tmp_path, "outside/a.png", PNG)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.png").symlink_to("../outside/a.png")
    (folder / "b").symlink_to("../outside", target_is_directory=True)
    for names in (("a.png",), ("b", "a.png")):
        with pytest.raises(OSError):
            os.close(pictures._handle(folder, names))

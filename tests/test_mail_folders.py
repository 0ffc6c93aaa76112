"""Folders of mail as a source: Maildir, messages beside articles, an mbox that grows."""

from __future__ import annotations

import os
from pathlib import Path

from house import POLLING, House

OLD = 1_700_000_000  # so long ago that no file looks as if it were being written


def _message(number: int) -> bytes:
    words = " ".join(f"word{number}x{index}" for index in range(40))
    head = f"From: The Harbour <news@harbour.example>\nTo: me@reader.example\nMessage-ID: <{number}@harbour.example>\n"
    return f"{head}Subject: News {number}\nDate: Sun, 0{number} Nov 2026 09:00:00 +0000\n\n{words}\n".encode()


def _put(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (OLD, OLD))
    return path


def _once(house: House) -> dict[str, int]:
    told: dict[str, int] = house.json("once", "--all")
    return told


def _titles(house: House) -> list[str]:
    return sorted(entry["title"] for entry in house.entries())


def test_a_maildir_is_a_source_and_a_message_that_is_read_stays_the_same(house: House) -> None:
    box = house.folder / "Maildir"
    (box / "cur").mkdir(parents=True)
    (box / "tmp").mkdir()
    _put(box / "tmp/3.half", _message(3))
    new = [_put(box / f"new/{n}.M1P2.host.md", _message(n)) for n in (1, 2)]
    house.write(f'{POLLING}[[source]]\npath = "Maildir"\n')
    assert _once(house)["entries_new"] == 2
    new[0].rename(box / "cur/1.M1P2.host.md:2,S")
    came = _once(house)
    assert (came["entries_new"], came["entries_updated"], came["failed"]) == (0, 0, 0)
    _put(box / "new/4.M1P2.host", _message(4))
    assert _once(house)["entries_new"] == 1
    assert _titles(house) == ["News 1", "News 2", "News 4"]
    feed = (house.data / "public/feed.json").read_text("utf-8")
    assert "The Harbour" in feed and "reader.example" not in feed


def test_messages_lie_beside_articles_and_show_none_of_their_pictures(house: House) -> None:
    articles = house.folder / "articles"
    _put(articles / "photo.jpg", b"\xff\xd8\xff\xe0" + bytes(200))
    html = b"Subject: Letter\nFrom: a@b.example\nContent-Type: text/html\n\n<p>Look:</p><img src='photo.jpg'>"
    _put(articles / "letter.eml", html)
    _put(articles / "own.md", b"# Own\n\n![](photo.jpg)\n")
    _put(articles / "again/letter.eml", html)
    house.write(f'{POLLING}[[source]]\npath = "articles"\n')
    assert _once(house)["stories_new"] == 2
    content = {entry["title"]: entry for entry in house.entries()}
    assert set(content) == {"Letter", "Own"}
    public = (house.data / "public/feed.json").read_text("utf-8")
    assert public.count("photo.jpg") == 1


def test_a_message_without_a_suffix_is_told_by_its_head(house: House) -> None:
    _put(house.folder / "mh/1", _message(1))
    _put(house.folder / "mh/2", b"Note: bring bread\n\nMessage-ID: is a header.\n")
    house.write(f'{POLLING}[[source]]\npath = "mh"\n')
    _once(house)
    assert _titles(house) == ["News 1", "Note: bring bread"]


def test_an_mbox_that_grows_brings_what_is_new_in_it(house: House) -> None:
    def boxed(*numbers: int) -> bytes:
        return b"".join(b"From news@harbour.example Sun Nov  1 09:00:00 2026\n" + _message(n) + b"\n" for n in numbers)

    for name in ("list.mbox", "inbox"):
        box = _put(house.folder / name, boxed(1, 2))
        house.write(f'{POLLING}[[source]]\npath = "{name}"\n')
        _once(house)
        before = len(house.entries())
        _put(box, boxed(1, 2, 3))
        assert _once(house)["entries_new"] == 1
        assert len(house.entries()) == before + 1

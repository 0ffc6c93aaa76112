"""The small world of which the databases here were made: files that feeds and articles are read from, in two states."""

from __future__ import annotations

import re
from pathlib import Path

OURS = " ".join(f"Badger number {n} digs a tunnel of {n + 7} metres under the old railway." for n in range(9))
GULLS = " ".join(f"Gull number {n} takes {n + 3} chips from a visitor of the pier." for n in range(9))
FRONT = "---\ntitle: Our one\ndate: 2026-01-02\n---\n"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
CONFIG = """[[source]]
path = "feeds/a.xml"
name = "Ann"
category = "news"
[[source]]
path = "feeds/b.xml"
priority = 1
category = "news/local"
[[source]]
path = "feeds/c.atom"
[[source]]
path = "articles"
[[source]]
url = "http://127.0.0.1:9/down.xml"
[[output]]
name = "feed"
[[output]]
name = "news"
categories = ["news"]
[polling]
allow_networks = ["127.0.0.0/8"]
workers = 1
"""
REMOVED = '[[source]]\npath = "feeds/c.atom"\n'


def _item(guid: str, title: str, text: str, hour: int) -> str:
    return (
        f"<item><guid>{guid}</guid><title>{title}</title><link>https://a.example/{guid}</link>"
        f"<category>birds</category><description>&lt;p&gt;{text}&lt;/p&gt;</description>"
        f"<pubDate>Fri, 02 Jan 2026 {hour:02}:00:00 GMT</pubDate></item>"
    )


def _rss(title: str, *items: str) -> str:
    link = f"<link>https://{title.lower()}.example/</link>"
    return f'<rss version="2.0"><channel><title>{title}</title>{link}{"".join(items)}</channel></rss>'


def _atom() -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja"><title>C</title><id>urn:c</id>'
        "<updated>2026-01-02T10:00:00Z</updated><entry><id>urn:c:1</id><title>波止場の鴎</title>"
        '<link href="https://c.example/1"/><author><name>Chieko</name></author><updated>2026-01-02T10:00:00Z</updated>'
        '<content type="html">&lt;p&gt;波止場の鴎は毎朝ポテトを食べる。&lt;/p&gt;</content></entry></feed>'
    )


def write(folder: Path, *, edited: bool) -> None:
    """Write the files, as they were at first or `edited`."""
    more = " One more was seen." if edited else ""
    files = {
        "feeds/a.xml": _rss("A", _item("1", "Badgers", OURS, 9), _item("2", "Gulls", GULLS + more, 10)),
        "feeds/b.xml": _rss(
            "B",
            _item("b1", "Badgers", OURS, 11),
            _item("b2", "About gulls", "Chips.", 12),
            _item("b3", "Spam", "Buy.", 13),
        ),
        "feeds/c.atom": _atom(),
        "articles/one.md": f"{FRONT}Ours, with a zebra.{more}\n\n![Dot](dot.png)\n",
        "articles/two.txt": "Our two\n\nA text of a few words that nobody else has.\n",
        "articles/draft.md": "---\ntitle: Not yet\ndraft: true\n---\nNo.\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "articles" / "dot.png").write_bytes(PIXEL)


def without(config: str, table: str) -> str:
    """Return the config without a table."""
    return re.sub(re.escape(table), "", config)

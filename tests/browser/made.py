"""Sources of our own making, of which it is known what the pages have to show: copies, edits, scripts, odd markup.

What is in articles/ was written for these tests. `feeds` gives what each source says in the first round and the second.
"""

from __future__ import annotations

import html
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

DAY = 86400
HOUR = 3600
NOTES = 130  # short texts of one source: more than a page of the river has
ARTICLES = Path(__file__).with_name("articles")
SCRIPTS = {
    "ar": "جريدة الميناء",
    "he": "עיתון הנמל",
    "ja": "港の新聞",
    "zh": "海港日报",
    "ko": "항구 신문",
    "de": "Hafenblatt",
}
HOSTILE = """Nothing <b>runs</b> & nothing "leaks" </title><script>document.title='taken'</script>"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
_WORDS = """
    anchor barge beacon breeze buoy cable canvas channel coast compass crane current deck depth dock dune eddy estuary
    fathom ferry fog galley gauge harbour horizon hull island jetty keel kelp lagoon lantern ledge mast mooring oar
    pebble pier pilot quay reef rigging rope rudder sail sand shoal signal sluice sound spray squall stern strait surf
    swell tackle tide timber tower trawler tug vessel wake wharf winch
"""


@dataclass(frozen=True)
class Made:
    """A source: its feed in the first round and in the second, and the keys of its table in the config."""

    first: bytes
    second: bytes
    keys: str


def feeds(now: int) -> Mapping[str, Made]:
    """The sources by their paths, as if it were `now`; nothing in them is younger than the day before."""
    gulls = _article("gulls", at(now, 1, 9), "birds", "ferries")
    fares, fares_after = (_article(name, at(now, 3, 8), "ferries", guid="fares") for name in ("fares", "fares-after"))
    edited = _article("gulls-edited", at(now, 1, 15), guid="r-gulls")
    copied = _article("gulls", at(now, 1, 20), guid="c-gulls")
    lighthouse, hostile = ((ARTICLES / f"{name}.html").read_text("utf-8") for name in ("lighthouse", "hostile"))
    bare = "A note that has no title, and little else to say about the weather on the pier this evening."
    odd = [
        _item("lighthouse", "How the lighthouse keeps its log", lighthouse, at(now, 2, 11), "lighthouses"),
        _item("hostile", HOSTILE, hostile, at(now, 2, 12), "<script>", "a&b"),
        _item("bare", "", bare, at(now, 2, 13)),
        _item(
            "long", "Donaudampfschiff" * 12, f"<p>https://keeper.example.org/{'a' * 200}</p>", at(now, 2, 14), "b" * 300
        ),
    ]
    made = {
        "/gazette": Made(
            feed("The Harbour Gazette", "en", gulls, fares),
            feed("The Harbour Gazette", "en", gulls, fares_after),
            'category = "news"',
        ),
        "/review": _same(feed("Coast Review", "en", edited), 'category = "news"'),
        "/copyist": _same(feed("Copyist", "en", copied), 'category = "mirrors"'),
        "/notes": _same(feed("Tide notes", "en", *(note(n, now) for n in range(NOTES))), 'category = "notes"'),
        "/odd": _same(feed("Odd & ends", "en", *odd), 'category = "odd"'),
        "/paused": _same(feed("Paused", "en"), 'name = "Paused pier"\nenabled = false\ncategory = "news"'),
    }
    for number, (language, title) in enumerate(SCRIPTS.items()):
        body = feed(title, language, _article(language, at(now, 4, 6 + number), title))
        made[f"/{language}"] = _same(body, 'category = "abroad"')
    return made


def folder(now: int) -> Mapping[str, bytes]:
    """The files of a folder of articles, by their paths in it."""
    date = datetime.fromtimestamp(at(now, 5, 7), UTC).strftime("%Y-%m-%d %H:%M")
    local = ARTICLES / "local"
    files = (path for path in local.rglob("*") if path.is_file())
    texts = {path.relative_to(local).as_posix(): path.read_text("utf-8") for path in files}
    made = {name: text.replace("{date}", date).encode() for name, text in texts.items()}
    return made | {"trip/lake.png": PIXEL}


def text_of(name: str) -> tuple[str, tuple[str, ...]]:
    """Title and paragraphs of one of the plain articles."""
    title, *paragraphs = (ARTICLES / f"{name}.txt").read_text("utf-8").strip().split("\n\n")
    return title, tuple(" ".join(paragraph.split()) for paragraph in paragraphs)


def at(now: int, days: int, hour: int) -> int:
    """The instant at that hour (UTC), so many days before the day of `now`."""
    return now - now % DAY - days * DAY + hour * HOUR


def _same(body: bytes, keys: str) -> Made:
    return Made(body, body, keys)


def note(number: int, now: int) -> str:
    """One of the short texts; the first ones are the newest, and that number NOTES is newer than all."""
    chance = random.Random(number)  # the same words each time
    when = at(now, 6 + number // 10, 2 + number % 10) if number < NOTES else at(now, 0, 0) - HOUR
    words = [chance.choice(_WORDS.split()) for _ in range(40)]
    return _item(f"note-{number}", f"Tide note {number}", " ".join(words), when)


def _article(name: str, when: int, *categories: str, guid: str = "") -> str:
    title, paragraphs = text_of(name)
    markup = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    return _item(guid or name, title, markup, when, *categories)


def _item(guid: str, title: str, markup: str, when: int, *categories: str) -> str:
    named = "".join(f"<category>{html.escape(category)}</category>" for category in categories)
    return (
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{html.escape(title)}</title>"
        f"<link>https://{guid}.example.org/article</link><pubDate>{formatdate(when, usegmt=True)}</pubDate>{named}"
        f"<description>{html.escape(markup)}</description></item>"
    )


def feed(title: str, language: str, *items: str) -> bytes:
    """A feed of these items."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{html.escape(title)}</title>'
        f"<link>https://site.example.org/</link><language>{language}</language>{''.join(items)}</channel></rss>"
    ).encode()

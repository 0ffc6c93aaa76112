"""feedparser's insides may change with a release: whatever they then raise, lose or make up, no entry is lost by it."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import feedparser
import pytest
from house import POLLING, ROOT, House

from aggregator.model import Document, Fallback, Feed, ParseError
from aggregator.parse import by_feedparser, elements, entry_tags, feeds, parse, reading
from aggregator.parse.by_feedparser import Whole
from aggregator.parse.wellformed.names import RefusedError
from aggregator.parsing.pool import Fallbacks

BASE = "https://mill.example/feed"
ITEM = "<item><guid>{0}</guid><title>No. {0}</title><link>https://mill.example/{0}</link></item>"


def rss(*items: str, head: str = "") -> bytes:
    return f'<rss version="2.0" {head}><channel><title>Mill</title>{"".join(items)}</channel></rss>'.encode()


def atom(count: int) -> bytes:
    entry = "<entry><id>{0}</id><title>No. {0}</title><content type='html'>&lt;p&gt;{0}&lt;/p&gt;</content></entry>"
    entries = "".join(map(entry.format, range(count)))
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Mill</title>{entries}</feed>'.encode()


THREE = rss(*map(ITEM.format, range(3)))
BODIES = {
    "rss": THREE,
    "atom": atom(3),
    "malformed": THREE.replace(b"Mill", b"Mill & River"),
    "truncated": THREE[:-30],
    "doctype": b"<!DOCTYPE rss>" + THREE,
}


def document(body: bytes, base: str = BASE) -> Document:
    return Document("", body, "application/xml", base)


def titles(feed: Feed) -> list[str]:
    return [entry.title for entry in feed.entries]


# ── Insides of another release ───────────────────────────────────────────────────────────────────────────────────────


def without(name: str) -> Whole:
    """As if feedparser's parsers had nothing of this name (it is `renamed`): reading or calling it fails."""

    def lacking(kind: Any) -> Any:
        def absent(self: Any) -> Any:  # feedparser takes it for an element that it doesn't know
            raise AttributeError(name)

        return type(kind.__name__, (kind,), {name: property(absent, lambda self, value: None)})

    return with_parsers(lacking)


def with_handler(name: str, handler: Callable[..., Any]) -> Whole:
    return with_parsers(lambda kind: type(kind.__name__, (kind,), {name: handler}))


def with_parsers(made: Callable[[Any], Any]) -> Whole:
    return partial(reading.whole, strict=made(elements.Strict), loose=made(elements.Loose))


def raising(error: type[Exception]) -> Callable[..., Any]:
    def handler(*_: Any) -> None:
        raise error("changed")

    return handler


def nothing(*_: Any) -> None:
    return None


def emptied(_body: bytes, _: object) -> Mapping[str, Any]:
    return {"feed": {}, "entries": [], "version": "rss20"}


WRONG: dict[str, Whole] = {
    **{
        f"no {name}": without(name)
        for name in ("_get_context", "inentry", "entries", "elementstack", "push", "feeddata", "version", "pop")
    },
    "no _start_item (swallowed)": with_handler("_start_item", raising(AttributeError)),
    "no _start_entry (swallowed)": with_handler("_start_entry", raising(AttributeError)),
    "an item is nothing": with_handler("_start_item", nothing),
    "an item fails": with_handler("_start_item", raising(KeyError)),
    "other signatures": with_handler("unknown_starttag", lambda self: None),
    "all goes": with_handler("unknown_starttag", nothing),
    "no conversion": raising(NameError),
    "no lists": lambda *_: {"feed": None, "entries": 3},
    "no entries": emptied,
    "no dictionary": lambda *_: {"feed": [], "entries": [3, None, "x"], "version": {}},
}


@pytest.mark.parametrize("insides", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("base", [BASE, ""])
def test_whatever_the_insides_do_all_entries_are_there(insides: Whole, body: bytes, base: str) -> None:
    for before in (b"", by_feedparser.parse(document(body, base), frozenset()).outline):
        feed = by_feedparser.parse(document(body, base), frozenset(), 1000, before, insides)
        assert titles(feed) == ["No. 0", "No. 1", "No. 2"]


@pytest.mark.parametrize("insides", WRONG.values(), ids=WRONG)
def test_what_the_insides_do_wrong_is_seen_in_the_sample(insides: Whole) -> None:
    told = by_feedparser.difference(insides)
    assert told
    assert "\n" not in told


@pytest.mark.parametrize("way", ["rss", "atom"])
def test_what_is_wrong_is_told_with_the_feed(way: str) -> None:
    name = "_start_item" if way == "rss" else "_start_entry"
    feed = by_feedparser.parse(document(BODIES[way]), frozenset(), whole=with_handler(name, raising(AttributeError)))
    assert feed.fallback == Fallback("0 entries where feedparser finds 3")
    assert feed.notes == ("read by feedparser alone (0 entries where feedparser finds 3)",)


CALLING = {
    function: name
    for kind in (elements.Elements, elements.Loose)
    for name, function in vars(kind).items()
    if "__class__" in getattr(getattr(function, "__code__", None), "co_freevars", ()) and name != "__init__"
}
"""The methods that call super(), and one name of each."""
CALLED = {name: function for function, name in CALLING.items()}


@pytest.mark.parametrize("name", sorted(CALLED))
def test_what_ours_call_of_feedparser_s_is_needed_by_the_sample(name: str) -> None:
    """What super() has no longer is an AttributeError in a handler: feedparser takes the element for an unknown one."""
    names = [alias for alias, function in vars(elements.Elements).items() if function is CALLED[name]] or [name]
    assert any(by_feedparser.difference(with_handler(alias, raising(AttributeError))) for alias in names)


def test_the_methods_that_call_feedparser_s_are_found() -> None:
    assert {"handle_data", "resolve_uri", "unknown_endtag"} < set(CALLED)
    assert len(CALLED) > 12


def test_the_installed_feedparser_is_sound() -> None:
    assert by_feedparser.difference(reading.whole) == ""
    assert parse(document(BODIES["doctype"])).fallback is None


def test_what_is_wrong_with_the_insides_is_nothing_to_a_feed_that_our_own_reader_reads() -> None:
    assert feeds.ours(document(THREE), frozenset()) == parse(document(THREE))
    for name in ("malformed", "truncated", "doctype"):
        with pytest.raises(RefusedError):
            feeds.ours(document(BODIES[name]), frozenset())


# ── Documents that are odd, not insides ──────────────────────────────────────────────────────────────────────────────

ODD = {
    "another's item": rss(ITEM.format(0), "<x:item>no</x:item>", ITEM.format(1), head='xmlns:x="urn:x"'),
    "other items alone": rss("<x:item>no</x:item>" * 3, head='xmlns:x="urn:x"'),
    "products": rss(ITEM.format(0).replace("</item>", "<product>2</product></item>"), ITEM.format(1)),
    "an open comment": rss(ITEM.format(0)).replace(b"</channel>", b"<!-- <item> & </channel>"),
    "markup that is shown": atom(2).replace(
        b"<entry>", b"<entry><summary type='xhtml'><b>x</b><details><i>y</i></details></summary>", 1
    ),
    "entities": b"<!DOCTYPE rss [<!ENTITY i '<item><guid>9</guid></item>'>]>" + rss("&i;&i;", ITEM.format(0)),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_an_odd_document_is_read_as_ever_and_doubted_once(body: bytes) -> None:
    trusted = by_feedparser.with_insides(document(body))
    first = by_feedparser.parse(document(body), frozenset())
    assert replace(first, outline=b"") == replace(trusted.feed, outline=b"")
    assert first.fallback is None
    assert bool(first.outline) or trusted.found == entry_tags.count(body)
    assert by_feedparser.parse(document(body), frozenset(), 1000, first.outline) == first
    read = parse(document(body))
    assert replace(read, outline=b"") == replace(first, outline=b"")
    assert parse(document(body), read.hashes, 1000, read.outline) == replace(read, entries=(), notes=())


def test_most_of_these_have_another_number_of_entries_than_it_seems() -> None:
    found = [by_feedparser.with_insides(document(body)).found for body in ODD.values()]
    assert sum(number != entry_tags.count(body) for number, body in zip(found, ODD.values(), strict=True)) >= 3


def test_once_a_feed_is_sound_it_is_remembered_entry_by_entry() -> None:
    odd = parse(document(ODD["entities"]))
    sound = parse(document(THREE), odd.hashes, 1000, odd.outline)
    assert odd.outline != sound.outline == parse(document(THREE)).outline


@pytest.mark.parametrize("body", [b"", b"<html><item>x</item></html>"[:-10], b"<list><name/></list>"])
def test_what_is_no_feed_stays_none(body: bytes) -> None:
    with pytest.raises(ParseError, match="is not a feed"):
        feeds.parse(document(body.replace(b"item", b"li")), frozenset())


def test_what_feedparser_itself_fails_on_is_no_fallback() -> None:
    body = rss('<item><gml:pos xmlns:gml="http://www.opengis.net/gml">1 2</gml:pos></item>')
    with pytest.raises(ParseError, match=r"^KeyError while parsing: 'where'$"):
        parse(document(body))


def test_no_memory_is_no_reason_to_take_more() -> None:
    with pytest.raises(MemoryError):
        by_feedparser.parse(document(THREE), frozenset(), whole=raising(MemoryError))


# ── Told ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fallbacks_are_counted_and_told_seldom(caplog: pytest.LogCaptureFixture) -> None:
    fallbacks = Fallbacks()
    with caplog.at_level(logging.WARNING):
        for number in range(120):
            fallbacks.note(Fallback(f"KeyError: {number}"), document(b""))
            fallbacks.note(Fallback("feedparser 7 is not what we know: 'x'", general=True), document(b""))
            fallbacks.note(None, document(b""))
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(" read by")[0] for line in told if "alone, the last" in line] == ["1", "10", "100"]
    assert len([line for line in told if "feedparser 7" in line]) == 1
    assert len(told) == 4
    assert BASE in told[0]


# ── Real processes with another feedparser ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("_get_context", "_context"),
        ("replace_doctype", "strip_doctype"),
        ("StrictFeedParser", "StrictParser"),
        ("push_content", "push_text"),
    ],
)
def test_with_a_renamed_inside_every_entry_comes_and_one_line_tells(
    tmp_path: Path, name: str, instead: str, house: House
) -> None:
    """A copy of the installed feedparser with another name for a thing, throughout: feedparser.parse() is the same."""
    renamed = tmp_path / "renamed" / "feedparser"
    shutil.copytree(Path(feedparser.__file__).parent, renamed, ignore=shutil.ignore_patterns("__pycache__"))
    for file in renamed.rglob("*.py"):
        keys_stay = rf"(?<![\w'\"]){name}\b(?!['\"=])"
        file.write_text(re.sub(keys_stay, instead, file.read_text("utf-8")), "utf-8")
    feeds_ = house.folder / "feeds"
    feeds_.mkdir()
    for which, body in BODIES.items():
        (feeds_ / f"{which}.xml").write_bytes(body)
    house.write(f'{POLLING}[[source]]\npath = "{feeds_}"\n')
    done = house.run("once", "--all", PYTHONPATH=os.pathsep.join((str(renamed.parent), str(ROOT))))
    assert len(house.entries()) == 3 * len(BODIES)
    (line,) = [line for line in done.stderr.splitlines() if "feedparser" in line]
    assert "is not what we know" in line

"""Not reading known entries again changes nothing: compared with feedparser on the whole document.

Each case is two visits: a document, and what became of it. The real ones are from the corpus in ../shared; where that
is absent what needs it is skipped.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import corpus
import pytest
from house import House
from hypothesis import given, settings
from hypothesis import strategies as st
from world import Reply, World

from aggregator.model import Document, Feed, ParseError
from aggregator.parse import by_feedparser, entry_tags, feeds, parse, seen_entries, wellformed
from aggregator.parse.wellformed.names import RefusedError

BASE = "https://e.org/feed"
XML = "application/xml"


@pytest.fixture(scope="module")
def real(unpacked: Path) -> Mapping[str, bytes]:
    found = corpus.documents(unpacked)
    return {name: body for name, body in found.items() if Path(name).suffix != ".json"}


def read(body: bytes, before: Feed | None = None, base: str = BASE, limit: int = 1000) -> Feed | str:
    """What parse() gives of the document after another one of the same feed; an error as text."""
    document = Document("", body, XML, base)
    try:
        return parse(document, before.hashes if before else frozenset(), limit, before.outline if before else b"")
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def theirs(body: bytes, before: Feed | None = None, base: str = BASE, limit: int = 1000) -> Feed | str:
    """The same from feedparser's parsers; what they fail on comes as a ParseError out of parse()."""
    try:
        known = before.hashes if before else frozenset()
        return by_feedparser.with_insides(Document("", body, XML, base), known, limit).feed
    except Exception as error:  # noqa: BLE001
        message = " ".join(str(error).split())[:200]
        named = message if type(error).__name__ == "ParseError" else f"{type(error).__name__} while parsing: {message}"
        return f"ParseError: {named}"


def bare(feed: Feed | str) -> Feed | str:
    """Without what is for the next visit, and without what is told only of entries that are read."""
    return feed if isinstance(feed, str) else replace(feed, outline=b"", notes=())


def agree(first: bytes, second: bytes, note: object = "") -> Feed | str:
    """Both visits give what feedparser gives of the whole; the second one's result, for further questions."""
    before = read(first)
    assert bare(before) == bare(theirs(first)), note
    if isinstance(before, str):
        return before
    after = read(second, before)
    assert bare(after) == bare(theirs(second, before)), note
    if isinstance(after, Feed):
        afresh = read(second)
        assert isinstance(afresh, Feed)
        assert after.outline == afresh.outline, note  # the next visit starts from the same, whichever way it came
    return after


def halved(feed: Feed, keep: Callable[[int], bool]) -> Feed:
    """The feed as if its document had listed only some of its entries."""
    whole = seen_entries.unpack(feed.outline)
    assert whole
    entries = {m: said for i, (m, said) in enumerate(whole.entries.items()) if keep(i)}
    packed = seen_entries.SeenEntries(whole.channel, entries).pack()
    return replace(feed, hashes=frozenset(said.hash for said in entries.values()), outline=packed)


# ── Real feeds ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_real_feed_gives_the_same_whatever_of_it_is_known(real: Mapping[str, bytes]) -> None:
    """Nothing, all, all but the newest, all but the oldest, every second one."""
    cut = 0
    for name, body in real.items():
        if len(body) > 250_000:
            continue
        first = read(body)
        assert bare(first) == bare(theirs(body)), name
        if isinstance(first, str) or not seen_entries.unpack(first.outline):
            continue
        cut += 1
        last = len(first.hashes) - 1
        for keep in (lambda _: True, lambda i: i > 0, lambda i, last=last: i < last, lambda i: i % 2):
            before = halved(first, keep)
            new = tuple(entry for entry in first.entries if entry.hash not in before.hashes)
            assert read(body, before) == replace(first, entries=new), name
    assert cut > 220


@pytest.mark.slow
def test_most_real_feeds_can_be_cut(real: Mapping[str, bytes]) -> None:
    """Of those with entries all but the malformed ones and a few with repeated ids, or over 1000 entries."""
    feeds_ = [read(body) for name, body in real.items() if name.startswith("real/") and len(body) < 250_000]
    cut = [feed for feed in feeds_ if isinstance(feed, Feed) and seen_entries.unpack(feed.outline)]
    assert len(cut) > 0.93 * len(feeds_)


# ── Made-up changes of real feeds ────────────────────────────────────────────────────────────────────────────────────

Mutation = Callable[[bytes, random.Random], bytes]
_ENTRY = re.compile(rb"<(item|entry)\b.*?</\1\s*>", re.DOTALL)
_START = re.compile(rb"<[A-Za-z][\w:.-]*(?=[\s>])[^<>]*(?<!/)>")


def _entries(body: bytes) -> tuple[bytes, list[bytes], bytes]:
    found = list(_ENTRY.finditer(body))
    if not found:
        return body, [], b""
    return body[: found[0].start()], [m[0] for m in found], body[found[-1].end() :]


def _joined(head: bytes, entries: Sequence[bytes], tail: bytes) -> bytes:
    return head + b"\n ".join(entries) + tail


def reorder(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    return _joined(head, dice.sample(entries, len(entries)), tail)


def duplicate(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    return _joined(head, [*entries, *dice.choices(entries, k=1)] if entries else [], tail)


def drop(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    return _joined(head, [entry for entry in entries if dice.random() < 0.6], tail)


def edit(body: bytes, dice: random.Random) -> bytes:
    """Other words in some entries: in an element that one of them has."""
    head, entries, tail = _entries(body)
    said = [re.sub(rb">([^<]{3,}?)<", rb">\1 !<", e, count=1) if dice.random() < 0.4 else e for e in entries]
    return _joined(head, said, tail)


def same_guid(body: bytes, dice: random.Random) -> bytes:
    """One entry's id in another one."""
    head, entries, tail = _entries(body)
    ids = [found[0] for e in entries if (found := re.search(rb"<(guid|id)\b[^>]*>[^<]*</\1>", e))]
    if len(entries) > 1 and ids:
        taken = dice.choice(ids)
        at = dice.randrange(len(entries))
        entries[at] = re.sub(rb"<(guid|id)\b[^>]*>[^<]*</\1>", lambda _: taken, entries[at], count=1)
    return _joined(head, entries, tail)


def anonymous(body: bytes, dice: random.Random) -> bytes:
    """No ids, or no ids and links."""
    name = dice.choice([rb"guid|id", rb"guid|id|link"])
    head, entries, tail = _entries(body)
    return _joined(head, [re.sub(rb"<(" + name + rb")\b[^>]*>[^<]*</\1>", b"", e) for e in entries], tail)


def in_the_head(body: bytes, dice: random.Random) -> bytes:
    more = dice.choice(HEADS)
    return re.sub(rb"(<channel\b[^>]*>|<feed\b[^>]*>)", lambda m: m[0] + more, body, count=1)


HEADS = [
    b"<language>de</language>",
    b"<title>Another title</title>",
    b"<ttl>77</ttl><skipDays><day>Monday</day></skipDays>",
    b"<author><name>Ann</name><email>a@e.org</email></author>",
    b"<rights>(c) nobody</rights>",
    b"<updated>2020-01-01T00:00:00Z</updated>",
    b"<lastBuildDate>Thu, 01 Jan 2026 02:00:00 GMT</lastBuildDate>",
    b'<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">x</content:encoded>',
    b"<image><url>i.png</url><title>Picture</title></image>",
    b"<textInput><title>t</title><name>n</name></textInput>",
    b"<!-- <item><title>none</title></item> <entry/> -->",
    b"<generator><![CDATA[<item><title>none</title></item><entry>]]></generator>",
    b"<?item <item> </item>?>",
    b'<x:creator xmlns:x="urn:x">x</x:creator>',
    b'<dc:creator xmlns:dc="urn:not-dublin-core">x</dc:creator>',
    b"<item/>",
    b"<description>a &amp; b</description><content>c</content>",
]

INSIDE = [
    b"<!-- <item></entry> -->",
    b"<!-- </item> -->",
    b"<![CDATA[<item>]]>",
    b"<note><![CDATA[</entry><item>]]></note>",
    b"<?php </item> ?>",
    b'<a:creator xmlns:a="http://purl.org/dc/elements/1.1/">Ann</a:creator>',
    b'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ann</dc:creator>',
    b'<dc:creator xmlns:dc="urn:other">Ann</dc:creator>',
    b'<dc:creator xmlns:dc="http://purl.org/rss/1.0/modules/content/">Ann</dc:creator>',
    b'<z:creator xmlns:z="urn:other">Ann</z:creator>',
    b'<q:creator xmlns:q="urn:other">Ann</q:creator>',
    b'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><details><summary>s</summary>t</details></div></content>',
    b'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>p</p></div></content>',
    b'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><svg><title>s</title></svg></div></content>',
    b'<content type="html">&lt;div&gt;<b>both</b>&lt;/div&gt;</content>',
    b'<content type="xhtml"><html><head><title>s</title></head><body>t</body></html></content>',
    b"<description>one</description><description>two</description>",
    b"<author><name>Bob</name></author><authors>text</authors><author>Carl</author>",
    b'<source url="https://s.org/"><title>S</title></source>',
    b"<source><item><title>nested</title></item></source>",
    b"<channel><title>inner</title></channel>",
    b'<feed xml:lang="fr"/>',
    b"<image><url>i.png</url><title>Picture</title></image>",
    b"<textinput><name>n</name></textinput>",
    b"<language>fr</language>",
    b"<itunes:link xmlns:itunes='http://www.itunes.com/DTDs/PodCast-1.0.dtd'/>",
    b"<body>b</body>",
    b'<summary type="xhtml"><details><summary>s</summary>t</details></summary>',
    b'<rights type="xhtml"><i><title>t</title></i></rights>',
    b"<link/><link href=''/>",
    b"<tags>a,b</tags>",
    b"<title type='html'>&lt;b&gt;bold&lt;/b&gt;</title>",
    b"<summary>s</summary><summary>t</summary>",
    b"&nbsp;",
    b"&lt;item&gt; \xc3\xa9 \xe2\x82\xac",
    b"<unclosed>",
    b"<x:unbound/>",
    b"<svg><title>t</title></svg>",
    b"<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter start='00:01'/></psc:chapters>",
    b"<georss:point xmlns:georss='http://www.georss.org/georss'>1 2</georss:point>",
]


def in_an_entry(body: bytes, dice: random.Random) -> bytes:
    """Anything, right after an entry's start, or after any other tag in it."""
    head, entries, tail = _entries(body)
    for at in dice.sample(range(len(entries)), min(len(entries), dice.choice([1, 1, 3]))):
        starts = [m.end() for m in _START.finditer(entries[at])]
        if starts:
            where = starts[0] if dice.random() < 0.7 else dice.choice(starts)
            entries[at] = entries[at][:where] + dice.choice(INSIDE) + entries[at][where:]
    return _joined(head, entries, tail)


def between(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    if entries:
        more = dice.choice([*HEADS, *INSIDE, b"text", b"</channel>", b"</feed><feed>"])
        entries.insert(dice.randrange(len(entries) + 1), more)
    return _joined(head, entries, tail)


def attributes(body: bytes, dice: random.Random) -> bytes:
    """On the root, the channel, an entry or whatever else comes."""
    more = dice.choice([b' xml:base="https://other.org/x/"', b' xml:lang="it"', b' href="h"', b' lastmod="2020-01-01"',
                        b' xmlns:foo="urn:foo"', b' xmlns:dc="urn:foo"', b' xml:base="sub/"', b' rdf:about="urn:a"',
                        b' a="<item>"', b" a='&lt;item>'", b' a="x'])  # fmt: skip
    starts = list(_START.finditer(body))
    chosen = dice.choice([starts[:1], starts[:2][-1:], dice.choices(starts)]) if starts else []
    for found in chosen:
        body = body[: found.end() - 1] + more + body[found.end() - 1 :]
    return body


def whitespace(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    return _joined(head, [e.replace(b"><", b">\n<") if dice.random() < 0.5 else e for e in entries], tail)


def truncate(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def other_encoding(body: bytes, dice: random.Random) -> bytes:
    name = dice.choice(["utf-16", "windows-1252", "iso-8859-1", "utf-8-sig", "koi8-r"])
    text = re.sub(r"<\?xml.*?\?>", "", body.decode("utf-8", "replace"))
    declared = "" if name in {"utf-16", "utf-8-sig"} else f'<?xml version="1.0" encoding="{name}"?>'
    return (declared + text).encode(name, "xmlcharrefreplace")


def doctype(body: bytes, dice: random.Random) -> bytes:
    declared = dice.choice([b"<!DOCTYPE rss>", b'<!DOCTYPE rss [<!ENTITY i "<item>">]>'])
    start = re.search(rb"<\w", body)
    return body[: start.start()] + declared + body[start.start() :] if start else body


def shout(body: bytes, dice: random.Random) -> bytes:
    return re.sub(rb"(</?)(item|entry)\b", lambda m: m[1] + m[2].upper(), body)


def prefixed(body: bytes, dice: random.Random) -> bytes:
    """Atom, or RSS 1.0, under a prefix."""
    if b"<feed" not in body:
        return re.sub(rb"(</?)(item|title|link)\b", rb"\1r:\2", body).replace(
            b"<channel", b'<channel xmlns:r="http://purl.org/rss/1.0/"', 1
        )
    named = rb"(</?)(feed|entry|title|id|link|author|name|content|summary)\b"
    return re.sub(named, rb"\1a:\2", body).replace(b"<a:feed", b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"', 1)


def wrap(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    name = dice.choice([b"items", b"channel", b"title", b'x xml:lang="eo"', b"item", b"author"])
    return head + b"<" + name + b">" + b"".join(entries) + b"</" + name.split()[0] + b">" + tail


def after_the_end(body: bytes, dice: random.Random) -> bytes:
    _, entries, _ = _entries(body)
    return body + dice.choice([b"<!-- made in 0.1 s -->", b"<item/>", b"text", b"".join(entries[:1]), b"\n\n"])


def new_entry(body: bytes, dice: random.Random) -> bytes:
    head, entries, tail = _entries(body)
    if entries:
        name = b"entry" if entries[0].startswith(b"<entry") else b"item"
        number = b"%d" % dice.randrange(10**6)
        more = b"<%b><id>urn:%b</id><title>New %b</title><link>https://e.org/%b</link></%b>"
        entries.insert(0, more % (name, number, number, number, name))
    return _joined(head, entries, tail)


MUTATIONS: tuple[Mutation, ...] = (
    *(reorder, duplicate, drop, edit, same_guid, anonymous, in_the_head, in_an_entry, in_an_entry, between, attributes),
    *(whitespace, truncate, other_encoding, doctype, shout, prefixed, wrap, after_the_end, new_entry, new_entry),
)


@dataclass(slots=True)
class Tally:
    """How often the second visit could do without what it had read."""

    cases: int = 0
    cut: int = 0


def sweep(bodies: Mapping[str, bytes], seed: int, cases: int) -> Tally:
    """That many pairs of documents: each changed by nought to two mutations, and then again."""
    dice = random.Random(seed)
    names = sorted(bodies)
    tally = Tally()
    for number in range(cases):
        name = dice.choice(names)
        made = [dice.choices(MUTATIONS, k=dice.choice([0, 0, 1, 2])), dice.choices(MUTATIONS, k=dice.choice([1, 1, 2]))]
        body, visits = bodies[name], []
        for mutations in made:
            for mutate in mutations:
                body = mutate(body, dice)
            visits.append(body)
        agree(*visits, note=(seed, number, name, [[m.__name__ for m in ms] for ms in made]))
        tally.cases += 1
        tally.cut += _is_cut(*visits)
    return tally


def _is_cut(first: bytes, second: bytes) -> bool:
    before = read(first)
    if isinstance(before, str) or not seen_entries.unpack(before.outline):
        return False
    try:
        feeds.ours(Document("", second, XML, BASE), frozenset())
    except (RefusedError, ParseError):
        return False
    return True


def small(real: Mapping[str, bytes], size: int) -> Mapping[str, bytes]:
    return {name: body for name, body in real.items() if len(body) < size and _ENTRY.search(body)}


@pytest.mark.slow
def test_changed_feeds_give_what_feedparser_gives_of_the_whole(real: Mapping[str, bytes]) -> None:
    tally = sweep(small(real, 12_000), seed=1, cases=450)
    assert tally.cut > tally.cases // 3


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_very_many_changed_feeds_give_what_feedparser_gives_of_the_whole(real: Mapping[str, bytes], seed: int) -> None:
    tally = sweep(small(real, 40_000), seed=seed, cases=700)
    assert tally.cut > tally.cases // 3


# ── Single traps ─────────────────────────────────────────────────────────────────────────────────────────────────────

RSS = '<rss version="2.0"><channel><title>Log</title>{}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Log</title><id>urn:f</id>{}</feed>'


def item(number: object, inside: str = "") -> str:
    guid, title = f"<guid isPermaLink='false'>{number}</guid>", f"<title>Title &lt;b&gt;{number}&lt;/b&gt;</title>"
    return f"<item>{guid}{title}{inside}</item>"


def entry(number: object, inside: str = "") -> str:
    return f"<entry><id>urn:{number}</id><title type='html'>&lt;b&gt;{number}&lt;/b&gt;</title>{inside}</entry>"


def rss(*items: str) -> bytes:
    return RSS.format("".join(items)).encode()


def atom(*entries: str) -> bytes:
    return ATOM.format("".join(entries)).encode()


def outlined(body: bytes) -> Feed:
    found = read(body)
    assert isinstance(found, Feed)
    return found


def test_what_was_read_is_not_read_again() -> None:
    """What is remembered of an entry stands for it: another hash in its place comes out again."""
    before = outlined(rss(item(1), item(2)))
    last = seen_entries.unpack(before.outline)
    assert last
    other = {digest: seen._replace(hash=b"%07d!" % i) for i, (digest, seen) in enumerate(last.entries.items())}
    hashes = frozenset(seen.hash for seen in other.values())
    forged = replace(before, hashes=hashes, outline=seen_entries.SeenEntries(last.channel, other).pack())
    body = rss(item(3), item(1), item(2))
    found = read(body, forged)
    assert isinstance(found, Feed)
    assert [new.guid for new in found.entries] == ["3"]
    assert hashes < found.hashes
    after = agree(rss(item(1), item(2)), body)
    assert isinstance(after, Feed)
    assert [found.guid for found in after.entries] == ["3"]
    assert before.hashes < after.hashes


def test_an_outline_of_the_version_before_is_as_none() -> None:
    """It has other digests, of the bytes of each entry."""
    body = rss(item(1), item(2))
    first = outlined(body)
    last = seen_entries.unpack(first.outline)
    assert last
    older = {bytes(8 * [i]): seen for i, seen in enumerate(last.entries.values())}
    packed = seen_entries.SeenEntries(last.channel, older).pack()
    assert read(body, replace(first, outline=packed)) == replace(first, entries=())


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1), item(1)),
        rss(item(1), item(2, "<channel/>")),
        rss(item(1), item(2)).replace(b"<rss", b"<!DOCTYPE rss><rss"),
        rss(item(1), item(2, "<item/>")),
        rss(item(1), item(2))[:-3],
        atom(entry(1, '<summary type="xhtml"><details><summary>s</summary>t</details></summary>'), entry(2)),
        rss(item(1, '<a:b xmlns:a="urn:1"/>'), item(2, '<a:b xmlns:a="urn:2"/>')),
    ],
)
def test_a_document_whose_entries_do_not_stand_alone_has_no_outline(body: bytes) -> None:
    assert outlined(body).outline in {b"", by_feedparser._MISCOUNTED}
    agree(body, body)


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1), "<title>late</title>"),
        rss(item(1), item(2), "<skipDays><day>Monday</day></skipDays>"),
        rss(item(1, '<a:b xmlns:a="urn:1"/>'), item(2, '<c:b xmlns:c="urn:1"/>')),
        atom(entry(1, '<summary type="xhtml"><i>t</i></summary>'), entry(2)),
    ],
)
def test_one_whose_entries_do_has_one(body: bytes) -> None:
    assert seen_entries.unpack(outlined(body).outline)
    agree(body, body)


def test_without_an_address_feeds_are_read_alike() -> None:
    body = atom(entry(1, '<link xml:base="https://e.org/a/" href="b"/>'), entry(2, '<link href="b"/>'))
    first = read(body, base="")
    assert bare(first) == bare(theirs(body, base=""))
    assert isinstance(first, Feed)
    assert [found.link for found in first.entries] == ["https://e.org/a/b", "b"]
    assert read(body, first, base="") == replace(first, entries=())


def test_a_new_entry_with_the_id_of_one_that_is_known_is_told_apart_from_it() -> None:
    after = agree(rss(item(1), item(2)), rss(item(1).replace("Title", "Other"), item(1), item(2)))
    assert isinstance(after, Feed)
    assert len({found.guid for found in after.entries}) == 2


def test_what_the_feed_hands_on_to_its_entries_makes_them_new() -> None:
    for changed in ("<rights>mine</rights>", "<author><name>Ann</name></author>"):
        after = agree(atom(entry(1), entry(2)), atom(changed, entry(1), entry(2)))
        assert isinstance(after, Feed)
        assert len(after.entries) == 2
    after = agree(rss(item(1), item(2)), rss("<language>de</language>", item(1), item(2)))
    assert isinstance(after, Feed)
    assert len(after.entries) == 2


def test_a_date_in_the_head_makes_nothing_new() -> None:
    after = agree(rss("<pubDate>1</pubDate>", item(1)), rss("<pubDate>2</pubDate>", item(1)))
    assert isinstance(after, Feed)
    assert after.entries == ()
    assert len(after.hashes) == 1


def test_the_same_bytes_under_another_address_are_read_again() -> None:
    body = rss(item(1, "<link>rel/1</link>"))
    first = outlined(body)
    moved = read(body, first, base="https://moved.org/feed")
    assert bare(moved) == bare(theirs(body, first, base="https://moved.org/feed"))
    assert isinstance(moved, Feed)
    assert [found.link for found in moved.entries] == ["https://moved.org/rel/1"]


def test_what_comes_before_the_first_entry_may_change_how_it_is_read() -> None:
    """A channel with content: feedparser then takes the first entry's second description for a summary."""
    body = rss(item(1, "<description>one</description><description>two</description>"))
    head = b'<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">x</c:encoded><item>'
    after = agree(body, body.replace(b"<item>", head))
    assert isinstance(after, Feed)
    assert after.entries


def test_a_prefix_that_the_head_takes_for_something_else_makes_the_entries_new() -> None:
    """feedparser forgets no declaration, not even when its element has ended."""
    named = b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
    body = rss(item(1, "<dc:creator>Ann</dc:creator>")).replace(b"<rss ", named)
    other = b'</title><x xmlns:dc="http://purl.org/rss/1.0/modules/content/"/><item>'
    after = agree(body, body.replace(b"</title><item>", other))
    assert isinstance(after, Feed)
    assert [found.authors for found in after.entries] == [()]


def test_what_surrounds_the_entries_may_be_told_by_what_they_leave_behind() -> None:
    """feedparser pushes <content> twice and pops it once: then an end tag doesn't find its start."""
    agree(
        *(
            rss("<ttl>5", *items, "</ttl>")
            for items in ([item(1, "<content>x</content>")], [item(1, "<content>x</content>"), item(2)])
        )
    )


def test_over_the_limit_the_whole_document_is_read() -> None:
    body = rss(*map(item, range(5)))
    first = outlined(body)
    assert bare(read(body, first, limit=3)) == theirs(body, first, limit=3)


def test_an_outline_that_is_none_costs_time_alone() -> None:
    body = rss(item(1), item(2))
    first = outlined(body)
    for broken in (b"x", first.outline[:-1], first.outline[8:], b"\0" * 32, first.outline * 3):
        assert read(body, replace(first, outline=broken)) == replace(first, entries=())


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        b" ",
        b"<!-- -->",
        b"<!--",
        b"<![CDATA[",
        b"<?",
        b"xmlns:",
        b"xmlns=",
        b"xmlns='\"",
        b"<a:",
        b"</",
        b"</item ",
        b"<item ",
    ],
)
def test_no_document_takes_more_time_than_its_length_explains(piece: bytes) -> None:
    """Regular expressions could: a megabyte of any of these is looked through in less than a second."""
    body = rss(item(1), item(2))
    for place in (b"</item><item>", b"</channel>", b"<title>", b"<rss", b"version="):
        for made in (place + piece * (1_000_000 // len(piece)) + b"x", piece * (1_000_000 // len(piece)) + place):
            large = body.replace(place, made, 1)
            began = time.process_time()
            with suppress(RefusedError):
                wellformed.read(large, BASE)
            entry_tags.count(large)
            assert time.process_time() - began < 2


@pytest.mark.slow
def test_the_next_visit_starts_from_what_was_remembered(house: House, world: World) -> None:
    """Through the worker processes and the database. The third visit finds the same feed, and no new entry."""
    bodies = [rss(item(1), item(2)), rss(item(3), item(1), item(2)), rss("<pubDate/>", item(3), item(1), item(2))]
    address = world.plays("/feed", *(Reply(body=body) for body in bodies))
    house.write(f'[polling]\nallow_networks = ["127.0.0.0/8"]\n[[source]]\nurl = "{address}"\n')
    rounds = [house.json("once", "--all") for _ in bodies]
    assert [(told["entries_new"], told["entries_updated"]) for told in rounds] == [(2, 0), (1, 0), (0, 0)]
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database:
        ((packed, hashes),) = database.execute("SELECT outline, entry_hashes FROM document").fetchall()
    remembered = seen_entries.unpack(packed)
    assert remembered
    assert len(remembered.entries) == 3
    assert hashes == b"".join(sorted(said.hash for said in remembered.entries.values()))


_PIECES = st.sampled_from(
    [*HEADS, *INSIDE, *(item(n).encode() for n in (1, 2, 3)), *(entry(n).encode() for n in (1, 2))]
)


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.booleans(), st.lists(_PIECES, max_size=5), st.lists(_PIECES, max_size=5), st.integers(0, 5))
def test_whatever_a_feed_is_put_together_of(is_atom: bool, first: list[bytes], more: list[bytes], at: int) -> None:
    frame = (ATOM if is_atom else RSS).encode()
    made = [frame.replace(b"{}", b"".join(pieces)) for pieces in (first, [*first[:at], *more, *first[at:]])]
    agree(*made)

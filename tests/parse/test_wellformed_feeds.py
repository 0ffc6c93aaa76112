"""Whatever our own reader accepts it reads as feedparser does: element by element, and real feeds."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import corpus
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Feed, ParseError
from aggregator.parse import by_feedparser, elements, feeds
from aggregator.parse.wellformed import handled
from aggregator.parse.wellformed.names import RefusedError

PLAIN, DOTS = "https://e.org/a/feed", "https://e.org/./a/../b//feed"
RSS = '<rss version="2.0" {0}><channel><title>T</title>{1}<item><title>1</title>{2}</item>{3}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" {0}><title>T</title>{1}<entry><id>1</id>{2}</entry>{3}</feed>'
ROOTS = [
    "",
    'xml:base="../c/" xml:lang="de_AT"',
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss/" xmlns:z="urn:z" xml:lang=""',
    'xmlns="http://backend.userland.com/RSS2" xmlns:DC="http://purl.org/dc/elements/1.1/" xmlns:X="urn:z"',
    'xmlns:d="http://www.w3.org/1999/xhtml" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
]
PIECES = [
    "<link>x/../y</link>",
    "<description>a&#146;s &#8217; &#x80; caf&#195;&#169; caf&#233; \u4f60 &lt;b&gt;</description>",
    "<description>&amp;lt;script&amp;gt; &lt;p&gt;x&lt;/p&gt;</description>",
    "<Author>Ann &lt;a@e.org&gt;</Author><author><name>B</name><email>b@e.org</email></author>",
    "<image><url>i.png</url><title>I</title><link>/</link></image><title>after</title>",
    "<image><other>o</other><url>i.png</url></image><textInput><other>o</other><link>/</link></textInput>",
    "<textInput><title>I</title><name>q</name></textInput><link>/t</link>",
    '<summary type="html">&lt;i&gt;s&#151;&lt;/i&gt;</summary><content type="text">c</content>',
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x <svg/> &#146; é</p></div></content>',
    '<summary type="xhtml">x<details>y</details></summary><title>later</title>',
    '<content type="image/png" mode="base64">aMOp</content>',
    '<z:w xmlns:z="urn:other"><z:v>1</z:v></z:w><w xmlns="urn:z">v</w>',
    '<e xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>C</dc:creator><dc:date>2020-01-01</dc:date></e>',
    "<category>x&#150;y</category><guid>g/../h</guid><pubDate>Tue, 1 Feb 2022 10:00:00 GMT</pubDate>",
    '<source><title>S\u0096</title></source><link href="l" base="k/">m</link><comments>c#d</comments>',
    "<math><mi>x</mi></math><rights>r</rights><license>l</license><enclosures>e</enclosures><updated>2020</updated>",
    "<links>x</links><tags>a,b</tags><summary_detail>x</summary_detail><detail><title/></detail>",
    "<links>x</links><link>y</link>",
    "\n \t",
    "<![CDATA[<p>\u00c3\u00a9 \u0092</p>]]>",
]


def both(body: bytes, base: str) -> tuple[Feed | str, Feed | str] | None:
    """What our own reader makes of a document, and feedparser with our elements; None if the first refuses it."""
    document = Document("", body, "application/xml", base)
    try:
        ours: Feed | str = replace(feeds.ours(document, frozenset()), outline=b"")
    except RefusedError:
        return None
    except ParseError as error:
        ours = str(error)
    try:
        return ours, by_feedparser.with_insides(document).feed
    except ParseError as error:
        return ours, str(error)


def agree(body: bytes, base: str = PLAIN, note: object = "") -> bool:
    """Both read alike; whether our own reader read it at all."""
    found = both(body, base)
    if found:
        assert found[0] == found[1], note
    return found is not None


@pytest.mark.parametrize("base", [PLAIN, DOTS, ""])
@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("shape", [RSS, ATOM])
def test_what_may_stand_in_an_entry_is_read_as_feedparser_reads_it(
    shape: str, piece: str, root: str, base: str
) -> None:
    agree(shape.format(root, piece, piece, "").encode(), base)


_PARTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


@given(st.sampled_from([RSS, ATOM]), st.sampled_from(ROOTS), _PARTS, _PARTS, _PARTS, st.sampled_from([PLAIN, DOTS, ""]))
def test_whatever_a_feed_is_put_together_of_is_read_as_feedparser_reads_it(
    shape: str, root: str, head: str, entry: str, tail: str, base: str
) -> None:
    next_entry = f"<item>{entry}</item><entry>{tail}</entry>" if len(entry) % 2 else tail
    agree(shape.format(root, head, entry, next_entry).encode(), base)


@pytest.mark.parametrize(
    "body",
    [
        RSS.format("", '<foo xmlns:custom=" http://example.org/ ns "/>', "", ""),
        RSS.format("", "<author><language>fr</language><name>Ann</name></author><language>de</language>", "", ""),
        RSS.format("", "<language>de</language><foo><language>fr</language></foo>", "", ""),
        RSS.format("", "", '<source><link href="https://e.org/a">https://e.org/b</link></source>', ""),
        RSS.format("", "", '<source>a <x y="z">b</x></source>', ""),
        RSS.format("", "", '<author>a <x y="z">b</x></author>', ""),
        RSS.format("", "", '<author>a <c:License xmlns:c="http://web.resource.org/cc/">b</c:License></author>', ""),
        "<!-- <a> --><!DOCTYPE rss [<!ENTITY e 'E'>]>" + RSS.format("", "", "<description>&e;</description>", ""),
        RSS.format("", "", "<description>a <div>b</div> c</description>", "<item><description>d</description></item>"),
        RSS.format("", "", "<description>a <title>b</title> c</description>", ""),
        RSS.format("", "", "<author><p><homepage>http://e.org</homepage>Ann</p></author>", ""),
        RSS.format("", "", "<author>a@e.org (A)</author><author><name>B</name></author>", ""),
        RSS.format("", "", "<item><title>in an item</title></item>", ""),
        RSS.format(
            "",
            "",
            '<c:encoded xmlns:c="urn:c">a</c:encoded><content:encoded xmlns:content="urn:d">b</content:encoded>',
            "",
        ),
    ],
)
def test_what_feedparser_reads_in_a_way_of_its_own_is_left_to_it(body: str) -> None:
    assert not agree(body.encode())


# ── What it knows of feedparser ──────────────────────────────────────────────────────────────────────────────────────


def test_every_element_that_feedparser_does_something_with_is_known() -> None:
    """Another release may know more of them: then they are no longer nothing to us."""
    names = {name.split("_", 2)[2].lower() for name in dir(elements.Strict) if re.match(r"_(?:start|end)_", name)}
    assert names - {"channel", "feed", "rss"} <= handled.HANDLED
    assert names | {"admin_generatoragent", "admin_errorreportsto"} >= handled.HANDLED


@pytest.mark.parametrize("uri", sorted(elements.Strict.namespaces))
def test_each_namespace_is_named_as_feedparser_names_it(uri: str) -> None:
    """Under its usual prefix, under another one, under one that is another's, and as the default."""
    words = "".join(
        f"<{{0}}{name}>x y<!-- --></{{0}}{name}>"
        for name in ("title", "creator", "encoded", "author", "description", "date", "subject", "comments", "duration")
    )
    usual = elements.Strict.namespaces[uri] or "a"
    for prefix in (usual, "zz", "dc", "media", "itunes"):
        root = f'xmlns:{prefix}="{uri or "urn:none"}"'
        agree(RSS.format(root, "", words.format(f"{prefix}:"), "").encode(), note=prefix)
    inner = f'<x xmlns="{uri}">{words.format("")}</x>' if uri else words.format("")
    agree(RSS.format("", "", inner, "").encode())
    agree(RSS.format("", "", words.format("").replace("<title>", f'<title xmlns="{uri}">'), "").encode())


# ── Real feeds, and changes of them ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real(unpacked: Path) -> Mapping[str, bytes]:
    found = corpus.documents(unpacked)
    return {name: body for name, body in found.items() if Path(name).suffix != ".json" and len(body) < 600_000}


@pytest.mark.slow
def test_nearly_all_real_feeds_are_read_by_our_own_reader_and_as_feedparser_reads_them(
    real: Mapping[str, bytes],
) -> None:
    accepted = {name: agree(body, note=name) for name, body in real.items()}
    published = [found for name, found in accepted.items() if name.startswith("real/")]
    assert sum(published) > 0.95 * len(published)
    assert sum(accepted.values()) > 0.8 * len(accepted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_changes_of_real_feeds_are_read_alike(real: Mapping[str, bytes], seed: int) -> None:
    """Elements, attributes and tags of one feed in another: what no feed has, but each part of which some feed has."""
    accepted = mixed(real, seed, 400)
    assert accepted > 150


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 9))
def test_very_many_changes_of_real_feeds_are_read_alike(real: Mapping[str, bytes], seed: int) -> None:
    assert mixed(real, seed, 3000) > 1000


_ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]*)\b[^<>]*(?:/>|>(?:[^<]|<!\[CDATA\[.*?\]\]>)*</\1>)", re.DOTALL)
_ATTRIBUTE = re.compile(rb"\s[A-Za-z][\w:.-]*=(?:\"[^\"<>]*\"|'[^'<>]*')")
_TAG = re.compile(rb"(?<=<)[A-Za-z][\w:.-]*[^<>]*?(?=/?>)")


def mixed(real: Mapping[str, bytes], seed: int, cases: int) -> int:
    """Put pieces of feeds into others; how many of what comes of it our own reader read."""
    dice = random.Random(seed)
    bodies = [body for body in real.values() if len(body) < 30_000 and b"<rdf" not in body[:300]]
    texts = [found[0] for body in bodies for found in _ELEMENT.finditer(body) if len(found[0]) < 2000]
    attributes = sorted({found[0] for body in bodies for found in _ATTRIBUTE.finditer(body)})
    declared = b"".join(f' xmlns:{p}="{uri}"'.encode() for p, uri in PREFIXES.items())
    accepted = 0
    for number in range(cases):
        body = dice.choice(bodies)
        for _ in range(dice.choice([1, 1, 2, 4])):
            places = list(_ELEMENT.finditer(body))
            if not places:
                break
            place = dice.choice(places)
            change = dice.choice(["before", "instead", "inside", "attribute", "remove", "empty"])
            body = _changed(body, place, change, dice.choice(texts), dice.choice(attributes))
        root = re.search(rb"<(?:rss|feed|rdf:RDF)\b", body)
        if root:  # what the pieces' prefixes mean, but for those that it has itself
            head = body[root.end() : body.find(b">", root.end())]
            more = b"".join(
                d for d in re.findall(rb' xmlns:\w+="[^"]*"', declared) if d.split(b"=")[0] + b"=" not in head
            )
            body = body[: root.end()] + more + body[root.end() :]
        accepted += agree(body, note=(seed, number, body[:100_000]))
    return accepted


def _changed(body: bytes, place: re.Match[bytes], change: str, piece: bytes, attribute: bytes) -> bytes:
    start, end, whole = place.start(), place.end(), place[0]
    if change == "attribute":
        name = len(place[1]) + 1
        whole = whole[:name] + attribute + whole[name:]
    elif change == "inside":
        at = whole.find(b">") + 1
        whole = whole[:at] + piece + whole[at:]
    else:
        whole = {"before": piece + whole, "instead": piece, "remove": b"", "empty": b"<" + place[1] + b"/>"}[change]
    return body[:start] + whole + body[end:]


PREFIXES = {
    "dc": "http://purl.org/dc/elements/1.1/", "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/", "wfw": "http://wellformedweb.org/CommentAPI/",
    "atom": "http://www.w3.org/2005/Atom", "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "thr": "http://purl.org/syndication/thread/1.0",
    "dcterms": "http://purl.org/dc/terms/", "georss": "http://www.georss.org/georss",
}  # fmt: skip


# ── Held out: the tests of feedparser itself ─────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_tests_of_feedparser_are_read_as_feedparser_reads_them() -> None:
    """FEEDPARSER_TESTS is their folder, which its source distribution has. Ours was not written by them."""
    folder = os.environ.get("FEEDPARSER_TESTS")
    if not folder:
        pytest.skip("FEEDPARSER_TESTS is not set: tests/ of feedparser's source distribution")
    files = sorted(Path(folder).rglob("*.xml"))
    accepted = sum(agree(path.read_bytes(), note=path) for path in files)
    assert len(files) > 2000
    assert accepted > 0.7 * len(files)

"""417 feeds from the wild: what feedparser gives is what is stored, and where other parsers see something else we know.

The corpus is read from ../shared; where that is absent what needs it is skipped (conftest.py).
"""

from __future__ import annotations

import calendar
import dataclasses
import io
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import corpus
import feedparser
import pytest
from house import House, environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Arrival, Document, Feed, ParseError
from aggregator.parse import dates, parse
from aggregator.refine import refine

NO_FEEDS = {
    "feed-rs/xml/xml_sample_1.xml",  # another format
    "gofeed/parser/universal/empty_feed.xml",  # no bytes
    "gofeed/parser/universal/invalid.json",  # cut off
}
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
DAY = 86400
NOW = 4_000_000_000  # 2096: no date of the corpus is clamped


# ── One real process over all of it ──────────────────────────────────────────────────────────────────────────────────

# Runs a command and tells the CPU time of all that it started. The worker processes are a forkserver's children, not
# the command's, and the forkserver outlives it: only to whom orphans are given (Linux: a subreaper) can they be seen.
_MEASURE = """
import ctypes, os, resource, subprocess, sys
if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0):  # PR_SET_CHILD_SUBREAPER
    sys.exit("no subreaper")
status = subprocess.run(sys.argv[2:]).returncode
try:
    while True:
        os.wait()
except ChildProcessError:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    file.write(str(used.ru_utime + used.ru_stime))
sys.exit(status)
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one `aggregator once --all --json` printed, and the CPU seconds of all its processes."""

    summary: dict[str, Any]
    log: str
    cpu: float


@dataclass(frozen=True, slots=True)
class Ingested:
    """The corpus after the first visit, and the visits that follow when nothing has changed."""

    first: Round
    later: tuple[Round, ...]
    entries: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ingested(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    if sys.platform != "linux":
        pytest.skip("the CPU time of orphans is measured with a subreaper, which only Linux has")
    house = House(tmp_path_factory.mktemp("house"))
    house.write(f"[[source]]\npath = {json.dumps(str(unpacked / 'feeds'))}\n")
    rounds = [once(house) for _ in range(4)]
    entries = defaultdict(list)
    for entry in house.entries():
        entries[entry["document"]].append(entry)
    return Ingested(rounds[0], tuple(rounds[1:]), entries)


def once(house: House) -> Round:
    measured = [sys.executable, "-c", _MEASURE, "cpu", *house.argv("once", "--all", "--json")]
    ran = subprocess.run(
        measured, capture_output=True, text=True, cwd=house.folder, env=environment(), timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return Round(json.loads(ran.stdout), ran.stderr, float((house.folder / "cpu").read_text()))


def test_all_is_ingested_in_one_round_and_no_bug_is_met(ingested: Ingested) -> None:
    assert ingested.first.summary["entries_new"] == sum(map(len, ingested.entries.values())) > 4000
    assert "Traceback" not in ingested.first.log
    assert "bug" not in ingested.first.log
    # One line, and it names the files that are no feeds; the folder is none the worse for them.
    assert ingested.first.summary["failed"] == 0
    assert len(ingested.first.log.splitlines()) == 1
    assert all(name in ingested.first.log for name in NO_FEEDS)


def test_a_second_visit_takes_less_than_a_tenth_of_the_cpu_time(ingested: Ingested) -> None:
    """Workers included on both sides. The best of three, as another process on the machine can only make it worse."""
    for later in ingested.later:
        assert (later.summary["entries_new"], later.summary["entries_updated"]) == (0, 0)
    assert min(later.cpu for later in ingested.later) < ingested.first.cpu / 10


# ── What is stored is what feedparser gives ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Expected:
    """An entry as feedparser gives it, after the changes that we mean to make. `id` is "" where there is none."""

    id: str
    link: str
    title: str
    words: str
    published: int


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def text_of(markup: str) -> str:
    """Without tags, references resolved: by html.parser, so that it is not our own way that is compared with itself."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return "".join(parser.found)


def by_feedparser(body: bytes) -> list[Expected]:
    """The entries in the file's order. What is changed of feedparser's, and why:

    - a title is text on one line: tags and references are resolved where feedparser says that it is HTML;
    - a link is an absolute web address: relative ones start from the feed's own link, and what then is still none
      (at://…, urn:…, a bare id that feedparser takes for a link, a path in a file that names no site) is left out;
    - the year 1, as some site generators date undated pages, is no date;
    - of several links the first is the entry's, where feedparser takes the last;
    - dates that feedparser doesn't know are read ("mer, 16 nov 2022").
    """
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return [_expected(dict(entry), parsed.feed.get("link", "")) for entry in parsed.entries]


def _expected(entry: dict[str, Any], site: str) -> Expected:
    """A plain dict: FeedParserDict answers for a missing `published` or `updated` with the other."""
    title = entry.get("title", "")
    if entry.get("title_detail", {}).get("type") != "text/plain":
        title = text_of(title)
    moment = entry.get("published_parsed") or entry.get("created_parsed") or entry.get("updated_parsed")
    links = [link for link in entry.get("links", ()) if (link["rel"], link["type"]) == ("alternate", "text/html")]
    link = next((href for link in links if (href := web(link.get("href", ""), site))), entry.get("link", ""))
    written = entry.get("published") or entry.get("created") or entry.get("updated") or ""
    return Expected(
        id=(entry.get("id") or entry.get("link") or "").strip(),
        link=web(link.strip(), site),
        title=one_line(title),
        words=repr((entry.get("summary"), entry.get("content"))),
        published=calendar.timegm(moment) if moment and moment[0] > 1 else dates.instant(written),
    )


def by_json(body: bytes) -> list[Expected]:
    """The items of a JSON Feed."""
    return [
        Expected(
            id=str(item["id"]),
            link=item.get("url") or item.get("external_url") or "",
            title=one_line(item.get("title") or ""),
            words=item.get("content_html") or item.get("content_text") or "",
            published=instant(item.get("date_published") or item.get("date_modified")),
        )
        for item in json.loads(body)["items"]
    ]


def one_line(value: str) -> str:
    return " ".join(ILLEGAL.sub("", value).split())


def web(link: str, site: str) -> str:
    found = urljoin(site, link) if link else ""
    parts = urlsplit(found)
    return found if parts.scheme in {"http", "https"} and parts.netloc else ""


def instant(value: str | None) -> int:
    return int(datetime.fromisoformat(value).replace(microsecond=0).timestamp()) if value else 0


@pytest.fixture(scope="module")
def references(unpacked: Path) -> dict[str, list[Expected]]:
    """What each file that is a feed holds, by its name."""
    documents = {name: body for name, body in corpus.documents(unpacked).items() if name not in NO_FEEDS}
    return {name: by_json(body) if name.endswith(".json") else by_feedparser(body) for name, body in documents.items()}


_FIRST_LINKS = (  # no guid, three links: feedparser's id is the last one, ours the first, which is the entry's link
    "gofeed/parser/rss/rss_channel_item_links.xml",
    "gofeed/translator/rss/feed_item_links_-_rss_channel_item_links.xml",
)


def test_the_entries_of_each_file_are_those_that_feedparser_gives(
    references: dict[str, list[Expected]], ingested: Ingested
) -> None:
    """As many, in the same order, with the same ids, titles, links and dates.

    Where the file repeats an id: guids differ all the same, and what is left out repeats id, link and title. Entries
    that have no id are left out only where they repeat everything.
    """
    assert len(references) == 414
    assert set(ingested.entries) <= set(references)
    differences = []
    for name, reference in references.items():
        expected, stored = distinct(reference), ingested.entries.get(name, [])
        assert len(stored) == len(expected), name
        assert len({entry["guid"] for entry in stored}) == len(stored), name
        times = Counter(entry.id for entry in expected)
        for want, got in zip(expected, stored, strict=True):
            same = {
                "guid": got["guid"] == want.id if times[want.id] == 1 else got["guid"].startswith(f"{want.id}#"),
                "title": got["title"] == want.title,
                "link": got["url"] == want.link,
                "published": instant(got["published"]) == min(want.published, instant(got["seen"]) + DAY),
            }
            if not want.id:
                same["guid"] = bool(got["guid"])  # made of the words
            if name in _FIRST_LINKS:
                same["guid"] = got["guid"] == got["url"]
            differences += [(name, field, want, got) for field, holds in same.items() if not holds]
    assert not differences


def distinct(entries: list[Expected]) -> list[Expected]:
    """Without those that repeat an id together with its link and title, or everything where they have no id."""
    found: dict[object, Expected] = {}
    for entry in entries:
        found.setdefault((entry.id, entry.link, entry.title) if entry.id else entry, entry)
    return list(found.values())


def test_no_file_but_one_repeats_an_id(references: dict[str, list[Expected]]) -> None:
    """So that the exception above stays one: in a real feed three articles stand four times each."""
    repeated = {}
    for name, entries in references.items():
        ids = [entry.id for entry in entries if entry.id]
        repeated[name] = len(ids) - len(set(ids))
    assert {name: times for name, times in repeated.items() if times} == {"real/72fea1ebfd02e90a.xml": 9}


# ── What other parsers say ───────────────────────────────────────────────────────────────────────────────────────────

# Where we differ from gofeed, feed-rs and fastfeedparser, and why. A difference that is not here fails, and so does a
# row that is no difference any more. The field is the feed's or, with "item.", an entry's.
DIFFERENCES: dict[str, dict[str, set[str]]] = {
    "a title is text: markup in it is taken out, as feedparser sees that it is markup": {
        "title": {
            "gofeed/parser/atom/atom10_feed_title_html_escaped_markup.xml",
            "gofeed/parser/rss/rdf_channel_title_cdata_escaped_markup.xml",
            "gofeed/parser/rss/rdf_channel_title_naked_markup.xml",
            "gofeed/parser/rss/rss_channel_title_escaped_markup.xml",
        },
        "item.title": {
            "gofeed/parser/atom/atom03_feed_entry_title_html_escaped_markup.xml",
            "gofeed/parser/atom/atom03_feed_entry_title_naked_markup.xml",
            "gofeed/parser/atom/atom03_feed_entry_title_xhtml_escaped_markup.xml",
            "gofeed/parser/atom/atom03_feed_entry_title_xhtml_inline_markup.xml",
            "gofeed/parser/atom/atom10_feed_entry_title_html_escaped_markup.xml",
            "gofeed/parser/atom/entry_summary_xml_base_inherit_3.xml",
            "gofeed/parser/atom/entry_title_xml_base.xml",
            "gofeed/parser/atom/entry_title_xml_base_inherit.xml",
            "gofeed/parser/rss/rdf_item_title_escaped_markup.xml",
            "gofeed/parser/rss/rss_channel_item_title_cdata_escaped_markup.xml",
        },
    },
    "feedparser takes an id that is an address for the link where there is no link": {
        "link": {"gofeed/parser/atom/atom10_feed_id.xml"},
        "item.link": {
            "gofeed/parser/atom/atom03_feed_entry_id.xml",
            "gofeed/translator/atom/feed_item_guid_-_atom10_feed_entry_id.xml",
        },
    },
    "feed-rs adds a slash to a bare host; we leave addresses as they are written": {
        "link": {
            "feed-rs/rss0/rss_0.91_encoding_2.xml",
            "feed-rs/rss1/rss_1.0_biorxiv.xml",
            "feed-rs/rss2/rss_2.0_encoding_1.xml",
            "feed-rs/rss2/rss_2.0_example_5.xml",
            "feed-rs/rss2/rss_2.0_heated.xml",
            "feed-rs/rss2/rss_2.0_ilmessaggero.xml",
            "feed-rs/rss2/rss_2.0_kdist.xml",
            "feed-rs/rss2/rss_2.0_matrix.xml",
        },
    },
    "feed-rs repeats RSS's date of publication as that of an update; we say nothing that the feed does not": {
        "item.updated": {
            "feed-rs/rss2/rss_2.0_bbc.xml",
            "feed-rs/rss2/rss_2.0_ch9.xml",
            "feed-rs/rss2/rss_2.0_element_io.xml",
            "feed-rs/rss2/rss_2.0_encoding_1.xml",
            "feed-rs/rss2/rss_2.0_example_3.xml",
            "feed-rs/rss2/rss_2.0_example_5.xml",
            "feed-rs/rss2/rss_2.0_ghost_2.xml",
            "feed-rs/rss2/rss_2.0_heated.xml",
            "feed-rs/rss2/rss_2.0_ilgiornale.xml",
            "feed-rs/rss2/rss_2.0_ilmessaggero.xml",
            "feed-rs/rss2/rss_2.0_kdist.xml",
            "feed-rs/rss2/rss_2.0_matrix.xml",
            "feed-rs/rss2/rss_2.0_relurl_1.xml",
            "feed-rs/rss2/rss_2.0_spiegel.xml",
            "feed-rs/rss2/rss_2.0_spreaker.xml",
            "feed-rs/rss2/rss_2.0_wirecutter.xml",
        },
    },
    "fastfeedparser repeats Atom's date of update as that of publication": {
        "item.published": {"ffp-integration/kagi.xml"},
    },
    "feedparser takes dc:date for the date of update": {
        "item.published": {"feed-rs/rss1/rss_1.0_biorxiv.xml"},
        "item.updated": {"feed-rs/rss1/rss_1.0_biorxiv.xml"},
    },
    "of several links in RSS the first is the entry's, or the feed's; gofeed takes the last": {
        "link": {
            "gofeed/translator/rss/feed_links_-_rdf_channel_links.xml",
            "gofeed/translator/rss/feed_links_-_rss_channel_links.xml",
        },
        "item.link": {
            "gofeed/parser/rss/rdf_item_links.xml",
            "gofeed/parser/rss/rss_channel_item_links.xml",
            "gofeed/translator/rss/feed_item_links_-_rss_channel_item_links.xml",
        },
    },
    "feedparser reads a link's uri attribute before its text, and at:// is no web address": {
        "item.link": {"gofeed/parser/rss/rss_channel_item_uri_at_protocol.xml"},
    },
    "not well-formed, and feedparser saves less of it": {
        "title": {
            "ffp-integration/malformed_rss_namespaced.xml",  # <?xml?xml …, an attribute without quotes
            "gofeed/parser/atom/atom10_feed_title_xhtml_inline_markup.xml",  # <title> ends as </subtitle>
            "gofeed/parser/rss/issue_320_legacy_entity_prefix.xml",  # a bare &copy=2, which HTML reads as ©=2
        },
        "link": {"ffp-integration/malformed_rss_namespaced.xml"},
        "items": {"ffp-integration/malformed_rss_namespaced.xml"},
    },
}


def test_where_we_differ_from_other_parsers_is_known_and_explained(unpacked: Path) -> None:
    bodies = corpus.documents(unpacked)
    found = {
        (name, field)
        for name, expectation in corpus.expectations(unpacked)
        for field in compared(Document(name, bodies[name]), expectation)
    }
    explained = {(name, field) for fields in DIFFERENCES.values() for field, names in fields.items() for name in names}
    assert found - explained == set()
    assert explained - found == set()


def compared(document: Document, expectation: corpus.Expectation) -> Iterator[str]:
    """The fields in which what we keep of the document is not what the other parser sees."""
    feed = parse(document)
    entries = [arrival.entry for arrival in refine(feed, document, NOW)]
    if feed.title != expectation.title:
        yield "title"
    if web(feed.link, "") != web(expectation.link, ""):
        yield "link"
    if len(entries) != len(expectation.items):
        yield "items"
        return
    for entry, item in zip(entries, expectation.items, strict=True):
        for field in ("title", "link", "published", "updated"):
            if getattr(entry, field) != getattr(item, field):
                yield f"item.{field}"


# ── Nothing but ParseError ───────────────────────────────────────────────────────────────────────────────────────────


def read(document: Document) -> tuple[Feed, tuple[Arrival, ...]]:
    feed = parse(document)
    return feed, refine(feed, document, NOW)


def strings(value: object) -> Iterator[str]:
    """Every string in a value of our own, however deep."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)


def test_each_file_is_read_or_refused_and_what_comes_of_it_is_legal_in_xml(unpacked: Path) -> None:
    refused: dict[str, ParseError] = {}
    for name, body in corpus.documents(unpacked).items():
        try:
            _, arrivals = read(Document(name, body))
        except ParseError as error:
            refused[name] = error
            continue
        assert not [found for found in strings(arrivals) if ILLEGAL.search(found)], name
    assert set(refused) == NO_FEEDS
    # Each for a reason, not because something fell over in the parser.
    assert not [name for name, error in refused.items() if error.__cause__]


@pytest.fixture(scope="module")
def samples(unpacked: Path) -> list[tuple[str, bytes]]:
    """Every third small file: of each format and each origin some."""
    small = [(name, body) for name, body in corpus.documents(unpacked).items() if 100 < len(body) < 20_000]
    return small[::3] + [(name, body) for name, body in small if name.endswith(".json")]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "double", "insert"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 400),
        st.binary(min_size=1, max_size=4)
        | st.sampled_from(
            [
                *(b"\0", b"\xff\xfe", b"&#1;", b"&#xD800;", b"<![CDATA[", b"]]>", b'encoding="utf-16"', b"\\ud800"),
                *(b"1e999", b"null", b'mode="base64"', b'xml:base="http://[::1"', b"<!DOCTYPE x [", b"</channel>"),
            ]
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(choice=st.floats(0, 1, exclude_max=True), edits=EDITS)
def test_a_damaged_feed_is_read_or_refused(
    samples: list[tuple[str, bytes]], choice: float, edits: list[tuple[str, float, int, bytes]]
) -> None:
    """Bytes flipped, cut out, doubled and put in: the parsers know one way to fail."""
    name, body = samples[int(choice * len(samples))]
    for how, place, length, inserted in edits:
        body = damaged(body, how, int(place * (len(body) + 1)), length, inserted)
    try:
        feed, arrivals = read(Document(name, body))
    except ParseError:
        return
    assert not [found for arrival in arrivals for found in strings(arrival.entry) if ILLEGAL.search(found)]
    assert len({entry.guid for entry in feed.entries}) == len(feed.entries)
    assert len(arrivals) == len(feed.entries) <= len(feed.hashes)


def damaged(body: bytes, how: str, at: int, length: int, inserted: bytes) -> bytes:
    match how:
        case "flip":
            return body[:at] + bytes(byte ^ inserted[0] for byte in body[at : at + 1]) + body[at + 1 :]
        case "cut":
            return body[:at] + body[at + length :]
        case "double":
            return body[:at] + body[at : at + length] * 2 + body[at + length :]
        case _:
            return body[:at] + inserted + body[at:]


# ── What all this found ──────────────────────────────────────────────────────────────────────────────────────────────

CHANNEL = '<rss version="2.0"><channel><title>Log</title>{}</channel></rss>'


@pytest.mark.parametrize(
    "name",
    [
        *("links", "authors", "tags", "content", "source", "image", "author_detail", "title_detail"),
        *("summary_detail", "rights_detail", "published_parsed", "updated_parsed", "media_content"),
    ],
)
@pytest.mark.parametrize("attribute", ["", " of='it'"])
def test_an_element_named_like_a_key_of_feedparser_costs_no_entry(name: str, attribute: str) -> None:
    """feedparser puts an element that it doesn't know in its dictionary under the name it has: <authors>, say."""
    item = f"<item><guid>1</guid><title>Kept</title><{name}{attribute}>text</{name}></item>"
    feed = parse(Document("", CHANNEL.format(item + "<item><guid>2</guid></item>").encode()))
    assert [(entry.guid, entry.title) for entry in feed.entries] == [("1", "Kept"), ("2", "")]


def test_without_ids_the_same_words_of_two_dates_are_two_entries() -> None:
    """real/cc314ce5dfbb3adc.xml is a log without ids and links, and says of some games the same again months later."""
    item = "<item><title>Rust</title><description>Supported again</description><pubDate>{} GMT</pubDate></item>"
    days = [item.format(day) for day in ("Mon, 01 Jan 2024 12:00:00", "Fri, 01 Mar 2024 12:00:00")]
    feeds = [parse(Document("", CHANNEL.format("".join(items)).encode())) for items in (days, days[::-1], days * 2)]
    guids = [{entry.guid for entry in feed.entries} for feed in feeds]
    assert [len(found) for found in guids] == [2, 2, 2]
    assert guids[0] == guids[1] == guids[2]  # wherever in the file they stand, they are known again


def test_notes_without_ids_that_share_a_link_and_a_title_are_told_apart_by_their_words() -> None:
    """The link stands in for the id, but only an id says that two entries are one."""
    item = "<item><title>Note</title><link>https://example.org/notes</link><description>{}</description></item>"
    items = "".join(item.format(words) for words in ("One", "Two", "One"))
    feed = parse(Document("", CHANNEL.format(items).encode()))
    assert [entry.summary for entry in feed.entries] == ["One", "Two"]
    assert len({entry.guid for entry in feed.entries}) == 2

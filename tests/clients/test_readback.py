"""What readers make of the editions is what was published: every field, in every format that has room for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import readers
import rules
from house import House
from newsroom import CHANNEL, NOON, SOURCE, full, story

from aggregator import outbound, render
from aggregator.config import load
from aggregator.model import Channel, Copy, Enclosure, Entry, Person, Reference, Story
from aggregator.render import items
from aggregator.render.formats import FORMATS
from aggregator.store import selection
from aggregator.store.conditions import Selection
from aggregator.store.database import reading

SUFFIXES = tuple(FORMATS)
STORIES = [
    replace(
        full(),
        shown=Copy(
            SOURCE,
            replace(
                full().shown.entry,
                attribution=Reference("The Times", "https://times.example.org/1"),
                related=(Reference("Dogs & cats", "https://blog.example.org/2"), Reference("Only a title")),
            ),
        ),
        related=(Reference("Of our own", "https://blog.example.org/3"),),
    ),
    story(2, title="漢字 </b> & <script> &amp;", content="<p>Only Ã© a content</p>", language="ja"),
    story(3, title="مرحبا", summary="<p>Only a summary</p>", authors=(Person("", "c@example.org"),)),
    story(4, title="Bare", link=""),
    story(5, enclosures=(Enclosure("http://nas/a.mp3", "audio/mpeg", 3), Enclosure("https://e.example/b.mp3", "", 4))),
    replace(story(6, rights="A </i> B"), published=-(10**9), updated=NOON),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_read_is_what_was_published(suffix: str) -> None:
    body = render.render(CHANNEL, STORIES, suffix).body
    assert readers.read(body, suffix) == readers.expected(CHANNEL, STORIES, suffix)


def test_what_is_published_is_what_the_story_says() -> None:
    """The items that the formats are compared with lose nothing themselves."""
    told, entry = STORIES[0], STORIES[0].shown.entry
    it = items.item(items.tidy(CHANNEL), told)
    assert (it.id, it.link, it.title, it.summary) == (told.id, entry.link, entry.title, entry.summary)
    assert it.content == entry.content + (
        '<p>Published at: <a href="https://times.example.org/1">The Times</a></p>'
        '<p>Also at: <a href="https://mirror.example.com/cats">Mirror</a>, <a href="https://blog.example.org/1">Planet</a></p>'
        '<p>Read also: <a href="https://blog.example.org/2">Dogs &amp; cats</a>, Only a title,'
        ' <a href="https://blog.example.org/3">Of our own</a></p>'
        "<p>Texts belong to their authors &amp; publishers.</p>"
    )
    assert (it.authors, it.published, it.updated) == (entry.authors, told.published, told.updated)
    assert (it.categories, it.language, it.rights) == (told.categories, entry.language, entry.rights)
    assert [replace(e, type="") for e in it.enclosures] == [replace(e, type="") for e in entry.enclosures]
    assert (it.image, it.comments, it.source) == (entry.image, entry.comments, SOURCE)
    assert [(other.source, other.url, other.title) for other in it.others] == [
        (copy.source, copy.entry.link, copy.entry.title) for copy in told.others
    ]
    assert (it.attribution, it.related) == (entry.attribution, (*entry.related, *told.related))


def test_what_the_text_still_says_is_not_listed_again() -> None:
    entry = Entry(
        "1",
        "T",
        content='<p>See <a href="https://e.example/?a=1&amp;b=2">it</a> and A &amp; B</p>',
        related=(Reference("It", "https://e.example/?a=1&b=2"), Reference("A & B"), Reference("C")),
    )
    it = items.item(items.tidy(replace(CHANNEL, notice="")), replace(story(), shown=Copy(SOURCE, entry)))
    assert it.content == entry.content + "<p>Read also: C</p>"
    assert it.related == entry.related


@pytest.fixture(scope="module")
def aggregated(
    unpacked: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Channel, list[Story], dict[str, bytes]]:
    """A sample of the corpus, through the whole pipeline: what the store selects, and the files."""
    house = House(tmp_path_factory.mktemp("house"))
    for number, path in enumerate(sorted(path for path in (unpacked / "feeds").rglob("*") if path.is_file())):
        if number % 9 == 0 and path.stat().st_size < 100_000:
            shutil.copy(path, _folder(house.folder / "in") / f"{number}{path.suffix}")
    house.write(
        "[site]\nnotice = 'Texts are theirs.'\n[[source]]\npath = 'in'\n[[output]]\nname = 'feed'\nlimit = 500\n"
    )
    house.run("once")
    config = load(house.config)
    (output,) = config.outputs
    with reading(house.data) as database:
        stories = selection.select(database, Selection(), output.limit)
    folder = house.data / outbound.FOLDER
    made = {suffix: (folder / f"{output.name}.{suffix}").read_bytes() for suffix in SUFFIXES}
    return outbound.channel_of(output, config), [outbound.untracked(found) for found in stories], made


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_feeds_of_the_wild_are_read_back_as_they_were_stored(
    aggregated: tuple[Channel, list[Story], dict[str, bytes]], suffix: str
) -> None:
    channel, stories, made = aggregated
    found, wanted = readers.read(made[suffix], suffix), readers.expected(channel, stories, suffix)
    assert len(found) == len(stories) > 100
    for one, other in zip(found, wanted, strict=True):
        assert one == other


@pytest.mark.parametrize("suffix", ["xml", "atom"])
def test_feeds_of_the_wild_break_no_rule(
    aggregated: tuple[Channel, list[Story], dict[str, bytes]], suffix: str
) -> None:
    _channel, stories, made = aggregated
    assert rules.broken(made[suffix], max(found.updated for found in stories)) == []

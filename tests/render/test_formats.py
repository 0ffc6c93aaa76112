"""All formats that an output can have, each walked through every place that knows of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from newsroom import CHANNEL, full, shown, story

from aggregator import config, render
from aggregator.config.tables import OutputTable
from aggregator.render import formats, parts
from aggregator.render.formats import FORMATS, Format
from aggregator.render.html.river import River
from aggregator.render.html.site import Site, offer_of
from aggregator.serve import delta

STORIES = [full(), story(2, title="Ein & <b>zweites</b>", language="de"), story(3)]

each_format = pytest.mark.parametrize("row", FORMATS.values(), ids=list(FORMATS))


def test_no_two_formats_have_a_word_in_common() -> None:
    for words in ({row.suffix for row in FORMATS.values()}, {row.name for row in FORMATS.values()}):
        assert len(words) == len(FORMATS)
    assert len({row.content_type for row in FORMATS.values()}) == len(FORMATS)
    assert [*FORMATS] == [row.suffix for row in FORMATS.values()]


@each_format
def test_the_config_takes_it_by_its_suffix(row: Format, tmp_path: Path) -> None:
    read = config.parse(f"[[output]]\nname = 'a'\nformats = ['{row.suffix}']\n", tmp_path / "aggregator.toml")
    assert read.outputs[0].formats == [row.suffix]


def test_an_output_that_says_nothing_has_formats_that_there_are() -> None:
    assert set(OutputTable(name="feed").formats) <= set(FORMATS)


@each_format
def test_an_edition_is_its_frame_around_its_items(row: Format) -> None:
    edition = render.render(CHANNEL, STORIES, row.suffix)
    assert (edition.name, edition.content_type) == (f"{CHANNEL.name}.{row.suffix}", row.content_type)
    assert shown(edition.body, row.suffix) == [one.id for one in STORIES]
    writer = row.writer()
    taken = formats.split(edition.body, row.suffix)
    assert taken is not None
    assert taken.between == writer.between
    assert list(taken.items) == [render.write(CHANNEL, one, [row.suffix])[row.suffix] for one in STORIES]
    assert parts.join(taken, taken.items) == edition.body


@each_format
def test_it_is_read_strictly(row: Format) -> None:
    edition = render.render(CHANNEL, STORIES, row.suffix)
    render.check(edition, len(STORIES))
    names = row.layout().names(edition.body)
    assert list(names.items) == [one.id for one in STORIES]
    assert list(names.itself) == [render.topic(CHANNEL, row.suffix)]
    with pytest.raises(ValueError, match=rf"^{edition.name}: "):
        render.check(replace(edition, body=edition.body[:-10]))


@each_format
def test_a_reader_that_has_an_edition_gets_what_came_after_it(row: Format) -> None:
    before = delta.hashes(render.render(CHANNEL, STORIES[1:], row.suffix).body, row.suffix)
    assert before is not None
    after = delta.delta(before, render.render(CHANNEL, STORIES, row.suffix).body, row.suffix)
    assert after is not None
    assert shown(after, row.suffix) == [STORIES[0].id]


@each_format
def test_the_page_offers_it(row: Format) -> None:
    offer = offer_of("Science", CHANNEL, [row.suffix])
    page = River(Site("News", CHANNEL.base, outputs=(offer,)), "", "./", offer, ()).render().decode()
    assert f'type="{row.content_type}" href="science.{row.suffix}"' in page
    assert f'href="science.{row.suffix}">{row.name}</a>' in page
    assert f">{render.topic(CHANNEL, row.suffix)}</code>" in page

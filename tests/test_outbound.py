"""Editions on disk: written in one step, only where the bytes change, and never half."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import outbound
from aggregator.config import Config, OutputTable, Site
from aggregator.model import (
    Delivery,
    Document,
    Edition,
    Entry,
    Feed,
    Outcome,
    Source,
    SourceState,
    StoreError,
    Visit,
)
from aggregator.outbound import files
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import entries as stories
from aggregator.store import rendered, selection, sources
from aggregator.store.conditions import Selection
from aggregator.store.database import Writer

NOW = 1_767_355_200


def _edition(body: bytes) -> Edition:
    return Edition("feed.xml", "application/rss+xml", body, 1_700_000_000)


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    assert files.write(tmp_path, _edition(b"one"))
    before = (tmp_path / "feed.xml").stat()
    assert not files.write(tmp_path, _edition(b"one"))
    after = (tmp_path / "feed.xml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_bytes_come_in_another_file_that_everyone_may_read(tmp_path: Path) -> None:
    files.write(tmp_path, _edition(b"one"))
    with (tmp_path / "feed.xml").open("rb") as reader:
        assert files.write(tmp_path, _edition(b"two"))
        assert reader.read() == b"one"  # who was reading goes on reading the old one
    assert (tmp_path / "feed.xml").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "feed.xml").stat().st_mode) == 0o644
    assert [f.name for f in tmp_path.iterdir()] == ["feed.xml"]


def test_every_change_of_the_bytes_changes_the_time(tmp_path: Path) -> None:
    """Of the same size, with the same newest story: Last-Modified and the server's memory go by the file."""
    stamps = set()
    for body in (b"one", b"two", b"six"):
        files.write(tmp_path, _edition(body))
        os.utime(tmp_path / "feed.xml", ns=((before := (tmp_path / "feed.xml").stat()).st_atime_ns, before.st_mtime_ns))
        stamps.add(before.st_mtime_ns)
    assert len(stamps) == 3


@pytest.mark.parametrize("ahead", [-1, 0, 0.4, 90])
def test_another_edition_is_of_a_later_second_whatever_the_clock_says(tmp_path: Path, ahead: float) -> None:
    """HTTP's dates have seconds: a change within one would be a 304 to whoever has the bytes before it."""
    path = tmp_path / "feed.xml"
    files.write(tmp_path, _edition(b"one"))
    was = path.stat().st_mtime_ns + int(ahead * 10**9)  # a clock that has been set back since
    os.utime(path, ns=(was, was))
    assert files.write(tmp_path, _edition(b"two"))
    assert path.stat().st_mtime_ns // 10**9 > was // 10**9
    before = path.stat().st_mtime_ns
    assert not files.write(tmp_path, _edition(b"two")), "the same bytes are no change"
    assert path.stat().st_mtime_ns == before


def test_what_could_not_be_written_leaves_the_old_edition_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(tmp_path, _edition(b"one"))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(tmp_path, _edition(b"two"))
    assert [f.name for f in tmp_path.iterdir()] == ["feed.xml"]
    assert (tmp_path / "feed.xml").read_bytes() == b"one"


def test_a_full_disk_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = Writer(tmp_path)
    try:
        with pytest.raises(StoreError, match="No space left on device"):
            store.now(outbound.publish_all, Config(), tmp_path, NOW)
    finally:
        store.close()


def test_an_edition_that_was_deleted_is_written_again(tmp_path: Path) -> None:
    store = Writer(tmp_path)
    try:
        first = store.now(outbound.publish_all, Config(), tmp_path, NOW)
        assert first.written == ("feed.xml", "feed.atom", "feed.json", "status.xml", "status.atom", "status.json")
        (tmp_path / "public" / "feed.atom").unlink()
        assert store.now(outbound.publish_all, Config(), tmp_path, NOW).written == ("feed.atom",)
    finally:
        store.close()


def test_a_title_falls_back_to_the_sites() -> None:
    site = Site(title="River", link="https://feeds.example")
    one, two = OutputTable(name="feed"), OutputTable(name="other", title="Other")
    assert outbound.channel_of(one, Config(site=site)).title == "River"
    assert outbound.channel_of(one, Config(site=site, output=[one, two])).title == "River: feed"
    assert outbound.channel_of(two, Config(site=site, output=[one, two])).title == "Other"
    assert outbound.channel_of(one, Config(site=site)).base == "https://feeds.example/"


# ── Rules act at publication ─────────────────────────────────────────────────────────────────────────────────────────

SOURCE = "https://a.example/feed"


@pytest.fixture
def stocked(tmp_path: Path) -> Iterator[Writer]:
    """Five articles of one source, an hour apart, on odd ones' words; in English and German by turns."""
    store = Writer(tmp_path)
    entries = tuple(
        Entry(
            str(n),
            title=f"Title {n}",
            link=f"https://a.example/{n}",
            content=f"<p>{'odd' if n % 2 else 'even'} words {n}</p>",
            published=NOW - 3600 * n,
            language="en" if n % 2 else "de",
        )
        for n in range(1, 6)
    )
    arrivals = refine(Feed(entries=tuple(identify(entries))), Document("", b"", base=SOURCE), NOW)
    store.now(sources.register, [Source(SOURCE, category="x")])
    store.now(stories.commit, [Delivery(SOURCE, Visit(SOURCE, NOW, Outcome.OK), SourceState(), arrivals=arrivals)])
    yield store
    store.close()


def _config(**rules: object) -> Config:
    return Config.model_validate({"output": [{"name": "feed", **rules}]})


def _published(store: Writer, folder: Path, config: Config, now: int = NOW) -> list[str]:
    made = store.now(outbound.publish_all, config, folder, now)
    store.now(rendered.note, made.notes)
    items = json.loads((folder / "public" / "feed.json").read_bytes())["items"]
    return [item["title"].rpartition(" ")[2] for item in items]


RULES = [
    ({"match": "odd"}, "1 3 5"),
    ({"exclude": "odd OR 4"}, "2"),
    ({"languages": ["de"]}, "2 4"),
    ({"max_age": "3h"}, "1 2 3"),
    ({"per_source": 2}, "1 2"),
    ({"backfill": 3}, "1 2 3"),
    ({"backfill": 0}, ""),
    ({"limit": 1}, "1"),
    ({"categories": ["y"]}, ""),
    ({"sources": [SOURCE], "dedupe": False, "match": "even"}, "2 4"),
]


@pytest.mark.parametrize(("rules", "left"), RULES, ids=[str(rules) for rules, _ in RULES])
def test_a_rule_leaves_what_it_says(stocked: Writer, tmp_path: Path, rules: dict[str, object], left: str) -> None:
    assert _published(stocked, tmp_path, _config(**rules)) == left.split()


def test_with_time_the_old_ones_leave(stocked: Writer, tmp_path: Path) -> None:
    config = _config(max_age="5h")

    assert _published(stocked, tmp_path, config) == ["1", "2", "3", "4", "5"]
    assert _published(stocked, tmp_path, config, NOW + 7200) == ["1", "2", "3"]


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _overwritten(path: Path) -> None:
    path.write_bytes(b"x" * path.stat().st_size)


def _cut_and_back_dated(path: Path) -> None:
    about = path.stat()
    path.write_bytes(path.read_bytes()[:-7])
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.mark.parametrize("damage", [_emptied, _overwritten, _cut_and_back_dated, Path.unlink])
def test_what_a_disk_or_somebody_did_to_an_edition_is_undone_by_the_next_round(
    stocked: Writer, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    config, public = _config(), tmp_path / "public"
    _published(stocked, tmp_path, config)
    before = {path: path.read_bytes() for path in public.iterdir() if path.is_file()}
    assert {path.name for path in before} >= {"feed.xml", "feed.atom", "feed.json", "status.xml"}
    for path in before:
        damage(path)
    _published(stocked, tmp_path, config)
    assert {path: path.read_bytes() for path in public.iterdir() if path.is_file()} == before
    stamps = {path: path.stat().st_mtime_ns for path in before}
    _published(stocked, tmp_path, config)
    assert {path: path.stat().st_mtime_ns for path in before} == stamps, "what is whole stays"


_CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "match": st.sampled_from(["odd", "title", "words NOT 3"]),
        "exclude": st.sampled_from(["even", "5"]),
        "languages": st.sampled_from([["en"], ["de", "und"]]),
        "max_age": st.sampled_from(["1h", "3h"]),
        "per_source": st.integers(0, 3),
        "backfill": st.integers(0, 5),
        "limit": st.integers(1, 5),
        "content": st.sampled_from(["full", "summary"]),
        "source_line": st.booleans(),
        "dedupe": st.booleans(),
        "formats": st.sampled_from([["json"], ["json", "xml"]]),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(changed=_CHOICES)
def test_a_rule_that_is_changed_and_changed_back_gives_the_same_bytes(
    stocked: Writer, tmp_path: Path, changed: dict[str, object]
) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tmp_path / "public").glob("feed.*")}

    everything = _published(stocked, tmp_path, _config())
    before = files()
    few = _published(stocked, tmp_path, _config(**changed))
    assert set(few) <= set(everything)
    assert files().keys() == {f"feed.{suffix}" for suffix in changed.get("formats", ["xml", "atom", "json"])}  # type: ignore[attr-defined]
    assert _published(stocked, tmp_path, _config()) == everything == ["1", "2", "3", "4", "5"]
    assert files() == before


def test_an_edition_in_a_format_no_longer_wanted_goes(stocked: Writer, tmp_path: Path) -> None:
    _published(stocked, tmp_path, _config())
    made = stocked.now(outbound.publish_all, _config(formats=["json"]), tmp_path, NOW)

    assert set(made.notes.dropped) == {"feed.xml", "feed.atom"}
    assert [path.name for path in (tmp_path / "public").glob("feed.*")] == ["feed.json"]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({}, "number 2 of at most 100"),
        ({"limit": 1}, "cut: it is number 2, and the limit is 1"),
        ({"sources": ["https://b.example/"]}, "not selected: none of its sources is in this output"),
        ({"categories": ["y"]}, "of a category"),
        ({"languages": ["en"]}, "languages"),
        ({"backfill": 1}, "beyond the backfill"),
        ({"match": "odd"}, "fulfils match"),
        ({"exclude": "even"}, "fulfils exclude"),
        ({"max_age": "1h"}, "older than max_age"),
        ({"per_source": 1}, "per_source"),
        ({"per_source": 1, "dedupe": False}, "per_source"),
    ],
)
def test_the_rule_that_keeps_a_story_out_is_told(stocked: Writer, rules: dict[str, object], why: str) -> None:
    urn = stocked.now(selection.select, Selection(), 5)[1].id

    assert why in stocked.now(outbound.places, _config(**rules), [urn], NOW)[urn]["feed"]

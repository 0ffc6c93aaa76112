"""Editions on disk: written in one step, only where the bytes change, and never half."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aggregator import outbound
from aggregator.config import Config, OutputTable, Site
from aggregator.model import Edition, StoreError
from aggregator.store.database import Writer

NOW = 1_767_355_200


def _edition(body: bytes) -> Edition:
    return Edition("feed.xml", "application/rss+xml", body, 1_700_000_000)


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    assert outbound.write(tmp_path, _edition(b"one"))
    before = (tmp_path / "feed.xml").stat()
    assert not outbound.write(tmp_path, _edition(b"one"))
    after = (tmp_path / "feed.xml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_bytes_come_in_another_file_that_everyone_may_read(tmp_path: Path) -> None:
    outbound.write(tmp_path, _edition(b"one"))
    with (tmp_path / "feed.xml").open("rb") as reader:
        assert outbound.write(tmp_path, _edition(b"two"))
        assert reader.read() == b"one"  # who was reading goes on reading the old one
    assert (tmp_path / "feed.xml").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "feed.xml").stat().st_mode) == 0o644
    assert [f.name for f in tmp_path.iterdir()] == ["feed.xml"]


def test_every_change_of_the_bytes_changes_the_time(tmp_path: Path) -> None:
    """Of the same size, with the same newest story: Last-Modified and the server's memory go by the file."""
    stamps = set()
    for body in (b"one", b"two", b"six"):
        outbound.write(tmp_path, _edition(body))
        os.utime(tmp_path / "feed.xml", ns=((before := (tmp_path / "feed.xml").stat()).st_atime_ns, before.st_mtime_ns))
        stamps.add(before.st_mtime_ns)
    assert len(stamps) == 3


def test_what_could_not_be_written_leaves_the_old_edition_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbound.write(tmp_path, _edition(b"one"))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        outbound.write(tmp_path, _edition(b"two"))
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
        assert first.written == ("feed.xml", "feed.atom", "feed.json")
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

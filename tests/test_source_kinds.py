"""All kinds of sources, each walked through every place that knows of it."""

from __future__ import annotations

import lzma
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from world import Reply, World, item, rss

from aggregator import config
from aggregator.config.schema import Config
from aggregator.config.tables import Polling
from aggregator.model import Because, Source, SourceKind, SourceState
from aggregator.policy import politeness
from aggregator.render import opml
from aggregator.retrieve import kinds
from aggregator.retrieve.web import Web
from aggregator.store import database, sources, standings

NOW = 1_767_355_200
RELEASED = Path(__file__).parent / "store" / "schemas" / "first.db.xz"
WRITTEN = {SourceKind.WEB: "url = '{url}'", SourceKind.FILES: "path = 'articles'"}

each_kind = pytest.mark.parametrize("kind", SourceKind)


def _source(kind: SourceKind, folder: Path, url: str = "HTTP://a.example/feed") -> Source:
    text = f"[[source]]\n{WRITTEN[kind].format(url=url)}\n"
    (source,) = config.parse(text, folder / "aggregator.toml").sources
    return source


def test_every_kind_has_a_retriever_and_a_key_in_the_config() -> None:
    assert set(kinds.RETRIEVERS) == set(SourceKind) == set(WRITTEN)


@each_kind
async def test_what_the_config_names_is_retrieved(kind: SourceKind, tmp_path: Path, world: World) -> None:
    world.plays("/feed", Reply(body=rss(item(1))))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "feed.xml").write_bytes(rss(item(1)))
    os.utime(tmp_path / "articles" / "feed.xml", (0, 0))  # nobody writes it at the moment
    source = _source(kind, tmp_path, world.url("/feed"))
    assert source.kind is kind
    with ThreadPoolExecutor(1) as threads:
        async with Web(Config(polling=Polling(allow_networks=["127.0.0.0/8"])).settings, lambda: NOW) as web:
            found = await kinds.retrieve(source, SourceState(), kinds.Means(web, threads, 1_000_000), NOW)
    assert [document.body for document in found.documents] == [rss(item(1))]
    assert not found.errors


@each_kind
def test_the_store_remembers_it(kind: SourceKind, tmp_path: Path) -> None:
    source = _source(kind, tmp_path)
    writer = database.Writer(tmp_path)
    try:
        writer.now(sources.register, [source])
        assert [(s.key, s.kind) for s in writer.now(standings.standings)] == [(source.key, kind)]
    finally:
        writer.close()


@each_kind
def test_only_what_is_on_the_web_is_exported_and_asked_at_a_pace_of_its_own(kind: SourceKind, tmp_path: Path) -> None:
    source = _source(kind, tmp_path)
    is_web = kind is SourceKind.WEB
    assert [subscription.url for subscription in opml.subscriptions([source], {})] == [source.key] * is_web
    settings = Config().settings
    pace, because = (
        (settings.min_interval, Because.MIN_INTERVAL) if is_web else (politeness.FOLDER_INTERVAL, Because.LOCAL)
    )
    assert politeness.reappointed(source, NOW + 365 * 86400, because, settings, NOW) == NOW + pace


def test_a_database_that_knew_no_kinds_learns_them_by_the_addresses(tmp_path: Path) -> None:
    (tmp_path / database.NAME).write_bytes(lzma.decompress(RELEASED.read_bytes()))
    with closing(sqlite3.connect(tmp_path / database.NAME)) as stored, stored:
        stored.execute("UPDATE source SET key = 'HTTPS://A.example/feed' WHERE key = 'https://a.example/feed'")
    writer = database.Writer(tmp_path)
    try:
        found = {standing.key: standing.kind for standing in writer.now(standings.standings)}
    finally:
        writer.close()
    assert found.pop("articles") is SourceKind.FILES
    assert set(found.values()) == {SourceKind.WEB}
    assert "HTTPS://A.example/feed" in found

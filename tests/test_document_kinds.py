"""All kinds of documents, each walked from the file to the store."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.model import Delivery, Document, DocumentKind, Outcome, Source, SourceState, Visit
from aggregator.model.documents import SUFFIXES
from aggregator.parse import parse
from aggregator.refine import refine
from aggregator.retrieve import folder
from aggregator.store import database, entries, likeness, sources

NOW = 1_767_355_200
BODIES = {
    DocumentKind.FEED: b"<rss version='2.0'><channel><item><guid>1</guid><title>Ferry</title></item></channel></rss>",
    DocumentKind.TEXT: b"Ferry\n\nIt came back at noon.\n",
    DocumentKind.MARKDOWN: b"# Ferry\n\nIt came back at *noon*.\n",
    DocumentKind.HTML: b"<!doctype html><title>Ferry</title><article><p>%s</p></article>" % (b"It came at noon. " * 20),
    DocumentKind.MAIL: b"Subject: Ferry\nFrom: ann@a.example\n\nIt came back at noon.\n",
    DocumentKind.MBOX: b"From a@b Sun Nov  1 09:00:00 2026\nSubject: Ferry\n\nIt came back at noon.\n",
}
UNTOLD = {DocumentKind.MARKDOWN, DocumentKind.MAIL}  # nothing but its name tells these, or a Message-ID


@pytest.mark.parametrize(("suffix", "kind"), SUFFIXES.items())
@pytest.mark.parametrize("cased", [str.lower, str.upper])
def test_a_file_is_what_its_name_says_whatever_is_in_it(suffix: str, kind: DocumentKind, cased: object) -> None:
    assert callable(cased)
    for body in BODIES.values():
        assert Document(f"sub.d/a{cased(suffix)}", body, "text/x-other").kind is kind


@pytest.mark.parametrize(
    ("name", "content_type", "body", "kind"),
    [
        ("README", "", b"Words", DocumentKind.FEED),
        ("README", "text/plain", b"Words", DocumentKind.TEXT),
        ("README", "text/html", b"Words", DocumentKind.HTML),
        ("README", "text/html; charset=utf-8", b"Words", DocumentKind.HTML),
        ("README", "text/x-markdown", b"Words", DocumentKind.MARKDOWN),
        ("README", "text/x-other", b" \n<HTML>", DocumentKind.HTML),
        ("README", "text/x-other", b"Words", DocumentKind.TEXT),
        ("README", "application/json", b"{}", DocumentKind.FEED),
        ("", "text/html", b"<!doctype html>", DocumentKind.FEED),
        ("", "text/plain", b"Words", DocumentKind.FEED),
    ],
)
def test_a_name_without_suffix_leaves_it_to_the_type_and_the_web_gives_feeds(
    name: str, content_type: str, body: bytes, kind: DocumentKind
) -> None:
    assert Document(name, body, content_type).kind is kind


def _stored(path: Path, *files: str) -> list[tuple[str, str, str]]:
    """Files that a folder has, through retrieval, parsing and refining to the store: its entries."""
    source = Source("articles", path / "articles")
    retrieval = folder.retrieve(source, SourceState(), 1_000_000)
    assert {document.name for document in retrieval.documents} == set(files)
    arrivals = tuple(arrival for document in retrieval.documents for arrival in refine(parse(document), document, NOW))
    visit = Visit(source.key, NOW, Outcome.OK)
    writer = database.Writer(path)
    try:
        writer.now(sources.register, [source])
        writer.now(entries.commit, [Delivery(source.key, visit, SourceState(), retrieval.states, arrivals=arrivals)])
    finally:
        writer.close()
    return _rows(path, "SELECT document, kind, title FROM entry ORDER BY document")


def _rows(path: Path, query: str) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path / database.NAME)) as stored:
        return stored.execute(query).fetchall()


def _write(path: Path, name: str, body: bytes) -> None:
    path.mkdir(exist_ok=True)
    (path / name).write_bytes(body)
    os.utime(path / name, (0, 0))  # nobody writes it at the moment


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_file_of_each_kind_is_stored_as_what_it_is(tmp_path: Path, kind: DocumentKind) -> None:
    suffix = next(suffix for suffix, found in SUFFIXES.items() if found is kind)
    _write(tmp_path / "articles", f"a{suffix}", BODIES[kind])
    _write(tmp_path / "articles", "bare", BODIES[kind])
    bare = kind if kind not in UNTOLD else DocumentKind.TEXT
    found = _stored(tmp_path, f"a{suffix}", "bare")
    assert [(document, stored) for document, stored, _ in found] == [(f"a{suffix}", kind), ("bare", bare)]
    assert found[0][2] == "Ferry"
    places = {likeness.feed_of(1, document, DocumentKind(stored)) for document, stored, _ in found}
    assert places == ({(1, "")} if kind.is_article else {(1, f"a{suffix}"), (1, "bare")})


def test_a_database_that_knew_no_kinds_learns_them_by_the_names(tmp_path: Path) -> None:
    """What has no suffix is an article if it is alone, or has its file's name for its id; plain text it wasn't."""
    names = ("a.txt", "b.md", "c.HTM", "d.xml", "bare", "feed")
    for name in names[:5]:
        _write(tmp_path / "articles", name, BODIES[Document(name, b"", "text/plain").kind])
    two = BODIES[DocumentKind.FEED].replace(b"</item>", b"</item><item><guid>2</guid><title>Tram</title></item>")
    _write(tmp_path / "articles", "feed", two)
    _stored(tmp_path, *names)
    before = _rows(tmp_path, "SELECT document, title, data FROM entry ORDER BY id")
    with closing(sqlite3.connect(tmp_path / database.NAME)) as stored, stored:
        stored.execute("ALTER TABLE entry DROP COLUMN kind")
        stored.execute("DELETE FROM _sqlite_migrations WHERE name = 'document_kinds'")
    database.Writer(tmp_path).close()
    assert dict(_rows(tmp_path, "SELECT document, kind FROM entry")) == {
        "a.txt": "text", "b.md": "markdown", "c.HTM": "html", "d.xml": "feed", "bare": "html", "feed": "feed",
    }  # fmt: skip
    assert _rows(tmp_path, "SELECT document, title, data FROM entry ORDER BY id") == before

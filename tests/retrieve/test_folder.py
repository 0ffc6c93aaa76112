"""Local files: what is read, what is not read again, and what is never opened."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from house import settle

from aggregator.model import Retrieval, Source, SourceState
from aggregator.retrieve import folder

LIMIT = 10 * 1024 * 1024


def visit(root: Path, state: SourceState | None = None) -> tuple[Retrieval, SourceState]:
    """One retrieval, and the state it leaves for the next one."""
    state = state or SourceState()
    settle(root)
    found = folder.retrieve(Source("articles", root), state, LIMIT)
    documents = {**state.documents, **found.states}
    return found, replace(state, documents={n: s for n, s in documents.items() if n not in found.missing})


def names(found: Retrieval) -> list[str]:
    return [document.name for document in found.documents]


def test_a_folder_is_read_with_all_folders_in_it_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "deep/er/c.html", "deep/d.xml", "e.rss", "f.json", "g.jpg", ".hidden.txt", "h.TXT"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("words")
    found, _ = visit(tmp_path)
    assert names(found) == ["a.md", "b.txt", "deep/d.xml", "deep/er/c.html", "e.rss", "f.json", "h.TXT"]


def test_an_unchanged_file_is_not_read_again_and_an_edited_one_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    _, state = visit(tmp_path)
    again, state = visit(tmp_path, state)
    assert again.documents == ()
    (tmp_path / "b.txt").write_text("three")
    edited, _ = visit(tmp_path, state)
    assert names(edited) == ["b.txt"]


def test_files_that_are_there_no_more_are_told_once(tmp_path: Path) -> None:
    for name in ("a.txt", "deep/b.txt", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    _, state = visit(tmp_path)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "deep" / "b.txt").rename(tmp_path / "d.txt")
    found, state = visit(tmp_path, state)
    assert found.missing == {"a.txt", "deep/b.txt"}
    assert visit(tmp_path, state)[0].missing == frozenset()


def test_nothing_is_missing_of_what_cannot_be_looked_at(tmp_path: Path) -> None:
    """An empty folder is what a disk looks like that isn't mounted."""
    root = tmp_path / "articles"
    (root / "closed").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "closed" / "b.txt").write_text("b")
    _, state = visit(root)
    state = replace(state, documents={**state.documents, "loop/c.txt": state.documents["a.txt"]})
    (root / "loop").symlink_to(root)
    assert visit(root, state)[0].missing == {"loop/c.txt"}, "a link that is not followed is no folder any more"
    (root / "loop").unlink()
    root.rename(tmp_path / "away")
    assert visit(root, state)[0].missing == frozenset()
    root.mkdir()
    assert visit(root, state)[0].missing == frozenset()


def test_a_file_that_waits_for_another_one_is_read_again_when_something_changes(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    _, state = visit(tmp_path)
    waiting = replace(state.documents["b.txt"], waits=True, error="has the id of a.txt")
    state = replace(state, documents={**state.documents, "b.txt": waiting})
    found, state = visit(tmp_path, state)
    assert (names(found), found.errors) == ([], {"b.txt": "has the id of a.txt"})
    (tmp_path / "a.txt").unlink()
    found, state = visit(tmp_path, state)
    assert (names(found), found.errors, state.documents["b.txt"].waits) == (["b.txt"], {}, False)


def test_a_file_without_a_suffix_is_what_it_looks_like(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text("<?xml version='1.0'?><rss/>")
    (tmp_path / "json").write_text('{"version": 1}')
    (tmp_path / "note").write_text("A note\n\nWith words")
    (tmp_path / "page").write_text("<!DOCTYPE html><p>words")
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0\0")
    found, state = visit(tmp_path)
    kinds = {document.name: document.content_type for document in found.documents}
    assert kinds == {"feed": "", "json": "", "note": "text/plain", "page": "text/html"}
    assert found.errors == {}
    assert visit(tmp_path, state)[0].documents == ()


def test_links_out_of_the_folder_fifos_and_devices_are_refused_by_name(tmp_path: Path) -> None:
    root = tmp_path / "articles"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (root / "good.txt").write_text("good")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "dangling.txt").symlink_to(root / "nowhere.txt")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "inside.txt").symlink_to(root / "good.txt")
    (root / "device.txt").symlink_to("/dev/zero")
    os.mkfifo(root / "fifo.txt")
    (root / "circle").symlink_to(root)
    found, _ = visit(root)
    assert names(found) == ["good.txt", "inside.txt"]
    assert set(found.errors) == {"out.txt", "dangling.txt", "loop.txt", "device.txt", "fifo.txt", "circle"}
    assert "out of the folder" in found.errors["out.txt"]
    assert "not a regular file" in found.errors["fifo.txt"]


def test_an_unreadable_file_is_one_failure() -> None:
    """Root reads everything, so the test is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "a.txt").write_text("a")
        (root / "b.txt").write_text("b")
        (root / "a.txt").chmod(0)
        settle(root)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65534)
            found, _ = visit(root)
        finally:
            os.seteuid(user)
    assert names(found) == ["b.txt"]
    assert found.errors == {"a.txt": "can't be read: Permission denied"}


def test_a_file_over_the_limit_is_a_failure_and_the_others_go_on(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(LIMIT + 1)
    (tmp_path / "small.txt").write_text("a")
    found, _ = visit(tmp_path)
    assert names(found) == ["small.txt"]
    assert found.errors == {"big.txt": "is larger than 10 MiB"}


def test_a_missing_folder_is_the_source_s_failure(tmp_path: Path) -> None:
    found, _ = visit(tmp_path / "nowhere")
    assert found.errors == {"": "can't be read: No such file or directory"}


def test_a_single_file_is_a_source_too(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<rss/>")
    found, _ = visit(tmp_path / "feed.xml")
    assert names(found) == ["feed.xml"]


def test_a_name_that_is_not_utf8_is_read_all_the_same_under_a_name_that_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("a")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.txt")).write_text("b")
    found, state = visit(tmp_path)
    assert names(found) == ["b\\xff.txt", "good.txt"] and not found.errors
    assert names(visit(tmp_path, state)[0]) == []


@pytest.mark.parametrize("name", [
    "note.md~", ".#note.md", ".note.md.swp", "note.txt.bak", "note.html.part", "#note.md#", "note~", "note.tmp",
    "note.sync-conflict-20240101-1.md",
    "~$note.txt",    "note.md.orig", "note.html.crdownload", "#note", ".hidden.md", "note.swp",
])  # fmt: skip
def test_what_editors_leave_is_no_article(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("left over")
    (tmp_path / "note.md").write_text("a")
    assert names(visit(tmp_path)[0]) == ["note.md"]


def test_what_is_held_back_is_read_when_its_time_has_come_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("a")
    found, state = visit(tmp_path)
    held = {"note.md": replace(found.states["note.md"], held=2_000_000_000)}
    state = replace(state, documents=held)
    source = Source("articles", tmp_path)
    assert names(folder.retrieve(source, state, LIMIT, 1_999_999_999)) == []
    assert names(folder.retrieve(source, state, LIMIT, 2_000_000_000)) == ["note.md"]


def test_a_large_folder_comes_in_parts(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * (9 * 1024 * 1024))
    first, state = visit(tmp_path)
    assert first.more and len(first.documents) == 4
    second, state = visit(tmp_path, state)
    assert not second.more and names(second) == ["4.txt"]
    assert visit(tmp_path, state)[0].documents == ()


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    settle(tmp_path)
    (tmp_path / "half.txt").write_text("the first half")

    def finish() -> None:
        (tmp_path / "half.txt").write_text("the first half and the second")

    threading.Timer(1.0, finish).start()
    found = folder.retrieve(Source("articles", tmp_path), SourceState(), LIMIT)
    assert {d.name: d.body for d in found.documents} == {
        "old.txt": b"old",
        "half.txt": b"the first half and the second",
    }


def test_a_file_that_is_written_for_ever_is_left_to_the_next_visit(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("a")
    (tmp_path / "good.txt").write_text("b")
    settle(tmp_path)
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.2):
            with (tmp_path / "log.txt").open("a") as file:
                file.write("more")

    writer = threading.Thread(target=write)
    (tmp_path / "log.txt").write_text("begun")
    writer.start()
    try:
        found = folder.retrieve(Source("articles", tmp_path), SourceState(), LIMIT)
    finally:
        stop.set()
        writer.join()
    assert (names(found), found.errors) == (["good.txt"], {})

"""The file: how it is made, who may write, and what everyone is told who can't."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from aggregator.model import DocumentState, Entry, SourceState, StoreError
from aggregator.store import database, export, search, standings
from aggregator.store.migrations import migrations

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"


def pragma(stored: Database, name: str) -> object:
    return stored.execute(f"PRAGMA {name}").fetchone()[0]


# ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_database_is_made_of_nothing_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    writer = database.Writer(folder)

    assert writer.now(lambda stored: pragma(stored, "journal_mode")) == "wal"
    assert writer.now(lambda stored: pragma(stored, "auto_vacuum")) == 2, "incremental"
    assert writer.now(lambda stored: pragma(stored, "integrity_check")) == "ok"
    assert writer.now(migrations.pending) == []
    writer.close()
    assert (folder / database.NAME).exists()


def test_every_table_is_strict_but_those_that_fts5_and_the_migrations_keep(desk: Desk) -> None:
    tables = dict(desk.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    ours = {name for name in tables if not name.startswith(("entry_fts", "_sqlite", "sqlite_"))}

    assert ours == {
        "source", "document", "story", "entry", "visit", "edition", "item", "page", "alias", "feature", "feature_fresh",
        "paragraph",
        "incident", "subscription", "push", "version", "let_go", "river_page", "river_change", "picture", "hidden",
        "ruled", "ruling", "total", "former_story",
    }  # fmt: skip
    assert all("STRICT" in tables[name].rpartition(")")[2] for name in ours)


def test_a_value_of_the_wrong_type_is_refused(desk: Desk) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        desk.writer.now(lambda stored: stored.execute("UPDATE source SET failures = 'many'"))


def test_a_database_that_is_there_is_opened_with_all_that_is_in_it(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One"))
    desk.writer.close()
    desk.writer = database.Writer(desk.folder)

    assert [story.shown.entry.title for story in desk.select()] == ["One"]


def test_after_closing_everything_is_in_the_one_file(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One"))
    desk.writer.close()
    log = desk.folder / f"{database.NAME}-wal"

    assert not log.exists() or log.stat().st_size == 0
    (desk.folder / "copy").mkdir()
    (desk.folder / "copy" / database.NAME).write_bytes((desk.folder / database.NAME).read_bytes())
    with database.reading(desk.folder / "copy") as stored:
        assert len(list(export.entries(stored))) == 1
    desk.writer = database.Writer(desk.folder)


# ── One writer ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_writer_is_refused_in_one_clear_line(desk: Desk) -> None:
    with pytest.raises(StoreError) as raised:
        database.Writer(desk.folder)

    told = str(raised.value)
    assert told == f"{desk.folder}: another aggregator is using it; stop that one, or choose another --data-dir"


def test_a_second_writer_in_another_process_is_refused_and_let_in_when_the_first_is_gone(desk: Desk) -> None:
    program = (
        "import sys; from pathlib import Path; from aggregator.model import StoreError\n"
        "from aggregator.store.database import Writer\n"
        "try: Writer(Path(sys.argv[1])).close()\n"
        "except StoreError as error: sys.exit(str(error))"
    )
    command = [sys.executable, "-c", program, str(desk.folder)]

    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "another aggregator is using it" in refused.stderr
    desk.writer.close()
    assert subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).returncode == 0
    desk.writer = database.Writer(desk.folder)


async def test_all_that_is_written_is_written_on_one_thread_in_order(desk: Desk) -> None:
    threads: list[tuple[int, int]] = []

    def act(_: Database, number: int) -> int:
        threads.append((number, threading.get_ident()))
        return number

    assert [desk.writer.now(act, 1), await desk.writer.later(act, 2), desk.writer.now(act, number=3)] == [1, 2, 3]
    assert [number for number, _ in threads] == [1, 2, 3]
    (thread,) = {thread for _, thread in threads}
    assert thread != threading.get_ident()


async def test_what_goes_wrong_in_writing_comes_back_and_the_writer_goes_on(desk: Desk) -> None:
    def fail(_: Database) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.writer.now(fail)
    with pytest.raises(ZeroDivisionError):
        await desk.writer.later(fail)
    assert desk.deliver(A, Entry("1", "One")) == (1, 0, 1)


# ── All or nothing ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_commit_that_fails_in_the_middle_leaves_nothing_behind(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One", content="before"))
    everything = (
        "SELECT (SELECT count(*) FROM {}), (SELECT group_concat(unpack(data)) FROM entry),"
        " (SELECT max(last_visit) FROM source)"
    )
    before = [
        desk.rows(everything.format(table)) for table in ("entry", "story", "visit", "document", "entry_fts_docsize")
    ]
    broken = DocumentState(body_hash="text where bytes belong")  # type: ignore[arg-type]
    good = desk.delivery(A, Entry("1", "One", content="after"), Entry("2", "Two"), at=1_800_000_000)
    bad = desk.delivery(B, Entry("3", "Three"), at=1_800_000_000, state=SourceState(documents={"": broken}))
    bad.documents[""] = broken  # type: ignore[index]

    with pytest.raises(sqlite3.IntegrityError):
        desk.commit(good, bad)

    after = [
        desk.rows(everything.format(table)) for table in ("entry", "story", "visit", "document", "entry_fts_docsize")
    ]
    assert after == before
    assert desk.ask(search.search, "after OR two") == []
    assert [visit.entries_new for visit in desk.commit(good)] == [1], "and the next one is stored as ever"


# ── Readers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_cannot_write(desk: Desk) -> None:
    with database.reading(desk.folder) as stored:
        for statement in ("DELETE FROM source", "CREATE TABLE x (y)", "PRAGMA user_version = 5", "VACUUM"):
            with pytest.raises(sqlite3.OperationalError, match=r"readonly|read-only|within a transaction"):
                stored.execute(statement)


def test_a_reader_sees_one_state_and_the_next_one_what_was_committed_since(desk: Desk) -> None:
    with database.reading(desk.folder) as before:
        assert list(export.entries(before)) == []
        desk.deliver(A, Entry("1", "One"))
        with database.reading(desk.folder) as after:
            assert len(list(export.entries(after))) == 1
        assert list(export.entries(before)) == []


def test_a_reader_is_closed_after_its_block(desk: Desk) -> None:
    with database.reading(desk.folder) as stored:
        pass

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        stored.execute("SELECT 1")


def test_without_a_writer_a_reader_reads(desk: Desk) -> None:
    desk.writer.close()
    with database.reading(desk.folder) as stored:
        assert [standing.key for standing in standings.standings(stored)] == [A, B]
    desk.writer = database.Writer(desk.folder)


# ── What can't be used ───────────────────────────────────────────────────────────────────────────────────────────────


def refusals(folder: Path) -> tuple[str, str]:
    """What a writer and a reader are told."""
    with pytest.raises(StoreError) as written:
        database.Writer(folder)
    with pytest.raises(StoreError) as read, database.reading(folder):
        pass
    told = str(written.value), str(read.value)
    assert all(len(line.splitlines()) == 1 for line in told)
    return told


@pytest.mark.parametrize("made", [False, True], ids=["no file", "an empty file"])
def test_where_nothing_is_stored_yet_a_reader_is_told_what_to_do(tmp_path: Path, made: bool) -> None:
    if made:
        (tmp_path / database.NAME).touch()

    with pytest.raises(StoreError, match="there is nothing yet; run `aggregator once`"), database.reading(tmp_path):
        pass


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / database.NAME
    file.write_bytes(b"precious" * 1000)

    for _ in range(2):  # the lock is given back, too
        written, read = refusals(tmp_path)
        assert written == f"{file}: can't be opened: file is not a database"
        assert read == f"{file}: can't be read: file is not a database"
    assert file.read_bytes() == b"precious" * 1000


def test_another_program_s_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / database.NAME
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE entry (x)")
    other.close()
    before = file.read_bytes()

    written, read = refusals(tmp_path)

    assert "another program's database" in written
    assert "another program's database" in read
    assert file.read_bytes() == before


def test_a_database_of_a_newer_aggregator_is_told_and_left_alone(desk: Desk) -> None:
    newer = {"migration_set": "aggregator", "name": "step_of_the_future", "applied_at": "2030"}
    desk.writer.now(lambda stored: stored.table("_sqlite_migrations").insert(newer) and None)
    desk.writer.close()

    written, read = refusals(desk.folder)

    assert "a newer aggregator made it (step step_of_the_future)" in written
    assert "a newer aggregator made it" in read
    plain = sqlite3.connect(desk.folder / database.NAME)
    plain.execute("DELETE FROM _sqlite_migrations WHERE name = 'step_of_the_future'")
    plain.commit()
    plain.close()
    desk.writer = database.Writer(desk.folder)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"file/data: can't be written to: Not a directory"):
        database.Writer(tmp_path / "file" / "data")
    with pytest.raises(StoreError, match=r"file: can't be written to: File exists"):
        database.Writer(tmp_path / "file")

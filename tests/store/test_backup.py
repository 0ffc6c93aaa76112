"""A copy of the database while it is written to, and the way back."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from aggregator.model import Entry, InUseError, StoreError
from aggregator.store.backup import backup, restore
from aggregator.store.database import NAME, Writer, reading

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A = "https://a.example/feed"
NOW = 1_767_355_200


def filled(desk: Desk, count: int = 3) -> None:
    desk.subscribe(A)
    desk.deliver(A, *(Entry(str(n), f"Title {n}", content=f"Words of article {n}. " * 50) for n in range(count)))


def entries(file: Path) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM entry").fetchone()[0])


def test_a_copy_is_one_sound_file_of_its_owners(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    target = tmp_path / "made" / "copy.db"
    size = backup(desk.folder, target)
    assert sorted(target.parent.iterdir()) == [target], "nothing else is left"
    assert (target.stat().st_size, stat.S_IMODE(target.stat().st_mode)) == (size, 0o600)
    assert entries(target) == 3
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_it_is_of_one_moment_and_nobody_who_writes_waits_for_it(desk: Desk, tmp_path: Path) -> None:
    """The writer goes on all the time, with what has to be there as a pair."""
    filled(desk, 400)
    desk.writer.now(lambda database: database.execute("CREATE TABLE pair (one INTEGER, other INTEGER)"))
    desk.writer.now(lambda database: database.execute("INSERT INTO pair VALUES (0, 0)"))
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            desk.writer.now(count)
            written.append(1)

    def count(database: Database) -> None:
        with database.atomic():
            database.execute("UPDATE pair SET one = one + 1")
            database.execute("UPDATE pair SET other = other + 1")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        copies = []
        for number in range(5):
            copies.append(tmp_path / f"copy{number}.db")
            backup(desk.folder, copies[-1])
    finally:
        stop.set()
        writing.join()
    assert len(written) > 5
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            one, other = database.execute("SELECT one, other FROM pair").fetchone()
        assert one == other


def test_what_is_there_is_not_overwritten_unasked(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with pytest.raises(StoreError, match="is there already; --force replaces it"):
        backup(desk.folder, target)
    assert target.read_text() == "mine"
    backup(desk.folder, target, force=True)
    assert entries(target) == 3
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    for wrong in (tmp_path, desk.folder / NAME):
        with pytest.raises(StoreError, match=r"is there already$"):
            backup(desk.folder, wrong, force=True)
    assert entries(desk.folder / NAME) == 3


def test_what_cant_be_copied_is_one_line_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    empty, target = tmp_path / "empty", tmp_path / "to" / "copy.db"
    empty.mkdir()
    with pytest.raises(StoreError, match="there is nothing yet"):
        backup(empty, target)
    assert not target.parent.exists()
    (empty / "file").write_text("")
    filled(desk)
    with pytest.raises(StoreError, match="can't be written to"):
        backup(desk.folder, empty / "file" / "copy.db")
    with closing(sqlite3.connect(empty / NAME)) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    with pytest.raises(StoreError, match="no database of an aggregator"):
        backup(empty, target)
    assert list(target.parent.iterdir()) == []


def test_a_damaged_database_gives_no_copy(desk: Desk, tmp_path: Path) -> None:
    filled(desk, 200)
    desk.writer.close()
    path = desk.folder / NAME
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(40_000))
    with pytest.raises(StoreError):
        backup(desk.folder, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    desk.writer = Writer(tmp_path / "other")  # for the fixture to close


def test_a_backup_is_restored_and_the_present_one_kept(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    backup(desk.folder, tmp_path / "copy.db")
    desk.deliver(A, Entry("new", "A new one"))
    with pytest.raises(InUseError):
        restore(tmp_path / "copy.db", desk.folder, NOW)
    desk.writer.close()

    aside = restore(tmp_path / "copy.db", desk.folder, NOW)

    assert aside == desk.folder / f"{NAME}.20260102T120000Z"
    assert (entries(desk.folder / NAME), entries(aside)) == (3, 4)
    assert restore(aside, desk.folder, NOW) == desk.folder / f"{NAME}.20260102T120000Z-2"
    desk.writer = Writer(desk.folder)
    with reading(desk.folder) as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (4,)


def test_what_a_crash_left_in_the_log_is_kept_with_the_present_one(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        (crashed / f"{NAME}{suffix}").write_bytes((desk.folder / f"{NAME}{suffix}").read_bytes())
    assert (crashed / f"{NAME}-wal").stat().st_size
    backup(desk.folder, tmp_path / "copy.db")
    aside = restore(tmp_path / "copy.db", crashed, NOW)
    assert aside is not None
    assert entries(aside) == entries(crashed / NAME) == 3
    assert not (crashed / f"{NAME}-wal").exists()


def test_into_an_empty_place(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    backup(desk.folder, tmp_path / "copy.db")
    assert restore(tmp_path / "copy.db", tmp_path / "new" / "data", NOW) is None
    assert entries(tmp_path / "new" / "data" / NAME) == 3


@pytest.mark.parametrize(
    ("file", "said"),
    [("absent", "there is no such file"), ("text", "text: can't be copied: file is not a database"),
     ("foreign", "no database of an"),
     ("newer", "a newer aggregator made it"), ("cut", "damaged|no sound database|can't be copied")],
)  # fmt: skip
def test_what_is_no_backup_changes_nothing(desk: Desk, tmp_path: Path, file: str, said: str) -> None:
    filled(desk, 100)
    backup(desk.folder, tmp_path / "newer")
    (tmp_path / "cut").write_bytes((tmp_path / "newer").read_bytes()[:150_000] + b"\x7f" * 150_000)
    (tmp_path / "text").write_text("Dear diary, " * 1000)
    with closing(sqlite3.connect(tmp_path / "foreign")) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    with closing(sqlite3.connect(tmp_path / "newer")) as newer, newer:
        newer.execute("INSERT INTO _sqlite_migrations SELECT max(id) + 1, migration_set, 'later', applied_at"
                      " FROM _sqlite_migrations")  # fmt: skip
    desk.writer.close()
    before = sorted(path.name for path in desk.folder.iterdir())
    with pytest.raises(StoreError, match=said):
        restore(tmp_path / file, desk.folder, NOW)
    assert sorted(path.name for path in desk.folder.iterdir()) == before
    assert entries(desk.folder / NAME) == 100
    desk.writer = Writer(desk.folder)

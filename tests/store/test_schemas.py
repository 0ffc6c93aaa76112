"""A database of each former schema becomes one of today's, as if it had been made by it, and loses nothing."""

from __future__ import annotations

import json
import lzma
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from house import House, QuickHouse, settle, until
from sqlite_utils import Database, Migrations

from aggregator import __version__
from aggregator.model import StoreError
from aggregator.store import database, packing, upgrades
from aggregator.store.migrations import migrations
from aggregator.text import grams
from tests.store.schemas import world

SCHEMAS = Path(__file__).parent / "schemas"
FORMER = sorted(path.name.removesuffix(".db.xz") for path in SCHEMAS.glob("*.db.xz"))
TOLD = sorted(path.stem for path in SCHEMAS.glob("*.jsonl"))


def put(folder: Path, name: str) -> Path:
    """The database of a former schema, in a data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / database.NAME
    path.write_bytes(lzma.decompress((SCHEMAS / f"{name}.db.xz").read_bytes()))
    return path


def schema(path: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as stored:
        rows = stored.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
        return set(rows)


def _register(stored: sqlite3.Connection) -> None:
    """The functions that its views and triggers call."""
    stored.create_function("cut", 1, grams.cut, deterministic=True)
    packing.register(stored)


def dump(stored: Database) -> list[str]:
    return list(stored.conn.iterdump())


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    database.Writer(folder).close()
    return folder / database.NAME


def test_there_is_a_database_of_each_release_and_what_it_said() -> None:
    assert len(FORMER) >= 6
    assert {"first", *TOLD} == set(FORMER)
    assert all(path.stat().st_size < 30_000 for path in SCHEMAS.glob("*.xz"))


@pytest.mark.parametrize("name", FORMER)
def test_its_tables_are_those_of_a_fresh_one_and_sound(name: str, tmp_path: Path, fresh: Path) -> None:
    path = put(tmp_path, name)
    database.upgrade(tmp_path)
    assert schema(path) == schema(fresh)
    with closing(sqlite3.connect(path)) as stored:
        _register(stored)
        assert stored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert stored.execute("PRAGMA foreign_key_check").fetchall() == []
        stored.execute("INSERT INTO entry_fts (entry_fts) VALUES ('integrity-check')")


@pytest.mark.parametrize("name", TOLD)
def test_all_it_held_is_there_and_everything_works_on_it(name: str, tmp_path: Path) -> None:
    house = QuickHouse(tmp_path)
    world.write(house.folder, edited=True)
    house.write(world.without(world.CONFIG, world.REMOVED))
    put(house.data, name)

    summary = house.json("once", "--all")
    assert (summary["entries_new"], summary["stories_new"], summary["failed"]) == (0, 0, 1)

    told = [json.loads(line) for line in (SCHEMAS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    now = {(entry["source"], entry["guid"]): entry for entry in house.entries()}
    assert len(now) == len(told) == 8
    for entry in told:
        if entry["document"] == "two.txt":
            del entry["published"]  # it says no date: its file's counts
        assert now[entry["source"], entry["guid"]].items() >= entry.items()
    assert {hit["title"] for hit in house.json("search", "badger")} == {"Badgers"}
    assert len(house.json("search", "波止場")) == 1
    ((merged,),) = (house.json("explain", "https://a.example/b2"),)
    assert {copy["guid"] for copy in merged["copies"]} == {"2", "b2"}
    assert house.run("split", "https://a.example/b2").stdout
    assert house.json("preview", "news")["count"] >= 4
    (house.data / "public" / "feed.xml").unlink()
    assert "feed.xml" in house.run("publish").stdout
    assert "Our one" in (house.data / "public" / "feed.xml").read_text("utf-8")
    house.run("backup", str(tmp_path / "copy.db"))


def _broken_at(step: str) -> Migrations:
    """The steps, of which one breaks off when it has done all that it does."""
    made = Migrations(migrations.name)

    def broken(act: Callable[[Database], None]) -> Callable[[Database], None]:
        def then_fails(stored: Database) -> None:
            act(stored)
            raise OSError("the power went")

        return then_fails

    for known in migrations.pending(Database(memory=True)):
        made(name=known.name)(broken(known.fn) if known.name == step else known.fn)
    return made


def test_whichever_step_breaks_off_the_database_is_as_before_it(tmp_path: Path) -> None:
    path = put(tmp_path, "first")
    with closing(sqlite3.connect(path)) as opened:
        stored = Database(opened)
        _register(opened)
        for step in migrations.pending(stored):
            before = dump(stored)
            with pytest.raises(OSError, match="the power went"):
                _broken_at(step.name).apply(stored)
            assert dump(stored) == before, step.name
            with stored.atomic():
                step.fn(stored)
                stored.table("_sqlite_migrations").insert(
                    {"migration_set": migrations.name, "name": step.name, "applied_at": ""}
                )


# ── The copy before ──────────────────────────────────────────────────────────────────────────────────────────────────


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "before" in path.name)


def test_a_copy_is_put_beside_it_before_and_leads_back(tmp_path: Path) -> None:
    path = put(tmp_path / "data", "steps-09")
    was = schema(path)
    database.upgrade(tmp_path / "data")
    copy = path.with_name(f"{path.name}.before-{__version__}")
    assert beside(path.parent) == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert schema(copy) == was != schema(path)
    with closing(sqlite3.connect(copy)) as stored:
        assert stored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert stored.execute("SELECT count(*) FROM entry").fetchone() == (8,)
    house = House(tmp_path)
    house.run("restore", str(copy))
    assert schema(path) == was


def test_what_is_new_or_up_to_date_is_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        database.Writer(tmp_path).close()
    assert beside(tmp_path) == []


def test_the_copy_before_the_last_upgrade_alone_is_kept(tmp_path: Path) -> None:
    path = put(tmp_path, "steps-09")
    (tmp_path / f"{database.NAME}.before-0.0.1").write_bytes(b"of long ago, and no database")
    database.upgrade(tmp_path)
    assert beside(tmp_path) == [f"{database.NAME}.before-{__version__}"]
    put(tmp_path, "steps-12")
    with closing(sqlite3.connect(path)) as stored, stored:
        stored.execute("UPDATE source SET last_visit = last_visit + 1")
    before = schema(path)
    database.upgrade(tmp_path)
    assert beside(tmp_path) == [f"{database.NAME}.before-{__version__}"]
    assert schema(tmp_path / beside(tmp_path)[0]) == before


def test_after_an_upgrade_that_was_broken_off_the_first_copy_stays(tmp_path: Path) -> None:
    """Systemd starts it again and again: each time the database is a step further than what is to be gone back to."""
    path = put(tmp_path, "steps-09")
    was = schema(path)
    with closing(sqlite3.connect(path)) as opened:
        _register(opened)
        copied = [_tried(Database(opened), path, step) for step in ("document_kinds", "statistics", "statistics")]
    assert copied == [True, False, False]
    assert len(beside(tmp_path)) == 1
    assert schema(tmp_path / beside(tmp_path)[0]) == was
    database.upgrade(tmp_path)
    assert schema(tmp_path / beside(tmp_path)[0]) == was


def _tried(stored: Database, path: Path, step: str) -> bool:
    """Whether an upgrade that breaks off at this step made a copy."""
    before = [copy.stat().st_ino for copy in upgrades.copies(path)]
    with pytest.raises(OSError, match="the power went"):
        upgrades.bring_up_to_date(stored, path, _broken_at(step))
    return [copy.stat().st_ino for copy in upgrades.copies(path)] != before


def test_without_room_for_the_copy_nothing_is_changed_and_the_operator_told(tmp_path: Path) -> None:
    path = put(tmp_path, "steps-09")
    was = path.read_bytes()
    with closing(sqlite3.connect(path)) as opened, pytest.raises(StoreError) as raised:
        upgrades.bring_up_to_date(Database(opened), path, free=lambda _folder: 2 * 1024**2)
    assert "\n" not in str(raised.value)
    assert "17 MiB are needed" in str(raised.value)
    assert "2 MiB are free, 15 MiB are missing; make room" in str(raised.value)
    assert (path.read_bytes(), beside(tmp_path)) == (was, [])


def test_there_has_to_be_room_for_the_steps_too_also_where_the_copy_was_made_before(tmp_path: Path) -> None:
    """They write all of it anew, to the log first; and each start tries again."""
    path = put(tmp_path, "steps-09")
    with closing(sqlite3.connect(path)) as opened:
        _register(opened)
        opened.execute("CREATE TABLE more AS SELECT zeroblob(40 * 1024 * 1024)")
        opened.commit()
        size, spare = path.stat().st_size, 17 * 1024**2
        stored = Database(opened)
        with pytest.raises(StoreError, match="before that copied"):
            upgrades.bring_up_to_date(stored, path, free=lambda _folder: int(size * 2.4))
        assert beside(tmp_path) == []
        with pytest.raises(OSError, match="the power went"):
            upgrades.bring_up_to_date(stored, path, _broken_at("statistics"), free=lambda _: int(size * 2.5) + spare)
        assert len(beside(tmp_path)) == 1
        size = path.stat().st_size
        with pytest.raises(StoreError) as raised:
            upgrades.bring_up_to_date(stored, path, free=lambda _folder: int(size * 1.4))
        assert "are missing" in str(raised.value) and "copied" not in str(raised.value)
        upgrades.bring_up_to_date(stored, path, free=lambda _folder: int(size * 1.5) + spare)
        assert not migrations.pending(stored)


def test_what_a_killed_copy_left_goes_and_what_isnt_ours_stays(tmp_path: Path) -> None:
    put(tmp_path, "steps-09")
    left = f".{database.NAME}.before-0.2.0.z7qqpq8t"
    theirs = [f"{database.NAME}.before-{name}" for name in ("my-own-backup", "2026.11.27", f"{__version__}-mine")]
    theirs += [f".{database.NAME}.before-mine.z7qqpq8t"]
    for name in (left, f"{left}-journal", f"{database.NAME}.before-0.0.1", *theirs):
        (tmp_path / name).write_bytes(b"kept for a reason, or not")
    database.upgrade(tmp_path)
    assert beside(tmp_path) == sorted([*theirs, f"{database.NAME}.before-{__version__}"])


def test_a_daemon_upgrades_and_goes_on(tmp_path: Path) -> None:
    house = House(tmp_path)
    world.write(house.folder, edited=True)
    settle(house.folder)
    house.write(world.without(world.CONFIG, world.REMOVED) + "[serve]\nport = 0\n")
    put(house.data, "steps-07")
    with house.daemon() as running:
        until(lambda: "Our one" in running.get("/feed.xml").text)
        assert any("copied the database to" in line for line in running.log)
        assert running.stop() == 0
    assert beside(house.data) == [f"{database.NAME}.before-{__version__}"]

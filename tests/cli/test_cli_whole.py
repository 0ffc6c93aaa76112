"""export --jsonl --whole, import --jsonl: an aggregator moves to another machine, with or without a daemon there."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import pytest
from house import House, QuickHouse, settle

from aggregator.cli import importing
from aggregator.cli.common import Surroundings
from aggregator.model import AggregatorError
from aggregator.store import database, sources
from tests.store.schemas import world

MADE = Path(__file__).parents[1] / "store" / "schemas" / "steps-17.db.xz"
SERVED = "[serve]\nport = 0\n"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An aggregator with eight entries, merged, split, hidden and edited ones."""
    house = QuickHouse(tmp_path_factory.mktemp("there"))
    world.write(house.folder, edited=True)
    house.write(world.without(world.CONFIG, world.REMOVED))
    house.data.mkdir()
    (house.data / database.NAME).write_bytes(lzma.decompress(MADE.read_bytes()))
    database.upgrade(house.data)
    return house


@pytest.fixture(scope="module")
def written(there: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("written") / "all.jsonl"
    file.write_text(there.run("export", "--jsonl", "--whole", "--secrets").stdout, "utf-8")
    return file


def furnished(folder: Path, there: House) -> House:
    """Another machine, with the same config and files."""
    house = QuickHouse(folder)
    world.write(house.folder, edited=True)
    settle(house.folder)
    house.write(there.config.read_text("utf-8") + SERVED)
    return house


def test_a_move_to_another_machine_loses_nothing(there: House, written: Path, tmp_path: Path) -> None:
    house = furnished(tmp_path, there)
    assert house.run("import", "--jsonl", str(written)).stdout == "Imported 5 sources, 7 stories, 8 entries.\n"
    assert house.run("import", "--jsonl", str(written)).stdout == "All of it was there already.\n"
    assert house.run("export", "--jsonl", "--whole", "--secrets").stdout == written.read_text("utf-8")
    assert house.entries() == there.entries()
    summary = house.json("once", "--all")
    assert (summary["entries_new"], summary["stories_new"]) == (0, 0)
    assert house.json("search", "badger") == there.json("search", "badger")
    assert len(house.json("hide")) == 1


def test_beside_a_daemon_it_goes_through_its_door(there: House, written: Path, tmp_path: Path) -> None:
    house = furnished(tmp_path, there)
    house.write(there.config.read_text("utf-8").replace("[[source]]", "[[source]]\nenabled = false") + SERVED)
    with house.daemon() as running:
        assert house.run("import", "--jsonl", str(written)).stdout.startswith("Imported 1 sources, 7 stories, 8 ")
        assert house.run("import", "--jsonl", str(written)).stdout == "All of it was there already.\n"
        house.run("publish")
        assert "Our one" in running.get("/feed.xml").text
        assert running.stop() == 0
    assert house.entries() == there.entries()


def test_beside_a_daemon_sources_that_its_config_lacks_are_neither_visited_nor_published(
    there: House, written: Path, tmp_path: Path
) -> None:
    house = furnished(tmp_path, there)
    house.write(f'[[source]]\npath = "articles"\n[polling]\nworkers = 1\n{SERVED}')
    with house.daemon() as running:
        assert house.run("import", "--jsonl", str(written)).stdout.startswith("Imported 4 sources, ")
        house.run("publish")
        feed = running.get("/feed.xml").text
        assert "Our one" in feed and "Badgers" not in feed
        with database.reading(house.data) as stored:
            assert stored.execute("SELECT key FROM source WHERE configured").fetchall() == [("articles",)]
            assert sources.next_due(stored) != 0, "no round is made for what can't be visited"
        assert running.stop() == 0


def test_a_bad_line_is_told_by_its_number_and_nothing_is_imported(there: House, written: Path, tmp_path: Path) -> None:
    house = furnished(tmp_path, there)
    lines = written.read_text("utf-8").splitlines(keepends=True)
    file = tmp_path / "bad.jsonl"
    for number, bad, said in (
        (9, lines[8][:-20] + "\n", "line 9: no JSON: "),
        (8, lines[7].replace('"urn": "', '"urn": 7, "x": "', 1), "line 8: urn is no text"),
        (3, "\n", "line 3: no JSON: "),
    ):
        file.write_text("".join([*lines[: number - 1], bad, *lines[number:]]), "utf-8")
        (line,) = house.run("import", "--jsonl", str(file), status=1).stderr.splitlines()
        assert line.startswith(f"aggregator: {file}: {said}") and line.endswith("; nothing was imported")
    file.write_text("".join(lines[:-1]), "utf-8")
    assert "the end is missing" in house.run("import", "--jsonl", str(file), status=1).stderr
    file.write_text(there.run("export", "--jsonl").stdout, "utf-8")
    assert "`export --jsonl --whole` writes what" in house.run("import", "--jsonl", str(file), status=1).stderr
    assert not (house.data / database.NAME).exists()


def test_a_pipe_is_refused_in_a_line_for_it_can_be_read_but_once(there: House, written: Path, tmp_path: Path) -> None:
    house = furnished(tmp_path, there)
    os.mkfifo(tmp_path / "pipe")
    (line,) = house.run("import", "--jsonl", str(tmp_path / "pipe"), status=1).stderr.splitlines()
    assert line.endswith("pipe: is no regular file; write what comes through a pipe to one first")
    emptied = tmp_path / "all.jsonl"
    emptied.write_bytes(b"")
    with pytest.raises(AggregatorError, match="changed while it was read"):
        importing.store(Surroundings(house.config, house.data), emptied)
    assert not (house.data / database.NAME).exists()


def test_secrets_are_taken_along_only_when_that_is_said(there: House) -> None:
    assert "--whole --secrets" in there.run("export", "--jsonl", "--whole", status=2).stderr
    there.run("export", "--opml", "--whole", "--secrets", status=2)
    assert there.run("import", "--jsonl", "--partial", str(there.config), status=2).stderr


def test_rulings_are_listed_and_undone(there: House, written: Path, tmp_path: Path) -> None:
    house = furnished(tmp_path, there)
    house.write(there.config.read_text("utf-8").replace("[[source]]", "[[source]]\nenabled = false") + SERVED)
    house.run("import", "--jsonl", str(written))
    house.run("unhide", "https://a.example/b3")
    assert house.run("rulings").stdout == "Nothing was ruled by hand.\n"
    house.run("split", "https://a.example/b2")
    house.run("hide", "https://a.example/b3")
    with house.daemon() as running:
        names = {ruling["ruling"]: ruling for ruling in house.json("rulings")}
        assert {name.partition("-")[0] for name in names} == {"split", "hide"}
        assert all(ruling["at"] and ruling["title"] for ruling in names.values())
        assert len(house.run("rulings").stdout.splitlines()) == 3
        for name in names:
            assert "again" in house.run("rulings", "--undo", name).stdout
        assert house.json("rulings") == []
        assert "no ruling split-9" in house.run("rulings", "--undo", "split-9", status=1).stderr
        assert running.stop() == 0

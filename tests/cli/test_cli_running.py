"""init, check, once: what they write, print and exit with."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import time
import tomllib
from contextlib import closing

import pytest
from house import POLLING, ROOT, House, Running, environment, until
from world import Reply, World, item, rss

KEYS = ["visited", "unchanged", "failed", "entries_new", "entries_updated", "stories_new", "seconds"]

PUBLISHED = {f"{name}.{suffix}" for name in ("feed", "status") for suffix in ("xml", "atom", "json")}


def _source(*urls: str) -> str:
    return "".join(f'[[source]]\nurl = "{url}"\n' for url in urls)


# ── init and check ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_init_writes_an_annotated_config_that_check_accepts(house: House) -> None:
    done = house.run("init", str(house.config))
    assert str(house.config) in done.stdout
    text = house.config.read_text("utf-8")
    for table in ("[site]", "[polling]", "[serve]", "[[source]]", "[[output]]"):
        assert table in text
    assert sum(line.startswith("#") for line in text.splitlines()) > 20
    assert "good" in house.run("check").stdout
    assert (house.folder / "articles").is_dir()


def test_init_writes_what_only_its_owner_reads_and_subscribes_to_nobody(house: House) -> None:
    house.run("init", str(house.config))
    assert house.config.stat().st_mode & 0o777 == 0o600
    text = house.config.read_text("utf-8")
    made = tomllib.loads(text)
    assert [source.get("path") for source in made["source"]] == ["articles"]
    assert [output["name"] for output in made["output"]] == ["feed"]
    assert "link" not in made["site"]
    assert text.count('\n# [[source]]\n# url = "https://') >= 8
    assert len(house.run("check").stdout.splitlines()) == 1, "nothing in it is to be warned of"


def test_the_examples_that_init_leaves_out_are_as_they_were_without_their_signs(house: House) -> None:
    before = (ROOT / "config" / "aggregator.toml").read_text("utf-8")
    house.run("init", str(house.config))
    after = house.config.read_text("utf-8")
    assert [line.removeprefix("# ") for line in after.splitlines()] == [
        line.removeprefix("# ") for line in before.splitlines()
    ]


def test_init_takes_aggregator_toml_here_for_its_place_or_makes_the_folders_to_the_named_one(house: House) -> None:
    house.run("init")
    assert house.config.exists()
    deep = house.folder / "a" / "b" / "c.toml"
    house.run("init", str(deep))
    assert deep.read_bytes() == house.config.read_bytes()


def test_init_never_overwrites(house: House) -> None:
    house.write("# mine\n")
    done = house.run("init", str(house.config), status=2)
    assert len(done.stderr.splitlines()) == 1
    assert house.config.read_text("utf-8") == "# mine\n"


def test_init_where_nothing_can_be_written_is_one_line(house: House) -> None:
    house.write("")
    done = house.run("init", str(house.config / "aggregator.toml"), status=2)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["check", "once", "run", "sources"])
def test_all_mistakes_of_a_config_are_told_at_once_a_line_each(house: House, command: str) -> None:
    house.write('[polling]\ntimeout = "soon"\nconcurency = 3\n[serve]\nport = "80"\n[[source]]\nname = "no address"\n')
    done = house.run(command, status=2)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert all(str(house.config) in line for line in lines)
    for words in ("timeout", "did you mean concurrency", "serve.port", "either url or path"):
        assert words in done.stderr
    assert not house.data.exists()


@pytest.mark.parametrize("text", ["[site", "title = \x00", '[site]\ntitle = "\\ud800"\n', "[site]\n[site]\n"])
def test_what_is_no_toml_is_one_line(house: House, text: str) -> None:
    house.write(text)
    (line,) = house.run("check", status=2).stderr.splitlines()
    assert str(house.config) in line


def test_a_config_that_is_not_utf8_is_one_line(house: House) -> None:
    house.config.write_bytes(b'[site]\ntitle = "\xe4"\n')
    (line,) = house.run("check", status=2).stderr.splitlines()
    assert "UTF-8" in line


def test_check_names_a_folder_that_is_missing(house: House) -> None:
    house.write('[[source]]\npath = "nowhere"\n')
    assert "nowhere" in house.run("check").stdout


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        ("", ""),
        ('[serve]\nhost = "0.0.0.0"\n', "[serve] host 0.0.0.0"),
        ('[serve]\nhost = "::"\nport = 8080\n', "http://localhost:8080/"),
        ('[serve]\nhost = ["127.0.0.1", "192.168.1.5"]\n', "192.168.1.5"),
        ('[serve]\nhost = "news.example.org"\n[site]\nlink = "http://127.0.0.1:8000/"\n', "news.example.org"),
        ('[serve]\nhost = "192.168.1.5"\n[site]\nlink = "http://[::1]:8000/"\n', "[::1]"),
        ('[serve]\nhost = "192.168.1.5"\n[site]\nlink = "http://0.0.0.0:8000/"\n', "http://0.0.0.0"),
        ('[serve]\nhost = ["127.0.0.1", "::1", "localhost"]\n', ""),
        ('[serve]\nhost = "0.0.0.0"\n[site]\nlink = "https://news.example.org/"\n', ""),
        ('[serve]\nhost = "0.0.0.0"\n[site]\nlink = "http://192.168.1.5:8000/"\n', ""),
        ('[websub]\nhub = "https://hub.example/"\n', "[websub] hub"),
        ('[websub]\ncallback = "https://news.example.org/websub/"\n', "[websub] callback"),
    ],
)
def test_check_warns_of_links_that_lead_others_to_their_own_machine(house: House, config: str, warned: str) -> None:
    house.write(config)
    _good, *said = house.run("check").stdout.splitlines()
    assert len(said) == bool(warned)
    assert all(warned in line and "[site] link" in line for line in said)


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_once_visits_publishes_and_prints_a_summary(house: House, world: World) -> None:
    house.write(POLLING + _source(world.plays("/feed", Reply(body=rss(item(1), item(2))))))
    done = house.run("once")
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith("1 visited")
    assert "2 new entries" in done.stdout
    assert done.stderr == ""
    public = house.data / "public"
    assert {f.name for f in public.iterdir() if f.suffix in {".xml", ".atom", ".json"}} == PUBLISHED
    assert (public / "index.html").read_bytes().startswith(b"<!doctype html>")
    assert (public / "feed" / "index.html").exists()


def test_once_that_cant_publish_everything_is_exit_1_and_publishes_the_rest(house: House, world: World) -> None:
    house.write(POLLING + _source(world.plays("/feed", Reply(body=rss(item(1))))))
    (house.data / "public" / "feed.json").mkdir(parents=True)  # no file can take its place
    assert "public: can't be written to" in house.run("once", status=1).stderr
    assert (house.data / "public" / "feed.xml").read_bytes().count(b"<item>") == 1


def test_once_json_is_one_object_with_the_contracts_keys(house: House, world: World) -> None:
    house.write(POLLING + _source(world.plays("/feed", Reply(body=rss(item(1))))))
    told = house.json("once")
    assert list(told) == KEYS
    seconds = told.pop("seconds")
    assert 0 < seconds < 60
    assert told == {
        "visited": 1, "unchanged": 0, "failed": 0, "entries_new": 1, "entries_updated": 0, "stories_new": 1,
    }  # fmt: skip


def test_once_visits_what_is_due_and_with_all_everything(house: House, world: World) -> None:
    house.write(POLLING.replace('"1s"', '"15m"') + _source(world.plays("/feed", Reply(body=rss(item(1))))))
    assert house.json("once")["visited"] == 1
    assert house.json("once")["visited"] == 0
    assert house.json("once", "--all")["visited"] == 1


def test_a_304_and_the_same_bytes_are_both_unchanged(house: House, world: World) -> None:
    tagged = world.plays("/tagged", Reply(body=rss(item(1)), headers={"ETag": '"a"'}), Reply(304))
    plain = world.plays("/plain", Reply(body=rss(item(2))))
    house.write(POLLING + _source(tagged, plain))
    house.run("once")
    told = house.json("once", "--all")
    assert (told["visited"], told["unchanged"], told["failed"], told["entries_new"]) == (2, 2, 0, 0)
    assert world.requests("/tagged")[1].headers["if-none-match"] == '"a"'


def test_a_changed_entry_counts_as_updated(house: House, world: World) -> None:
    first, second = rss(item(1), item(2)), rss(item(1, "other words now"), item(2), item(3))
    house.write(POLLING + _source(world.plays("/feed", Reply(body=first), Reply(body=second))))
    house.run("once")
    told = house.json("once", "--all")
    assert (told["entries_new"], told["entries_updated"], told["stories_new"]) == (1, 1, 1)


def test_sources_that_fail_are_a_line_each_and_exit_0(house: House, world: World) -> None:
    urls = [
        world.plays("/404", Reply(404)),
        world.plays("/500", Reply(500)),
        world.plays("/page", Reply(body=b"<html>\r\n<p>no\nfeed</p>")),
        world.plays("/garbage", Reply(body=b"\xff\x00\x1b[31m\n" * 50)),
        world.plays("/coding", Reply(body=b"x", headers={"Content-Encoding": "gzip"})),
        world.plays("/loop", Reply(302, headers={"Location": "/loop"})),
    ]
    house.write(POLLING + _source(*urls, world.plays("/good", Reply(body=rss(item(1))))))
    done = house.run("once", "--json")
    told = json.loads(done.stdout)
    assert (told["visited"], told["failed"], told["entries_new"]) == (7, 6, 1)
    lines = done.stderr.splitlines()
    assert len(lines) == 6, done.stderr
    for url in urls:
        (line,) = (line for line in lines if f" WARNING {url}: " in line)
        assert line.isprintable()


def test_no_source_at_all_is_a_round_too(house: House) -> None:
    house.write("")
    assert house.json("once")["visited"] == 0
    assert (house.data / "public" / "feed.xml").exists()


def _refused(house: House, *arguments: str) -> str:
    done = house.run(*arguments, status=1)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", ["once", "run"])
def test_a_data_folder_that_cant_be_written_is_one_line_and_exit_1(house: House, command: str) -> None:
    house.write("[serve]\nport = 0\n")
    house.data.write_text("not a folder")
    assert str(house.data) in _refused(house, command)


def test_a_published_folder_that_cant_be_written_is_one_line_and_exit_1(house: House) -> None:
    house.write("")
    house.data.mkdir()
    (house.data / "public").write_text("not a folder")
    assert "public" in _refused(house, "once")


QUESTIONS = [["sources"], ["search", "word"], ["explain", "word"], ["export", "--jsonl"], ["export", "--opml"]]


@pytest.mark.parametrize("command", [["once"], ["run"], *QUESTIONS], ids=" ".join)
def test_a_database_that_is_none_is_one_line_and_exit_1_and_stays_as_it_is(house: House, command: list[str]) -> None:
    house.write("[serve]\nport = 0\n")
    house.data.mkdir()
    path = house.data / "aggregator.db"
    path.write_bytes(b"This is no database.\n" * 500)
    assert str(house.data) in _refused(house, *command)
    assert path.read_bytes() == b"This is no database.\n" * 500


@pytest.mark.parametrize("command", QUESTIONS, ids=" ".join)
def test_questions_to_another_programs_database_are_refused(house: House, command: list[str]) -> None:
    _foreign(house)
    _refused(house, *command)


def test_another_programs_database_is_refused_and_stays_as_it_is(house: House) -> None:
    _foreign(house)
    before = (house.data / "aggregator.db").read_bytes()
    _refused(house, "once")
    assert (house.data / "aggregator.db").read_bytes() == before


def _foreign(house: House) -> None:
    house.write("")
    house.data.mkdir()
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database, database:
        database.execute("CREATE TABLE bookmark (url TEXT)")
        database.execute("INSERT INTO bookmark VALUES ('https://mine.example/')")


@pytest.mark.long
def test_a_database_that_another_program_keeps_locked_is_one_line_and_exit_1(house: House, world: World) -> None:
    """It is waited for, ten seconds."""
    house.write(POLLING + _source(world.plays("/feed", Reply(body=rss(item(1))), Reply(body=rss(item(2))))))
    house.run("once")
    with closing(sqlite3.connect(house.data / "aggregator.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked" in _refused(house, "once", "--all")
        other.execute("ROLLBACK")
    assert house.json("once", "--all")["entries_new"] == 1


def _on_a_terminal(house: House, *arguments: str) -> tuple[int, str]:
    """Runs a command with a terminal for its standard error; its exit status and what was shown."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        house.argv(*arguments),
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env=environment(TERM="xterm", COLUMNS="120"),
        cwd=house.folder,
    )
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline and select.select([terminal], [], [], 60)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # EIO: all of them are closed
            break
        shown += chunk
    os.close(terminal)
    return process.wait(30), shown.decode("utf-8", "replace")


def test_once_shows_a_progress_bar_on_a_terminal(house: House, world: World) -> None:
    """And what is logged meanwhile starts its own line, instead of running into the bar."""
    urls = [world.plays(f"/{n}", Reply(body=rss(item(n))) if n % 2 else Reply(500)) for n in range(6)]
    house.write(POLLING + _source(*urls))
    status, shown = _on_a_terminal(house, "once")
    assert status == 0
    assert "Visiting" in shown
    assert re.search(r"\d/6", shown)
    uncoloured = re.sub(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]", "", shown)
    plain = re.sub(r"\x1b\[[0-9]*[A-Z]|\r", "\n", uncoloured)  # what moves the cursor away begins another line
    for number in (0, 2, 4):
        assert re.search(rf"(?m)^[\dTZ: -]*WARNING {re.escape(urls[number])}: answered 500$", plain), shown
    assert "6 visited" in plain


def test_once_shows_nothing_of_the_kind_in_a_pipe(house: House, world: World) -> None:
    house.write(POLLING + _source(world.plays("/a", Reply(body=rss(item(1)))), world.plays("/b", Reply(500))))
    done = house.run("once", TERM="xterm", FORCE_COLOR="1")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert "Visiting" not in done.stdout + done.stderr


def test_an_interrupted_once_is_exit_130_without_a_word(house: House, world: World) -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    house.write(POLLING + _source(world.plays("/never", Reply(raw=never), Reply(body=rss(item(1))))))
    running = Running(house.argv("once"), environment(), house.folder)
    try:
        until(lambda: world.asked)
        assert running.stop(signal.SIGINT) == 130
        assert "".join(running.out + running.log) == ""
    finally:
        running.kill()
    assert house.json("once")["entries_new"] == 1

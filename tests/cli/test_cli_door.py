"""What the commands have a daemon do that runs, and do themselves where none does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from house import SERVED, House, Running, environment, until
from world import Reply, World, item, rss

from aggregator.cli.door import facts
from aggregator.model import StoreError
from aggregator.serve import unix_socket
from aggregator.store.database import Writer
from aggregator.store.lock import acquire

FAILING = Reply(status=500)
CALM = "<ttl>60</ttl>"


def source(*urls: str) -> str:
    return "".join(f'[[source]]\nurl = "{url}"\ninterval = "1h"\n' for url in urls)


def slow(gate: threading.Event, body: bytes) -> Reply:
    """A feed that is answered when the gate opens."""

    async def raw(writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(gate.wait, 60)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    return Reply(raw=raw)


def started(house: House, *arguments: str) -> subprocess.Popen[str]:
    """A command under way."""
    return subprocess.Popen(
        house.argv(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )


def ended(process: subprocess.Popen[str], status: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == status, out + err
    assert "Traceback" not in err
    return out, err


def visited(house: House) -> int:
    with closing(sqlite3.connect(f"file:{house.data / 'aggregator.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM source WHERE last_visit > 0").fetchone()[0])


def settled(house: House, count: int) -> None:
    """Waits until so many sources were visited."""
    until(lambda: (house.data / "aggregator.db").exists() and visited(house) == count)


# ── Visit ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("beside_a_daemon", [True, False])
def test_a_source_is_visited_now_and_its_outcome_is_one_line(house: House, world: World, beside_a_daemon: bool) -> None:
    first = world.plays("/f", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))), FAILING, FAILING)
    other = world.plays("/g", Reply(body=rss(item(3))))
    house.write(SERVED + source(first, other))

    def commands() -> None:
        assert house.run("visit", first).stdout.splitlines() == [f"{first}: 1 new"]
        failed, unchanged = sorted(house.run("visit", first, other, status=1).stdout.splitlines())
        assert failed.startswith(f"{first}: failed: ")
        assert "500" in failed
        assert unchanged == f"{other}: unchanged"
        (line,) = house.run("visit", "--failing", status=1).stdout.splitlines()
        assert line.startswith(f"{first}: failed: ")
        (told,) = json.loads(house.run("visit", other, "--json").stdout)
        assert (told["source"], told["outcome"]) == (other, "unchanged")

    if beside_a_daemon:
        with house.daemon() as running:
            settled(house, 2)
            commands()
            assert len(json.loads(running.get("/feed.json").body)["items"]) == 3, "it is published by then"
            assert running.stop() == 0
    else:
        house.run("once")
        commands()
    assert len(world.requests("/f")) == 4


def test_what_cant_be_visited_says_why(house: House, world: World) -> None:
    url = world.plays("/f", Reply(body=rss(item(1))))
    house.write(
        SERVED + source(url) + 'name = "One"\n[[source]]\nurl = "http://off.example/"\nenabled = false\nname = "One"\n'
    )
    with house.daemon():
        settled(house, 1)
        assert "switched the source off" in house.run("visit", "http://off.example/", status=1).stdout
        (line,) = house.run("visit", "http://unknown.example/", status=1).stderr.splitlines()
        assert line == "aggregator: http://unknown.example/: no source in the config has this address or name"
        (line,) = house.run("visit", "One", status=1).stderr.splitlines()
        assert "several sources have this name" in line
        assert house.run("visit", "--failing").stdout == "No source is failing.\n"
        house.run("visit", status=2)
        house.run("visit", url, "--failing", status=2)


def test_a_folder_is_named_by_its_path_from_where_one_is(house: House) -> None:
    articles = house.folder / "texts"
    articles.mkdir()
    (articles / "a.txt").write_text("A title\n\nIts words are these.\n")
    house.write(SERVED + '[[source]]\npath = "texts"\n')
    with house.daemon():
        settled(house, 1)
        (articles / "b.txt").write_text("Another title\n\nIts words are those.\n")
        assert house.run("visit", "./texts/").stdout == "texts: 1 new\n"


def test_an_order_comes_before_what_is_left_of_a_long_round(house: House, world: World) -> None:
    """Ten feeds of one host wait their turn behind a slow one: what the operator wants isn't the eleventh."""
    gate = threading.Event()
    urls = [world.plays("/0", slow(gate, rss(item(0))))]
    urls += [world.plays(f"/{n}", Reply(body=rss(item(n)))) for n in range(1, 10)]
    wanted = world.plays("/wanted", Reply(body=rss(item(99))))
    house.write(SERVED + source(*urls, wanted))
    with house.daemon() as running:
        until(lambda: world.requests("/0"))
        asking = started(house, "visit", wanted)
        until(lambda: any("visit" in line for line in running.log) or asking.poll() is not None or _is_asked(house))
        gate.set()
        assert ended(asking)[0] == f"{wanted}: 1 new\n"
        assert world.requests("/wanted")
        assert running.stop() == 0


def _is_asked(house: House) -> bool:
    """A client is connected: /proc/net/unix lists the daemon's end."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum(line.endswith(str(house.data / "aggregator.sock")) for line in lines) > 1


# ── Once, publish ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_once_beside_a_daemon_prints_what_it_prints_alone(house: House, world: World) -> None:
    url = world.plays("/f", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))), Reply(body=rss(item(1))))
    house.write(SERVED + source(url))
    with house.daemon() as running:
        settled(house, 1)
        beside = house.json("once", "--all")
        assert house.json("once")["visited"] == 0
        assert house.run("once").stdout.startswith("0 visited in 0.")
        assert running.stop() == 0
    alone = house.json("once", "--all")
    assert list(beside) == list(alone)
    assert (beside["visited"], beside["entries_new"], beside["stories_new"]) == (1, 1, 1)


@pytest.mark.parametrize("beside_a_daemon", [True, False])
def test_publish_writes_what_is_missing_and_says_so(house: House, world: World, beside_a_daemon: bool) -> None:
    house.write(SERVED + source(world.plays("/f", Reply(body=rss(item(1))))))

    def is_published_anew() -> bool:
        (house.data / "public" / "feed.atom").unlink()
        return house.run("publish").stdout == "Published: feed.atom.\n"

    def commands() -> None:
        assert (house.data / "public" / "feed.atom").exists()
        assert house.run("publish").stdout == "Everything that is published is up to date.\n"

    if beside_a_daemon:
        with house.daemon() as running:
            settled(house, 1)
            until(is_published_anew)  # a publication that was asked for before may be faster
            commands()
            assert running.stop() == 0
    else:
        house.run("once")
        assert is_published_anew()
        commands()


def test_what_cant_be_published_is_one_line_and_exit_1(house: House, world: World) -> None:
    house.write(SERVED + source(world.plays("/f", Reply(body=rss(item(1))))))
    house.data.mkdir()
    (house.data / "public").write_text("no folder")
    with house.daemon():
        settled(house, 1)
        (line,) = house.run("publish", status=1).stderr.splitlines()
        assert "public: can't be written to" in line


# ── Split, merge ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_stories_are_merged_and_split_while_the_daemon_runs_and_it_publishes_that(house: House, world: World) -> None:
    house.write(SERVED + source(world.plays("/f", Reply(body=rss(item(1), item(2, "Not alike at all."))))))
    with house.daemon() as running:
        items = until(lambda: found if len(found := _items(running)) == 2 else None)
        one, other = (each["url"] for each in items)
        merged = house.run("merge", one, other).stdout
        assert merged.startswith("They are one story now: urn:uuid:")
        until(lambda: len(_items(running)) == 1)
        (line,) = house.run("merge", one, other, status=1).stderr.splitlines()
        assert line == "aggregator: they are one story already"
        assert house.run("split", other).stdout.startswith(f"{other} is the story urn:uuid:")
        until(lambda: len(_items(running)) == 2)
        (line,) = house.run("split", "http://nowhere.example/", status=1).stderr.splitlines()
        assert "no stored copy has the address" in line
        assert running.stop() == 0
    (line,) = house.run("split", "http://nowhere.example/", status=1).stderr.splitlines()
    assert line == "aggregator: no stored copy has the address or the guid http://nowhere.example/"


def _items(running: Running) -> list[dict[str, str]]:
    got = running.get("/feed.json")
    return json.loads(got.body)["items"] if got.status == 200 else []


# ── Reload ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reload_tells_what_changed_or_what_is_wrong(house: House, world: World) -> None:
    first, second = (world.plays(path, Reply(body=rss(item(n)))) for n, path in enumerate(("/first", "/second")))
    house.write(f'{SERVED}{source(first)}[[output]]\nname = "old"\n')
    with house.daemon() as running:
        settled(house, 1)
        assert house.run("reload").stdout.endswith(" was read again: nothing has changed; 1 source.\n")
        served = SERVED.replace("port = 0", 'port = 0\nhost = "127.0.0.2"')
        house.write(f'{served}{source(second)}[[output]]\nname = "new"\n[site]\ntitle = "Else"\n')
        *lines, last = house.run("reload").stdout.splitlines()
        assert lines == [
            f"+ source {second}", f"- source {first}", "+ output new", "- output old",
            "~ site.title", "~ serve.host (needs a restart)",
        ]  # fmt: skip
        assert last == f"{house.config} was read again: 1 source."
        settled(house, 2)

        house.write('[sight]\n[polling]\ntimeout = "soon"\n')
        wrong = house.run("reload", status=2).stderr.splitlines()
        assert len(wrong) == 3
        assert all(str(house.config) in line for line in wrong[:2])
        assert "timeout" in "".join(wrong[:2])
        assert wrong[2] == "aggregator: the config in force stays"
        running.logged("WARNING .*timeout.*stays")
        until(lambda: running.get("/new.xml").status == 200)
        house.write(f'{served}{source(second)}name = "It"\n[[output]]\nname = "new"\n[site]\ntitle = "Else"\n')
        assert json.loads(house.run("reload", "--json").stdout)["sources"]["changed"] == [second]
        assert running.stop() == 0
    (line,) = house.run("reload", status=1).stderr.splitlines()
    assert "no daemon runs" in line


def test_the_unit_reloads_by_the_command() -> None:
    unit = (Path(__file__).parents[2] / "config/aggregator.service").read_text("utf-8")
    assert "\nExecReload=/opt/aggregator/bin/aggregator reload\n" in unit


# ── Status ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_status_is_one_screen_with_and_without_a_daemon(house: House, world: World) -> None:
    good, bad = world.plays("/f", Reply(body=rss(item(1)))), world.plays("/g", FAILING)
    house.write(SERVED + source(good, bad))
    empty = house.json("status")
    assert (empty["daemon"], empty["entries"], len(empty["trouble"])) == (None, 0, 1)
    with house.daemon() as running:
        settled(house, 2)
        house.run("publish")
        told = house.json("status")
        assert told["daemon"]["pid"] == running.process.pid
        assert told["daemon"]["phase"] == "running"
        assert told["daemon"]["config"] == str(house.config)
        assert told["sources"] == {"ok": 1, "failing": 1}
        assert (told["entries"], told["stories"], told["outputs"]["feed"]["articles"]) == (1, 1, 1)
        assert told["disk"]["database"] > 0
        (worst,) = told["failing"]
        assert (worst["name"], worst["error"]) == (bad.removeprefix("http://"), "answered 500")
        assert told["outputs"]["feed"]["addresses"][0] == "http://localhost:8000/feed.xml"
        assert {name for name, check in told["checks"].items() if not check["ok"]} <= {"rounds"}
        lines = house.run("status").stdout.splitlines()
        assert len(lines) < 24
        assert lines[0].startswith(f"Daemon   running, process {running.process.pid}, for ")
        assert running.stop() == 0
    lines = house.run("status").stdout.splitlines()
    assert lines[0] == "Daemon   no daemon runs"
    assert lines[1] == "Sources  2: 1 failing, 1 ok"
    assert lines[3].startswith(f"Failing  {bad.removeprefix('http://')}, ") and lines[3].endswith(
        " in a row: answered 500"
    )
    assert any(line.endswith(" UTC, http://localhost:8000/feed.xml .atom .json") for line in lines)
    house.write("port = ")
    told = house.json("status")
    assert told["entries"] == 1 and "feed" in told["outputs"], "a config with a mistake hides nothing else"
    assert any("not valid TOML" in line for line in told["trouble"])


def test_a_daemon_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with closing(unix_socket.listen(tmp_path)), pytest.raises(StoreError, match="does not answer within 0 s"):
        facts(tmp_path, patience=0.05)


# ── The socket ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_socket_is_the_owners_alone_and_goes_with_the_daemon(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        about = (house.data / "aggregator.sock").stat()
        assert stat.S_ISSOCK(about.st_mode)
        assert stat.S_IMODE(about.st_mode) == 0o600
        assert running.stop() == 0
    assert not (house.data / "aggregator.sock").exists()


def test_what_a_crash_left_is_replaced(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        running.send(signal.SIGKILL)
        running.process.wait()
    assert (house.data / "aggregator.sock").exists()
    assert house.json("status")["daemon"] is None
    assert house.json("once")["visited"] == 0, "nobody answers there: it does it itself"
    with house.daemon() as running:
        assert house.json("status")["daemon"]["pid"] == running.process.pid
        assert running.stop() == 0


def test_a_path_that_is_too_long_for_a_socket_is_none(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    house = House(deep)
    house.write(SERVED)
    with house.daemon() as running:
        assert house.json("status")["daemon"]["pid"] == running.process.pid
        assert house.json("once")["visited"] == 0
        assert running.stop() == 0


# ── At the same time ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_clients_at_once_are_both_served(house: House, world: World) -> None:
    gate = threading.Event()
    first = world.plays("/f", Reply(body=rss(item(1))), slow(gate, rss(item(1), item(2))))
    second = world.plays("/g", Reply(body=rss(item(3))))
    house.write(SERVED + source(first, second))
    with house.daemon() as running:
        settled(house, 2)
        one = started(house, "visit", first)
        until(lambda: len(world.requests("/f")) == 2)
        other = started(house, "visit", second)
        assert house.run("split", "http://nowhere.example/", status=1), "what needs no visit waits for none"
        gate.set()
        assert ended(one)[0] == f"{first}: 1 new\n"
        assert ended(other)[0] == f"{second}: unchanged\n"
        assert running.stop() == 0


def test_two_commands_without_a_daemon_wait_for_each_other(house: House, world: World) -> None:
    house.write(SERVED + source(world.plays("/f", Reply(body=rss(item(1))))))
    house.run("once")
    writer = Writer(house.data)
    waiting = started(house, "once", "--json")
    until(lambda: "_sqlite3" in Path(f"/proc/{waiting.pid}/maps").read_text())
    assert waiting.poll() is None
    writer.close()
    assert json.loads(ended(waiting)[0])["visited"] == 0


def test_who_waits_too_long_for_another_command_is_told_which_it_is(house: House) -> None:
    house.write(SERVED)
    house.run("once")
    handle = acquire(house.data)
    try:
        (line,) = house.run("split", "x", status=1).stderr.splitlines()
        assert f"process {os.getpid()}" in line
        assert "try again" in line
    finally:
        os.close(handle)


def test_a_daemon_that_is_stopped_meanwhile_is_one_line_and_what_came_is_stored(house: House, world: World) -> None:
    gate = threading.Event()
    url = world.plays("/f", Reply(body=rss(item(1))), slow(gate, rss(item(1), item(2))))
    house.write(SERVED + source(url))
    with house.daemon() as running:
        settled(house, 1)
        visiting = started(house, "visit", url)
        until(lambda: len(world.requests("/f")) == 2)
        waiting = started(house, "once", "--all")
        until(lambda: _connections(house) >= 2)
        running.send(signal.SIGTERM)
        until(lambda: house.json("status")["daemon"]["phase"] == "stopping")
        (line,) = house.run("once", status=1).stderr.splitlines()
        assert line == "aggregator: the daemon is stopping; ask again in a while"
        gate.set()
        assert ended(visiting)[0] == f"{url}: 1 new\n"
        assert ended(waiting, 1)[1].splitlines() == ["aggregator: the daemon is stopping; nothing was visited"]
        assert running.ended() == 0
    assert len(house.entries()) == 2


def _connections(house: House) -> int:
    """How many speak to the daemon at the moment."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum(line.endswith(str(house.data / "aggregator.sock")) and line.split()[5] == "03" for line in lines)


def test_a_daemon_that_is_killed_meanwhile_is_one_line(house: House, world: World) -> None:
    gate = threading.Event()
    url = world.plays("/f", Reply(body=rss(item(1))), slow(gate, rss(item(1), item(2))))
    house.write(SERVED + source(url))
    with house.daemon() as running:
        settled(house, 1)
        visiting = started(house, "visit", url)
        until(lambda: len(world.requests("/f")) == 2)
        running.send(signal.SIGKILL)
        (line,) = ended(visiting, 1)[1].splitlines()
        assert "the daemon ended before" in line
        gate.set()


def test_who_hangs_up_has_it_done_all_the_same(house: House, world: World) -> None:
    gate = threading.Event()
    url = world.plays("/f", Reply(body=rss(item(1))), slow(gate, rss(item(1), item(2))))
    house.write(SERVED + source(url))
    with house.daemon() as running:
        settled(house, 1)
        visiting = started(house, "visit", url)
        until(lambda: len(world.requests("/f")) == 2)
        visiting.send_signal(signal.SIGINT)
        ended(visiting, 130)
        gate.set()
        until(lambda: len(_items(running)) == 2)
        assert running.stop() == 0
    assert not any("ERROR" in line for line in running.log)


def test_a_daemon_that_brings_its_database_up_to_date_says_so(house: House, world: World) -> None:
    house.write(SERVED + source(world.plays("/f", Reply(body=rss(item(1))))))
    house.run("once")
    with closing(sqlite3.connect(house.data / "aggregator.db", isolation_level=None)) as other:
        other.execute("DELETE FROM _sqlite_migrations WHERE name = 'remember_what_was_let_go'")
        other.execute("DROP TABLE let_go")
        other.execute("BEGIN IMMEDIATE")  # so the upgrade takes as long as we want
        running = Running(house.argv("run"), environment(), house.folder)
        try:
            running.logged("brought up to date")
            (line,) = house.run("once", status=1).stderr.splitlines()
            assert line == "aggregator: the daemon is bringing the database up to date; ask again in a while"
            told = house.json("status")
            assert told["daemon"]["phase"] == "bringing the database up to date"
            other.execute("ROLLBACK")
            running.printed("Subscribe to:")
            until(lambda: house.json("status")["daemon"]["phase"] == "running")
            assert running.stop() == 0
        finally:
            running.kill()


def test_what_is_no_order_is_answered_and_the_daemon_stays(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:

        def answered(request: bytes) -> bytes:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(house.data / "aggregator.sock"))
                client.sendall(request)
                return b"".join(iter(lambda: client.recv(65536), b""))

        until(lambda: house.json("status")["daemon"]["phase"] == "running")
        head = b"POST /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        assert b"knows no sing" in answered(head % (b"sing", 2, b"{}"))
        for wrong in (b"", b"[]", b"{", b"\xff", b"1"):
            assert b"is no order" in answered(head % (b"once", len(wrong), wrong))
        assert b"isn't understood" in answered(head % (b"split", 13, b'{"entry": 12}'))
        assert b"isn't understood" in answered(head % (b"visit", 2, b"{}"))
        assert b"no source" in answered(head % (b"visit", 16, b'{"sources": [1]}'))
        answered(b"no HTTP at all\r\n\r\n")
        assert running.stop() == 0
    assert not any("ERROR" in line for line in running.log)

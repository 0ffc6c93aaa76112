"""The daemon as a process: its start, its rounds, its signals, and what a crash leaves."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from house import SERVED, House, Running, environment, until
from world import Reply, World, item, rss

PUBLISHED = {f"{name}.{suffix}" for name in ("feed", "status") for suffix in ("xml", "atom", "json")}


def _source(url: str, more: str = "") -> str:
    return f'[[source]]\nurl = "{url}"\n{more}'


def _items(running: Running, output: str = "feed") -> list[dict[str, Any]]:
    got = running.get(f"/{output}.json")
    return json.loads(got.body)["items"] if got.status == 200 else []


def _has(running: Running, count: int, output: str = "feed") -> list[dict[str, Any]]:
    """Waits until the output has so many items; gives them."""
    return until(
        lambda: found if len(found := _items(running, output)) == count else None,
        lambda: f"{len(_items(running, output))} items instead of {count}; {running.log}",
    )


def _slow(seconds: float, body: bytes) -> Reply:
    """A feed whose second half takes a while."""

    async def raw(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:20])
        await writer.drain()
        await asyncio.sleep(seconds)
        writer.write(body[20:])
        await writer.drain()

    return Reply(raw=raw)


def _make_due(house: House) -> None:
    """Has every source visited in the next round, as if its time had come."""
    with contextlib.closing(sqlite3.connect(house.data / "aggregator.db", timeout=10)) as database, database:
        database.execute("UPDATE source SET next_visit = 0")


def _is_sound(house: House) -> bool:
    """The database was checkpointed, and is whole without its log."""
    log = house.data / "aggregator.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    with contextlib.closing(sqlite3.connect(house.data / "aggregator.db")) as database:
        return database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_starts_in_an_empty_place_and_prints_the_addresses_to_subscribe_to(house: House) -> None:
    house.write(f'{SERVED}[[output]]\nname = "one"\n[[output]]\nname = "two"\n')
    with house.daemon() as running:
        addresses = [
            f"http://127.0.0.1:{running.port}/{n}.{s}" for n in ("one", "two") for s in ("xml", "atom", "json")
        ]
        for address in addresses:
            running.printed(f"^ +{address}$")
        for address in addresses:
            assert until(lambda address=address: running.get("/" + address.rpartition("/")[2]).status == 200)
        assert (house.data / "aggregator.db").exists()
        assert running.stop() == 0
    assert running.out[-1] == "Stopped."


def test_port_0_announces_the_port_that_was_found(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        assert running.port > 0
        assert running.get("/healthz").status == 200


def test_a_port_in_use_is_one_line_and_exit_1(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house.write(f"[serve]\nport = {port}\n")
        done = house.run("run", status=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(port) in done.stderr
    assert "in use" in done.stderr


def test_a_second_one_over_the_same_data_is_one_line_and_exit_1(house: House) -> None:
    house.write(SERVED)
    with house.daemon():
        done = house.run("run", status=1)
        assert len(done.stderr.splitlines()) == 1
        assert "another aggregator is using it" in done.stderr


def test_while_it_brings_the_database_up_to_date_what_was_published_is_served(house: House, world: World) -> None:
    """To index a hundred thousand articles anew takes half a minute: readers would find nobody there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house.write(SERVED.replace("port = 0", f"port = {port}") + _source(world.plays("/f", Reply(body=rss(item(1))))))
    house.run("once")

    def asked(path: str) -> tuple[int, bytes] | None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read()
        except ConnectionError:
            return None

    with closing(sqlite3.connect(house.data / "aggregator.db", isolation_level=None)) as other:
        other.execute("DELETE FROM _sqlite_migrations WHERE name = 'remember_what_was_let_go'")
        other.execute("DROP TABLE let_go")
        other.execute("BEGIN IMMEDIATE")  # so the upgrade takes as long as we want
        running = Running(house.argv("run"), environment(), house.folder)
        try:
            status, feed = until(lambda: asked("/feed.json"))
            assert status == 200 and json.loads(feed)["items"]
            status, told = asked("/healthz") or (0, b"")
            assert status == 503 and b"up to date" in told
            status, told = asked("/readyz") or (0, b"")
            assert status == 503 and b"the database is brought up to date" in told
            assert b"aggregator_check_ok" in (asked("/metrics") or (0, b""))[1]
            other.execute("ROLLBACK")
            running.printed("Subscribe to:")
            until(lambda: (asked("/healthz") or (0,))[0] == 200)
            assert any("brought up to date" in line for line in running.log)
            assert running.stop() == 0
        finally:
            running.kill()


def test_what_is_stored_can_be_asked_for_while_it_runs(house: House, world: World) -> None:
    house.write(SERVED + _source(world.plays("/feed", Reply(body=rss(item(1), item(2))))))
    with house.daemon() as running:
        _has(running, 2)
        assert [(s["state"], s["entries"]) for s in house.json("sources")] == [("ok", 2)]
        assert len(house.json("search", "word1x3")) == 1
        assert len(house.entries()) == 2
        assert running.stop() == 0


def test_a_source_that_cant_be_reached_is_one_line_and_the_others_are_published(house: House, world: World) -> None:
    with socket.socket() as closed:  # bound, so that nobody else gets the port, nor the daemon; and it never listens
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/feed"
        seldom = _source(nowhere) + 'interval = "1h"\n'
        house.write(SERVED + seldom + _source(world.plays("/feed", Reply(body=rss(item(1))))))
        with house.daemon() as running:
            _has(running, 1)
            running.logged(rf"WARNING {nowhere}: can't connect")
            assert sum(nowhere in line for line in running.log) == 1
            assert running.stop() == 0


# ── Rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_that_becomes_due_is_visited(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))))
    house.write(SERVED + _source(url))
    with house.daemon() as running:
        _has(running, 2)
        assert running.stop() == 0
    assert len(house.entries()) == 2


def test_an_article_edited_in_a_folder_is_published_again_under_its_id(house: House) -> None:
    articles = house.folder / "articles"
    articles.mkdir()
    words = " ".join(f"word{index}" for index in range(60))
    (articles / "a.txt").write_text(f"The first title\n\n{words}\n", "utf-8")
    house.write(f'{SERVED}[[source]]\npath = "articles"\n')
    with house.daemon() as running:
        (before,) = _has(running, 1)
        (articles / "a.txt").write_text(f"The second title\n\n{words} and more of them\n", "utf-8")
        _make_due(house)
        running.send(signal.SIGHUP)
        after = until(lambda: next((i for i in _items(running) if i["title"] == "The second title"), None))
        assert "and more of them" in after["content_html"]
        assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
        assert len(_items(running)) == 1
        assert running.stop() == 0


def test_editions_stay_as_they_are_on_disk_while_nothing_changes(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1))))
    house.write(SERVED + _source(url))
    public = house.data / "public"

    def stamps() -> dict[str, tuple[int, int]]:
        files = [path for path in public.rglob("*") if path.is_file()]
        return {str(f.relative_to(public)): (f.stat().st_mtime_ns, f.stat().st_ino) for f in files}

    with house.daemon() as running:
        _has(running, 1)
        until(lambda: b"<article" in (public / "index.html").read_bytes())  # pages follow the feeds
        before, visits = stamps(), len(world.requests("/feed"))
        until(lambda: len(world.requests("/feed")) >= visits + 2)
        assert running.stop() == 0
    with house.daemon() as again:
        until(lambda: json.loads(again.get("/healthz").body)["last_round"])
        assert again.stop() == 0
    assert stamps() == before
    assert {name for name in before if not name.endswith((".html", ".css", ".js", ".ico", ".png"))} == PUBLISHED
    assert {"index.html", "feed/index.html"} <= set(before)


def test_an_edition_is_replaced_in_one_step(house: House, world: World) -> None:
    """Whoever reads the file in the midst of it has the old one or the new one, whole."""
    large = " ".join(f"filler{index}" for index in range(20_000))
    count = iter(range(2, 10_000))

    def growing(_asked: object) -> Reply:
        numbers = range(next(count) % 7 + 1)  # without dates, from which a rhythm would be taken
        return Reply(
            body=rss(*(f"<guid>{n}</guid><title>{n}</title><description>{n} {large}</description>" for n in numbers))
        )

    house.write(SERVED + _source(world.plays("/feed", growing)))
    path = house.data / "public" / "feed.json"
    with house.daemon() as running:
        _has(running, 3)
        versions: set[tuple[int, int]] = set()

        def three_versions() -> bool:
            with path.open("rb") as file:
                about = os.fstat(file.fileno())
                versions.add((about.st_ino, about.st_mtime_ns))
                json.loads(file.read())
            return len(versions) >= 3

        until(three_versions)
        assert len({inode for inode, _ in versions}) > 1
        assert running.stop() == 0
    left = {
        f.name
        for f in path.parent.rglob("*")
        if f.is_file() and f.suffix not in {".html", ".css", ".js", ".ico", ".png"}
    }
    assert left == PUBLISHED  # nothing temporary


def test_the_same_stories_give_the_same_bytes_from_a_database_built_again(house: House, world: World) -> None:
    house.write(SERVED + _source(world.plays("/feed", Reply(body=rss(item(1), item(2), item(3))))))
    made = []
    for _ in range(2):
        with house.daemon() as running:
            _has(running, 3)
            until(lambda: json.loads(running.get("/healthz").body)["last_round"])
            assert running.stop() == 0
        public = house.data / "public"
        made.append({f.relative_to(public): f.read_bytes() for f in public.rglob("*") if f.is_file()})
        for file in house.data.glob("aggregator.db*"):
            file.unlink()
        shutil.rmtree(public)
    assert made[0] == made[1]


def test_an_older_story_that_comes_late_moves_last_modified(house: House, world: World) -> None:
    """A reader that knows only If-Modified-Since would never see it."""
    ready: list[int] = []

    def late(_asked: object) -> Reply:
        old = "<guid>old</guid><title>Old</title><pubDate>Sun, 05 Jan 2020 08:00:00 GMT</pubDate><description>x y z"
        items = [item(1)] + ([f"{old}</description>"] if ready else [])
        return Reply(body=rss(*items))

    house.write(SERVED + _source(world.plays("/feed", late)))
    with house.daemon() as running:
        _has(running, 1)
        until(lambda: json.loads(running.get("/healthz").body)["last_round"])
        seen = running.get("/feed.xml").headers["last-modified"]
        until(lambda: running.get("/nothing").headers["date"] > seen)  # a date's grain is a second
        ready.append(1)
        _has(running, 2)
        got = until(lambda: g if b"Old" in (g := running.get("/feed.xml")).body else None)
        assert got.headers["last-modified"] != seen
        assert running.get("/feed.xml", If_Modified_Since=seen).status == 200
        assert running.stop() == 0


def test_trouble_with_the_files_is_one_line_and_told_by_healthz(house: House) -> None:
    house.write(SERVED)
    house.data.mkdir()
    (house.data / "public").write_text("not a folder")
    with house.daemon() as running:
        running.logged("ERROR .*public: can't be written to")
        got = until(lambda: answer if (answer := running.get("/healthz")).status == 503 else None)
        assert "can't be written to" in json.loads(got.body)["trouble"]
        assert running.stop() == 0


# ── SIGHUP ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_database_that_is_removed_under_it_is_told_and_the_feeds_stay(house: House, world: World) -> None:
    house.write(SERVED + _source(world.plays("/feed", Reply(body=rss(item(1))))))
    with house.daemon() as running:
        _has(running, 1)
        (house.data / "aggregator.db").unlink()
        running.logged("ERROR .*removed while in use")
        assert running.get("/healthz").status == 503
        assert running.get("/feed.xml").status == 200


def test_sighup_takes_a_changed_config(house: House, world: World) -> None:
    first = world.plays("/first", Reply(body=rss(item(1))))
    second = world.plays("/second", Reply(body=rss(item(2), item(3))))
    house.write(f'{SERVED}{_source(first)}[[output]]\nname = "old"\n[[output]]\nname = "feed"\n')
    with house.daemon() as running:
        _has(running, 1, "old")
        house.write(f'{SERVED}{_source(first)}{_source(second)}[[output]]\nname = "new"\n[[output]]\nname = "feed"\n')
        running.send(signal.SIGHUP)
        _has(running, 3, "new")
        _has(running, 3)
        assert running.get("/old.xml").status == 404
        assert "old.xml" not in running.get("/").text
        assert "new.xml" in running.get("/").text
        assert running.stop() == 0


def test_sighup_takes_a_source_out_of_the_outputs(house: House, world: World) -> None:
    first = world.plays("/first", Reply(body=rss(item(1))))
    second = world.plays("/second", Reply(body=rss(item(2))))
    house.write(SERVED + _source(first) + _source(second))
    with house.daemon() as running:
        _has(running, 2)
        house.write(SERVED + _source(first))
        running.send(signal.SIGHUP)
        assert [i["title"] for i in _has(running, 1)] == ["Item 1"]
        assert running.stop() == 0


def test_sighup_with_a_mistake_keeps_the_config_in_force_and_says_what_is_wrong(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1))))
    house.write(SERVED + _source(url))
    with house.daemon() as running:
        _has(running, 1)
        for wrong in ("[sight]\n", "port = ", '[polling]\ntimeout = "soon"\n'):
            house.write(wrong)
            running.send(signal.SIGHUP)
            until(lambda: any("stays" in line for line in running.log))
            running.log.clear()
        house.config.unlink()
        running.send(signal.SIGHUP)
        running.logged("WARNING .*there is no such file.*stays")
        visits = len(world.requests("/feed"))
        until(lambda: len(world.requests("/feed")) > visits)
        assert len(_items(running)) == 1
        assert running.stop() == 0


def test_sighup_that_moves_the_server_says_that_it_takes_a_restart(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        house.write(SERVED.replace("port = 0", 'port = 0\nhost = "127.0.0.2"'))
        running.send(signal.SIGHUP)
        running.logged("WARNING .*restart")
        assert running.get("/healthz").status == 200
        assert running.stop() == 0


def test_sighup_during_a_round_is_heeded_right_after_it(house: House, world: World) -> None:
    """The scheduler drops a job that comes up while its like runs: the next round would be a minute away."""
    slow = world.plays("/slow", _slow(1.2, rss(item(1), channel="<ttl>60</ttl>")))
    new = world.plays("/new", Reply(body=rss(item(2), channel="<ttl>60</ttl>")))
    house.write(SERVED + _source(slow))
    with house.daemon() as running:
        until(lambda: world.requests("/slow"))
        house.write(SERVED + _source(slow) + _source(new))
        running.send(signal.SIGHUP)
        running.logged("the config was read again: 2 sources")
        assert not running.out[-1].startswith("Stopped")
        started = time.monotonic()
        until(lambda: world.requests("/new"))
        assert time.monotonic() - started < 15
        assert running.stop() == 0


# ── Stop ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_visits_under_way_end_and_stores_them(house: House, world: World, number: int) -> None:
    slow = [world.plays(f"/slow{n}", _slow(0.8, rss(item(n)))) for n in (1, 2, 3)]
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    house.write(SERVED + "".join(_source(u.replace(hosts[0], h)) for u, h in zip(slow, hosts, strict=True)))
    with house.daemon() as running:
        until(lambda: len(world.asked) == 3)
        started = time.monotonic()
        assert running.stop(number) == 0
        assert time.monotonic() - started < 10
    assert sorted(entry["title"] for entry in house.entries()) == ["Item 1", "Item 2", "Item 3"]
    assert _is_sound(house)
    assert len(json.loads((house.data / "public" / "feed.json").read_bytes())["items"]) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_no_harm(house: House, world: World, number: int) -> None:
    house.write(SERVED + _source(world.plays("/slow", _slow(0.8, rss(item(1))))))
    with house.daemon() as running:
        until(lambda: world.asked)
        running.send(signal.SIGTERM)
        running.send(number)
        running.send(signal.SIGHUP)
        assert running.stop(number) == 0
    assert len(house.entries()) == 1
    assert _is_sound(house)


@pytest.mark.parametrize("stored", [2, 0])
def test_ctrl_c_reaches_its_whole_process_group_and_nothing_is_lost(house: House, world: World, stored: int) -> None:
    """A terminal sends SIGINT to the workers too, at work or about to start."""
    urls = [world.plays(f"/{n}", Reply(body=rss(item(n)))) for n in (1, 2)]
    slow = world.url("/slow", "127.0.0.2")
    world.plays("/slow", _slow(3, rss(item(3))))
    house.write(SERVED + "".join(_source(url) for url in [*urls, slow]))
    with house.daemon() as running:
        until(lambda: len(world.asked) == 3)
        until(lambda: _count(house) >= stored)
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.ended() == 0
    assert len(house.entries()) == 3


def test_visits_that_only_wait_for_their_host_are_left_for_the_next_start(house: House, world: World) -> None:
    """Else one slow host with many feeds holds up every stop, until systemd's patience ends."""
    urls = [world.plays(f"/slow{n}", _slow(0.5, rss(item(n)))) for n in range(6)]
    house.write(SERVED + "".join(map(_source, urls)))
    with house.daemon() as running:
        until(lambda: world.asked)
        assert running.stop() == 0
    assert len(world.asked) <= 2
    assert _is_sound(house)


def test_a_stop_while_idle_is_at_once_and_leaves_a_sound_database(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        until(lambda: json.loads(running.get("/healthz").body)["last_round"])
        started = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - started < 5
    assert _is_sound(house)


def test_a_reader_that_keeps_its_connection_open_does_not_hold_it_up(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running, socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536)
        started = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - started < 10


# ── systemd ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_when_it_is_ready_and_when_it_stops(house: House, tmp_path: Path, abstract: bool) -> None:
    name = f"@aggregator-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    house.write(SERVED)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0"))
        systemd.settimeout(20)
        with house.daemon(NOTIFY_SOCKET=name) as running:
            assert until(lambda: systemd.recv(1000).startswith(b"READY=1\n"))
            assert running.get("/feed.xml").status == 200  # ready is ready
            assert running.stop() == 0
        assert until(lambda: systemd.recv(1000) == b"STOPPING=1")


def test_a_systemd_that_does_not_listen_is_no_reason_to_die(house: House, tmp_path: Path) -> None:
    house.write(SERVED)
    with house.daemon(NOTIFY_SOCKET=str(tmp_path / "nobody")) as running:
        running.logged("WARNING .*nobody.*STATUS")
        assert running.get("/healthz").status == 200
        assert running.stop() == 0


# ── Crash ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_after_a_kill_in_the_midst_of_a_round_nothing_is_lost_or_doubled(house: House, world: World) -> None:
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    for n in range(9):
        world.plays(f"/{n}", Reply(body=rss(*(item(n * 10 + i) for i in range(10)))))
    slow = world.plays("/slow", _slow(60, rss(item(99))), Reply(body=rss(item(99))))
    urls = [world.url(f"/{n}", hosts[1 + n % 2]) for n in range(9)]
    house.write(SERVED.replace('"1s"', '"15m"') + "".join(map(_source, [slow, *urls])))
    with house.daemon() as running:
        until(lambda: any(world.requests(f"/{n}") for n in range(9)) and world.requests("/slow"))
        until(lambda: _count(house) > 0)
        running.kill()
        assert not (house.data / "public" / "feed.json").read_bytes().count(b"Item")
    stored = Counter(entry["guid"] for entry in house.entries())
    assert set(stored.values()) == {1}
    with house.daemon() as again:
        items = _has(again, 91)
        assert len({i["id"] for i in items}) == 91
        assert again.stop() == 0
    entries = house.entries()
    assert len(entries) == len({(e["source"], e["guid"]) for e in entries}) == 91
    assert {e["story"] for e in entries} == {i["id"] for i in items}
    assert _is_sound(house)


def _count(house: House) -> int:
    path = house.data / "aggregator.db"
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as database:
        found: int = database.execute("SELECT count(*) FROM entry").fetchone()[0]
    return found


def test_no_process_outlives_a_daemon_that_was_killed(house: House, world: World) -> None:
    house.write(SERVED + _source(world.plays("/feed", Reply(body=rss(item(1))))))
    with house.daemon() as running:
        _has(running, 1)
        group = running.process.pid
        assert len(_members(group)) > 1  # the workers
        running.kill()
    until(lambda: not _members(group), lambda: f"left over: {_members(group)}")


def _members(group: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(folder.name))
    return found

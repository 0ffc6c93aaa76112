"""What is logged: lines for people and for programs, priorities for the journal, repeats that are counted."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import SERVED, House, environment, until
from hypothesis import given
from hypothesis import strategies as st
from world import Reply, World, item, rss

from aggregator.logs import STYLES, Repeats, is_journal

AT = 1_795_392_000.5  # 2026-11-23T…


def _record(message: str, level: int = logging.WARNING, at: float = AT, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("aggregator.engine", level, __file__, 1, message, (), None)
    record.__dict__.update(fields, created=at)
    return record


def _bug(message: str) -> Any:
    try:
        int(message)
    except ValueError:
        return sys.exc_info()


def _source(url: str) -> str:
    return f'[[source]]\nurl = "{url}"\ninterval = "1m"\n'


# ── Styles ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_text_has_the_time_in_utc_with_its_zone_and_stays_one_line() -> None:
    line = STYLES["text"]().format(_record("https://a.example/\nFATAL forged"))
    assert re.fullmatch(r"2026-11-\d\dT\d\d:\d\d:\d\dZ WARNING https://a\.example/ FATAL forged", line)


def test_json_is_an_object_a_line() -> None:
    told = json.loads(STYLES["json"]().format(_record("it\nis \u2028so", source="https://a.example/", new=3, status=0)))
    assert told.pop("time").endswith(".500Z")
    assert told == {
        "level": "warning", "message": "it is so", "logger": "aggregator.engine",
        "source": "https://a.example/", "new": 3, "status": 0,
    }  # fmt: skip


@given(st.text(), st.text())
def test_logfmt_is_read_back_and_one_line(message: str, source: str) -> None:
    line = STYLES["logfmt"]().format(_record(message.replace("%", ""), source=source))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    pair = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |$)')
    assert pair.sub("", line) == ""
    names = [found[1] for found in pair.finditer(line)]
    assert names[:4] == ["time", "level", "message", "logger"]


@pytest.mark.parametrize("style", STYLES)
def test_a_bug_has_its_traceback_and_no_style_shows_secrets(style: str) -> None:
    record = _record('see "https://me:hunter2@b.example/?key=t0psecret"', source="https://a.example/?key=t0psecret")
    record.exc_info = _bug("https://user:hunter2@a.example/?token=t0psecret")
    line = STYLES[style]().format(record)
    assert "ValueError" in line and "Traceback" in line
    assert "hunter2" not in line and "t0psecret" not in line
    assert len(line.splitlines()) == 1 or style == "text"


def test_the_journal_has_a_priority_on_each_line_and_a_time_of_its_own() -> None:
    record = _record("a bug", logging.ERROR)
    record.exc_info = _bug("")
    lines = STYLES["text"](to_journal=True).format(record).splitlines()
    assert lines[0] == "<3>ERROR a bug"
    assert len(lines) > 2 and all(line.startswith("<3>") for line in lines)
    levels = {logging.DEBUG: "<7>", logging.INFO: "<6>", logging.WARNING: "<4>", logging.CRITICAL: "<2>"}
    for level, prefix in levels.items():
        assert STYLES["text"](to_journal=True).format(_record("x", level)).startswith(prefix)


def test_it_is_the_journal_only_where_standard_error_goes_there(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        about = os.fstat(stream.fileno())
        assert is_journal({"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}, stream)
        assert not is_journal({"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino + 1}"}, stream)
        assert not is_journal({}, stream)


# ── Repeats ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sources_trouble_is_said_once_then_counted() -> None:
    repeats = Repeats()
    first, *more = [_record("a: answered 503", at=AT + 900 * n, source="a") for n in range(5)]
    assert repeats.filter(first)
    assert not any(repeats.filter(record) for record in more)
    assert repeats.filter(_record("b: answered 503", source="b"))
    assert repeats.filter(_record("a: answered 404", source="a"))
    later = _record("a: answered 503", at=AT + 86400, source="a")
    assert repeats.filter(later)
    assert STYLES["text"]().format(later).endswith("a: answered 503 (and 4 times more since that was said last)")
    assert json.loads(STYLES["json"]().format(later))["repeats"] == 4


def test_what_it_brings_and_what_concerns_no_source_is_always_said() -> None:
    repeats = Repeats()
    trouble = [repeats.filter(_record("a: answered 503", source="a")) for _ in range(2)]
    brought = [repeats.filter(_record("a: 1 new", logging.INFO, source="a", new=1)) for _ in range(2)]
    again = repeats.filter(_record("a: answered 503", source="a"))
    assert (trouble, brought, again) == ([True, False], [True, True], True)
    assert all(repeats.filter(_record("our own connection seems to be down")) for _ in range(2))


def test_a_clock_that_was_set_back_silences_nobody() -> None:
    repeats = Repeats()
    assert repeats.filter(_record("a: answered 503", source="a"))
    assert repeats.filter(_record("a: answered 503", at=AT - 10, source="a"))


def test_messages_without_end_cost_no_memory_without_end() -> None:
    repeats = Repeats()
    for n in range(1000):
        repeats.filter(_record(f"a: {n}", source="a"))
    assert sum(map(len, repeats._said.values())) < 50


# ── The daemon ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_visit_that_brought_something_is_a_line_and_an_idle_minute_is_none(house: House, world: World) -> None:
    new = world.plays("/new", Reply(body=rss(item(1), item(2))))
    failing = world.plays("/failing", Reply(404))
    house.write(SERVED + _source(new) + _source(failing))
    with house.daemon() as running:
        running.logged(rf"INFO {new}: 2 new$")
        running.logged(rf"WARNING {failing}: answered 404")
        told = list(running.log)
        for _ in range(3):  # visits that bring nothing, and fail as before
            house.run("visit", new, failing, status=1)
        assert running.stop() == 0
    assert [line for line in running.log if "by the operator" not in line] == told
    assert len(told) == 2


def test_who_read_that_a_source_fails_reads_that_it_works_again(house: House, world: World) -> None:
    works, fails = Reply(body=rss(item(1))), Reply(503)
    url = world.plays("/f", works, fails, works, fails, fails, fails, works, fails)
    house.write(SERVED + _source(url))
    with house.daemon() as running:
        running.logged(rf"INFO {url}: 1 new$")
        for status in (1, 0, 1, 1, 1, 0, 1):
            house.run("visit", url, status=status)
        assert running.stop() == 0
    told = [line.partition(url)[2] for line in running.log if "by the operator" not in line]
    answered = ": answered 503"
    # once is a hiccup, and the same is said once a day; that it is over is said, and what comes then is new
    assert told == [": 1 new", answered, ": it works again, after it failed 3 times in a row", answered]


def test_level_and_format_are_taken_at_a_reload(house: House, world: World) -> None:
    url = world.plays("/f", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))), Reply(body=rss(item(3))))
    house.write(SERVED + _source(url))
    with house.daemon() as running:
        running.logged(rf"INFO {url}: 1 new$")
        house.write(SERVED + '[log]\nformat = "json"\n' + _source(url))
        house.run("reload")
        house.run("visit", url)
        line = running.logged(rf"^\{{.*{url}: 1 new.*$")[0]
        told = json.loads(line)
        assert (told["source"], told["new"], told["outcome"], told["level"]) == (url, 1, "ok", "info")
        house.write(SERVED + '[log]\nlevel = "warning"\nformat = "logfmt"\n' + _source(url))
        house.run("reload")
        count = len(running.log)
        house.run("visit", url)
        assert running.stop() == 0
        assert running.log[count:] == []


def test_programs_that_read_json_get_nothing_else(house: House, world: World) -> None:
    """Both streams of a container are one."""
    house.write(SERVED + '[log]\nformat = "json"\n' + _source(world.plays("/f", Reply(body=rss(item(1))))))
    done = subprocess.Popen(
        house.argv("run"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), cwd=house.folder
    )
    lines: list[bytes] = []
    assert done.stdout
    with done.stdout:
        until(lambda: lines.append(done.stdout.readline()) or b"1 new" in lines[-1])  # type: ignore[union-attr]
        done.terminate()
        lines += done.stdout.readlines()
    assert done.wait(30) == 0
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert any(b"Serving http" in line for line in lines)


def test_a_service_writes_for_the_journal(house: House) -> None:
    """Its standard error is a socket there, whose numbers it is told; here a file's do."""
    house.write('[serve]\nport = 0\n[polling]\ncontact = ""\n')
    log = house.folder / "journal"
    script = f'exec 2>{shlex.quote(str(log))}; export JOURNAL_STREAM="$(stat -Lc %d:%i /proc/self/fd/2)"; exec "$@"'
    process = subprocess.Popen(
        ["sh", "-c", script, "sh", *house.argv("run")], stdout=subprocess.PIPE, env=environment(), cwd=house.folder
    )
    try:
        assert process.stdout
        until(lambda: b"Subscribe" in process.stdout.readline())  # type: ignore[union-attr]
        house.config.write_text("port = [")
        house.run("reload", status=2)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert re.search(r"^<4>WARNING .*not valid TOML", log.read_text(), re.MULTILINE)

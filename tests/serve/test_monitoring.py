"""/metrics and /readyz over a real daemon, and over a store that is in trouble: what they tell, and that they agree."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, web
from house import ROOT, SERVED, House, until
from prometheus_client.parser import text_string_to_metric_families
from world import Reply, World, item, rss

from aggregator.config import Config, parse
from aggregator.outbound import metrics
from aggregator.outbound.survey import survey
from aggregator.policy.readiness import Running
from aggregator.serve.monitoring import Monitoring
from tests.store.conftest import Desk, _opened

if TYPE_CHECKING:
    from prometheus_client import Metric

WELL = Running(last_round=7, since_round=60.0, published=7, took=1.0, queues={"pushes": 0})


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(text: str) -> dict[str, float]:
    """Every sample by its name, with its labels' values behind it."""
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in families(text).values()
        for sample in family.samples
    }


def names(text: str) -> set[str]:
    """The names under which samples may come, also of what has none at the time."""
    return {*re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)}


@dataclass
class Watched:
    """A watch over a store, under a clock that jumps."""

    desk: Desk
    session: ClientSession
    url: str = ""
    running: Running = WELL
    now: float = 0.0

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def checks(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((await self.get("/readyz"))[1])["checks"]
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with _opened(tmp_path / "data") as made:
        yield made


@pytest.fixture
async def watched(desk: Desk) -> AsyncIterator[Watched]:
    async with ClientSession() as session, _watched(desk, session, Config()) as made:
        yield made


@asynccontextmanager
async def _watched(desk: Desk, session: ClientSession, config: Config) -> AsyncIterator[Watched]:
    made = Watched(desk, session)
    application = web.Application()
    monitoring = Monitoring(lambda: config, desk.folder, lambda: made.running, None, lambda: made.now)
    application.router.add_routes(monitoring.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()


# ── What it tells is what the commands tell ──────────────────────────────────────────────────────────────────────────


def test_metrics_status_and_sources_agree(house: House, world: World) -> None:
    good = world.plays("/f", Reply(body=rss(item(1), item(2), title="Good")))
    bad = world.plays("/g", Reply(status=500))
    house.write(f'{SERVED}[[source]]\nurl = "{good}"\n[[source]]\nurl = "{bad}"\nenabled = true\n')
    with house.daemon() as running:
        until(lambda: b"Item 2" in running.get("/feed.json").body)
        house.run("publish")
        until(lambda: values(running.get("/metrics").text).get("aggregator_sources failing"))
        until(lambda: running.get("/readyz").status == 200)  # a look at everything is kept for some seconds
        got = running.get("/metrics")
        told, listed = house.json("status"), house.json("sources")
        assert running.stop() == 0
    found = values(got.text)

    assert got.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert got.headers["cache-control"] == "no-store"
    states = {state: found[f"aggregator_sources {state}"] for state in ("ok", "failing", "pending", "gone", "paused")}
    assert {state: count for state, count in states.items() if count} == told["sources"]
    assert states["failing"] == sum(source["state"] == "failing" for source in listed) == 1
    assert found["aggregator_sources_failing 5xx"] == 1
    assert (found["aggregator_entries"], found["aggregator_stories"]) == (told["entries"], told["stories"]) == (2, 2)
    assert found["aggregator_output_articles feed"] == told["outputs"]["feed"]["articles"] == 2
    assert found["aggregator_visits_total failed"] >= 1 and found["aggregator_visits_total ok"] >= 1
    assert found["aggregator_stories_new_total"] == 2
    assert {check: found[f"aggregator_check_ok {check}"] for check in told["checks"]} == dict.fromkeys(
        told["checks"], 1.0
    )
    assert found["process_resident_memory_bytes"] > 10_000_000


def test_a_daemon_without_anything_to_do_becomes_ready(house: House) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        got = until(lambda: got if (got := running.get("/readyz")).status == 200 else None)
        assert running.stop() == 0
    told = json.loads(got.body)
    assert told["status"] == "ready"
    assert {name for name, check in told["checks"].items() if check["ok"]} == {*told["checks"]}


# ── /readyz ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_is_not_ready_says_why(watched: Watched) -> None:
    watched.desk.folder.joinpath("public").mkdir()
    status, text = await watched.get("/readyz")
    assert (status, json.loads(text)["status"]) == (503, "not ready")
    assert json.loads(text)["checks"]["outputs"]["said"] == "not published yet: feed.xml, feed.atom, feed.json"
    for suffix in ("xml", "atom", "json"):
        watched.desk.folder.joinpath("public", f"feed.{suffix}").write_text("x")
    assert (await watched.get("/readyz"))[0] == 503, "a look is kept for some seconds, however many ask"
    watched.now += 5
    assert (await watched.get("/readyz"))[0] == 200
    watched.running = replace(WELL, outage="no route")
    assert not (await watched.checks())["network"]["ok"], "what the daemon knows is told at once"
    watched.running = replace(WELL, trouble="https://ann:hunter2@a.example/feed?token=hunter2 can't be stored")
    assert "a.example" in (await watched.checks())["rounds"]["said"]
    assert "hunter2" not in (await watched.get("/readyz"))[1]


async def test_a_store_that_cannot_be_read_leaves_the_rest_to_be_told(watched: Watched) -> None:
    watched.desk.writer.close()
    (watched.desk.folder / "aggregator.db").write_bytes(b"no database " * 1000)
    status, text = await watched.get("/metrics")
    assert status == 200
    assert values(text)["aggregator_check_ok store"] == 0
    assert "aggregator_sources" not in names(text)
    assert "aggregator_database_bytes" in names(text)
    assert not (await watched.checks())["store"]["ok"]
    watched.desk.writer = watched.desk.again(watched.desk.folder.parent / "other").writer  # for the fixture to close


async def test_what_is_not_there_yet_is_not_ready(tmp_path: Path) -> None:
    seen = survey(tmp_path / "nothing" / "here", Config(), 0)
    assert seen.counted is None
    assert [check.name for check in seen.checks(Running()) if not check.ok] == ["store", "rounds", "outputs"]


# ── The text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(desk: Desk) -> str:
    return metrics.exposition(survey(desk.folder, Config(), 7), WELL).decode()


def test_names_units_and_help_are_as_prometheus_wants_them(desk: Desk) -> None:
    """The rules of `promtool check metrics`."""
    text = _text(desk)
    for name in names(text):
        about = re.search(rf"^# HELP {name} (.+)\n# TYPE {name} (\w+)$", text, re.MULTILINE)
        assert about is not None, name
        if name.startswith("aggregator_"):
            assert about[1].endswith("."), name
        assert (about[2] == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(milli|minutes?|hours?|days?|kilo|mega|kb|mb|percent|ratio_total|count|sum)\b", name)
        assert not re.search(r"seconds|bytes|timestamp", re.sub(r"(timestamp_)?(seconds|bytes)(_total)?$", "", name)), (
            name
        )
    assert text.endswith("\n")


def test_there_are_as_many_series_for_many_sources_as_for_few(desk: Desk) -> None:
    before = len(values(_text(desk)))
    desk.subscribe(*(f"https://s{number}.example/" for number in range(500)))
    assert len(values(_text(desk))) == before < 100


def test_a_label_is_no_place_for_what_strangers_write(desk: Desk) -> None:
    config = parse('[[output]]\nname = "a-b"\ntitle = "x\\"\\n\\\\"\n', Path("a.toml"))
    text = metrics.exposition(survey(desk.folder, config, 7), WELL).decode()
    assert values(text)["aggregator_output_articles a-b"] == 0


def test_every_metric_of_the_dashboard_is_there(desk: Desk) -> None:
    dashboard = json.loads((ROOT / "config/grafana.json").read_text("utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b(?:aggregator|process)_\w+", target["expr"])
    }
    assert asked <= names(_text(desk))
    ours = {name for name in names(_text(desk)) if name.startswith("aggregator_")}
    assert len(ours & asked) > len(ours) / 2
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len({*ids})


def test_every_metric_is_documented_and_no_other(desk: Desk) -> None:
    text = (ROOT / "docs/operate.md").read_text("utf-8")
    section = text[text.index("## Watch it") : text.index("## Logs")]
    told = set(re.findall(r"`(aggregator_\w+)", section))
    assert told == {name for name in names(_text(desk)) if name.startswith("aggregator_")}

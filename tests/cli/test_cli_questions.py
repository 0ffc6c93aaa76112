"""sources, search, explain: asked of what a real round stored."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import POLLING, House, QuickHouse, environment
from world import Reply, World, item, rss

from aggregator.store.database import Writer

KEYS = {"name", "category", "state", "error", "entries", "failures", "last_visit", "next_visit", "reason"}
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
COPY = "the very same text of some length that two sources bring so that it is one story " * 3


@pytest.fixture(scope="module")
def web() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.fixture(scope="module")
def asked(web: World, tmp_path_factory: pytest.TempPathFactory) -> House:
    """One of each kind of source, visited once; and one more that was configured since."""
    house = QuickHouse(tmp_path_factory.mktemp("asked"))
    (house.folder / "articles").mkdir()
    (house.folder / "articles" / "a.txt").write_text("Of [bold]snow[/bold]\n\nzebra words in an article here\n")
    web.plays("/ok", Reply(body=rss(item(1), item(2, COPY), title="Own title")))
    web.plays("/copy", Reply(body=rss(item(2, COPY))))
    web.plays("/failing", Reply(500))
    web.plays("/gone", Reply(410))
    visited = "".join(
        f'[[source]]\nurl = "{web.url(path)}"\n{more}\n'
        for path, more in (
            ("/ok", 'category = "science"'),
            ("/copy", ""),
            ("/failing", 'name = "[red]F[/red]"'),
            ("/gone", ""),
            ("/paused", "enabled = false"),
        )
    )
    local = '[[source]]\npath = "articles"\nname = "Ours"\n'
    outputs = '[[output]]\nname = "feed"\n[[output]]\nname = "science"\ncategories = ["science"]\nlimit = 1\n'
    house.write(POLLING + visited + local + outputs)
    house.run("once")
    house.write(f'{POLLING}{visited}{local}[[source]]\nurl = "{web.url("/pending")}"\n{outputs}')
    return house


def test_sources_json_has_exactly_the_contracts_keys_and_states(asked: House, web: World) -> None:
    listed = asked.json("sources")
    for source in listed:
        assert set(source) == KEYS | {"path" if source.get("path") else "url"}
        assert source["last_visit"] is None or re.fullmatch(STAMP, source["last_visit"])
        assert source["next_visit"] is None or re.fullmatch(STAMP, source["next_visit"])
        assert (source["error"] is None) == (source["state"] not in {"failing", "gone"})
    states = {s.get("url", s.get("path")): s["state"] for s in listed}
    assert states == {
        web.url("/ok"): "ok", web.url("/copy"): "ok", web.url("/failing"): "failing", web.url("/gone"): "gone",
        web.url("/paused"): "paused", "articles": "ok", web.url("/pending"): "pending",
    }  # fmt: skip
    by_state = {s["state"]: s for s in listed}
    assert (by_state["failing"]["failures"], by_state["failing"]["error"]) == (1, "answered 500")
    assert by_state["gone"]["next_visit"] is None
    assert by_state["pending"]["last_visit"] is None
    ok = listed[0]
    assert (ok["name"], ok["category"], ok["entries"], ok["failures"]) == ("Own title", "science", 2, 0)
    assert ok["reason"]


def test_sources_before_the_first_round_are_pending(house: House) -> None:
    house.write('[[source]]\nurl = "http://x.example/"\n[[source]]\npath = "a"\nenabled = false\n')
    assert [s["state"] for s in house.json("sources")] == ["pending", "paused"]
    assert not house.data.exists()


def test_sources_follow_the_config_as_it_is_now(asked: House, web: World) -> None:
    kept = asked.config.read_text("utf-8")
    try:
        asked.write(kept.replace('category = "science"', 'category = "x"\nname = "New"\nenabled = false', 1))
        first = asked.json("sources")[0]
        assert (first["name"], first["category"], first["state"], first["entries"]) == ("New", "x", "paused", 2)
    finally:
        asked.write(kept)


def test_sources_in_a_pipe_are_a_line_each_with_names_as_they_are(asked: House) -> None:
    lines = asked.run("sources").stdout.splitlines()
    assert len(lines) == 1 + 7 + 1
    assert any("[red]F[/red]" in line and "failing" in line and "answered 500" in line for line in lines)


def test_search_finds_words_phrases_prefixes_and_fields(asked: House) -> None:
    for query, count in (("zebra", 1), ("ZEBRA", 1), ("zeb*", 1), ('"zebra words"', 1), ('"words zebra"', 0),
                         ("title:snow", 1), ("title:zebra", 0), ("zebra NOT snow", 0), ("nothinghere", 0)):  # fmt: skip
        assert len(asked.json("search", query)) == count, query
    shown = asked.run("search", "zebra", "words").stdout
    assert "Of [bold]snow[/bold]  [Ours]" in shown
    assert asked.run("search", "nothinghere").stdout == "Nothing found.\n"


def test_search_json_tells_story_title_url_source_and_date(asked: House) -> None:
    (hit,) = asked.json("search", "word1x3")
    assert hit["story"].startswith("urn:uuid:")
    assert (hit["title"], hit["url"], hit["source"]) == ("Item 1", "http://site.example/1", "Own title")
    assert re.fullmatch(STAMP, hit["published"])
    assert "word1x3" in hit["snippet"]


def test_search_keeps_its_limit(asked: House) -> None:
    assert len(asked.json("search", "item", "--limit", "2")) == 2
    asked.run("search", "item", "--limit", "0", status=2)


HOSTILE = [
    *["", " ", '"', '""', "'", "*", "(", ")", "+", "^", "\\", "%s", "☃", "a\x01b", "\udcff"],
    *["a AND", "NOT", "NEAR(", "foo:bar", "a:b:c", "{a b}:", "x' OR 1=1 --", "a ; DROP TABLE entry", "zebra -snow"],
    *["a" * 50_000, "(" * 2000],
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda q: ascii(q)[:20])
def test_what_is_no_query_is_an_error_in_one_line(asked: House, query: str) -> None:
    done = asked.run("search", query, status=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 1000


def test_what_is_no_query_is_told_with_its_place_and_the_mend(asked: House) -> None:
    told = asked.run("search", "zebra -snow", status=1).stderr
    assert "character 7" in told and "NOT" in told


def test_search_takes_bytes_that_are_no_text(asked: House) -> None:
    assert len(House(asked.folder).run("search", "\udcff", status=1).stderr.splitlines()) == 1


def test_search_before_anything_is_stored_is_one_line(house: House) -> None:
    house.write("")
    for command in (["search", "x"], ["explain", "x"], ["export", "--jsonl"]):
        (line,) = house.run(*command, status=1).stderr.splitlines()
        assert "aggregator once" in line


def test_explain_tells_the_trail_by_story_address_and_guid(asked: House, web: World) -> None:
    (entry,) = [e for e in asked.entries() if e["title"] == "Item 1"]
    told = [asked.run("explain", name).stdout for name in (entry["story"], entry["url"], entry["guid"])]
    assert told[0] == told[1] == told[2]
    for words in (
        "Item 1",
        entry["story"],
        web.url("/ok"),
        "the first copy",
        "output feed: number",
        "output science: ",
    ):
        assert words in told[0]
    assert asked.run("explain", entry["story"].removeprefix("urn:uuid:")).stdout == told[0]


def test_explain_tells_of_each_copy_why_it_joined(asked: House, web: World) -> None:
    (told,) = asked.json("explain", "http://site.example/2?utm_source=x")
    assert [step["joined"] for step in told["copies"]] in (["new", "url"], ["new", "text"])
    assert {step["source"] for step in told["copies"]} == {web.url("/ok"), web.url("/copy")}
    assert sum(step["shown"] for step in told["copies"]) == 1
    assert told["outputs"]["feed"].startswith("number ")


def test_explain_tells_what_cut_a_story(asked: House) -> None:
    (mine,) = asked.json("explain", "a.txt")
    assert mine["outputs"]["science"].startswith("not selected")
    fates = [asked.json("explain", f"http://site.example/{n}")[0]["outputs"]["science"] for n in (1, 2)]
    assert sorted(fate.partition(" ")[0] for fate in fates) == ["cut:", "number"]


def test_explain_of_a_removed_source_s_article_tells_that_it_was_removed(asked: House, web: World) -> None:
    """It ended with a traceback: no copy of the story was shown."""
    kept = asked.config.read_text("utf-8")
    (entry,) = [e for e in asked.entries() if e["title"] == "Item 1"]
    try:
        asked.write(f'{POLLING}[[source]]\npath = "articles"\n')
        asked.run("once")
        told = asked.run("explain", entry["story"]).stdout
        assert "Item 1" in told
        assert f"{web.url('/ok')}  (its source was removed)" in told
        assert "output feed: not selected: none of its sources is configured any more" in told
        (trail,) = asked.json("explain", entry["story"])
        assert [(step["removed"], step["shown"]) for step in trail["copies"]] == [(True, False)]
        assert asked.json("search", "word1x3")
    finally:
        asked.write(kept)
        asked.run("once")


@pytest.mark.parametrize("name", ["", "nope", "http://[bad", "http://x:99999/", "urn:uuid:0", "\udcff", "x" * 50_000])
def test_explain_of_what_is_unknown_is_one_line_and_exit_1(asked: House, name: str) -> None:
    done = asked.run("explain", name, status=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_explain_near_lists_pairs_that_were_almost_one_story(house: House) -> None:
    """Two forms of one source, filled in on two days: near, and still two; merged, they are near no more."""
    frame = "The harbour counted {} boats and {} crates on {}, and {} of them went north before the wind rose. "
    frame += "Who fishes needs a permit, which the office on the quay gives out from eight in the morning until noon. "
    for n, figures in enumerate(((12, 340, "Monday", 7), (31, 275, "Tuesday", 4))):
        file = house.folder / "in" / f"{n}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\ntitle: Boats in the harbour\ndate: 2026-03-0{n + 2}\n---\n{frame.format(*figures)}\n")
    house.write('[[source]]\npath = "in"\nname = "Harbour"\n')
    house.run("once")

    (pair,) = house.json("explain", "--near")
    assert {pair["one"]["title"], pair["other"]["title"]} == {"Boats in the harbour"}
    assert pair["one"]["story"] != pair["other"]["story"]
    assert (0.5 <= pair["score"] <= 1, bool(pair["why"]), bool(pair["passage"])) == (True, True, True)
    assert house.json("explain", "--near", pair["one"]["story"]) == [pair]
    shown = house.run("explain", "--near").stdout
    assert shown.count("Boats in the harbour") == 2
    assert pair["why"] in shown

    house.run("merge", pair["one"]["story"], pair["other"]["story"])

    assert house.json("explain", "--near") == []
    assert house.run("explain", "--near").stdout == "No two stories were almost one.\n"
    house.run("explain", "--near", "https://unknown.example/", status=1)
    assert "--near" in house.run("explain", status=2).stderr


# ── Scripts without spaces between words ─────────────────────────────────────────────────────────────────────────────

UNSPACED = {
    "zh": ("外岛渡轮恢复通航", "港务局决定从五月起恢复开往外岛的渡轮。"),
    "ja": ("新しい図書館が開館", "市の中心部に木造の図書館ができた。データベースも使える。"),
    "th": ("เปิดสะพานใหม่", "ชาวบ้านเดินข้ามสะพานไปตลาดได้แล้ว"),
    "en": ("A bridge is opened", "People walk over it to the market."),
}


@pytest.fixture(scope="module")
def unspaced(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A folder with an article in each script."""
    house = QuickHouse(tmp_path_factory.mktemp("unspaced"))
    (house.folder / "articles").mkdir()
    for name, (title, text) in UNSPACED.items():
        (house.folder / "articles" / f"{name}.md").write_text(f"# {title}\n\n{text}\n", "utf-8")
    house.write(f'{POLLING}[[source]]\npath = "articles"\n')
    house.run("once")
    return house


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("渡轮", {"zh"}), ("岛", {"zh"}), ("title:外岛 AND 五月", {"zh"}), ("轮渡", set()),
        ("図書館", {"ja"}), ("データ*", {"ja"}), ("木造 OR 渡轮", {"ja", "zh"}), ('"図書館ができた"', {"ja"}),
        ("สะพาน", {"th"}), ("ตลาด NOT market", {"th"}), ("สะพาน OR bridge", {"th", "en"}),
    ],
)  # fmt: skip
def test_words_within_a_run_are_found_by_search_and_select_in_an_output(
    unspaced: House, query: str, found: set[str]
) -> None:
    wanted = {UNSPACED[name][0] for name in found}
    assert {one["title"] for one in unspaced.json("search", query)} == wanted
    kept = unspaced.config.read_text("utf-8")
    try:
        unspaced.write(f"{kept}[[output]]\nname = 'some'\nmatch = '{query}'\n")
        unspaced.run("once")
        shown = json.loads((unspaced.data / "public" / "some.json").read_text("utf-8"))["items"]
    finally:
        unspaced.write(kept)
    assert {one["title"] for one in shown} == wanted


# ── Data that may only be read ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def closed() -> Iterator[House]:
    """An installation in a place that everybody may look into and only we write to."""
    with tempfile.TemporaryDirectory(prefix="house-") as place:
        house = House(Path(place))
        house.folder.chmod(0o755)
        house.write(f'{POLLING}[[source]]\npath = "articles"\n')
        (house.folder / "articles").mkdir()
        (house.folder / "articles" / "one.md").write_text("# A heron\n\nIt stands in the river.\n")
        house.run("once")
        yield house
        house.data.chmod(0o755)


# Whoever may not write where we are root: another account, which may not be able to read our modules either.
_AS_NOBODY = """
import encodings.idna, encodings.utf_8_sig, importlib, os, pkgutil, sys, aggregator
for module in pkgutil.walk_packages(aggregator.__path__, "aggregator."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
aggregator.cli.main()
"""


def looked_at(house: House, *arguments: str) -> str:
    """What a command prints to somebody who may not write to the data."""
    for file in house.data.glob("aggregator.db*"):
        file.chmod(0o644)  # its owner lets others look
    house.data.chmod(0o555)
    argv = [sys.executable, "-c", _AS_NOBODY, *house.argv(*arguments)[3:]]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=environment(), cwd="/", check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_data_that_may_only_be_read_can_be_looked_at(closed: House) -> None:
    before = {file: file.read_bytes() for file in closed.data.iterdir() if file.is_file()}
    assert "A heron" in looked_at(closed, "search", "heron")
    assert json.loads(looked_at(closed, "sources", "--json"))[0]["entries"] == 1
    assert "A heron" in looked_at(closed, "export", "--jsonl")
    assert {file: file.read_bytes() for file in closed.data.iterdir() if file.is_file()} == before


def test_it_can_be_looked_at_while_it_is_written_to_by_its_owner(closed: House) -> None:
    writer = Writer(closed.data)
    try:
        writer.now(lambda database: database.execute("UPDATE source SET title = 'Just written'") and None)
        writer.now(lambda database: database.conn.commit())
        assert json.loads(looked_at(closed, "sources", "--json"))[0]["name"] == "Just written"
    finally:
        closed.data.chmod(0o755)
        writer.close()

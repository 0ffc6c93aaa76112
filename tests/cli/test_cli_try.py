"""try: a visit that leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

from house import POLLING, House
from world import Asked, Reply, World, item, rss

TWO = rss(item(1), item(2), title="Harbour news")


def _config(house: House, *sources: str) -> None:
    house.write(POLLING + "".join(f"[[source]]\n{source}\n" for source in sources))


def _left(house: House) -> set[Path]:
    return {path for path in house.folder.rglob("*") if path.is_file()}


def test_it_prints_what_a_source_brings_and_leaves_nothing_behind(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=TWO, headers={"ETag": '"1"'}))
    _config(house, f'url = "{url}"\nname = "Harbour"')
    before = _left(house)
    for named in ("Harbour", url):
        first, *lines = house.run("try", named).stdout.splitlines()
        assert first.startswith("“Harbour news”, 2 entries, ") and first.endswith("answered 200")
        assert lines[0].endswith("  Item 1") and lines[1].strip() == "http://site.example/1"
        assert "40 words" in lines[2]
    assert all("if-none-match" not in asked.headers for asked in world.asked)
    assert _left(house) == before


def test_any_other_address_and_path_can_be_tried(house: House, world: World) -> None:
    url = world.plays("/other", Reply(body=TWO))
    (house.folder / "articles").mkdir()
    for number in range(3):
        (house.folder / f"articles/{number}.md").write_text(f"# Title {number}\n\nSome words {number}.\n")
    _config(house, 'path = "elsewhere"')
    assert len(house.json("try", url)["entries"]) == 2
    entries = house.json("try", "articles")["entries"]
    assert sorted(entry["title"] for entry in entries) == ["Title 0", "Title 1", "Title 2"]
    assert {"guid", "url", "published", "authors", "categories", "content", "words"} <= entries[0].keys()


def test_a_visit_that_fails_is_told_with_its_reason_and_exit_1(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(404))
    _config(house, f'url = "{url}"')
    assert house.run("try", url, status=1).stdout == "failed: answered 404: not found\n"
    (line,) = house.run("try", "nothing of this name", status=1).stderr.splitlines()
    assert "neither an address nor a path" in line


def test_another_config_is_told_by_what_it_adds_removes_and_changes(house: House, world: World) -> None:
    def members(asked: Asked) -> Reply:
        is_one = asked.headers.get("authorization") == "Bearer member"
        changed = item(2, "Word " * 30 + "all of it")
        return Reply(body=rss(changed, item(3)) if is_one else rss(item(1), item(2, "Word " * 30 + "log in")))

    url = world.plays("/feed", members)
    _config(house, f'url = "{url}"')
    other = house.folder / "other.toml"
    other.write_text(f'{POLLING}[[source]]\nurl = "{url}"\nbearer = "env:MEMBER"\n')
    lines = house.run("try", url, "--against", str(other), MEMBER="member").stdout.splitlines()
    assert lines[0] == "~ Item 2"
    assert {line.strip().partition(":")[0] for line in lines[1:-2]} <= {"summary", "content", "words"}
    assert any("log in" in line and "all of it" in line for line in lines)
    assert lines[-2:] == ["+ Item 3", "- Item 1"]
    assert house.run("try", url, "--against", str(house.config)).stdout == "No difference in 2 entries.\n"
    both = json.loads(house.run("try", url, "--against", str(other), "--json", MEMBER="member").stdout)
    assert ([e["title"] for e in both["entries"]], [e["title"] for e in both["against"]]) == (
        ["Item 1", "Item 2"],
        ["Item 2", "Item 3"],
    )


def test_what_a_stranger_says_is_no_command_for_the_terminal(house: House, world: World) -> None:
    feed = rss("<guid>1</guid><title>bad \u202e&#x9b;31m title</title><description>words</description>")
    url = world.plays("/feed", Reply(body=feed))
    _config(house, f'url = "{url}"')
    shown = house.run("try", url).stdout
    assert "\u202e" not in shown and "\x9b" not in shown and "title" in shown

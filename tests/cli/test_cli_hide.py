"""hide, unhide, remove --purge, withdraw = true: what was published is so no more, at once, and readers are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from house import SERVED, House, Running, until
from world import Reply, World, item, rss

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
OUTPUTS = '[site]\nstatic = "stories"\n[[output]]\nname = "feed"\n[[output]]\nname = "all"\ndedupe = false\n'


def published(house: House, name: str = "feed") -> list[str]:
    return sorted(each["title"] for each in json.loads((house.data / "public" / f"{name}.json").read_bytes())["items"])


def told(house: House, name: str = "feed") -> list[str]:
    """What the Atom edition says was deleted."""
    root = ET.parse(house.data / "public" / f"{name}.atom").getroot()
    found = root.findall(TOMBSTONE)
    assert all(each.get("when", "").endswith("Z") for each in found)
    return [each.get("ref", "") for each in found]


def everywhere(house: House) -> str:
    """All that is published as files."""
    files = (path for path in (house.data / "public").rglob("*") if path.is_file() and path.suffix != ".png")
    return "".join(path.read_text("utf-8", "replace") for path in files)


@contextmanager
def beside(house: House, is_beside: bool) -> Iterator[Running | None]:
    if not is_beside:
        yield None
        return
    with house.daemon() as running:
        yield running
        assert running.stop() == 0
        assert not any("ERROR" in line for line in running.log)


@pytest.fixture
def filled(house: House, world: World) -> House:
    items = (item(1, "First words."), item(2, "Words of another kind."), item(3, "A third one."))
    url = world.plays("/f", Reply(body=rss(*items)))
    house.write(f'{SERVED}{OUTPUTS}[[source]]\nurl = "{url}"\ninterval = "1h"\n')
    house.run("once")
    return house


@pytest.mark.parametrize("daemon", [True, False])
def test_an_article_is_out_of_everything_when_the_command_ends_and_back_when_it_is_undone(
    filled: House, *, daemon: bool
) -> None:
    with beside(filled, daemon) as running:
        items = json.loads((filled.data / "public" / "feed.json").read_bytes())["items"]
        (one,) = (each for each in items if each["title"] == "Item 1")
        name = one["id"].removeprefix("urn:uuid:")
        before = {
            path: (filled.data / "public" / path).read_bytes()
            for path in ("feed.xml", "feed.atom", "feed.json", "all.atom", f"story/{name}.html")
        }
        assert "Item 1" in everywhere(filled)

        assert filled.run("hide", one["url"]).stdout == f"Item 1 is hidden now: {one['id']}.\n"

        assert "Item 1" not in everywhere(filled)
        assert not (filled.data / "public" / "story" / f"{name}.html").exists()
        assert published(filled) == published(filled, "all") == ["Item 2", "Item 3"]
        assert told(filled) == told(filled, "all") == [one["id"]]
        if running:
            page = running.get(f"/story/{name}", Accept="text/html")
            assert (page.status, b"was withdrawn" in page.body) == (410, True)
            assert running.get(f"/story/{name}").status == 410
            assert running.get("/?q=Item", Accept="text/html").text.count("Item 1") == 0
        assert "is hidden already" in filled.run("hide", name).stdout
        listed = filled.run("hide").stdout
        assert "Item 1" in listed and one["url"] in listed
        assert [each["story"] for each in filled.json("hide")] == [one["id"]]
        explained = filled.run("explain", one["url"]).stdout
        assert "hidden since 20" in explained
        assert "output feed: not selected: it is hidden" in explained
        assert filled.json("explain", name)[0]["hidden"].endswith("Z")
        filled.run("once", "--all")
        assert "Item 1" not in everywhere(filled)

        assert filled.run("unhide", one["url"]).stdout == f"Item 1 is shown again: {one['id']}.\n"

        assert {path: (filled.data / "public" / path).read_bytes() for path in before} == before
        assert filled.run("hide").stdout == "Nothing is hidden.\n"
        (line,) = filled.run("unhide", one["url"], status=1).stderr.splitlines()
        assert line.endswith("it is not hidden")
        (line,) = filled.run("hide", "http://nowhere.example/", status=1).stderr.splitlines()
        assert "nothing that is stored has" in line


@pytest.mark.parametrize("daemon", [True, False])
def test_a_source_is_purged_and_stays_so_when_it_is_added_again(filled: House, world: World, *, daemon: bool) -> None:
    url = world.url("/f")
    kept = filled.config.read_text("utf-8")
    with beside(filled, daemon):
        done = filled.run("remove", url, "--purge").stdout.splitlines()
        assert done[-1] == f"3 stories of {url} are hidden now, for good."
        assert "Item" not in everywhere(filled)
        assert len(told(filled)) == 3
        filled.write(kept)
        if daemon:
            filled.run("reload")
        filled.run("once", "--all")
        assert published(filled) == []
        assert f"(purged with {url})" in filled.run("hide").stdout
        assert filled.run("unhide", url).stdout == f"3 stories that were purged with {url} are shown again.\n"
        assert len(published(filled)) == 3
        assert told(filled) == []


def test_without_the_flag_what_a_removed_source_gave_is_there_when_it_is_added_again(
    filled: House, world: World
) -> None:
    kept = filled.config.read_text("utf-8")
    filled.run("remove", world.url("/f"))
    filled.run("once")
    assert published(filled) == []
    filled.write(kept)
    filled.run("once")
    assert len(published(filled)) == 3


def write(folder: Path, name: str, words: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"About {name}\n\n{words}\n")


def test_what_is_deleted_from_a_folder_that_withdraws_is_out_and_back_with_its_file(house: House) -> None:
    folder = house.folder / "texts"
    write(folder, "a.txt", "These are the words of the first of them, which is deleted.")
    write(folder, "b.txt", "Others are in the second one, and that stays for all times.")
    (folder / "draft.md").write_text(
        "---\ndraft: true\n---\nA folder without any file may be a disk that isn't mounted.\n"
    )
    plain = f'{SERVED}{OUTPUTS}[[source]]\npath = "texts"\n'
    house.write(plain)
    house.run("once")
    assert len(published(house)) == 2
    (folder / "a.txt").unlink()
    house.run("once", "--all")
    assert len(published(house)) == 2, "as ever"

    house.write(f"{plain}withdraw = true\n")
    house.run("once")
    assert published(house) == ["About b.txt"]
    assert len(told(house)) == 1
    assert "(its file was deleted)" in house.run("hide").stdout
    (line,) = house.run("unhide", told(house)[0], status=1).stderr.splitlines()
    assert "its file was deleted" in line
    (folder / "b.txt").unlink()
    house.run("once", "--all")
    assert published(house) == []

    write(folder, "a.txt", "These are the words of the first of them, which is deleted.")
    house.run("once", "--all")
    assert published(house) == ["About a.txt"]
    house.write(plain)
    house.run("once")
    assert len(published(house)) == 2


def test_withdraw_is_for_folders(house: House) -> None:
    house.write('[[source]]\nurl = "https://a.example/"\nwithdraw = true\n')
    (line,) = house.run("check", status=2).stderr.splitlines()
    assert "withdraw is for a path" in line


def test_a_story_that_is_hidden_while_a_reader_has_the_feed_comes_as_a_tombstone_in_the_delta(
    filled: House,
) -> None:
    with filled.daemon() as running:
        whole = until(lambda: got if (got := running.get("/feed.atom")).status == 200 else None)
        name = _id(filled, "Item 3")
        filled.run("hide", name)
        got = running.get("/feed.atom", A_IM="feed", If_None_Match=whole.headers["etag"])
        assert got.status == 226
        root = ET.fromstring(got.body)
        assert [each.get("ref") for each in root.findall(TOMBSTONE)] == [name]
        assert root.findall(f"{ATOM}entry") == []
        assert running.stop() == 0


def _id(house: House, title: str) -> str:
    items = json.loads((house.data / "public" / "feed.json").read_bytes())["items"]
    return next(str(each["id"]) for each in items if each["title"] == title)

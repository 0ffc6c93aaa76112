"""What an operator overrules lasts."""

from __future__ import annotations

import json

import pytest
from house import House

WORDS = " ".join(f"word{n}" for n in range(80))
A_FEED = (
    '{{"version": "https://jsonfeed.org/version/1.1", "title": "{0}", '
    '"items": [{{"id": "{0}-1", "url": "{1}", "title": "{2}", "content_text": "{3}"}}]}}'
)


def subscribe(house: House, **feeds: tuple[str, str, str]) -> None:
    """A folder for each feed with its one article: (url, title, text)."""
    text = ""
    for name, (url, title, words) in feeds.items():
        (house.folder / f"{name}.json").write_text(A_FEED.format(name, url, title, words))
        text += f'[[source]]\npath = "{name}.json"\n'
    house.write(text)


ARTICLES = {
    "a": ("https://a.example/1", "The article", WORDS),
    "b": ("https://b.example/1", "The article", WORDS),
    "c": ("https://c.example/1", "Something else", WORDS.replace("word", "other")),
}


@pytest.fixture
def reprinted(house: House) -> House:
    """One article on two sites, one after the other, and another article later."""
    for names in ("a", "ab", "abc"):
        subscribe(house, **{name: ARTICLES[name] for name in names})
        house.run("once", "--all")
    return house


def stories(house: House) -> dict[str, str]:
    return {entry["guid"]: entry["story"] for entry in house.entries()}


def test_a_copy_that_is_split_off_stays_alone_also_when_it_is_edited(reprinted: House) -> None:
    before = stories(reprinted)
    assert before["a-1"] == before["b-1"]
    reprinted.run("split", "https://b.example/1")
    after = stories(reprinted)
    assert after["a-1"] == before["a-1"]
    assert after["b-1"] != before["b-1"]
    subscribe(reprinted, **ARTICLES | {"b": ("https://b.example/1", "The article", WORDS + " and more")})
    reprinted.run("once", "--all")
    assert stories(reprinted) == after
    assert {entry["guid"]: entry["joined"] for entry in reprinted.entries()}["b-1"] == "operator"


def test_the_id_stays_with_the_copy_that_founded_the_story(reprinted: House) -> None:
    before = stories(reprinted)
    reprinted.run("split", "a-1")
    after = stories(reprinted)
    assert after["a-1"] == before["a-1"]
    assert after["b-1"] not in set(before.values())
    reprinted.run("once", "--all")
    assert stories(reprinted) == after


def test_merged_stories_have_the_id_of_the_older_and_both_ids_lead_to_it(reprinted: House) -> None:
    before = stories(reprinted)
    reprinted.run("merge", "https://c.example/1", before["a-1"])
    after = stories(reprinted)
    assert set(after.values()) == {before["a-1"]}
    (trail,) = reprinted.json("explain", before["c-1"])
    assert trail["story"] == before["a-1"]
    assert len(trail["copies"]) == 3
    reprinted.run("once", "--all")
    assert stories(reprinted) == after


def test_what_cannot_be_ruled_is_one_line(reprinted: House) -> None:
    for command in (
        ("split", "https://c.example/1"),
        ("split", "https://nowhere.example/"),
        ("merge", "https://a.example/1", "https://b.example/1"),
        ("merge", "https://a.example/1", "nothing"),
    ):
        assert len(reprinted.run(*command, status=1).stderr.splitlines()) == 1


def test_an_output_may_show_every_copy(reprinted: House) -> None:
    config = reprinted.config.read_text()
    reprinted.write(config + '[[output]]\nname = "feed"\n[[output]]\nname = "all"\ndedupe = false\n')
    reprinted.run("once")
    read = {name: (reprinted.data / "public" / f"{name}.json").read_text().count('"id":"') for name in ("feed", "all")}
    assert read == {"feed": 2, "all": 3}


def test_likeness_can_be_turned_off(house: House) -> None:
    subscribe(house, a=("https://a.example/1", "One", WORDS), b=("https://b.example/1", "One", WORDS))
    house.write("[dedupe]\ntext = false\n" + house.config.read_text())
    house.run("once")
    assert len(set(stories(house).values())) == 2


def test_an_output_may_name_related_stories(house: House) -> None:
    earlier = {
        "b": ("https://b.example/1", "Railway closed by badgers again", WORDS.replace("word", "other")),
        "c": ("https://c.example/1", "Soup recipes", WORDS.replace("word", "soup")),
    }
    for articles in (earlier, earlier | {"a": ("https://a.example/1", "Badgers dig under the railway", WORDS)}):
        subscribe(house, **articles)
        house.write(house.config.read_text() + '[[output]]\nname = "feed"\nrelated = 2\n')
        house.run("once", "--all")
    items = json.loads((house.data / "public" / "feed.json").read_text())["items"]
    shown = {item["title"]: item["content_html"] for item in items}
    assert '<a href="https://b.example/1">Railway closed' in shown["Badgers dig under the railway"]
    assert "soup" not in shown["Badgers dig under the railway"].lower()
    assert "Read also" not in shown["Soup recipes"]


def test_a_later_copy_does_not_unite_what_the_operator_split(reprinted: House) -> None:
    reprinted.run("split", "https://b.example/1")
    before = stories(reprinted)
    subscribe(reprinted, **ARTICLES | {"d": ("https://d.example/1", "The article", WORDS)})
    reprinted.run("once", "--all")
    after = stories(reprinted)
    assert {guid: after[guid] for guid in before} == before
    assert after["d-1"] in {before["a-1"], before["b-1"]}

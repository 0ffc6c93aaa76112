"""The pages of stories over a real daemon: found under their addresses, with all copies and what edits changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from house import SERVED, House, Running, until

CONFIG = f"""{SERVED}
[site]
title = "Rivers"
link = "https://feeds.example/sub/"
notice = "Not ours."
[[source]]
path = "post"
name = "The Post"
[[source]]
path = "courier"
name = "The Courier"
[[output]]
name = "feed"
[[output]]
name = "copies"
dedupe = false
"""
LEAD = (
    "The water mill at the bend of the river has turned since 1712, and it was turning on Friday when the council "
    "came to look at it. Its owner showed the visitors the wheel, which was made anew of larch wood and which loses "
    "a paddle each winter. A new one would cost more than she has, and nobody in the valley has made one for years."
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation with an article that came twice and was edited since, and two more."""
    house = House(tmp_path_factory.mktemp("stories"))
    for name in ("post", "courier"):
        (house.folder / name).mkdir()
    post, courier = house.folder / "post", house.folder / "courier"
    (post / "mill.txt").write_text(f"The mill goes on\n\n{LEAD} It is to be decided in December.\n", "utf-8")
    (post / "other.txt").write_text(
        "Another matter\n\nNothing of all that, but of something else and of others.\n", "utf-8"
    )
    (post / "third.txt").write_text(
        "A third matter\n\nWhich the operator knows to be the same as the other one.\n", "utf-8"
    )
    house.write(CONFIG)
    house.run("once")
    (courier / "mill.txt").write_text(f"Old mill goes on\n\nBend, Friday. {LEAD}\n", "utf-8")
    (post / "mill.txt").write_text(
        f"The mill goes on and on\n\n{LEAD} It was decided in November, and the council pays half of it all.\n", "utf-8"
    )
    house.run("once", "--all")
    return house


@pytest.fixture(scope="module")
def urns(home: House) -> dict[str, str]:
    """The story of each file of The Post."""
    return {entry["guid"]: entry["story"] for entry in home.entries() if entry["source"].endswith("post")}


@pytest.fixture(scope="module")
def merged(home: House, urns: dict[str, str]) -> None:
    home.run("merge", urns["other.txt"], urns["third.txt"])


@pytest.fixture(scope="module")
def served(home: House, merged: None) -> Iterator[Running]:
    with home.daemon() as running:
        until(lambda: running.get("/feed.json").status == 200)
        yield running


def path(urn: str) -> str:
    return f"/story/{urn.removeprefix('urn:uuid:')}"


def test_a_page_is_found_under_both_addresses(served: Running, urns: dict[str, str]) -> None:
    page = served.get(path(urns["mill.txt"]))

    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert served.get(f"{path(urns['mill.txt'])}.html").body == page.body
    assert served.get(path(urns["mill.txt"]), "HEAD").status == 200


def test_a_page_that_a_browser_has_is_not_sent_again(served: Running, urns: dict[str, str]) -> None:
    tag = served.get(path(urns["mill.txt"])).headers["etag"]

    again = served.get(path(urns["mill.txt"]), If_None_Match=tag)
    assert (again.status, again.body) == (304, b"")


def test_it_shows_the_copies_and_what_they_share(served: Running, urns: dict[str, str]) -> None:
    text = served.get(path(urns["mill.txt"])).text

    assert "It was found in 2 places." in text
    assert "Recognised by its text, which runs along another copy" in text
    marks = re.findall(r"<mark>(.*?)</mark>", text)
    assert len(marks) == 2 and all(mark.startswith("The water mill") and mark.endswith("for years") for mark in marks)
    assert "Bend, Friday. <mark>" in text
    assert "words run along the article." in text
    assert "Not ours." in text


def test_it_shows_what_an_edit_changed(served: Running, urns: dict[str, str]) -> None:
    text = re.sub(r'<span class="unseen">[^<]*</span>', "", served.get(path(urns["mill.txt"])).text)

    assert "<h1>The mill goes on and on</h1>" in text
    assert "The mill goes on<ins> and on</ins>" in text
    assert "<del>is to be</del><ins>was</ins> decided" in text


def test_a_story_that_was_merged_away_leads_to_what_it_is_now(
    served: Running, urns: dict[str, str], home: House
) -> None:
    now = {entry["guid"]: entry["story"] for entry in home.entries()}["third.txt"]
    gone = urns["third.txt"] if now == urns["other.txt"] else urns["other.txt"]

    for suffix in ("", ".html"):
        moved = served.get(f"{path(gone)}{suffix}")
        assert moved.status == 301
        assert moved.headers["location"] in (f"..{path(now)}", f"..{path(now)}.html")
    assert served.get(path(now)).status == 200
    assert "Put here by the operator." in served.get(path(now)).text


@pytest.mark.parametrize(
    "name", ["00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000.html", "x", "", "-" * 36]
)
def test_what_is_no_story_is_not_found(served: Running, name: str) -> None:
    got = served.get(f"/story/{name}", Accept="text/html")

    assert got.status == 404
    assert "<h1>" in got.text


@pytest.mark.parametrize("output", ["feed", "copies"])
def test_an_article_without_an_address_opens_from_every_feed(served: Running, output: str) -> None:
    items = json.loads(served.get(f"/{output}.json").body)["items"]
    addresses = [item["url"] for item in items]

    assert len(addresses) == (2 if output == "feed" else 4)
    for item in items:
        assert item["url"].startswith("https://feeds.example/sub/story/")
        page = served.get(item["url"].removeprefix("https://feeds.example/sub"))
        assert page.status == 200
    for suffix in ("xml", "atom"):
        text = served.get(f"/{output}.{suffix}").text
        assert all(f"<link>{url}</link>" in text or f'href="{url}"' in text for url in addresses)


def test_the_page_names_its_one_address(served: Running, urns: dict[str, str]) -> None:
    text = served.get(path(urns["mill.txt"])).text

    (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)">', text)
    assert canonical.startswith("https://feeds.example/sub/story/")
    assert served.get(canonical.removeprefix("https://feeds.example/sub")).status == 200

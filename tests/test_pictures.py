"""Pictures beside local articles, from a folder to the feeds and to what a plain web server needs."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from house import POLLING, House, QuickHouse
from newsroom import CHANNEL, story

from aggregator import render
from aggregator.config import Config
from aggregator.outbound.pictures import keep_pictures
from aggregator.render.formats import FORMATS
from aggregator.store import database as store
from aggregator.store import packing
from aggregator.text import local_files

KEY = local_files.key("articles")
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
LINK = "https://news.example/"
CONFIG = f'{POLLING}[site]\nlink = "{LINK}"\n'
TRIP = "---\ntitle: A trip\nimage: søe.png\n---\nWords. ![A lake](lake.png) ![](late.png)"
FOLDER = f'{CONFIG}[[source]]\npath = "articles"\n'


def write(path: Path, body: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)


def items(house: House, name: str = "feed") -> list[dict[str, Any]]:
    """What the JSON feed lists."""
    found: list[dict[str, Any]] = json.loads((house.data / f"public/{name}.json").read_bytes())["items"]
    return found


def copies(house: House) -> dict[str, bytes]:
    """The copies, by the ends of their addresses."""
    folder = house.data / "public" / local_files.FOLDER
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> House:
    """An article with a picture and one to come, and a draft with another."""
    house = QuickHouse(tmp_path)
    articles = tmp_path / "articles"
    write(articles / "trip/index.md", TRIP)
    write(articles / "trip/søe.png", PNG + b"1")
    write(articles / "trip/lake.png", PNG + b"2")
    write(articles / "draft.md", "---\ntitle: No\ndraft: true\n---\n![](secret.png)")
    write(articles / "secret.png", PNG)
    house.write(FOLDER)
    return house


def test_each_address_in_the_newest_feed_is_that_of_a_file_for_a_plain_web_server(home: House) -> None:
    home.run("once")
    (item,) = items(home)
    addresses = [item["image"], *re.findall(r'src="([^"]*)"', item["content_html"])]
    assert addresses == [f"{LINK}pictures/{KEY}/trip/{name}.png" for name in ("s%C3%B8e", "lake", "late")]
    assert copies(home) == {f"{KEY}/trip/søe.png": PNG + b"1", f"{KEY}/trip/lake.png": PNG + b"2"}
    for path in (*(home.data / "public").glob("feed.*"), *(home.data / "public").rglob("*.html")):
        assert b"local.invalid" not in path.read_bytes()
    for up, page in (("", "index.html"), ("../", "feed/index.html")):  # they work wherever the site is
        assert f'src="{up}pictures/{KEY}/trip/s%C3%B8e.png"' in (home.data / "public" / page).read_text()
    assert "local.invalid" not in home.run("export", "--jsonl").stdout


def test_without_pages_as_files_what_the_feeds_show_is_copied(home: House) -> None:
    write(home.folder / "articles/old.md", "---\ntitle: Old\ndate: 2020-01-01\n---\n![](secret.png)")
    output = '[[output]]\nname = "feed"\nlimit = 1\n'
    home.write(FOLDER.replace("[site]", '[site]\nstatic = "none"') + output)
    home.run("once")
    assert copies(home).keys() == {f"{KEY}/trip/søe.png", f"{KEY}/trip/lake.png"}
    home.write(FOLDER + output)
    home.run("once")
    assert copies(home)[f"{KEY}/secret.png"] == PNG, "a page shows it"


def test_a_copy_is_brought_up_to_date_and_outlives_the_picture(home: House) -> None:
    home.run("once")
    articles = home.folder / "articles/trip"
    write(articles / "late.png", PNG + b"3")
    write(articles / "lake.png", PNG + b"new")
    (articles / "søe.png").unlink()
    home.run("once", "--all")
    assert copies(home) == {
        f"{KEY}/trip/søe.png": PNG + b"1",
        f"{KEY}/trip/lake.png": PNG + b"new",
        f"{KEY}/trip/late.png": PNG + b"3",
    }
    folders = home.data / f"public/pictures/{KEY}/trip", articles
    copy, original = ((folder / "late.png").stat() for folder in folders)
    assert (copy.st_mtime_ns, copy.st_mode & 0o777) == (original.st_mtime_ns, 0o644)


def test_what_is_no_picture_any_more_leaves_the_copy(home: House) -> None:
    home.run("once")
    write(home.folder / "articles/trip/lake.png", "<script>alert(1)</script>")
    home.run("once", "--all")
    assert copies(home)[f"{KEY}/trip/lake.png"] == PNG + b"2"


def test_a_draft_shows_its_pictures_once_it_is_none(home: House) -> None:
    home.run("once")
    assert not any("secret" in tail for tail in copies(home))
    write(home.folder / "articles/draft.md", "---\ntitle: Yes\n---\n![](secret.png)")
    home.run("once", "--all")
    assert copies(home)[f"{KEY}/secret.png"] == PNG


def test_nobody_elses_words_make_a_picture_public(home: House) -> None:
    """A feed in the folder, and an article of another source, name what only a draft names."""
    forged = f'<img src="{local_files.ROOT}{KEY}/secret.png">'
    feed = f'<rss version="2.0"><channel><title>T</title><item><guid>1</guid><description><![CDATA[x {forged}]]>'
    write(home.folder / "articles/feed.xml", f"{feed}</description></item></channel></rss>")
    write(home.folder / "other/a.md", f"# Other\n\nx {forged}")
    home.write(f'{FOLDER}[[source]]\npath = "other"\n')
    home.run("once")
    assert len(items(home)) == 3
    assert not any("secret" in tail for tail in copies(home))
    assert _named(home) == {f"{KEY}/trip/{name}.png" for name in ("s%C3%B8e", "lake", "late")}


def test_an_article_alone_has_its_pictures_beside_it(home: House) -> None:
    home.write(f'{CONFIG}[[source]]\npath = "articles/trip/index.md"\n')
    home.run("once")
    key = local_files.key("articles/trip/index.md")
    assert items(home)[0]["image"] == f"{LINK}pictures/{key}/s%C3%B8e.png"
    assert copies(home) == {f"{key}/søe.png": PNG + b"1", f"{key}/lake.png": PNG + b"2"}


def test_another_spelling_of_the_path_is_the_same_address(home: House) -> None:
    home.run("once")
    before = items(home)
    home.write(f'{CONFIG}[[source]]\npath = "./articles/"\n')
    home.run("once", "--all")
    assert items(home) == before


def test_an_output_that_shows_every_copy_and_one_that_shows_summaries_have_them(home: House) -> None:
    outputs = '[[output]]\nname = "copies"\ndedupe = false\n[[output]]\nname = "short"\ncontent = "summary"\n'
    home.write(FOLDER + outputs)
    home.run("once")
    for name in ("copies", "short"):
        assert items(home, name)[0]["image"] == f"{LINK}pictures/{KEY}/trip/s%C3%B8e.png"
    assert len(copies(home)) == 2


def test_the_site_at_another_address_has_them_there(home: House) -> None:
    home.run("once")
    home.write(FOLDER.replace(LINK, "http://[::1]:8000/sub"))
    home.write(FOLDER.replace(LINK, "https://other.example/sub"))
    home.run("once")
    assert items(home)[0]["image"] == f"https://other.example/sub/pictures/{KEY}/trip/s%C3%B8e.png"


@pytest.mark.parametrize("stands", ["pictures", f"pictures/{KEY}", f"pictures/{KEY}/trip"])
def test_a_file_in_their_place_keeps_no_edition_from_being_published(home: House, stands: str) -> None:
    write(home.data / "public" / stands, b"x")
    home.run("once")
    assert items(home)[0]["title"] == "A trip"


def test_pictures_of_articles_that_were_let_go_are_named_no_longer(home: House) -> None:
    home.run("once")
    with sqlite3.connect(home.data / "aggregator.db") as database:
        database.create_function("cut", 1, lambda text: text)
        packing.register(database)
        database.execute("DELETE FROM entry")
    database.close()
    assert _named(home) == set()


def test_what_was_stored_before_is_read_anew_once_and_is_no_news(home: House) -> None:
    home.run("once")
    (after,) = items(home)
    with sqlite3.connect(home.data / "aggregator.db") as database:  # as the version before left it
        database.create_function("cut", 1, lambda text: text)
        packing.register(database)
        database.execute("UPDATE document SET reader = 1")
        text, data = database.execute("SELECT text, data FROM entry").fetchone()
        entry = json.loads(packing.unpack(data))
        entry["content"] = re.sub(r' src="[^"]*"', "", entry["content"])
        del entry["image"]
        packed = packing.pack(json.dumps(entry), packing.unpack_text(text, data))
        database.execute("UPDATE entry SET data = ?, text = ?, hash = x'0102030405060708'", packed)
        database.execute("DELETE FROM picture")
    database.close()
    home.run("once")
    assert "image" not in items(home)[0], "nothing is due"
    summary = home.json("once", "--all")
    assert (summary["entries_new"], summary["stories_new"]) == (0, 0)
    assert items(home) == [after], "the same dates, too"
    again = home.json("once", "--all")
    assert (again["unchanged"], again["entries_updated"]) == (1, 0)


def test_what_stands_in_a_copys_place_keeps_no_other_from_being_copied(home: House) -> None:
    write(home.data / f"public/pictures/{KEY}/trip/lake.png/a", b"x")
    home.run("once")
    assert copies(home)[f"{KEY}/trip/søe.png"] == PNG + b"1"
    assert not list((home.data / "public").rglob(".picture*"))


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="a folder in which nobody can write")
def test_a_disk_that_takes_no_copies_is_told(home: House, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    home.run("once")
    config = Config.model_validate({"source": [{"path": "articles"}], "folder": home.folder})
    nowhere = tmp_path / "elsewhere"
    nowhere.mkdir()
    (nowhere / "public").symlink_to("/proc/self/fdinfo", target_is_directory=True)
    with store.reading(home.data) as database:
        keep_pictures(database, config, nowhere, {})
    assert caplog.text.count("pictures can't be copied") == 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_has_public_addresses_for_what_is_stored(suffix: str) -> None:
    address = f"{local_files.ROOT}{KEY}/trip/lake.png"
    markup = f'<p>x <img src="{address}"><video poster="{address}" src="{address}"></video></p>'
    told = story(1, summary=markup, content=f"{markup}<p>y</p>", image=address)
    body = render.render(CHANNEL, [told], suffix).body.decode()
    assert "local.invalid" not in body
    assert body.count(f"{CHANNEL.base}pictures/{KEY}/trip/lake.png") >= 4


def _named(house: House) -> set[str]:
    database = sqlite3.connect(house.data / "aggregator.db")
    try:
        return {tail for (tail,) in database.execute("SELECT tail FROM picture")}
    finally:
        database.close()

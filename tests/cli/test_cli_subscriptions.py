"""add, remove, import, export: the operator's file is edited, and nothing in it is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from house import POLLING, House, QuickHouse, environment
from world import Reply, World, item, rss

CONFIG = f"""# My feeds.   Trailing blanks:   \n
{POLLING}
# ── science ──

[[source]]  # the first
url = "http://one.example/feed"   # keep me
name = "One"

# About two:
# it is fine.
[[source]]
url='http://two.example/feed'
category = "science"
# inside of two

# ── own ──
[[source]]
path = "articles"
name = "Ours"

# ── outputs ──

[[output]]
name = "feed"   # the only one
"""
_PROGRAM = (sys.executable, "-m", "aggregator")
ONE = '[[source]]  # the first\nurl = "http://one.example/feed"   # keep me\nname = "One"\n'


def sources(house: House) -> list[dict[str, Any]]:
    return tomllib.loads(house.config.read_text("utf-8")).get("source", [])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return QuickHouse(tmp_path)


@pytest.fixture
def filled(house: House) -> House:
    house.write(CONFIG)
    (house.folder / "articles").mkdir()
    return house


# ── add ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_add_appends_a_feed_and_keeps_the_rest_byte_for_byte(filled: House, world: World) -> None:
    url = world.plays("/feed.xml", Reply(body=rss(item(1))))
    done = filled.run("add", url, "--category", 'a "b" ü', "--name", "N\\")
    assert url in done.stdout
    before, added, after = filled.config.read_text("utf-8").partition('\n[[source]]\nurl = "' + url)
    assert CONFIG.startswith(before) and added
    assert after.endswith(CONFIG.removeprefix(before))
    assert sources(filled)[3:] == [{"url": url, "name": "N\\", "category": 'a "b" ü'}]
    filled.run("check")


def test_add_keeps_windows_line_ends(filled: House) -> None:
    before = CONFIG.replace("\n", "\r\n").encode()
    filled.config.write_bytes(before)
    filled.run("add", "http://new.example/", "--unchecked")
    after = filled.config.read_bytes()
    assert set(before.split(b"\r\n")) <= set(after.split(b"\r\n"))
    assert after.count(b"\n") == after.count(b"\r\n")


def test_add_finds_the_feed_of_a_site(filled: House, world: World) -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/dead.xml"><link rel=alternate'
    world.plays("/blog/", Reply(body=f'{page} type="application/atom+xml" href="feed.xml"></head></html>'.encode()))
    found = world.plays("/blog/feed.xml", Reply(body=rss(item(1))))
    assert found in filled.run("add", world.url("/blog/")).stdout
    assert sources(filled)[-1] == {"url": found}
    assert "already" in filled.run("add", world.url("/blog/")).stdout
    assert len(sources(filled)) == 4


def test_add_takes_articles_before_comments_and_tells_what_it_has_taken(filled: House, world: World) -> None:
    links = ("/a-post/comments/feed", "/feed.xml", "/feed.atom")
    page = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    world.plays("/a-post/", Reply(body=page.encode()))
    others = [world.plays(link, Reply(body=rss(item(9)))) for link in (links[2], links[0])]
    taken = world.plays("/feed.xml", Reply(body=rss(item(1), item(2), title="Harbour news")))
    added, described, heading, *listed = filled.run("add", world.url("/a-post/")).stdout.splitlines()
    assert taken in added
    assert described == "“Harbour news”, 2 entries."
    assert "--pick N" in heading
    assert listed == [f"  {number}  {other}: “A feed”, 1 entry." for number, other in enumerate(others, 2)]
    assert sources(filled)[-1] == {"url": taken}


def _site(world: World) -> list[str]:
    """A page that names a feed, one that isn't there, and two more feeds; the three."""
    links = ("/news.xml", "/gone.xml", "/notes.xml", "/photos.xml")
    page = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    world.plays("/site/", Reply(body=page.encode()))
    feeds = {"News": links[0], "Notes": links[2], "Photos": links[3]}
    return [world.plays(link, Reply(body=rss(item(1), title=title))) for title, link in feeds.items()]


def test_add_takes_the_feed_that_is_picked_or_all_and_says_of_each_other_one_what_it_is(
    filled: House, world: World
) -> None:
    news, notes, photos = _site(world)
    done = filled.run("add", world.url("/site/"), "--pick", "2").stdout.splitlines()
    assert done[0].startswith(f"Added {notes}") and done[1] == "“Notes”, 1 entry."
    assert done[3:6] == [
        f"  1  {news}: “News”, 1 entry.",
        f"  3  {photos}: “Photos”, 1 entry.",
        f"  -  {world.url('/gone.xml')}: answered 404: not found",
    ]
    assert sources(filled)[3:] == [{"url": notes}]
    done = filled.run("add", world.url("/site/"), "--all", "--category", "c").stdout.splitlines()
    assert [line.partition(" to ")[0] for line in done[:3:2]] == [f"Added {news}", f"Added {photos}"]
    assert done[1] == f"{notes} is in {filled.config} already."
    assert sources(filled)[3:] == [{"url": notes}, *({"url": url, "category": "c"} for url in (news, photos))]


def test_add_of_a_number_that_is_not_there_adds_nothing(filled: House, world: World) -> None:
    _site(world)
    assert (
        "it has 3 feeds, and none of number 4" in filled.run("add", world.url("/site/"), "--pick", "4", status=1).stderr
    )
    filled.run("add", world.url("/site/"), "--pick", "0", status=2)
    filled.run("add", world.url("/site/"), "--pick", "1", "--all", status=2)
    filled.run("add", "articles", "--all", status=2)
    assert filled.config.read_text("utf-8") == CONFIG


@pytest.mark.parametrize("place", ["/blog/index.xml", "/feed", "/rss.xml"])
def test_add_looks_at_the_usual_places_where_a_page_names_none(filled: House, world: World, place: str) -> None:
    world.plays("/blog/", Reply(body=b"<html><body>A blog</body></html>"))
    feed = world.plays(place, Reply(body=rss(item(1))))
    assert feed in filled.run("add", world.url("/blog/")).stdout
    assert sources(filled)[-1] == {"url": feed}


def test_add_takes_the_feed_of_a_page_that_is_for_browsers_alone_where_the_site_is_known(
    filled: House, world: World
) -> None:
    world.plays("/@me", Reply(403))
    feed = world.plays("/@me.rss", Reply(body=rss(item(1))))
    assert feed in filled.run("add", world.url("/@me")).stdout
    world.plays("/@me.rss", Reply(404))
    (line,) = filled.run("add", world.url("/@me"), status=1).stderr.splitlines()
    assert "answered 403" in line and f"{feed}, which answered 404" in line


def test_add_of_a_feed_without_a_title_says_so(filled: House, world: World) -> None:
    feed = b"<rss version='2.0'><channel><item><guid>1</guid></item><item><guid>2</guid></item></channel></rss>"
    assert "It has no title, 2 entries." in filled.run("add", world.plays("/f", Reply(body=feed))).stdout


@pytest.mark.parametrize("kind", ["image/png", "Audio/mpeg", "video/mp4; codecs=x", "font/woff2"])
def test_add_of_a_picture_on_the_web_is_no_feed(filled: House, world: World, kind: str) -> None:
    picture = Reply(body=b"\x89PNG\r\n\x1a\n" + bytes(200), headers={"Content-Type": kind})
    (line,) = filled.run("add", world.plays("/it", picture), status=1).stderr.splitlines()
    assert f"this is {kind.partition(';')[0]}, no feed" in line
    assert len(sources(filled)) == 3


@pytest.mark.parametrize("name", ["photo.png", "photo.txt", "photo"])
def test_add_of_a_picture_is_no_article(filled: House, name: str) -> None:
    (filled.folder / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (line,) = filled.run("add", str(filled.folder / name), status=1).stderr.splitlines()
    assert "no article and no feed" in line
    assert len(sources(filled)) == 3


def test_add_and_remove_say_how_the_daemon_that_runs_gets_to_know_of_it(filled: House) -> None:
    from aggregator.store.database import Writer

    url = "http://new.example/feed"
    assert "reload" not in filled.run("add", url, "--unchecked").stdout
    filled.run("remove", url)
    writer = Writer(filled.data)
    try:
        for arguments in (("add", url, "--unchecked"), ("remove", url)):
            *_, advice = filled.run(*arguments).stdout.splitlines()
            assert "`aggregator reload`" in advice
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(404), "404"),
        (Reply(body=b"<html><body>Nothing here</body></html>"), "names no feed"),
        (
            Reply(body=b'<link rel="alternate" type="application/rss+xml" href="/nowhere">'),
            "/nowhere, which answered 404",
        ),
        (Reply(body=b""), "names no feed"),
    ],
)
def test_add_of_what_is_no_feed_is_one_line_and_changes_nothing(
    filled: House, world: World, reply: Reply, word: str
) -> None:
    done = filled.run("add", world.plays("/page", reply), status=1)
    (line,) = done.stderr.splitlines()
    assert word in line
    assert "--unchecked" in line
    assert filled.config.read_text("utf-8") == CONFIG


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/feed", "http://10.0.0.1/feed", "http://does-not-exist.invalid/", "ftp://x.example/feed",
        "http://", "http://[bad/", "http://x.example:99999/", "://", "nowhere", "", "\udcff", "a\nb",
    ],
)  # fmt: skip
def test_add_of_what_cant_be_had_is_one_line_and_changes_nothing(filled: House, address: str) -> None:
    done = filled.run("add", address, status=1)
    assert len(done.stderr.splitlines()) == 1
    assert filled.config.read_text("utf-8") == CONFIG


def test_add_unchecked_asks_nobody(filled: House, world: World) -> None:
    filled.run("add", "--unchecked", world.url("/later"))
    assert world.asked == []
    assert sources(filled)[-1] == {"url": world.url("/later")}


def test_add_of_a_known_address_asks_nobody_and_changes_nothing(filled: House) -> None:
    done = filled.run("add", "http://one.example/feed")
    assert "already" in done.stdout
    assert filled.config.read_text("utf-8") == CONFIG


def test_add_of_a_path_is_relative_to_the_config_wherever_it_is_called(filled: House, tmp_path: Path) -> None:
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (tmp_path / "more" / "a.txt").write_text("A\n\nb")
    for address, cwd, expected in (
        ("more", tmp_path, "more"),
        ("../a.txt", tmp_path / "more" / "deep", "more/a.txt"),
        (str(tmp_path / "more" / "deep"), Path("/"), "more/deep"),
    ):
        subprocess.run(filled.argv("add", address), cwd=cwd, env=environment(), check=True, capture_output=True)
        assert sources(filled)[-1] == {"path": expected}


@pytest.mark.parametrize("address", ["articles", "./articles", "articles/", "articles/../articles", "absolute"])
def test_add_knows_a_path_in_every_spelling(filled: House, address: str) -> None:
    spelled = str(filled.folder / "articles") if address == "absolute" else address
    assert "already" in filled.run("add", spelled).stdout
    assert filled.config.read_text("utf-8") == CONFIG


def test_add_to_sources_that_are_written_in_one_array(house: House) -> None:
    house.write('source = [ { url = "http://one.example/" } ]  # short\n[site]\ntitle = "T"\n')
    house.run("add", "http://two.example/", "--unchecked")
    assert sources(house) == [{"url": "http://one.example/"}, {"url": "http://two.example/"}]
    assert "# short" in house.config.read_text("utf-8")
    house.run("remove", "http://one.example/")
    assert sources(house) == [{"url": "http://two.example/"}]


def test_add_keeps_the_files_mode_and_a_link_to_it(filled: House, tmp_path: Path) -> None:
    real = tmp_path / "real" / "config.toml"
    real.parent.mkdir()
    real.write_text("", "utf-8")
    real.chmod(0o600)
    filled.config.unlink()
    filled.config.symlink_to(real)
    filled.run("add", "http://two.example/", "--unchecked")
    assert filled.config.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert "two.example" in real.read_text("utf-8")
    assert {f.name for f in real.parent.iterdir()} == {"config.toml"}


# ── remove ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "gone"),
    [
        (
            "http://one.example/feed",
            '[[source]]  # the first\nurl = "http://one.example/feed"   # keep me\nname = "One"\n',
        ),
        ("One", '[[source]]  # the first\nurl = "http://one.example/feed"   # keep me\nname = "One"\n'),
        ("http://two.example/feed", "[[source]]\nurl='http://two.example/feed'\ncategory = \"science\"\n"),
        ("articles", '[[source]]\npath = "articles"\nname = "Ours"\n'),
        ("./articles/", '[[source]]\npath = "articles"\nname = "Ours"\n'),
        ("Ours", '[[source]]\npath = "articles"\nname = "Ours"\n'),
    ],
)
def test_remove_takes_one_source_and_keeps_all_else(filled: House, address: str, gone: str) -> None:
    assert gone in CONFIG
    filled.run("remove", address)
    after = filled.config.read_text("utf-8")
    assert after.replace("\n", "") == CONFIG.replace(gone, "").replace("\n", "")
    assert len(sources(filled)) == 2
    filled.run("check")


def test_remove_undoes_add(filled: House, world: World) -> None:
    for address in (world.plays("/feed.xml", Reply(body=rss(item(1)))), "."):
        filled.run("add", address)
        filled.run("remove", address)
        assert filled.config.read_text("utf-8") == CONFIG


def test_remove_of_the_last_one_leaves_a_good_config(filled: House) -> None:
    for name in ("One", "http://two.example/feed", "Ours"):
        filled.run("remove", name)
    assert sources(filled) == []
    for comment in ("# My feeds.", "# ── science ──", "# About two:", "# ── own ──", "# ── outputs ──"):
        assert comment in filled.config.read_text("utf-8")
    assert "0 sources" in filled.run("check").stdout


def test_remove_of_a_path_whose_folder_is_gone(filled: House) -> None:
    (filled.folder / "articles").rmdir()
    filled.run("remove", "articles")
    assert len(sources(filled)) == 2


@pytest.mark.parametrize("address", ["http://three.example/", "", "\udcff", "on"])
def test_remove_of_what_is_not_there_is_one_line(filled: House, address: str) -> None:
    done = filled.run("remove", address, status=1)
    assert len(done.stderr.splitlines()) == 1
    assert filled.config.read_text("utf-8") == CONFIG


def test_remove_by_a_name_that_two_have_names_both_and_removes_none(house: House) -> None:
    text = "".join(f'[[source]]\nurl = "http://{n}.example/"\nname = "News"\n' for n in "ab")
    house.write(text)
    done = house.run("remove", "News", status=1)
    assert "http://a.example/" in done.stderr
    assert "http://b.example/" in done.stderr
    assert house.config.read_text("utf-8") == text


def test_remove_is_not_deceived_by_what_looks_like_a_table(house: House) -> None:
    text = '[site]\nnotice = """\n[[source]]\nurl = "http://a.example/"\n"""\n[[source]]\nurl = "http://a.example/"\n'
    house.write(text)
    house.run("remove", "http://a.example/")
    assert tomllib.loads(house.config.read_text("utf-8"))["site"]["notice"].count("[[source]]") == 1
    assert sources(house) == []


# ── import and export ────────────────────────────────────────────────────────────────────────────────────────────────

OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>
<outline text="Science"><outline text="Physics">
  <outline type="rss" text="P &amp; Q" xmlUrl="http://p.example/feed?a=1&amp;b=2" htmlUrl="http://p.example/"/>
</outline>
  <outline type="rss" text="Ünï “q” \\ '" xmlUrl="http://u.example/feed"/>
</outline>
<outline type="rss" text="Top" xmlUrl="http://top.example/feed"/>
<outline type="rss" text="Again" xmlUrl="http://top.example/feed"/>
<outline type="rss" text="Known" xmlUrl="http://one.example/feed"/>
<outline type="rss" text="No port" xmlUrl="http://bad.example:99999999/feed"/>
<outline type="rss" text="A blank" xmlUrl="http://bad.example/a feed"/>
<outline type="rss" text="A file" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def _opml(house: House, text: str) -> str:
    path = house.folder / "in.opml"
    path.write_text(text, "utf-8")
    return str(path)


def test_import_takes_folders_as_categories_and_each_address_once(filled: House) -> None:
    done = filled.run("import", _opml(filled, OPML))
    assert sources(filled)[3:] == [
        {"url": "http://p.example/feed?a=1&b=2", "name": "P & Q", "category": "Science/Physics"},
        {"url": "http://u.example/feed", "name": "Ünï “q” \\ '", "category": "Science"},
        {"url": "http://top.example/feed", "name": "Top"},
        {"url": "http://bad.example/a%20feed", "name": "A blank"},
    ]
    assert set(CONFIG.splitlines()) <= set(filled.config.read_text("utf-8").splitlines())
    assert done.stdout.startswith("Added 4 of 6 ")
    assert "1 were there already" in done.stdout
    assert [line for line in done.stderr.splitlines() if "bad.example" in line] == done.stderr.splitlines()
    assert len(done.stderr.splitlines()) == 1
    filled.run("check")


def test_import_twice_adds_nothing_the_second_time(filled: House) -> None:
    path = _opml(filled, OPML)
    filled.run("import", path)
    before = filled.config.read_bytes()
    assert "Added 0 " in filled.run("import", path).stdout
    assert filled.config.read_bytes() == before


@pytest.mark.parametrize("text", ["", "Hello", "<html></html>", "{}", '<!DOCTYPE x [<!ENTITY a "b">]><opml/>'])
def test_import_of_what_is_no_opml_is_one_line_and_exit_1(filled: House, text: str) -> None:
    done = filled.run("import", _opml(filled, text), status=1)
    assert len(done.stderr.splitlines()) == 1
    assert "in.opml" in done.stderr
    assert filled.config.read_text("utf-8") == CONFIG


@pytest.mark.parametrize("text", [OPML[: OPML.index("Again")], "new.example/feed\n<<<<<<< HEAD\n"])
def test_of_a_broken_list_nothing_is_added_unless_a_part_is_asked_for(filled: House, text: str) -> None:
    path = _opml(filled, text)
    done = filled.run("import", path, status=1)
    assert "line " in done.stderr and ", column " in done.stderr and "--partial" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert filled.config.read_text("utf-8") == CONFIG

    assert "Added " in filled.run("import", "--partial", path).stdout
    assert len(sources(filled)) > 3


@pytest.mark.parametrize("text", ["<opml><body><outline text='a folder'/></body></opml>", '"query:Unread:unread" x\n'])
def test_a_list_without_a_feed_is_said_to_have_none(filled: House, text: str) -> None:
    done = filled.run("import", _opml(filled, text), status=1)
    assert "no feed" in done.stderr.splitlines()[-1]
    assert filled.config.read_text("utf-8") == CONFIG


def test_import_of_a_file_that_is_not_there_is_exit_2(filled: House) -> None:
    assert "nowhere.opml" in filled.run("import", "nowhere.opml", status=2).stderr


def test_what_export_opml_writes_import_reads_back(filled: House, tmp_path: Path) -> None:
    filled.run("import", _opml(filled, OPML))
    other = QuickHouse(tmp_path / "other")
    other.folder.mkdir()
    other.write("")
    other.run("import", _opml(other, filled.run("export", "--opml").stdout))

    def feeds(house: House) -> list[tuple[str, ...]]:
        return sorted((s["url"], s.get("name", s["url"]), s.get("category", "")) for s in sources(house) if "url" in s)

    assert feeds(other) == feeds(filled)
    assert len(feeds(other)) == 6


def test_export_opml_has_the_feeds_own_titles_once_they_are_known(house: House, world: World) -> None:
    house.write(
        f'{POLLING}[[source]]\nurl = "{world.plays("/f", Reply(body=rss(item(1), title="Own &amp; title")))}"\n'
    )
    house.run("once")
    assert 'title="Own &amp; title"' in house.run("export", "--opml").stdout


def test_export_jsonl_is_an_object_a_line_with_the_contracts_keys(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1), item(2, "Ünï ☃ words"), item(3) + "<title></title>")))
    house.write(f'{POLLING}[[source]]\nurl = "{url}"\n')
    house.run("once")
    entries = house.entries()
    assert len(entries) == 3
    for entry in entries:
        assert {"source", "guid", "url", "title", "published", "story", "joined", "score"} <= set(entry)
        assert entry["source"] == url
        assert entry["story"].startswith("urn:uuid:")
        assert entry["joined"] in {"new", "guid", "url", "text"}
    assert entries[0]["guid"].endswith("item-1")
    assert entries[0]["url"] == "http://site.example/1"
    assert entries[0]["published"] == "2026-11-02T08:00:00Z"


def test_export_wants_to_know_what(filled: House) -> None:
    for options in ([], ["--opml", "--jsonl"]):
        assert "--opml or --jsonl" in filled.run("export", *options, status=2).stderr


def test_a_config_that_cant_be_written_is_one_line(filled: House) -> None:
    """Its folder is a file system that takes nothing."""
    if not os.access("/proc/version", os.R_OK):
        pytest.skip("no /proc")
    argv = [*filled.argv("add", "http://x.example/", "--unchecked")[:-4], "--config", "/proc/version"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment(), check=False, timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_json_stays_json(filled: House) -> None:
    assert json.loads(filled.run("sources", "--json").stdout)[0]["name"] == "One"


def test_import_reads_newsboats_urls_and_names_what_is_no_feed(filled: House) -> None:
    path = filled.folder / "urls"
    path.write_text('https://n.example/feed news "~N"\nhttp://one.example/feed\n"query:Unread:unread = \\"yes\\""\n')
    done = filled.run("import", str(path))

    assert sources(filled)[3:] == [{"url": "https://n.example/feed", "name": "N", "category": "news"}]
    assert done.stdout.startswith("Added 1 of 2 ")
    assert done.stderr == 'Left out query:Unread:unread = "yes": not a feed on the web.\n'


# ── The file itself ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_adds_at_once_are_all_there(filled: House) -> None:
    command = [*_PROGRAM, "add", "--config", str(filled.config), "--unchecked"]
    adding = [subprocess.Popen([*command, f"http://n{n}.example/"], stdout=subprocess.DEVNULL) for n in range(6)]

    assert [process.wait() for process in adding] == [0] * 6
    assert {f"http://n{n}.example/" for n in range(6)} <= {source.get("url") for source in sources(filled)}


def test_a_file_that_cannot_be_replaced_is_written_into(filled: House) -> None:
    other = filled.folder / "other name"
    os.link(filled.config, other)
    filled.run("add", "http://new.example/", "--unchecked")
    assert b"http://new.example/" in other.read_bytes()


def test_a_byte_order_mark_and_the_mode_stay(filled: House) -> None:
    filled.config.write_bytes(b"\xef\xbb\xbf" + CONFIG.encode())
    filled.config.chmod(0o640)
    filled.run("add", "http://new.example/", "--unchecked")
    assert filled.config.read_bytes().startswith(b"\xef\xbb\xbf# My feeds.")
    assert filled.config.stat().st_mode & 0o777 == 0o640


def test_neither_words_nor_exports_have_passwords_or_keys(house: House) -> None:
    house.write(f'{POLLING}[[source]]\nurl = "http://u:HUSH1@127.0.0.1:9/a?token=HUSH2"\n')
    house.run("once")
    said = [house.run(*asked) for asked in (["sources"], ["export", "--opml"], ["check"])]
    assert not [done for done in said if "HUSH" in done.stdout + done.stderr]
    assert "HUSH2" in house.run("export", "--opml", "--secrets").stdout
    assert "HUSH2" in house.run("sources", "--json").stdout

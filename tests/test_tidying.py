"""The night's work, whole: what `[storage]` says goes, the file gets smaller, and what was shown of it is no more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from house import House
from test_kept_items import NOON, A, B, entry
from test_static_site import Press

from aggregator import outbound
from aggregator.config import Config, OutputTable, Site, parse
from aggregator.engine import Engine
from aggregator.model import Keep, StoreError
from aggregator.outbound import pages
from aggregator.store import archives, excess, retention
from aggregator.store.database import NAME, reading
from aggregator.tidying import Tidied

BASE = "[polling]\nworkers = 1\nallow_networks = []\n"
BIG, SMALL = 300, 20


def feed(name: str, count: int) -> str:
    """A feed file with so many articles, one a day, of six kilobytes each."""
    items = (
        f"<item><guid>{name}{n}</guid><title>{name} {n}</title><link>https://{name}.example/{n}</link>"
        f"<description>{' '.join(f'{name}{n}w{word}' for word in range(500))}</description>"
        f"<pubDate>{_date(n)}</pubDate></item>"
        for n in range(count)
    )
    return f"<rss version='2.0'><channel><title>{name}</title>{''.join(items)}</channel></rss>"


def _date(number: int) -> str:
    return formatdate(NOON - number * 86400)


class Installation:
    """Two feed files, under a config that changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, count in (("big", BIG), ("small", SMALL)):
            (folder / f"{name}.xml").write_text(feed(name, count))

    def config(self, more: str) -> Config:
        sources = "".join(f'[[source]]\npath = "{name}.xml"\n' for name in ("big", "small"))
        return parse(f"{BASE}{more}\n{sources}", self.folder / "aggregator.toml")

    async def night(self, more: str, patience: float = 100) -> Tidied:
        """A round of everything, and then a night under this config."""
        config = self.config(more)
        async with Engine(config, self.folder / "data", lambda: NOON) as engine:
            await engine.once([source.key for source in config.sources])
            return await engine.tidy(patience)

    @property
    def size(self) -> int:
        return (self.folder / "data" / NAME).stat().st_size

    def stored(self) -> dict[str, list[int]]:
        with reading(self.folder / "data") as database:
            titles = [row[0].split() for row in database.execute("SELECT title FROM entry ORDER BY published DESC")]
        return {name: [int(number) for each, number in titles if each == name] for name in ("big", "small")}

    def shown(self) -> list[str]:
        items = json.loads((self.folder / "data" / "public" / "feed.json").read_text())["items"]
        return [item["title"] for item in items]


OUTPUT = '[[output]]\nname = "feed"\nlimit = 30\n'


async def test_the_file_is_no_larger_than_max_size_the_largest_source_gives_and_nothing_comes_back(
    tmp_path: Path,
) -> None:
    here = Installation(tmp_path)
    assert (await here.night(OUTPUT)).entries == 0
    shown = here.shown()
    assert here.size > 2_000_000
    bounded = f'[storage]\nmax_size = "2 MB"\n{OUTPUT}'
    tidied = await here.night(bounded)
    assert here.size <= 2_000_000
    assert here.size > 1_000_000, "no more went than had to"
    assert tidied.entries == BIG - len(here.stored()["big"])
    assert here.stored() == {"big": list(range(BIG - tidied.entries)), "small": list(range(SMALL))}
    assert here.shown() == shown
    for name in ("big", "small"):  # it is read again, and lists all of them still
        path = tmp_path / f"{name}.xml"
        path.write_text(path.read_text().replace("<channel>", "<channel><language>en</language>"))
    before = here.stored()
    assert (await here.night(bounded)).entries == 0
    assert here.stored() == before


async def test_where_all_that_is_left_is_shown_it_stays_and_the_operator_is_told(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    output = '[[output]]\nname = "feed"\nlimit = 1000\n'
    tidied = await here.night(f'[storage]\nmax_size = "1 MB"\n{output}')
    assert tidied.entries == 0
    assert "more than [storage] max_size" in tidied.trouble and "raise max_size" in tidied.trouble
    assert not tidied.is_partial


async def test_by_age_and_number_all_goes_but_what_is_shown(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    await here.night(f'[storage]\nkeep_age = "60d"\nkeep_entries = 15\n{OUTPUT}')
    assert here.stored() == {"big": list(range(15)), "small": list(range(15))}


async def test_what_an_output_is_to_show_that_was_never_published_stays(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    await here.night(OUTPUT)
    more = f'[storage]\nkeep_entries = 1\n{OUTPUT}[[output]]\nname = "more"\nlimit = 60\n'
    async with Engine(here.config(more), tmp_path / "data", lambda: NOON) as engine:
        await engine.tidy(100)
    assert here.stored() == {"big": list(range(40)), "small": list(range(SMALL))}


async def test_nothing_goes_where_it_cant_be_published_first(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    await here.night(OUTPUT)
    config = here.config('[storage]\nkeep_entries = 1\n[[output]]\nname = "other"\n')
    shutil.rmtree(tmp_path / "data" / "public")
    (tmp_path / "data" / "public").write_text("in the way")
    async with Engine(config, tmp_path / "data", lambda: NOON) as engine:
        with pytest.raises(StoreError, match="be written to"):
            await engine.tidy(100)
    assert here.stored() == {"big": list(range(BIG)), "small": list(range(SMALL))}


async def test_a_night_that_is_too_short_says_so(tmp_path: Path) -> None:
    here = Installation(tmp_path)
    assert (await here.night(f"[storage]\nkeep_entries = 1\n{OUTPUT}", 0)).is_partial


# ── What was published of it ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    made = Press(tmp_path)
    made.config = Config(output=[OutputTable(name="feed", limit=50)], site=Site(static="stories"))
    for part in range(5):
        made.deliver(A, *(entry(1000 - n) for n in range(part * 67, part * 67 + 67)))
    made.print()
    yield made
    made.store.close()


def purge(press: Press, entries: int) -> None:
    """Has the oldest go, so that so many are left."""
    found = press.store.now(excess.of_sources, {}, Keep(0, entries), NOON, ())
    press.store.now(retention.sweep, found, lambda: False, lasting=True)
    press.store.now(archives.forget_empty)


def test_pages_whose_stories_are_gone_go_and_the_others_lead_past_them(press: Press) -> None:
    before = press.files()
    assert len(press.walk()) > 4
    purge(press, 120)
    while press.print():
        pass
    walked = press.walk()
    assert sum(len(titles) for _, titles in walked) == 120
    rivers = {name for name in press.files() if name.startswith("feed/2")}
    assert {name for name, _ in walked if name.startswith("feed/2")} == rivers
    assert rivers < set(before)
    assert sum(name.startswith("story/") for name in press.files()) == 120


def test_a_page_whose_stories_are_only_not_selected_keeps_its_address(press: Press) -> None:
    before = set(press.files())
    config = press.config
    press.config = config.model_copy(update={"output": [OutputTable(name="feed", match="nothingatall")]})
    press.print()
    press.config = config
    press.print()
    assert {name for name in before if name.startswith("feed/2")} <= set(press.files())


def test_archives_end_where_what_is_stored_ends(press: Press) -> None:
    (first,) = press.ask("SELECT min(first) FROM page")[0]
    assert len(press.ask("SELECT * FROM page")) == 3
    purge(press, 120)
    press.print()
    left = press.ask("SELECT first, last FROM page ORDER BY first")
    assert first == 1 and left[0][0] > 1
    body = (press.folder / "public" / "feed.json").read_text()
    found = [item["title"] for item in json.loads(body)["items"]]
    while name := json.loads(body).get("next_url", "").removeprefix("http://localhost:8000/").removesuffix(".json"):
        span = [int(number) for number in name.partition("/")[2].split("-")]
        edition = outbound.archive(press.folder, press.config, "feed", *span, "json")
        assert edition is not None
        body = edition.body.decode()
        assert json.loads(body)["items"], "no page is empty"
        found += [item["title"] for item in json.loads(body)["items"]]
    assert len(set(found)) == 120
    assert outbound.archive(press.folder, press.config, "feed", 1, 100, "json") is None


def test_the_newest_archive_page_stays_and_numbers_go_on_behind_it(press: Press) -> None:
    last = press.ask("SELECT max(last) FROM page")
    purge(press, 1)
    press.print()
    assert press.ask("SELECT max(last) FROM page") == last
    press.deliver(B, *(entry(600 - n) for n in range(160)))
    press.print()
    pages = press.ask("SELECT first, last FROM page ORDER BY first")
    assert all(before[1] < after[0] for before, after in pairwise(pages))


def test_the_address_of_a_story_that_was_let_go_says_that_it_is_gone(press: Press) -> None:
    (urn,) = press.ask("SELECT urn FROM story ORDER BY published LIMIT 1")[0]
    purge(press, 120)
    name = urn.removeprefix("urn:uuid:")
    said = pages.answer(press.folder, press.config, "../", pages.story(press.config, name))
    assert (said.status, b"kept no longer" in said.body) == (410, True)
    never = pages.story(press.config, "00000000-0000-0000-0000-000000000000")
    assert pages.answer(press.folder, press.config, "../", never).status == 404


# ── The commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    (tmp_path / "big.xml").write_text(feed("big", 40))
    (tmp_path / "small.xml").write_text(feed("small", 5))
    made.write(_config())
    made.run("once")
    return made


def _config(storage: str = "") -> str:
    return (
        f'{BASE}[serve]\nport = 0\n[storage]\n{storage}\n[[output]]\nname = "feed"\nlimit = 5\n'
        '[[source]]\npath = "big.xml"\nkeep_entries = 10\n[[source]]\npath = "small.xml"\n'
    )


def _of(told: dict[str, Any], source: str) -> dict[str, Any]:
    return next(each for each in told["sources"] if each["source"] == source)


def test_storage_tells_what_takes_the_room_and_what_will_go_and_changes_nothing(house: House) -> None:
    before = (house.data / NAME).read_bytes()
    told = house.json("storage")
    assert (house.data / NAME).read_bytes() == before
    assert (told["entries"], told["stories"], told["oldest"][:4]) == (45, 45, "2025")
    assert told["database"]["bytes"] == len(before) == told["database"]["used"] + told["database"]["free"]
    assert 0.9 < sum(told["tables"].values()) / told["database"]["used"] <= 1 or not told["tables"]
    assert told["going"] == {"kept": 0, "keep": 30, "max_size": 0}
    assert [each["source"] for each in told["sources"]] == ["big.xml", "small.xml"], "the largest first"
    big, small = _of(told, "big.xml"), _of(told, "small.xml")
    assert (big["entries"], big["going"], small["entries"], small["going"]) == (40, 30, 5, 0)
    assert big["bytes"] > 6 * small["bytes"] > 0
    assert told["published"]["files"] > 3 and told["published"]["bytes"] > 10_000
    shown = house.run("storage").stdout
    assert "30 entries go: 30 by age or number" in shown
    assert "entry_fts" in shown or "dbstat" in shown
    assert "big" in shown and "small" in shown


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a daemon"])
def test_tidy_does_at_once_what_the_night_would_do(house: House, beside: bool) -> None:
    if beside:
        with house.daemon():
            said = house.run("tidy").stdout
            assert house.json("storage")["entries"] == 15
    else:
        said = house.run("tidy").stdout
    assert said == "30 entries and 0 records of visits are gone.\n"
    assert house.json("storage")["going"] == {"kept": 0, "keep": 0, "max_size": 0}


def test_tidy_after_an_import_leaves_what_will_be_shown(house: House, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text(house.run("export", "--jsonl", "--whole", "--secrets").stdout, "utf-8")
    shutil.rmtree(house.data)
    house.write(_config("keep_entries = 1").replace("keep_entries = 10\n", ""))
    house.run("import", "--jsonl", "all.jsonl")
    house.run("tidy")
    assert house.json("storage")["entries"] == 5, "as many as are shown"


def test_tidy_fails_where_it_cant_be_done(house: House) -> None:
    house.write(_config('max_size = "1 MB"').replace("limit = 5", "limit = 1000").replace("keep_entries = 10\n", ""))
    (house.folder / "big.xml").write_text(feed("big", 250))
    house.run("once", "--all")
    assert "raise max_size" in house.run("tidy", status=1).stderr


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('keep_age = "forever"', 'an age like "90d"'),
        ('keep_age = "900y"', "at most a hundred years"),
        ("keep_entries = -1", "storage.keep_entries"),
        ('max_size = "1 kB"', "storage.max_size"),
    ],
)
def test_what_cant_be_meant_is_told(tmp_path: Path, written: str, said: str) -> None:
    house = House(tmp_path)
    house.write(f"[storage]\n{written}\n")
    assert said in house.run("check", status=2).stderr

"""preview: what an output holds, and what a changed rule would do to it, before it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from house import POLLING, House, QuickHouse
from world import Reply, World, item, rss

from aggregator.store.database import Writer


@pytest.fixture(scope="module")
def web() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.fixture(scope="module")
def asked(web: World, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two sources with three and two articles; an output of all and one of two."""
    house = QuickHouse(tmp_path_factory.mktemp("preview"))
    web.plays("/one", Reply(body=rss(item(1, "zebra"), item(2, "lion"), item(3, "zebra lion"), title="One")))
    web.plays("/two", Reply(body=rss(item(4, "bird"), item(5, "zebra"), title="Two")))
    house.write(
        f'{POLLING}[[source]]\nurl = "{web.url("/one")}"\ncategory = "pets"\n[[source]]\nurl = "{web.url("/two")}"\n'
        'name = "Second"\n[[output]]\nname = "feed"\n[[output]]\nname = "few"\nexclude = "zebra"\nlimit = 2\n'
        '[[output]]\nname = "each"\ndedupe = false\n'
    )
    house.run("once")
    return house


def titles(listed: list[dict[str, str]]) -> list[int]:
    return sorted(int(story["title"].rpartition(" ")[2]) for story in listed)


def test_it_lists_what_the_output_holds(asked: House) -> None:
    lines = asked.run("preview", "feed").stdout.splitlines()

    assert lines[-1] == "feed holds 5."
    assert len(lines) == 6
    assert any("[Second] Item 4" in line and "http://site.example/4" in line for line in lines)
    held = asked.json("preview", "few")
    assert (held["output"], held["count"], titles(held["stories"])) == ("few", 2, [2, 4])
    assert set(held["stories"][0]) == {"story", "published", "source", "title", "url"}


@pytest.mark.parametrize(
    ("name", "options", "added", "removed"),
    [
        ("feed", ("--match", "zebra"), [], [2, 4]),
        ("feed", ("--exclude", "zebra"), [], [1, 3, 5]),
        ("each", ("--exclude", "zebra"), [], [1, 3, 5]),
        ("feed", ("--category", "pets"), [], [4, 5]),
        ("feed", ("--source", "Second"), [], [1, 2, 3]),
        ("feed", ("--source", "Second", "--category", "pets"), [], [1, 2, 3, 4, 5]),
        ("feed", ("--language", "de"), [], [1, 2, 3, 4, 5]),
        ("feed", ("--backfill", "0"), [], [1, 2, 3, 4, 5]),
        ("few", ("--exclude", "lion", "--limit", "9"), [1, 5], [2]),
        ("few", ("--exclude", "", "--limit", "9"), [1, 3, 5], []),
        ("feed", (), None, None),
    ],
)
def test_it_tells_what_a_rule_would_add_and_remove(
    asked: House, name: str, options: tuple[str, ...], added: list[int] | None, removed: list[int] | None
) -> None:
    told = asked.json("preview", name, *options)

    if added is None or removed is None:
        assert "would_add" not in told
        return
    assert (titles(told["would_add"]), titles(told["would_remove"])) == (added, removed)
    assert told["would_count"] == told["count"] + len(added) - len(removed)
    last = asked.run("preview", name, *options).stdout.splitlines()[-1]
    assert f"would add {len(added)} and remove {len(removed)} of {told['count']};" in last


def test_shares_and_age_are_rules_too(asked: House) -> None:
    assert asked.json("preview", "feed", "--per-source", "1")["would_count"] == 2
    assert asked.json("preview", "feed", "--max-age", "366d")["count"] == 5


def test_nothing_is_published_or_changed(asked: House) -> None:
    before = {path: path.read_bytes() for path in (asked.data / "public").rglob("*") if path.is_file()}
    asked.run("preview", "feed", "--limit", "1")

    assert {path: path.read_bytes() for path in (asked.data / "public").rglob("*") if path.is_file()} == before
    assert asked.json("preview", "feed")["count"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope",), "there is no output named 'nope'; there are: feed, few, each"),
        (("no\n\udcffpe",), "there is no output named"),
        (("feed", "--match", "a AND AND b"), '--match: unexpected "AND" at character 7'),
        (("feed", "--exclude", '"a'), "--exclude: the quote at character 1 is not closed"),
        (("feed", "--match", "\udcff"), "--match: "),
        (("feed", "--max-age", "soon"), "--max-age: must be a duration"),
        (("feed", "--language", "english language"), "--language: must be a language tag"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(asked: House, arguments: tuple[str, ...], said: str) -> None:
    (line,) = asked.run("preview", *arguments, status=2).stderr.splitlines()

    assert said in line


def test_a_category_that_no_source_has_is_said(asked: House) -> None:
    assert "no source has 'pest'" in asked.run("preview", "feed", "--category", "pest", status=2).stderr


def test_before_anything_is_stored_it_is_one_line(house: House) -> None:
    house.write("")
    (line,) = house.run("preview", "feed", status=1).stderr.splitlines()
    assert "aggregator once" in line


def test_it_works_while_another_process_may_write(asked: House) -> None:
    writer = Writer(asked.data)
    try:
        assert asked.json("preview", "feed", "--limit", "1")["would_count"] == 1
    finally:
        writer.close()

"""Files of a folder that move, go and come back: one article each, whatever becomes of its file."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import parse
from aggregator.engine import Engine
from aggregator.inbound.summary import Summary
from aggregator.store import export, standings

LONG_AGO = 1_790_000_000
WORDS = " ".join(f"The {n}th lamp along the quay was lit at {n + 3} past the hour." for n in range(12))
OTHER = " ".join(f"Gardener {n} planted {n + 5} rows of leeks behind the mill." for n in range(12))


def matter(name: str, title: str, text: str, **more: str) -> str:
    """A Markdown file with an id in its front matter."""
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"---\nid: {name}\ntitle: {title}\n{lines}---\n{text}\n"


class Shelf:
    """A folder of articles, and what comes of it in rounds of one process."""

    def __init__(self, folder: Path, runner: asyncio.Runner, *names: str) -> None:
        """`names` are those of the sources, the first of which is preferred."""
        self.root, self.folder, self._runner = folder, folder / names[0], runner
        for name in names:
            (folder / name).mkdir()
        tables = "".join(f'[[source]]\npath = "{name}"\npriority = {name == names[0]:d}\n' for name in names)
        config = parse(f"[polling]\nworkers = 1\n{tables}", folder / "aggregator.toml")
        self.rounds = Engine(config, folder / "data")
        runner.run(self.rounds.__aenter__())

    def close(self) -> None:
        self._runner.run(self.rounds.__aexit__(None, None, None))

    def put(self, name: str, text: str, age: int = 100) -> None:
        """Writes a file, `age` seconds before some instant."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        os.utime(path, (LONG_AGO - age, LONG_AGO - age))

    def move(self, name: str, to: str) -> None:
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).rename(self.folder / to)

    def visit(self) -> Summary:
        """A round over everything, published."""
        keys = [source.key for source in self.rounds.config.sources]
        return self._runner.run(self.rounds.once(keys))

    def items(self) -> dict[str, dict[str, Any]]:
        """What is published: each item by its title."""
        read = json.loads((self.root / "data" / "public" / "feed.json").read_text("utf-8"))
        return {item["title"]: item for item in read["items"]}

    def ids(self) -> dict[str, str]:
        return {title: item["id"] for title, item in self.items().items()}

    def entries(self) -> list[dict[str, Any]]:
        return self.rounds.store.now(lambda stored: list(export.entries(stored)))

    def rows(self, asked: str) -> list[tuple[Any, ...]]:
        """Whatever SQL gives."""
        return self.rounds.store.now(lambda stored: stored.execute(asked).fetchall())

    def last_visit(self) -> tuple[str, str]:
        """The outcome and the detail of the last visit."""
        outcome, detail = self.rows("SELECT outcome, detail FROM visit ORDER BY id DESC LIMIT 1")[0]
        return outcome, detail

    def error(self) -> str:
        return self.rounds.store.now(standings.standings)[0].error


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A folder "articles"."""
    with asyncio.Runner() as runner:
        made = Shelf(tmp_path, runner, "articles")
        yield made
        made.close()


# ── With an id ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("between", [False, True], ids=["at once", "with a visit in between"])
@pytest.mark.parametrize("to", ["2026/lamps.md", "b.md", "deep/er/lamps.txt"])
def test_an_article_with_an_id_is_the_same_wherever_its_file_lies(shelf: Shelf, to: str, between: bool) -> None:
    shelf.put("lamps.md", matter("lamps", "Lamps", WORDS))
    shelf.visit()
    before = shelf.ids()
    if between:
        aside = shelf.root / "aside.md"
        (shelf.folder / "lamps.md").rename(aside)
        shelf.put("else.md", matter("else", "Something else", OTHER))
        shelf.visit()
        assert shelf.ids().items() >= before.items(), "what has no file any more stays"
        (shelf.folder / to).parent.mkdir(parents=True, exist_ok=True)
        aside.rename(shelf.folder / to)
    else:
        shelf.move("lamps.md", to)
    told = shelf.visit()
    assert (told.entries_new, told.stories_new) == (0, 0)
    assert shelf.ids().items() >= before.items()
    (entry,) = [entry for entry in shelf.entries() if entry["guid"] == "lamps"]
    assert (entry["document"], entry["story"]) == (to, before["Lamps"])

    shelf.put(to, matter("lamps", "Lamps relit", OTHER + " And a correction."), age=50)
    assert shelf.visit().entries_updated == 1
    assert shelf.items()["Lamps relit"]["id"] == before["Lamps"]
    assert "correction" in shelf.items()["Lamps relit"]["content_html"]


def test_an_article_that_moves_and_is_rewritten_in_one_go_keeps_its_id(shelf: Shelf) -> None:
    shelf.put("draft.md", matter("quay", "A title", WORDS))
    shelf.visit()
    before = shelf.ids()["A title"]
    (shelf.folder / "draft.md").unlink()
    shelf.put("posts/final.md", matter("quay", "Another title", OTHER), age=50)
    assert shelf.visit().entries_new == 0
    assert shelf.ids() == {"Another title": before}


def test_the_path_that_it_had_serves_as_id_too(shelf: Shelf) -> None:
    shelf.put("old.md", f"# Lamps\n\n{WORDS}\n")
    shelf.visit()
    before = shelf.ids()
    (shelf.folder / "old.md").unlink()
    shelf.put("new.md", matter("old.md", "Lamps", OTHER), age=50)
    shelf.visit()
    assert shelf.ids() == before


def test_a_new_article_at_a_path_that_another_one_left_is_new(shelf: Shelf) -> None:
    """Its id was made of the path, so it joined the story of the one that had moved away."""
    for text in (f"# Lamps\n\n{WORDS}\n", f"# Leeks\n\n{OTHER}\n"):
        shelf.put("news.md", text)
        shelf.visit()
        shelf.move("news.md", f"archive/{len(text)}.md")
        shelf.visit()
    shelf.put("news.md", "# Third\n\nSomething short.\n")
    shelf.visit()
    ids = shelf.ids()
    assert len(ids) == len(set(ids.values())) == 3
    assert [entry["joined"] for entry in shelf.entries()] == ["new"] * 3


def test_an_id_in_two_files_stays_with_the_one_that_has_it_until_that_is_gone(shelf: Shelf) -> None:
    shelf.put("a.md", matter("lamps", "Lamps", WORDS))
    shelf.visit()
    before = shelf.items()
    shelf.put("z.md", matter("lamps", "Leeks", OTHER), age=50)
    shelf.visit()
    detail = shelf.last_visit()[1]
    assert 'z.md has the id "lamps" of a.md' in detail
    for _ in range(3):
        shelf.visit()
        assert shelf.items() == before, "nothing flaps"
    assert 'has the id "lamps" of a.md' in shelf.error(), "the operator is told as long as it is so"
    shelf.put("else.md", matter("else", "Something else", OTHER))
    shelf.visit()
    assert 'has the id "lamps" of a.md' in shelf.error(), "it is no less so when something else comes"
    assert shelf.rows("SELECT failures FROM source") == [(0,)], "the folder is none the worse for it"
    (shelf.folder / "else.md").unlink()

    (shelf.folder / "a.md").unlink()
    shelf.visit()
    assert shelf.ids()["Leeks"] == before["Lamps"]["id"]
    shelf.visit()
    assert shelf.error() == ""


@pytest.mark.parametrize("whose", ["a.md", "z.md"])
def test_two_files_with_one_id_are_two_articles_once_one_has_another(shelf: Shelf, whose: str) -> None:
    shelf.put("a.md", matter("lamps", "Lamps", WORDS))
    shelf.visit()
    before = shelf.ids()
    shelf.put("z.md", matter("lamps", "Leeks", OTHER), age=50)
    shelf.visit()
    text = (shelf.folder / whose).read_text("utf-8").replace("id: lamps", "id: other")
    shelf.put(whose, text, age=20)
    shelf.visit()
    ids = shelf.ids()
    assert set(ids) == {"Lamps", "Leeks"}
    assert len(set(ids.values())) == 2
    assert before["Lamps"] in ids.values()


def test_of_two_new_files_with_one_id_the_newest_has_it(shelf: Shelf) -> None:
    shelf.put("a.md", matter("lamps", "Old", WORDS, date="2026-01-01"))
    shelf.put("z.md", matter("lamps", "New", OTHER, date="2026-02-01"))
    for _ in range(2):
        shelf.visit()
        assert set(shelf.ids()) == {"New"}


def test_a_link_to_an_article_with_an_id_is_no_trouble(shelf: Shelf) -> None:
    shelf.put("lamps.md", matter("lamps", "Lamps", WORDS))
    (shelf.folder / "latest.md").symlink_to(shelf.folder / "lamps.md")
    for _ in range(2):
        shelf.visit()
        assert len(shelf.entries()) == 1
    assert shelf.error() == ""


# ── Without one ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [f"Lamps\n\n{WORDS}\n", "Lamps\n\nA note of few words.\n"], ids=["long", "short"])
@pytest.mark.parametrize("touched", [False, True])
def test_a_renamed_file_with_the_same_words_is_the_same_article(shelf: Shelf, text: str, touched: bool) -> None:
    shelf.put("a.txt", text)
    shelf.visit()
    before = shelf.ids()
    shelf.move("a.txt", "2026/b.txt")
    if touched:
        os.utime(shelf.folder / "2026" / "b.txt", (LONG_AGO + 500, LONG_AGO + 500))
    assert shelf.visit().entries_new == 0
    assert shelf.ids() == before
    shelf.put("2026/b.txt", text + "\nAn afterthought of the editor, which is longer than nothing.\n", age=10)
    shelf.visit()
    assert shelf.ids() == before
    assert "afterthought" in shelf.items()["Lamps"]["content_html"]


def test_files_that_are_numbered_anew_keep_their_articles(shelf: Shelf) -> None:
    texts = {"01.md": ("Lamps", WORDS), "02.md": ("Leeks", OTHER), "03.md": ("Tides", WORDS.replace("lamp", "tide"))}
    for name, (title, text) in texts.items():
        shelf.put(name, f"# {title}\n\n{text}\n")
    shelf.visit()
    before = shelf.ids()
    for number in (3, 2, 1):
        shelf.move(f"0{number}.md", f"0{number + 1}.md")
    shelf.put("01.md", "# First of all\n\nThis one came in front of the others.\n")
    told = shelf.visit()
    assert told.entries_new == 1
    after = shelf.ids()
    assert {title: after[title] for title in before} == before
    assert len(set(after.values())) == 4


def test_two_files_that_change_places_keep_their_articles(shelf: Shelf) -> None:
    shelf.put("a.md", f"# Lamps\n\n{WORDS}\n")
    shelf.put("b.md", f"# Leeks\n\n{OTHER}\n")
    shelf.visit()
    before = shelf.ids()
    for name, to in (("a.md", "x"), ("b.md", "a.md"), ("x", "b.md")):
        shelf.move(name, to)
    assert shelf.visit().entries_new == 0
    assert shelf.ids() == before
    assert {e["document"]: e["title"] for e in shelf.entries()} == {"a.md": "Leeks", "b.md": "Lamps"}


def test_a_file_that_is_written_over_by_another_one_loses_no_article(shelf: Shelf) -> None:
    shelf.put("a.md", f"# Lamps\n\n{WORDS}\n")
    shelf.put("b.md", f"# Leeks\n\n{OTHER}\n")
    shelf.visit()
    before = shelf.ids()
    shelf.move("a.md", "b.md")
    shelf.visit()
    assert shelf.ids() == before
    shelf.put("c.md", f"# Leeks\n\n{OTHER}\n")  # from the backup
    assert shelf.visit().stories_new == 0
    assert shelf.ids() == before


def test_a_renamed_and_rewritten_file_is_new_and_the_old_article_stays(shelf: Shelf) -> None:
    shelf.put("a.txt", f"Lamps\n\n{WORDS}\n")
    shelf.visit()
    before = shelf.ids()
    (shelf.folder / "a.txt").unlink()
    shelf.put("b.txt", f"Leeks\n\n{OTHER}\n")
    assert shelf.visit().stories_new == 1
    assert shelf.ids().items() > before.items()


def test_a_few_words_that_come_again_another_day_are_new(shelf: Shelf) -> None:
    shelf.put("monday.txt", "All is well\n\nNothing happened.\n", age=9000)
    shelf.put("other.txt", f"Leeks\n\n{OTHER}\n")
    shelf.visit()
    (shelf.folder / "monday.txt").unlink()
    shelf.visit()
    shelf.put("tuesday.txt", "All is well\n\nNothing happened.\n", age=10)
    assert shelf.visit().entries_new == 1


def test_the_same_words_in_a_second_file_move_nothing(shelf: Shelf) -> None:
    shelf.put("a.txt", f"Lamps\n\n{WORDS}\n")
    shelf.visit()
    shelf.put("b.txt", f"Lamps\n\n{WORDS}\n")
    shelf.visit()
    assert {e["document"] for e in shelf.entries()} == {"a.txt", "b.txt"}


# ── Feeds in a folder, and folders that aren't there ─────────────────────────────────────────────────────────────────


def test_a_feed_s_file_that_moves_takes_its_entries_along(shelf: Shelf) -> None:
    items = [{"id": str(n), "title": f"Note {n}", "url": f"https://notes.example/{n}"} for n in range(3)]
    feed = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Notes", "items": {items}}}'.replace("'", '"')
    shelf.put("notes.json", feed)
    shelf.visit()
    before = shelf.ids()
    shelf.move("notes.json", "feeds/notes.json")
    told = shelf.visit()
    assert (told.entries_new, told.stories_new) == (0, 0)
    assert shelf.ids() == before


def test_a_disk_that_is_not_mounted_for_a_while_changes_nothing(shelf: Shelf) -> None:
    shelf.put("a.md", matter("lamps", "Lamps", WORDS))
    shelf.put("b.txt", f"Leeks\n\n{OTHER}\n")
    shelf.visit()
    before = shelf.items()
    away = shelf.root / "away"
    shelf.folder.rename(away)
    shelf.folder.mkdir()
    shelf.visit()
    shelf.folder.rmdir()
    away.rename(shelf.folder)
    told = shelf.visit()
    assert (told.entries_new, told.entries_updated) == (0, 0)
    assert shelf.items() == before
    assert not shelf.rows("SELECT 1 FROM entry WHERE gone")


# ── Which copy is shown ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_whose_file_is_gone_loses_to_one_that_is_there_until_it_is_back(tmp_path: Path) -> None:
    """A file that had moved to another source's folder stayed what is shown: a correction there was never seen."""
    with asyncio.Runner() as runner:
        shelf = Shelf(tmp_path, runner, "ours", "theirs")
        for name in ("keep.txt", "../theirs/keep.txt"):
            shelf.put(name, f"Something in {name}\n\nthat is of no matter in {name}\n")
        shelf.put("lamps.txt", f"Lamps\n\n{WORDS}\n")
        shelf.visit()
        shelf.put("../theirs/lamps.txt", f"Lamps\n\n{WORDS} As theirs has it.\n")
        shelf.visit()

        def shown() -> tuple[str, bool]:
            item = shelf.items()["Lamps"]
            return item["id"], "As theirs has it" in item["content_html"]

        story, theirs = shown()
        assert not theirs
        kept = (shelf.folder / "lamps.txt").read_text()
        (shelf.folder / "lamps.txt").unlink()
        shelf.visit()
        assert shown() == (story, True)
        shelf.put("../theirs/lamps.txt", f"Lamps\n\n{WORDS} As theirs has it, and a correction of it.\n", age=50)
        shelf.visit()
        assert "a correction" in shelf.items()["Lamps"]["content_html"]
        shelf.put("lamps.txt", kept)
        shelf.visit()
        assert shown() == (story, False)
        shelf.close()

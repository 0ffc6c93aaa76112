"""What README, docs/ and CONTRIBUTING say, compared with the program: names, defaults, links, files, commands."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from house import ROOT, House
from pydantic import BaseModel

from aggregator import __version__
from aggregator.cli import group
from aggregator.config import Config, load, parse

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CONFIGURATION = ROOT / "docs/configuration.md"
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"(?<!\\)\|")
_FILE = re.compile(r"(?:aggregator|tests|config|docs|\.ci|\.github)/[\w./-]+")


def rows(text: str) -> list[list[str]]:
    """The cells of all tables' rows, the heads' too."""
    return [
        [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
        for line in text.splitlines()
        if line.startswith("|") and not set(line) <= set("|-: ")
    ]


def anchors(text: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def documented() -> Iterator[tuple[str, str, list[str]]]:
    """(table, key, the row's code in the column of defaults), from the tables of docs/configuration.md."""
    table = ""
    for first, default, *_ in rows(CONFIGURATION.read_text("utf-8")):
        keys = _CODE.findall(first)
        if first == "key":
            table = ""
        elif keys and re.fullmatch(r"\[+\w+\]+", keys[0]):
            table = keys.pop(0).strip("[]")
        defaults = _CODE.findall(default) if default.startswith("`") else []
        for place, key in enumerate(keys):
            yield table or "limits", key, defaults[place : place + 1] or defaults[-1:]


def table_of(annotation: Any) -> type[BaseModel]:
    """The class of a table, also of one that may come several times."""
    found: type[BaseModel] = next(iter(get_args(annotation)), annotation)
    return found


def test_every_key_of_the_config_is_documented_and_no_other() -> None:
    known = {
        (name, key)
        for name, field in Config.model_fields.items()
        if name != "folder"
        for key in table_of(field.annotation).model_fields
    }

    assert {(table, key) for table, key, _ in documented()} == known


def test_defaults_are_what_the_documentation_says() -> None:
    """Written into a config they make the config that there is without them."""
    least = {
        "source": '[[source]]\nurl = "https://example.org/feed"\n',
        "output": '[[output]]\nname = "feed"\n',
        "defaults": "[[defaults]]\n",
    }
    written = dict(least)
    for table, key, default in documented():
        if default:
            written[table] = written.get(table, f"[{table}]\n") + f"{key} = {default[0]}\n"

    assert parse("".join(written.values()), Path("a.toml")) == parse("".join(least.values()), Path("a.toml"))


def test_the_annotated_config_has_every_key() -> None:
    text = (ROOT / "config/aggregator.toml").read_text("utf-8")

    assert [key for _, key, _ in documented() if not re.search(rf"\b{key}\b( = |,)", text)] == []
    assert load(ROOT / "config/aggregator.toml").source


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    context = click.Context(group)

    assert [name for name in group.list_commands(context) if not re.search(rf"`(?:aggregator )?{name}\b", text)] == []


def lines() -> Iterator[tuple[Path, str]]:
    """The command lines that the pages show."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE) + re.findall(r"`(aggregator [^`\n]+)`", text):
            for part in line.partition("  #")[0].split(" && "):
                program, _, rest = part.partition(" ")
                if Path(program).name == "aggregator" and rest:
                    yield page, rest


@pytest.mark.parametrize("line", sorted({line for _, line in lines()}))
def test_command_lines_can_be_typed(line: str) -> None:
    """Their command and options are there; names in capitals stand for something."""
    words = shlex.split(line)
    if words[0].isupper() or words[0].startswith("-"):
        return
    command = group.get_command(click.Context(group), words[0].rstrip(","))
    assert command is not None, line
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}

    assert [word for word in words[1:] if word.startswith("--") and word not in options] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if re.match(r"\w+:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Those of the changelog were there once."""
    named = {name for code in _CODE.findall(page.read_text("utf-8")) if (name := _FILE.match(code))}

    assert [name[0] for name in named if not (ROOT / name[0]).exists()] == []


def test_every_room_of_the_house_is_on_the_map() -> None:
    """And no other: packages and modules of the top level, in docs/architecture.md."""
    named = set(_CODE.findall(_FENCE.sub("", (ROOT / "docs/architecture.md").read_text("utf-8"))))
    package = ROOT / "aggregator"
    rooms = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}

    assert rooms - named == set()
    assert {name for name in named if re.fullmatch(r"[a-z_]+(/|\.py)", name)} - rooms == set()


def test_contributing_answers_the_twelve_changes() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = rows(text[text.index("## To change X") : text.index("## Run")])[1:]

    assert len(table) == 12
    for change, opened, _ in table:
        assert (ROOT / opened.strip("`")).is_file(), change


def test_the_readme_is_read_in_three_minutes() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 750


def test_the_version_is_that_of_the_changelog(house: House) -> None:
    latest = re.search(r"^## (\d\S+) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert latest is not None
    assert latest[1] == __version__
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "aggregator/__init__.py"
    assert house.run("--version").stdout == f"aggregator {__version__}\n"

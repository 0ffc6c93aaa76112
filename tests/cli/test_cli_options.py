"""What all commands share: help, where config and data are sought, and how the user is spoken to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import POLLING, House, environment

COMMANDS = [
    "init",
    "run",
    "once",
    "visit",
    "try",
    "publish",
    "reload",
    "status",
    "health",
    "check",
    "sources",
    "search",
    "explain",
    "preview",
    "split",
    "merge",
    "hide",
    "unhide",
    "rulings",
    "add",
    "remove",
    "import",
    "export",
    "backup",
    "restore",
    "storage",
    "tidy",
]
KEEPING = '[[source]]\npath = "articles"\nname = "{}"\n'


def call(*arguments: str, cwd: Path, status: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line without any options of the house's."""
    done = subprocess.run(  # noqa: PLW1510  the status is compared below
        [sys.executable, "-m", "aggregator", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        env=environment(**{"HOME": str(cwd / "home"), **variables}),
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == status, done.stdout + done.stderr
    return done


def _named(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(KEEPING.format(name), "utf-8")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(tmp_path: Path, command: str) -> None:
    done = call(command, "--help", cwd=tmp_path)
    assert f"Example:  aggregator {command}" in done.stdout
    assert "--config" in done.stdout
    assert "--data-dir" in done.stdout


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    shown = call("-h", cwd=tmp_path).stdout
    assert [line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line.strip()] == COMMANDS


def test_the_version_is_told(tmp_path: Path) -> None:
    assert call("--version", cwd=tmp_path).stdout.startswith("aggregator 0.")


@pytest.mark.parametrize("arguments", [["nonsense"], ["once", "--nonsense"], ["search"], ["export"], ["explain"]])
def test_a_wrong_command_line_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    _named(tmp_path / "aggregator.toml", "here")
    assert "Error" in call(*arguments, cwd=tmp_path, status=2).stderr


def test_options_are_taken_before_and_after_the_commands_name_and_the_later_one_counts(tmp_path: Path) -> None:
    a, b = _named(tmp_path / "a.toml", "A"), _named(tmp_path / "b.toml", "B")
    for arguments, name in (
        (["--config", str(a), "sources", "--json"], "A"),
        (["sources", "--config", str(a), "--json"], "A"),
        (["--config", str(a), "sources", "--json", "--config", str(b)], "B"),
    ):
        assert json.loads(call(*arguments, cwd=tmp_path).stdout)[0]["name"] == name
    (tmp_path / "articles").mkdir()
    call("--data-dir", "one", "once", "--config", str(a), cwd=tmp_path)
    call("--data-dir", "wrong", "--config", str(b), "once", "--data-dir", "two", "--config", str(a), cwd=tmp_path)
    assert (tmp_path / "one" / "aggregator.db").exists()
    assert (tmp_path / "two" / "aggregator.db").exists()
    assert not (tmp_path / "wrong").exists()
    assert not (tmp_path / "data").exists()


def test_the_config_is_sought_in_the_documented_order(tmp_path: Path) -> None:
    def found(*options: str, **variables: str) -> str:
        name: str = json.loads(call("sources", "--json", *options, cwd=tmp_path, **variables).stdout)[0]["name"]
        return name

    _named(tmp_path / "home/.config/aggregator/aggregator.toml", "home")
    assert found() == "home"
    _named(tmp_path / "config/aggregator.toml", "config folder")
    assert found() == "config folder"
    _named(tmp_path / "aggregator.toml", "here")
    assert found() == "here"
    variable = str(_named(tmp_path / "variable.toml", "variable"))
    assert found(AGGREGATOR_CONFIG=variable) == "variable"
    assert found(AGGREGATOR_CONFIG="") == "here"
    option = str(_named(tmp_path / "option.toml", "option"))
    assert found("--config", option, AGGREGATOR_CONFIG=variable) == "option"


def test_the_data_folder_is_sought_in_the_documented_order(tmp_path: Path) -> None:
    _named(tmp_path / "aggregator.toml", "here")
    (tmp_path / "articles").mkdir()

    def used(*options: str, **variables: str) -> str:
        before = set(tmp_path.glob("*/aggregator.db"))
        call("once", *options, cwd=tmp_path, **variables)
        (new,) = set(tmp_path.glob("*/aggregator.db")) - before
        return new.parent.name

    assert used() == "data"
    assert used(STATE_DIRECTORY=str(tmp_path / "state")) == "state"
    assert used(STATE_DIRECTORY=f"{tmp_path / 'first'}:{tmp_path / 'second'}") == "first"  # systemd.exec(5)
    variable = str(tmp_path / "variable")
    assert used(AGGREGATOR_DATA_DIR=variable, STATE_DIRECTORY=str(tmp_path / "state")) == "variable"
    assert used("--data-dir", "option", AGGREGATOR_DATA_DIR=variable) == "option"


@pytest.mark.parametrize("command", [["run"], ["once"], ["check"], ["sources"], ["add", "http://x.example/"]])
def test_without_a_config_one_line_names_init(tmp_path: Path, command: list[str]) -> None:
    done = call(*command, cwd=tmp_path, status=2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "`aggregator init`" in line
    assert not (tmp_path / "data").exists()


def test_a_named_config_that_is_not_there_is_exit_2(tmp_path: Path) -> None:
    for options, variables in ((["--config", "x.toml"], {}), ([], {"AGGREGATOR_CONFIG": "x.toml"})):
        (line,) = call("check", *options, cwd=tmp_path, status=2, **variables).stderr.splitlines()
        assert "x.toml" in line
        assert "aggregator init x.toml" in line


def test_an_account_without_a_home_is_no_reason_to_die() -> None:
    """As in docker run --user 54321: no HOME, no name. Imported first: the checkout may be closed to others."""
    variables = {k: v for k, v in environment().items() if k != "HOME"}
    script = (
        "import os, sqlite3, sys; from aggregator.cli import check, main; import aggregator.config, aggregator.refine; "
        "os.geteuid() or os.setuid(54321); sys.argv = ['aggregator', 'check']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd="/", timeout=60, env=variables, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2
    assert "`aggregator init`" in done.stderr


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Letters that few encodings have, stored."""
    house = House(tmp_path_factory.mktemp("foreign"))
    (house.folder / "artikel").mkdir()
    words = " ".join(f"слово{index}" for index in range(40))
    (house.folder / "artikel" / "ä.txt").write_text(f"Съешь ещё 🥐 — “so”\n\n{words}\n", "utf-8")
    house.write(f'{POLLING}[[source]]\npath = "artikel"\nname = "Бюро ☃"\ncategory = "ш"\n')
    house.run("once")
    return house


LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "POSIX", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
]


@pytest.mark.parametrize("locale", LOCALES, ids=["C", "C-strict", "latin-1"])
def test_every_command_works_in_a_locale_without_the_letters(foreign: House, locale: dict[str, str]) -> None:
    for command in (["once", "--all"], ["check"], ["sources"], ["search", "слово3"], ["explain", "ä.txt"]):
        foreign.run(*command, **locale)
    for command in (["sources", "--json"], ["search", "слово3", "--json"], ["explain", "ä.txt", "--json"]):
        done = subprocess.run(
            foreign.argv(*command), capture_output=True, env=environment(**locale), cwd=foreign.folder, check=True
        )
        assert json.loads(done.stdout.decode("utf-8"))  # JSON is UTF-8 (RFC 8259 §8.1)
        assert ("Бюро ☃" if command[0] != "explain" else "Съешь ещё 🥐") in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    "command", [["export", "--jsonl"], ["sources"], ["sources", "--json"], ["search", "слово3"], ["check"], ["--help"]]
)
def test_a_reader_that_leaves_early_is_told_nothing(foreign: House, command: list[str]) -> None:
    """`aggregator export --jsonl | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            foreign.argv(*command),
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=foreign.folder,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode in {0, 1}

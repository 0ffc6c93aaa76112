"""The house keeps its shape: small modules, simple functions, floors that hold, one way to check it all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from house import ROOT

PACKAGE = ROOT / "aggregator"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300  # lines
MOST_COMPLEX = 12  # ways through a function, as McCabe counts them


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What one of the linters says of the package; it lies beside the Python that runs the tests."""
    path = Path(sys.executable).with_name(name)
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed: pip install '.[test]'")
    return subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def test_no_module_is_longer_than_can_be_read_in_one_go() -> None:
    lengths = {str(module.relative_to(ROOT)): len(module.read_text("utf-8").splitlines()) for module in MODULES}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_function_is_more_complex_than_can_be_followed() -> None:
    """No `noqa` helps."""
    bound = f"lint.mccabe.max-complexity={MOST_COMPLEX}"
    done = tool("ruff", "check", "--no-cache", "--ignore-noqa", "--select", "C901", "--config", bound, str(PACKAGE))

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linters_own_bound_is_no_looser() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert project["tool"]["ruff"]["lint"]["mccabe"]["max-complexity"] <= MOST_COMPLEX
    assert "C90" in project["tool"]["ruff"]["lint"]["select"]


def test_the_contracts_hold(tmp_path: Path) -> None:
    """Floors, and the purity of what parses, refines and publishes."""
    done = tool("lint-imports", "--cache-dir", str(tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", done.stdout)
    assert kept is not None
    assert int(kept[1]) >= 2


def test_the_contracts_have_no_hole() -> None:
    """A package of its own has a floor, and what is pure reaches nothing by way of others; each exception is listed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors, craft, *_ = project["tool"]["importlinter"]["contracts"]

    assert floors["exhaustive"] is True
    assert floors["containers"] == ["aggregator"]
    assert "ignore_imports" not in floors
    assert not craft.get("allow_indirect_imports")
    assert craft["ignore_imports"] == ["aggregator.config.query -> sqlite3"]
    pure = ("config", "model", "parse", "policy", "refine", "render", "text")
    assert {*craft["source_modules"]} == {f"aggregator.{name}" for name in pure}


def test_what_checks_is_the_same_here_and_in_ci() -> None:
    """./run is what .ci/run calls, and .ci/run what the public workflow does; each names files that are there."""
    run = (ROOT / "run").read_text("utf-8")

    assert re.search(r"^\./run all$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert re.search(r"- run: \.ci/run$", (ROOT / ".github/workflows/ci.yml").read_text("utf-8"), re.MULTILINE)
    assert [name for name in re.findall(r"\btests/[\w./]+", run) if not (ROOT / name).exists()] == []
    assert os.access(ROOT / "run", os.X_OK)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_versions_of_python_that_ci_tries_are_those_that_are_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = {found for name in project["classifiers"] for found in re.findall(r"Python :: (3\.\d+)", name)}
    tried = set(re.findall(r'"(3\.\d+)"', (ROOT / ".github/workflows/ci.yml").read_text("utf-8")))

    assert promised == tried
    assert project["requires-python"] == f">={min(promised, key=lambda version: int(version[2:]))}"


def test_types_are_shipped() -> None:
    """PEP 561."""
    assert (PACKAGE / "py.typed").is_file()

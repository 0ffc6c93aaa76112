"""The Containerfile, built and run as docs/operate.md has it, where this machine can."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import CANT, ROOT, until

ENGINE = next(filter(None, map(shutil.which, ("podman", "docker"))), None)
NAME = f"aggregator-test-{os.getpid()}"
BASE = os.environ.get("AGGREGATOR_TEST_BASE")
"""Another image with Python and its venv to build on, for a machine that can't reach a registry."""


def engine(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # what it prints is read whole
        [str(ENGINE), *arguments], capture_output=True, encoding="utf-8", cwd=ROOT, check=check, timeout=900
    )


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    if not ENGINE:
        pytest.skip(f"{CANT}: neither podman nor docker is installed")
    if engine("info", check=False).returncode:
        pytest.skip(f"{CANT}: the container engine doesn't run")
    base = BASE or re.findall(r"^ARG BASE=(.+)$", (ROOT / "Containerfile").read_text(), re.MULTILINE)[0]
    if engine("image", "inspect", base, check=False).returncode and engine("pull", base, check=False).returncode:
        pytest.skip(f"{CANT}: the image {base} can't be had")
    if ran := engine("run", "--rm", base, "true", check=False).returncode:
        pytest.skip(f"{CANT}: no container can be run: {ran}")
    as_docker = ["--format", "docker"] if "podman" in str(ENGINE) else []
    engine("build", *as_docker, "--build-arg", f"BASE={base}", "-f", "Containerfile", "-t", NAME, ".")
    yield NAME
    engine("rmi", "-f", NAME, check=False)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_it_is_built_and_runs_read_only_without_rights(image: str, tmp_path: Path) -> None:
    (tmp_path / "aggregator.toml").write_text('[[source]]\npath = "/etc/hostname"\n')
    (tmp_path / "aggregator.toml").chmod(0o644)
    options = ("--read-only", "--cap-drop=all", "-v", f"{tmp_path}/aggregator.toml:/etc/aggregator/aggregator.toml:ro")
    engine("run", "-d", "--name", NAME, *options, "-v", f"{NAME}:/data", image)
    try:
        until(lambda: engine("exec", NAME, "aggregator", "health", check=False).returncode == 0)
        assert engine("exec", NAME, "id", "-u").stdout == "1000\n"
        status = json.loads(engine("exec", NAME, "aggregator", "status", "--json").stdout)
        assert status["daemon"] and status["data"] == "/data"
        assert engine("exec", NAME, "touch", "/opt/x", check=False).returncode
        engine("stop", NAME)
        assert "Stopped." in engine("logs", NAME).stdout
    finally:
        engine("rm", "-f", NAME, check=False)
        engine("volume", "rm", "-f", NAME, check=False)


def test_it_promises_what_the_documentation_says() -> None:
    """Read, for machines that run no containers."""
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    assert {"USER 1000:1000", "VOLUME /data", "EXPOSE 8000", 'ENTRYPOINT ["aggregator"]', 'CMD ["run"]'} <= {*lines}
    assert any(line.startswith("HEALTHCHECK ") and line.endswith('CMD ["aggregator", "health"]') for line in lines)
    needed = {"aggregator", "config", "pyproject.toml", "README.md", "LICENSE"}  # by the build alone
    for name in (".containerignore", ".dockerignore"):
        assert {line.lstrip("!") for line in (ROOT / name).read_text().splitlines()} == {"*", *needed}

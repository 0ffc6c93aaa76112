"""An installation of the test's own: a config, a data folder, and the real command line over them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass
class House:
    """One installation."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "aggregator.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write(self, text: str) -> None:
        """Makes this the config."""
        self.config.write_text(text, "utf-8")

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a command over this installation."""
        options = ["--config", str(self.config), "--data-dir", str(self.data)]
        return [sys.executable, "-m", "aggregator", *arguments, *options]

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; its exit status must be `status`, and never a traceback in what it prints."""
        done = subprocess.run(  # noqa: PLW1510  the status is compared below
            self.argv(*arguments), capture_output=True, text=True, timeout=110, env=environment(), cwd=self.folder
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        """What a command with --json prints."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def entries(self) -> list[dict[str, Any]]:
        """Every entry stored."""
        return [json.loads(line) for line in self.run("export", "--jsonl").stdout.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """The test's environment, with the checkout importable and no config of the machine's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AGGREGATOR_") and k != "STATE_DIRECTORY"}
    return kept | {"PYTHONPATH": str(ROOT)} | more

"""Makes NAME.db.xz and NAME.jsonl, by the program that is on PYTHONPATH; README.md says how."""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import world

HERE = Path(__file__).parent
HALF_A_MINUTE = 30


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)

        def run(*command: str) -> bytes:
            argv = [sys.executable, "-m", "aggregator", *command, "--config", "aggregator.toml", "--data-dir", "data"]
            return subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, check=True).stdout

        def settled() -> None:
            for path in folder.rglob("*.*"):
                os.utime(path, (time.time() - HALF_A_MINUTE,) * 2)

        config = folder / "aggregator.toml"
        config.write_text(world.CONFIG, "utf-8")
        for edited in (False, True):
            world.write(folder, edited=edited)
            settled()
            run("once", "--all")
        run("merge", "https://a.example/2", "https://a.example/b2")
        run("split", "https://a.example/b1")
        if b"unhide" in run("--help"):
            run("hide", "https://a.example/b3")
        config.write_text(world.without(world.CONFIG, world.REMOVED), "utf-8")
        run("once")
        (HERE / f"{name}.jsonl").write_bytes(run("export", "--jsonl"))
        (HERE / f"{name}.db.xz").write_bytes(lzma.compress((folder / "data" / "aggregator.db").read_bytes(), preset=9))


if __name__ == "__main__":
    main(sys.argv[1])

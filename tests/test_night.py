"""By night what is beyond `[limits] kept` goes, also from sources that bring nothing or were removed."""

from __future__ import annotations

import json
from pathlib import Path

from aggregator.config import parse
from aggregator.engine import Engine

NOON = 1_767_355_200
BASE = "[polling]\nworkers = 1\n"


def feed(name: str) -> str:
    items = "".join(
        f"<item><guid>{name}{n}</guid><title>{name} {n}</title><description>{f'{name}{n} ' * 30}</description></item>"
        for n in range(6)
    )
    return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"


async def test_a_lowered_limit_acts_by_night(tmp_path: Path) -> None:
    for name in ("quiet", "removed"):
        (tmp_path / f"{name}.xml").write_text(feed(name))
    quiet, removed = (f'[[source]]\npath = "{name}.xml"\n' for name in ("quiet", "removed"))
    before = parse(BASE + quiet + removed, tmp_path / "aggregator.toml")
    async with Engine(before, tmp_path / "data", lambda: NOON) as rounds:
        await rounds.once([source.key for source in before.sources])
        rounds.reconfigure(parse(f"{BASE}[limits]\nkept = 2\n{quiet}", tmp_path / "aggregator.toml"))
        await rounds.adopt()
        await rounds.tidy()
        await rounds.publishing.settle()
        counted = "SELECT key, count(*) FROM entry JOIN source AS f ON f.id = entry.source GROUP BY key"
        stored = await rounds.store.later(lambda database: dict(database.execute(counted).fetchall()))
    assert stored == {"quiet.xml": 2, "removed.xml": 2}
    shown = json.loads((tmp_path / "data" / "public" / "feed.json").read_text())["items"]
    assert len(shown) == 2

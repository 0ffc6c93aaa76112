"""A feed that moves, over real HTTP and days: the config follows the redirect that was believed, and nothing is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from days import DAY, Days
from world import Reply, World, item, rss


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


def published(folder: Path) -> dict[str, Any]:
    read = json.loads((folder / "data" / "public" / "feed.json").read_text("utf-8"))
    return {found["title"]: found["id"] for found in read["items"]}


@pytest.mark.parametrize("at_once", [True, False], ids=["replaced", "added first, removed later"])
async def test_a_config_that_follows_a_believed_redirect_brings_nothing_new(
    tmp_path: Path, world: World, at_once: bool
) -> None:
    days = Days(tmp_path, world)
    old, new = world.url("/old"), world.url("/new")
    world.plays("/old", Reply(body=rss(item(1), item(2))))
    await days.live(DAY, days.config(f'[[source]]\nurl = "{old}"'))
    before = published(tmp_path)

    world.plays("/old", Reply(308, headers={"Location": new}))
    world.plays("/new", Reply(body=rss(item(3), item(2))))
    await days.live(10 * DAY, days.config(f'[[source]]\nurl = "{old}"'))
    status = (tmp_path / "data" / "public" / "status.json").read_text("utf-8")
    assert f"has moved to {new}" in status
    moved = published(tmp_path)
    assert before.items() < moved.items()

    if not at_once:
        await days.live(DAY, days.config(f'[[source]]\nurl = "{old}"\n[[source]]\nurl = "{new}"'))
    (standing,) = await days.live(DAY, days.config(f'[[source]]\nurl = "{new}"'))
    assert published(tmp_path) == moved
    assert (standing.key, standing.state) == (new, "ok")
    assert standing.entries >= 3

    world.plays("/new", Reply(body=rss(item(4), item(3), item(2))))
    await days.live(10 * DAY, days.config(f'[[source]]\nurl = "{new}"\n[[output]]\nname = "feed"\nbackfill = 0'))
    assert "Item 4" in published(tmp_path)

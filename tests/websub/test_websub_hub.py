"""Two daemons of ours and a hub that isn't between them, all processes: what one publishes the other is told."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from house import POLLING, House, Running, settle, until
from realhub import real_hub

pytest.importorskip("flask_websub")

WORDS = " ".join(f"word{index}" for index in range(60))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _rows(house: House, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(house.data / "aggregator.db", timeout=10)) as database:
        return database.execute(query).fetchall()


def _change(house: House, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(house.data / "aggregator.db", timeout=10)) as database, database:
        database.execute(statement)


@dataclass
class Town:
    """A newspaper, a hub and a reader."""

    hub: str
    hub_folder: Path
    paper: House
    paper_port: int
    reader: House
    reader_port: int

    @property
    def topic(self) -> str:
        return f"http://127.0.0.1:{self.paper_port}/feed.atom"

    def configure_reader(self, sources: str) -> None:
        callback = f"http://127.0.0.1:{self.reader_port}/websub/"
        slow = POLLING.replace('"1s"', '"1h"')
        self.reader.write(
            f'{slow}[serve]\nport = {self.reader_port}\n[websub]\ncallback = "{callback}"\n'
            f'[site]\nlink = "http://127.0.0.1:{self.reader_port}/"\n{sources}'
        )

    def write(self, number: int) -> None:
        """An article more in the newspaper."""
        (self.paper.folder / "articles" / f"{number}.txt").write_text(f"Title {number}\n\n{number} {WORDS}{number}\n")
        settle(self.paper.folder / "articles")

    def print(self, number: int, running: Running) -> None:
        """The same, and the newspaper looks at its folder at once."""
        self.write(number)
        until(lambda: not _rows(self.paper, "SELECT 1 FROM source WHERE next_visit = 0"))
        _change(self.paper, "UPDATE source SET next_visit = 0")
        running.send(signal.SIGHUP)

    def subscribers(self) -> list[str]:
        """Whom the hub has on its list."""
        with contextlib.closing(sqlite3.connect(self.hub_folder / "hub.db", timeout=10)) as database:
            return [row[0] for row in database.execute("SELECT callback_url FROM hub")]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    folders = [tmp_path / name for name in ("hub", "paper", "reader")]
    for folder in folders:
        folder.mkdir()
    with real_hub(folders[0]) as hub:
        made = Town(hub, folders[0], House(folders[1]), _free_port(), House(folders[2]), _free_port())
        (folders[1] / "articles").mkdir()
        made.paper.write(
            f'{POLLING}[serve]\nport = {made.paper_port}\n[websub]\nhub = "{hub}"\n'
            f'[site]\nlink = "http://127.0.0.1:{made.paper_port}/"\n[[source]]\npath = "articles"\n'
        )
        made.configure_reader(f'[[source]]\nurl = "{made.topic}"\n')
        made.write(1)  # it is there when the newspaper opens
        yield made


def _titles(running: Running) -> set[str]:
    got = running.get("/feed.json")
    return {item["title"] for item in json.loads(got.body)["items"]} if got.status == 200 else set()


def test_articles_come_by_push_and_subscriptions_end_with_their_source(town: Town) -> None:
    with town.paper.daemon() as paper:
        until(lambda: _titles(paper) == {"Title 1"}, lambda: f"{paper.log}")
        with town.reader.daemon() as reader:
            until(lambda: _titles(reader) == {"Title 1"})
            reader.logged(f"{town.topic}: subscribed to at {town.hub}, for 20 min")
            until(lambda: len(town.subscribers()) == 1)
            ((callback, lease),) = _rows(town.reader, "SELECT callback, lease_until FROM subscription")
            assert town.subscribers() == [callback]
            assert lease > 0

            town.print(2, paper)
            until(lambda: _titles(reader) == {"Title 1", "Title 2"}, lambda: f"{reader.log}\n{paper.log}")
            visits = _rows(town.reader, "SELECT status, detail, entries_new FROM visit ORDER BY id")
            assert visits == [(200, "", 1), (0, "pushed by its hub", 1)]
            (listed,) = town.reader.json("sources")
            assert listed["reason"] == "pushed by its hub; polled every 1 day all the same"

            # Half the lease has passed.
            _change(town.reader, "UPDATE subscription SET due = 0, lease_until = lease_until - 600")
            reader.send(signal.SIGHUP)
            until(lambda: _rows(town.reader, "SELECT lease_until FROM subscription")[0][0] >= lease)
            assert town.subscribers() == [callback]

            # A forger knows the callback's address, and not the secret.
            for signed in ("sha256=" + "0" * 64, "", "sha256", "md5=00"):
                forged = urllib.request.Request(callback, data=b"<rss/>", headers={"X-Hub-Signature": signed})
                with urllib.request.urlopen(forged, timeout=10) as answer:
                    assert answer.status == 202
            reader.logged("isn't signed by its hub")
            assert sum("isn't signed" in line for line in reader.log) == 1
            assert len(_rows(town.reader, "SELECT 1 FROM visit")) == 2

            town.configure_reader("")
            reader.send(signal.SIGHUP)
            reader.logged(f"{town.topic}: subscribed to at {town.hub}, until now")
            until(lambda: town.subscribers() == [])
            assert _rows(town.reader, "SELECT * FROM subscription") == []
            assert reader.stop() == 0
        assert paper.stop() == 0
    assert not any("Traceback" in line for line in (*paper.log, *reader.log))

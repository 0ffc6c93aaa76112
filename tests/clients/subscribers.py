"""Readers that people use, each subscribed to one feed: what each of them shows as new."""

from __future__ import annotations

import json
import mailbox
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import feedparser
import pytest


class Subscriber(ABC):
    """One reader with a folder of its own. `visit` fetches the feed once."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        folder.mkdir()
        self.begin()

    @abstractmethod
    def begin(self) -> None:
        """Subscribes."""

    @abstractmethod
    def visit(self) -> list[str]:
        """The titles that are new to the reader since the last visit, sorted."""

    def run(self, *argv: str) -> str:
        """A command of the reader's to its end; what it prints."""
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            argv, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def program(name: str) -> str:
    """Where a program is; skips where the machine lacks it."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


class _ById(Subscriber):
    """A library's reading, with the memory that whoever uses it has: the ids."""

    def begin(self) -> None:
        self.seen: set[str] = set()

    def visit(self) -> list[str]:
        found = [(key, title) for key, title in self.read() if key not in self.seen]
        self.seen.update(key for key, _ in found)
        return sorted(title for _, title in found)

    @abstractmethod
    def read(self) -> list[tuple[str, str]]: ...


class Feedparser(_ById):
    """It asks by itself for deltas, and whoever calls it takes what comes for the feed."""

    etag = modified = None

    def read(self) -> list[tuple[str, str]]:
        found = feedparser.parse(self.address, etag=self.etag, modified=self.modified)
        assert found.status in {200, 304}, found.status
        self.etag, self.modified = found.get("etag"), found.get("modified")
        return [(entry.id, entry.title) for entry in found.entries]


class Podcastparser(_ById):
    def read(self) -> list[tuple[str, str]]:
        import podcastparser

        with urlopen(Request(self.address)) as answer:
            found: dict[str, Any] = podcastparser.parse(self.address, answer)
        assert all(episode["total_time"] == 61 for episode in found["episodes"])
        return [(episode["guid"], episode["title"]) for episode in found["episodes"]]


class RssParser(_ById):
    """npm's rss-parser, from the folder that $RSS_PARSER names."""

    def read(self) -> list[tuple[str, str]]:
        folder = os.environ.get("RSS_PARSER")
        if not folder:
            pytest.skip("RSS_PARSER names no folder with npm's rss-parser in it")
        script = f"""const Parser = require({json.dumps(folder + "/node_modules/rss-parser")});
            new Parser().parseURL({json.dumps(self.address)}).then(feed => console.log(
                JSON.stringify(feed.items.map(item => [item.guid || item.id, item.title]))))"""
        return [(key, title) for key, title in json.loads(self.run(program("node"), "-e", script))]


class Reader(Subscriber):
    """The library `reader`, which has a memory of its own and asks for deltas."""

    def begin(self) -> None:
        from reader import make_reader

        self.reader = make_reader(str(self.folder / "db.sqlite"))
        self.reader.add_feed(self.address)

    def visit(self) -> list[str]:
        self.reader.update_feed(self.address)
        found = list(self.reader.get_entries(read=False))
        for entry in found:
            self.reader.mark_entry_as_read(entry)
        return sorted(entry.title or "" for entry in found)


class Newsboat(Subscriber):
    def begin(self) -> None:
        self.program = program("newsboat")
        (self.folder / "urls").write_text(f"{self.address}\n")
        (self.folder / "config").write_text("")

    def visit(self) -> list[str]:
        self.run(self.program, "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload")
        database = sqlite3.connect(self.folder / "cache.db")
        try:
            with database:
                found = database.execute("SELECT title FROM rss_item WHERE unread = 1 AND deleted = 0").fetchall()
                database.execute("UPDATE rss_item SET unread = 0")
            return sorted(title for (title,) in found)
        finally:
            database.close()


class Rss2email(Subscriber):
    """It sends what is new into a maildir."""

    def begin(self) -> None:
        self.argv = (program("r2e"), "-c", str(self.folder / "r2e.cfg"), "-d", str(self.folder / "r2e.json"))
        (self.folder / "Maildir").mkdir()
        box = mailbox.Maildir(self.folder / "Maildir" / "INBOX", create=True)
        box.close()
        (self.folder / "r2e.cfg").write_text(
            "[DEFAULT]\nfrom = a@example.org\nto = b@example.org\nemail-protocol = maildir\n"
            f"maildir-path = {self.folder}/Maildir\nmaildir-mailbox = INBOX\n"
        )
        self.run(*self.argv, "add", "river", self.address)

    def visit(self) -> list[str]:
        self.run(*self.argv, "run")
        box = mailbox.Maildir(self.folder / "Maildir" / "INBOX")
        found = sorted(str(make_header(decode_header(message["subject"]))) for message in box)
        box.clear()
        return found


SUBSCRIBERS = (Feedparser, Podcastparser, RssParser, Reader, Newsboat, Rss2email)

"""The sources that are read here → OPML for other people's readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from aggregator.config import Config
from aggregator.model import Source, StoreError
from aggregator.render import opml
from aggregator.store import standings
from aggregator.store.database import reading
from aggregator.text import secrets


def subscriptions(data: Path, config: Config) -> bytes:
    """Return the document of the config's feeds, under the titles that are stored. For a thread of its own."""
    try:
        with reading(data) as database:
            sites = standings.sites(database)
    except (StoreError, sqlite3.Error):  # nothing is stored yet, or it is busy: the addresses are what matters
        sites = {}
    return public(config.site.title, config.sources, sites)


def public(title: str, configured: Iterable[Source], sites: Mapping[str, tuple[str, str]]) -> bytes:
    """Return the document for everybody: without folders, files, and feeds whose address holds a password or a key."""
    feeds = opml.subscriptions((source for source in configured if source.enabled), sites)
    shown = [replace(feed, site=secrets.shown(feed.site)) for feed in feeds if not secrets.is_secret(feed.url)]
    secret = len(feeds) - len(shown)
    are = "1 subscription is" if secret == 1 else f"{secret} subscriptions are"
    comment = f"{are} left out: the address holds a password or a key" if secret else ""
    return opml.write(title, shown, comment)

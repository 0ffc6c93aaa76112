"""Store → select → render → the HTML page of an output, which browsers get at its feeds' addresses, and the index."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

from sqlite_utils import Database

from aggregator.config import STATUS, Config, OutputTable
from aggregator.model import StoreError, Story
from aggregator.outbound.outputs import channel_of, selection_of, status_channel, untracked
from aggregator.render import status
from aggregator.render.html import feed as feed_html
from aggregator.render.html import index as index_html
from aggregator.store import incidents, selection
from aggregator.store.database import reading

log = logging.getLogger(__name__)


def page(data: Path, config: Config, name: str, now: int) -> bytes:
    """Return the HTML page of an output, or of the status feed, of what is stored now. For a thread of its own.

    StoreError where it can't be read, or there is no such output any more.
    """
    output = next((output for output in config.outputs if output.name == name), None)
    try:
        with reading(data) as database:
            if name == STATUS:
                return feed_html.render(status_channel(config), status.stories(incidents.recent(database)))
            if output is None:
                raise StoreError(f"{name}: there is no such output any more")
            stories, count = _stories(database, output, config, now)
    except sqlite3.Error as error:
        raise StoreError(f"{data}: can't be read: {error}") from error
    return feed_html.render(channel_of(output, config), stories, output.formats, _report, count)


def index(config: Config) -> bytes:
    """Return the page that lists what there is to subscribe to."""
    site = config.site
    channels = [(channel_of(output, config), output.formats) for output in config.outputs]
    return index_html.Page(site.title, site.description, site.language, channels).render()


def _stories(database: Database, output: OutputTable, config: Config, now: int) -> tuple[list[Story], int]:
    """Return those that the page shows, and how many the feed has."""
    rules = selection_of(output, config, now)
    if output.dedupe:
        numbers = selection.newest(database, rules, output.limit)
        stories = selection.stories(database, numbers[: feed_html.LIMIT])
    else:
        numbers = [entry for _story, entry in selection.newest_copies(database, rules, output.limit)]
        stories = selection.alone(database, numbers[: feed_html.LIMIT])
    if output.related:
        stories = [replace(story, related=selection.related(database, story, output.related)) for story in stories]
    return [untracked(story) for story in stories], len(numbers)


def _report(story: str, error: Exception) -> None:
    log.error("%s is left out of a page, it can't be rendered: %s", story, error)

"""The feed of the sources' states, made for one who asks: where it is private it is no file that others could read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from aggregator import render
from aggregator.config import Config
from aggregator.model import Edition, StoreError
from aggregator.outbound.outputs import status_channel
from aggregator.render import status
from aggregator.store import incidents
from aggregator.store.database import reading


def status_edition(data: Path, config: Config, suffix: str) -> Edition:
    """Return the edition in a format, for a thread of its own; StoreError where the store can't be read."""
    try:
        with reading(data) as database:
            return render.render(status_channel(config), status.stories(incidents.recent(database)), suffix)
    except sqlite3.Error as error:
        raise StoreError(f"the incidents can't be read: {error}") from error

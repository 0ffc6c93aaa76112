"""How all of it stands, in a few numbers: for the operator's one screen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import STATUS, Incident
from aggregator.store import incidents, sources, standings
from aggregator.store.standings import Wanted

_TOLD = 1000  # incidents that ended or began last, among which those that last are sought


@dataclass(frozen=True, slots=True)
class Overview:
    """Sources by state, when one was visited last and the next one will be (0: never), what is stored and of which
    editions' outputs how many articles are shown, and the incidents that last."""

    sources: dict[str, int]
    last_visit: int
    next_visit: int
    entries: int
    stories: int
    outputs: dict[str, int]
    incidents: tuple[Incident, ...]


def overview(database: Database) -> Overview:
    """Look at everything, at one moment."""
    last, entries, stories = database.execute(
        """SELECT coalesce((SELECT max(last_visit) FROM source WHERE configured), 0), (SELECT count(*) FROM entry),
            (SELECT count(*) FROM story)"""
    ).fetchone()
    names = database.execute("SELECT name FROM edition WHERE name NOT LIKE '%/%' ORDER BY name")
    outputs = (name.rpartition(".")[0] for (name,) in names)
    shown = dict.fromkeys((output for output in outputs if output != STATUS), 0)
    counts = database.execute("SELECT output, count(DISTINCT number) FROM item GROUP BY output").fetchall()
    return Overview(
        sources=standings.counts(database, Wanted()),
        last_visit=last,
        next_visit=sources.next_due(database) or 0,
        entries=entries,
        stories=stories,
        outputs={**shown, **{output: count for output, count in counts if output in shown}},
        incidents=tuple(one for one in incidents.recent(database, _TOLD) if not one.until),
    )

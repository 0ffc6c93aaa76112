"""Where the archive pages of the outputs (RFC 5005 §4) begin and end."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """The stories of an output from one number to another."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What has become of an output's pages: the new ones, and the name of the newest, "" for none.

    `rules` stands for what the output selects: under other rules the pages are cut anew.
    """

    output: str
    rules: bytes
    made: tuple[ArchivePage, ...]
    older: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A page's neighbours: the one before, and where this one ends, 0 as long as it isn't full."""

    before: ArchivePage | None
    end: int


def last(database: Database, output: str, rules: bytes) -> ArchivePage | None:
    """Return the newest full page."""
    sql = "SELECT first, last FROM page WHERE output = ? AND rules = ? ORDER BY first DESC LIMIT 1"
    row = database.execute(sql, [output, rules]).fetchone()
    return ArchivePage(*row) if row else None


def neighbours(database: Database, output: str, rules: bytes, first: int) -> Neighbours | None:
    """Return the neighbours of the page that begins with `first`; None where none does."""
    sql = "SELECT first, last FROM page WHERE output = ? AND rules = ? AND first < ? ORDER BY first DESC LIMIT 1"
    before = database.execute(sql, [output, rules, first]).fetchone()
    sql = "SELECT last FROM page WHERE output = ? AND rules = ? AND first = ?"
    this = database.execute(sql, [output, rules, first]).fetchone()
    newest = last(database, output, rules)
    if this is None and first != (newest.last + 1 if newest else 1):  # nor is it the one that isn't full yet
        return None
    return Neighbours(ArchivePage(*before) if before else None, this[0] if this else 0)


def forget_empty(database: Database) -> None:
    """Forget pages of which all stories were let go, but for each output's newest: the next one begins behind it."""
    database.execute(
        """DELETE FROM page WHERE NOT EXISTS (SELECT 1 FROM story WHERE id BETWEEN page.first AND page.last)
        AND first < (SELECT max(first) FROM page AS newest WHERE newest.output = page.output)"""
    )


def note(database: Database, cut: Cut) -> None:
    """Keep the new pages, and forget those that were cut by other rules; call it in a transaction."""
    database.execute("DELETE FROM page WHERE output = ? AND rules <> ?", [cut.output, cut.rules])
    database.table("page").insert_all(
        {"output": cut.output, "first": page.first, "last": page.last, "rules": cut.rules} for page in cut.made
    )

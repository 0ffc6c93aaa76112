"""The schema, as an append-only list of steps: a step that has been released never changes."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("aggregator")


@migrations()
def first_tables(database: Database) -> None:
    """Sources and their documents, entries and their stories, visits, and the full-text index."""
    for statement in _FIRST:
        database.execute(statement)
    database.table("entry").enable_fts(["title", "author", "text"], create_triggers=True, tokenize=_TOKENS)


_TOKENS = "unicode61 remove_diacritics 2"
_FIRST = (
    """CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,               -- the address as configured
        host TEXT NOT NULL DEFAULT '',
        name TEXT NOT NULL DEFAULT '',          -- these five are the config's, copied here to be joined with
        category TEXT NOT NULL DEFAULT '',
        priority INTEGER NOT NULL DEFAULT 0,
        enabled INTEGER NOT NULL DEFAULT 1,
        configured INTEGER NOT NULL DEFAULT 1,
        title TEXT NOT NULL DEFAULT '',         -- these four are the feed's own words
        link TEXT NOT NULL DEFAULT '',
        feed_id TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        next_visit INTEGER NOT NULL DEFAULT 0,  -- from here on: model.SourceState
        reason TEXT NOT NULL DEFAULT '',
        last_visit INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '',
        gone INTEGER NOT NULL DEFAULT 0,
        location TEXT NOT NULL DEFAULT '',
        moved_to TEXT NOT NULL DEFAULT '',
        moved_visits INTEGER NOT NULL DEFAULT 0,
        gap INTEGER NOT NULL DEFAULT 0,
        newest INTEGER NOT NULL DEFAULT 0,
        hints TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX source_due ON source (next_visit) WHERE configured AND enabled AND NOT gone",
    "CREATE INDEX source_host ON source (host)",
    """CREATE TABLE document (
        source INTEGER NOT NULL REFERENCES source (id),
        name TEXT NOT NULL,
        etag TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        validators_from TEXT NOT NULL,
        body_hash BLOB NOT NULL,
        stamp TEXT NOT NULL,
        entry_hashes BLOB NOT NULL,             -- 8 bytes each
        outline BLOB NOT NULL,                  -- 24 bytes for each entry, or none
        error TEXT NOT NULL,
        PRIMARY KEY (source, name)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE story (
        id INTEGER PRIMARY KEY,
        urn TEXT NOT NULL UNIQUE,
        published INTEGER NOT NULL,
        updated INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX story_published ON story (published)",
    """CREATE TABLE alias (
        urn TEXT PRIMARY KEY,                   -- of a story that was merged away
        story INTEGER NOT NULL REFERENCES story (id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source (id),
        document TEXT NOT NULL,
        guid TEXT NOT NULL,
        hash BLOB NOT NULL,                     -- of what the document said, to tell whether it says so still
        story INTEGER NOT NULL REFERENCES story (id),
        joined TEXT NOT NULL,                   -- how: new, guid, url, text
        score REAL NOT NULL,                    -- the containment, in what it joined or else the nearest
        passage TEXT NOT NULL,                  -- how the longest begins that both share,
        length INTEGER NOT NULL,                -- and how many words it has
        nearest INTEGER NOT NULL,               -- the story that it did not join,
        why TEXT NOT NULL,                      -- and why not
        url TEXT NOT NULL,                      -- canonical
        heading TEXT NOT NULL,                  -- the title's normal form
        text_hash INTEGER NOT NULL,
        words INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        published INTEGER NOT NULL,
        title TEXT NOT NULL,
        author TEXT NOT NULL,
        text TEXT NOT NULL,
        data TEXT NOT NULL                      -- model.Entry as JSON
    ) STRICT""",
    "CREATE UNIQUE INDEX entry_identity ON entry (source, document, guid)",
    "CREATE INDEX entry_url ON entry (url) WHERE url <> ''",
    "CREATE INDEX entry_text_hash ON entry (text_hash) WHERE text_hash <> 0",
    "CREATE INDEX entry_story ON entry (story, source)",
    """CREATE TABLE visit (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source (id),
        at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER NOT NULL,
        entries_new INTEGER NOT NULL,
        entries_updated INTEGER NOT NULL,
        stories_new INTEGER NOT NULL,
        size INTEGER NOT NULL,
        seconds REAL NOT NULL,
        detail TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE feature (
        hash INTEGER NOT NULL,                  -- of a shingle or a headline
        entry INTEGER NOT NULL,
        PRIMARY KEY (hash, entry)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE paragraph (
        source INTEGER NOT NULL,                -- of plain text files
        hash INTEGER NOT NULL,
        articles INTEGER NOT NULL,              -- that have it
        PRIMARY KEY (source, hash)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE edition (
        name TEXT PRIMARY KEY,                  -- the file's
        digest BLOB NOT NULL                    -- of the stories it was made of: the same ones make the same bytes
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX visit_source ON visit (source, at)",
    "CREATE INDEX visit_at ON visit (at)",
)

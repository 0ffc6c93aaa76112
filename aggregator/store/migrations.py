"""The schema, as an append-only list of steps: a step that has been released never changes."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from aggregator.refine import urls
from aggregator.store.naming import urn_of

migrations = Migrations("aggregator")


@migrations()
def first_tables(database: Database) -> None:
    """Sources and their documents, entries and their stories, visits, and the full-text index."""
    for statement in _FIRST:
        database.execute(statement)
    database.table("entry").enable_fts(["title", "author", "text"], tokenize=_TOKENS)
    for statement in _FOUND:
        database.execute(statement)


@migrations()
def ids_stay_with_what_moves(database: Database) -> None:
    """Files and sources may change their place: what their ids were made of is kept, and which copies are gone.

    Of stories that were merged it is known which copy founded them. Items are rendered anew.
    """
    for statement in _MOVES:
        database.execute(statement)
    asked = """SELECT e.id, a.urn, f.key, e.document, e.guid FROM alias AS a JOIN entry AS e ON e.story = a.story
        JOIN source AS f ON f.id = e.source"""
    founders = [(urn, entry) for entry, urn, *made_of in database.execute(asked) if urn_of(*made_of) == urn]
    database.conn.executemany("UPDATE entry SET home = ? WHERE id = ?", founders)


@migrations()
def versions(database: Database) -> None:
    """What edits replaced, and the near misses of joining, to be listed."""
    for statement in _VERSIONS:
        database.execute(statement)


@migrations()
def document_reader(database: Database) -> None:
    """By which version of our reading each document was read: 0 is whatever was before there were any."""
    database.execute("ALTER TABLE document ADD COLUMN reader INTEGER NOT NULL DEFAULT 0")


@migrations()
def held_documents(database: Database) -> None:
    """Until when an article's file is held back: drafts, and posts dated ahead."""
    database.execute("ALTER TABLE document ADD COLUMN held INTEGER NOT NULL DEFAULT 0")  # model.DocumentState


@migrations()
def conditional_requests(database: Database) -> None:
    """When a document last came whole, and whether its server refuses conditional requests."""
    for column in ("read_at", "plain"):
        database.execute(f"ALTER TABLE document ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")


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
        hub TEXT NOT NULL DEFAULT '',
        topic TEXT NOT NULL DEFAULT '',
        pushed INTEGER NOT NULL DEFAULT 0,
        hints TEXT NOT NULL DEFAULT '',
        backlogged INTEGER NOT NULL DEFAULT 0   -- 1 once all has come that it listed when it was new
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
        id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never given again: items and archive pages go by it
        urn TEXT NOT NULL UNIQUE,
        published INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0     -- goes up with all that the story's items are made of
    ) STRICT""",
    "CREATE INDEX story_published ON story (published)",
    """CREATE TABLE alias (
        urn TEXT PRIMARY KEY,                   -- of a story that was merged away
        story INTEGER NOT NULL REFERENCES story (id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
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
        language TEXT NOT NULL,                 -- a tag in lower case
        backlog INTEGER NOT NULL,               -- its place among what its new source listed, the newest is 1; else 0
        title TEXT NOT NULL,
        author TEXT NOT NULL,
        text TEXT NOT NULL,
        data TEXT NOT NULL,                     -- model.Entry as JSON
        shingles BLOB NOT NULL                  -- of the text: it is compared without being taken apart again
    ) STRICT""",
    "CREATE UNIQUE INDEX entry_identity ON entry (source, document, guid)",
    "CREATE INDEX entry_url ON entry (url) WHERE url <> ''",
    "CREATE INDEX entry_text_hash ON entry (text_hash) WHERE text_hash <> 0",
    "CREATE INDEX entry_story ON entry (story, source, language, backlog)",  # what outputs ask of the copies
    "CREATE INDEX entry_at ON entry (min(coalesce(nullif(published, 0), seen), seen))",
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
    """CREATE TABLE item (
        output TEXT NOT NULL,
        number INTEGER NOT NULL,                -- the story; the entry, in an output that shows every copy
        format TEXT NOT NULL,
        mark BLOB NOT NULL,                     -- of all that the bytes were made of
        body BLOB,                              -- NULL: it can't be written
        PRIMARY KEY (output, number, format)
    ) STRICT""",
    """CREATE TABLE page (
        output TEXT NOT NULL,
        first INTEGER NOT NULL,                 -- the stories from this number
        last INTEGER NOT NULL,                  -- to this one, as far as the output selects them
        rules BLOB NOT NULL,                    -- that it was cut by
        PRIMARY KEY (output, first)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE incident (
        id INTEGER PRIMARY KEY,
        urn TEXT NOT NULL UNIQUE,
        source INTEGER NOT NULL REFERENCES source (id),
        kind TEXT NOT NULL,                     -- model.Trouble
        since INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        name TEXT NOT NULL,                     -- these four as they were when it opened, without passwords and keys
        link TEXT NOT NULL,
        address TEXT NOT NULL,
        detail TEXT NOT NULL,
        until INTEGER NOT NULL DEFAULT 0,       -- 0 while it lasts
        ending TEXT NOT NULL DEFAULT '',        -- model.Ending
        updated INTEGER NOT NULL                -- the later of opened and until
    ) STRICT""",
    "CREATE INDEX incident_open ON incident (source) WHERE until = 0",
    "CREATE INDEX incident_updated ON incident (updated)",
    "CREATE INDEX source_troubled ON source (id) WHERE failures > 0 OR gone OR location <> ''",
    "CREATE INDEX source_failing ON source (id) WHERE configured AND enabled AND NOT gone AND error <> ''",
    """CREATE TABLE subscription (
        token TEXT PRIMARY KEY,                 -- model.Subscription
        source INTEGER NOT NULL REFERENCES source (id),
        hub TEXT NOT NULL,
        topic TEXT NOT NULL,
        callback TEXT NOT NULL,
        secret TEXT NOT NULL,
        intent TEXT NOT NULL,
        lease_until INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        due INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        error TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX subscription_source ON subscription (source)",
    """CREATE TABLE push (
        source INTEGER NOT NULL REFERENCES source (id),
        hash BLOB NOT NULL,                     -- of a body that a hub signed: taken once
        at INTEGER NOT NULL,
        PRIMARY KEY (source, hash)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX source_hub ON source (id) WHERE hub <> ''",
    "CREATE INDEX visit_source ON visit (source, at)",
    "CREATE INDEX visit_at ON visit (at)",
    # Whoever changes what a story's items are made of, and however, moves its revision: no kept item is ever stale.
    """CREATE TRIGGER entry_came AFTER INSERT ON entry BEGIN
        UPDATE story SET revision = revision + 1 WHERE id = NEW.story; END""",
    """CREATE TRIGGER entry_changed AFTER UPDATE OF story, data, joined, seen ON entry BEGIN
        UPDATE story SET revision = revision + 1 WHERE id IN (OLD.story, NEW.story); END""",
    """CREATE TRIGGER entry_went AFTER DELETE ON entry BEGIN
        UPDATE story SET revision = revision + 1 WHERE id = OLD.story; END""",
    """CREATE TRIGGER story_changed AFTER UPDATE OF urn, published, updated ON story BEGIN
        UPDATE story SET revision = revision + 1 WHERE id = NEW.id; END""",
    """CREATE TRIGGER source_changed AFTER UPDATE OF name, title, link, feed_id, priority, configured ON source
        WHEN (OLD.name, OLD.title, OLD.link, OLD.feed_id, OLD.priority, OLD.configured)
            IS NOT (NEW.name, NEW.title, NEW.link, NEW.feed_id, NEW.priority, NEW.configured) BEGIN
        UPDATE story SET revision = revision + 1 WHERE id IN (SELECT story FROM entry WHERE source = NEW.id); END""",
    """CREATE TRIGGER notice_changed AFTER UPDATE OF articles ON paragraph
        WHEN (OLD.articles >= 3) <> (NEW.articles >= 3) BEGIN -- notices.py drops what three articles have
        UPDATE story SET revision = revision + 1
        WHERE id IN (SELECT story FROM entry WHERE source = NEW.source); END""",
)
_VERSIONS = (
    """CREATE TABLE version (
        id INTEGER PRIMARY KEY,
        entry INTEGER NOT NULL,
        at INTEGER NOT NULL,                    -- when it was edited
        data BLOB NOT NULL                      -- model.Entry before, as JSON, deflated
    ) STRICT""",
    "CREATE INDEX version_entry ON version (entry)",
    "CREATE INDEX entry_near ON entry (score, id) WHERE nearest <> 0 AND joined = 'new'",
    "CREATE TRIGGER entry_versions_went AFTER DELETE ON entry BEGIN DELETE FROM version WHERE entry = OLD.id; END",
)
_MOVES = (
    # The address that its stories' ids are made of, also after the source has another one; '' where that is its key.
    "ALTER TABLE source ADD COLUMN first_key TEXT NOT NULL DEFAULT ''",
    # The URN of the story that it founds, where that isn't made of its source, document and guid as they are now.
    "ALTER TABLE entry ADD COLUMN urn TEXT NOT NULL DEFAULT ''",
    # The URN of the story that it belonged to before that was merged into its present one, or ''.
    "ALTER TABLE entry ADD COLUMN home TEXT NOT NULL DEFAULT ''",
    # Its file is there no more, or holds another article.
    "ALTER TABLE entry ADD COLUMN gone INTEGER NOT NULL DEFAULT 0",
    # Another file has its article's id: it is read again when something changes in the folder.
    "ALTER TABLE document ADD COLUMN waits INTEGER NOT NULL DEFAULT 0",
    "CREATE UNIQUE INDEX source_first_key ON source (first_key) WHERE first_key <> ''",
    "CREATE INDEX entry_urn ON entry (urn) WHERE urn <> ''",
    "CREATE INDEX entry_guid ON entry (source, guid) WHERE document <> ''",
    "DROP TRIGGER entry_changed",
    """CREATE TRIGGER entry_changed AFTER UPDATE OF story, data, joined, seen, gone, urn ON entry BEGIN
        UPDATE story SET revision = revision + 1 WHERE id IN (OLD.story, NEW.story); END""",
    "DROP TRIGGER source_changed",
    """CREATE TRIGGER source_changed AFTER UPDATE OF key, name, title, link, feed_id, priority, configured, gone
        ON source
        WHEN (OLD.key, OLD.name, OLD.title, OLD.link, OLD.feed_id, OLD.priority, OLD.configured, OLD.gone)
            IS NOT (NEW.key, NEW.name, NEW.title, NEW.link, NEW.feed_id, NEW.priority, NEW.configured, NEW.gone) BEGIN
        UPDATE story SET revision = revision + 1 WHERE id IN (SELECT story FROM entry WHERE source = NEW.id); END""",
    "DELETE FROM item",
    "UPDATE edition SET digest = x''",
)
_FOUND = (  # entries that come are indexed together (search.index)
    """CREATE TRIGGER entry_unfound AFTER DELETE ON entry BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, OLD.title, OLD.author, OLD.text); END""",
    """CREATE TRIGGER entry_found_anew AFTER UPDATE OF title, author, text ON entry
        WHEN (OLD.title, OLD.author, OLD.text) IS NOT (NEW.title, NEW.author, NEW.text) BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, OLD.title, OLD.author, OLD.text);
        INSERT INTO entry_fts (rowid, title, author, text) VALUES (NEW.id, NEW.title, NEW.author, NEW.text); END""",
)


@migrations()
def find_unspaced_words(database: Database) -> None:
    """Indexes Chinese, Japanese, Thai … text by its characters (model/grams.py): as runs, no word of it was found."""
    for statement in _UNSPACED:
        database.execute(statement)


_UNSPACED = (
    "DROP TRIGGER entry_unfound",
    "DROP TRIGGER entry_found_anew",
    "DROP TABLE entry_fts",
    """CREATE VIEW entry_cut AS
        SELECT id, cut(title) AS title, cut(author) AS author, cut(text) AS text FROM entry""",
    f"""CREATE VIRTUAL TABLE entry_fts USING fts5
        ("title", "author", "text", tokenize='{_TOKENS}', content='entry_cut', content_rowid='id')""",
    "INSERT INTO entry_fts (entry_fts) VALUES ('rebuild')",
    """CREATE TRIGGER entry_unfound AFTER DELETE ON entry BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, cut(OLD.title), cut(OLD.author), cut(OLD.text)); END""",
    """CREATE TRIGGER entry_found_anew AFTER UPDATE OF title, author, text ON entry
        WHEN (OLD.title, OLD.author, OLD.text) IS NOT (NEW.title, NEW.author, NEW.text) BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, cut(OLD.title), cut(OLD.author), cut(OLD.text));
        INSERT INTO entry_fts (rowid, title, author, text)
        VALUES (NEW.id, cut(NEW.title), cut(NEW.author), cut(NEW.text)); END""",
)


@migrations()
def pages_have_one_address(database: Database) -> None:
    """Addresses of AMP and mobile forms are compared as the page's own (refine/variants.py), those stored, too."""
    asked = (
        "SELECT id, url FROM entry WHERE url LIKE '%amp%' OR url LIKE '//m%' OR url LIKE '//__.m.%' OR url LIKE '%m=1%'"
    )
    found = [(urls.canonical(f"https:{url}"), entry) for entry, url in database.execute(asked).fetchall()]
    database.conn.executemany("UPDATE entry SET url = ? WHERE id = ? AND ?1 <> ''", found)

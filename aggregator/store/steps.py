"""The statements of the schema's later steps (migrations.py): a step that has been released never changes."""

from __future__ import annotations

from aggregator.store.schema import TOKENS

UNSPACED = (
    "DROP TRIGGER entry_unfound",
    "DROP TRIGGER entry_found_anew",
    "DROP TABLE entry_fts",
    """CREATE VIEW entry_cut AS
        SELECT id, cut(title) AS title, cut(author) AS author, cut(text) AS text FROM entry""",
    f"""CREATE VIRTUAL TABLE entry_fts USING fts5
        ("title", "author", "text", tokenize='{TOKENS}', content='entry_cut', content_rowid='id')""",
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

STORAGE = (
    "ALTER TABLE let_go ADD COLUMN lasting INTEGER NOT NULL DEFAULT 0",  # 1: it doesn't come back while it is listed
    "CREATE TABLE former_story (id INTEGER PRIMARY KEY) STRICT",  # store/former.py
    "CREATE TABLE ruled (story INTEGER PRIMARY KEY) STRICT",  # that the operator split or merged: both halves of it
    "INSERT INTO ruled SELECT DISTINCT story FROM entry WHERE joined = 'operator'",
    "CREATE TRIGGER ruled_went AFTER DELETE ON story BEGIN DELETE FROM ruled WHERE story = OLD.id; END",
    "CREATE INDEX alias_story ON alias (story)",
)

LET_GO = """CREATE TABLE let_go (
    source INTEGER NOT NULL REFERENCES source (id),
    document TEXT NOT NULL,
    guid TEXT NOT NULL,
    hash BLOB NOT NULL,                         -- of what the document said last, to tell whether it lists it still
    seen INTEGER NOT NULL,                      -- this and the rest as the entry had it
    backlog INTEGER NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    published INTEGER NOT NULL,
    text_hash INTEGER NOT NULL,
    words INTEGER NOT NULL,
    PRIMARY KEY (source, document, guid)
) STRICT, WITHOUT ROWID"""

RIVERS = (
    """CREATE TABLE river_page (
        river TEXT NOT NULL,                    -- the output; '' is all that there is
        published INTEGER NOT NULL,             -- the position at which it begins,
        story INTEGER NOT NULL,                 -- whatever becomes of the story that was there
        stale INTEGER NOT NULL,
        PRIMARY KEY (river, story)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX river_page_published ON river_page (river, published)",
    """CREATE TABLE river_change (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        published INTEGER NOT NULL,
        story INTEGER NOT NULL
    ) STRICT""",
    """CREATE TRIGGER story_changed_on_a_page AFTER UPDATE OF revision ON story BEGIN
        INSERT INTO river_change (published, story) VALUES (NEW.published, NEW.id); END""",
    """CREATE TRIGGER story_moved_to_another_page AFTER UPDATE OF published ON story
        WHEN OLD.published <> NEW.published BEGIN
        INSERT INTO river_change (published, story) VALUES (OLD.published, OLD.id); END""",
    """CREATE TRIGGER story_went_from_a_page AFTER DELETE ON story BEGIN
        INSERT INTO river_change (published, story) VALUES (OLD.published, OLD.id); END""",
)

STATISTICS = (
    "CREATE INDEX entry_source_published ON entry (source, published, seen)",
    "DROP INDEX visit_source",
    "CREATE INDEX visit_source ON visit (source, at, status, seconds)",
    "DROP INDEX visit_at",
    "CREATE INDEX visit_at ON visit (at, outcome)",
    "CREATE INDEX visit_news ON visit (at, entries_new, stories_new) WHERE entries_new > 0",
)

PICTURE = """CREATE TABLE picture (
    tail TEXT NOT NULL,                         -- KEY/PATH, as the address has it
    entry INTEGER NOT NULL,
    PRIMARY KEY (tail, entry)
) STRICT, WITHOUT ROWID"""

HIDDEN = (
    """CREATE TABLE hidden (
        story INTEGER PRIMARY KEY,
        since INTEGER NOT NULL,
        reason TEXT NOT NULL                    -- hiding.WITHDRAWN, the key of a source that was purged, or ''
    ) STRICT""",
    "ALTER TABLE story ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0",  # whether it is in that table
    "DROP INDEX story_published",
    # A walk meets no other, and asks none; with the column it needn't read the stories for it.
    "CREATE INDEX story_published ON story (published, hidden) WHERE hidden = 0",
    "CREATE TRIGGER story_hid AFTER INSERT ON hidden BEGIN UPDATE story SET hidden = 1 WHERE id = NEW.story; END",
    "CREATE TRIGGER story_unhid AFTER DELETE ON hidden BEGIN UPDATE story SET hidden = 0 WHERE id = OLD.story; END",
    "CREATE TRIGGER hidden_went AFTER DELETE ON story BEGIN DELETE FROM hidden WHERE story = OLD.id; END",
    "ALTER TABLE source ADD COLUMN withdraw INTEGER NOT NULL DEFAULT 0",  # model.Source
)

PACKED = """CREATE TABLE entry_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES source (id),
    document TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'feed',
    guid TEXT NOT NULL,
    hash BLOB NOT NULL,
    story INTEGER NOT NULL REFERENCES story (id),
    urn TEXT NOT NULL DEFAULT '',
    home TEXT NOT NULL DEFAULT '',
    gone INTEGER NOT NULL DEFAULT 0,
    joined TEXT NOT NULL,
    score REAL NOT NULL,
    passage TEXT NOT NULL,
    length INTEGER NOT NULL,
    nearest INTEGER NOT NULL,
    why TEXT NOT NULL,
    url TEXT NOT NULL,
    heading TEXT NOT NULL,
    text_hash INTEGER NOT NULL,
    words INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    published INTEGER NOT NULL,
    language TEXT NOT NULL,
    backlog INTEGER NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    text BLOB NOT NULL,                         -- these two packed (store/packing.py), and last: who wants
    data BLOB NOT NULL                          -- another column reads past none of them
) STRICT"""
FOUND_PACKED = (
    """CREATE VIEW entry_cut AS SELECT id, cut(title) AS title, cut(author) AS author,
        cut(unpack_text(text, data)) AS text FROM entry""",
    """CREATE TRIGGER entry_unfound AFTER DELETE ON entry BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, cut(OLD.title), cut(OLD.author), cut(unpack_text(OLD.text, OLD.data))); END""",
    """CREATE TRIGGER entry_found_anew AFTER UPDATE OF title, author, text ON entry
        WHEN (OLD.title, OLD.author, unpack_text(OLD.text, OLD.data))
            IS NOT (NEW.title, NEW.author, unpack_text(NEW.text, NEW.data)) BEGIN
        INSERT INTO entry_fts (entry_fts, rowid, title, author, text)
        VALUES ('delete', OLD.id, cut(OLD.title), cut(OLD.author), cut(unpack_text(OLD.text, OLD.data)));
        INSERT INTO entry_fts (rowid, title, author, text)
        VALUES (NEW.id, cut(NEW.title), cut(NEW.author), cut(unpack_text(NEW.text, NEW.data))); END""",
)

FAILURE_KINDS = "ALTER TABLE visit ADD COLUMN kind TEXT NOT NULL DEFAULT ''"  # model.FailureKind
MISSED = "ALTER TABLE source ADD COLUMN missed INTEGER NOT NULL DEFAULT 0"  # model.SourceState
CATEGORIES = "CREATE INDEX source_category ON source (category)"  # store/categories.py: 2 ms of 40,000 instead of 70
RULING = """CREATE TABLE ruling (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,                         -- split, merge (store/overrides.py)
    at INTEGER NOT NULL,
    entry INTEGER NOT NULL,                     -- what was split off; the first that was merged into another story
    other INTEGER NOT NULL,                     -- an entry on the other side
    entries TEXT NOT NULL                       -- [[entry, how it had joined before], ...] as JSON
) STRICT"""
FRESH_FEATURES = """CREATE TABLE feature_fresh (
    hash INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (hash, entry)
) STRICT, WITHOUT ROWID"""
TOTALS = (
    """CREATE TABLE total (                      -- of all visits ever, those whose records were let go too
        outcome TEXT PRIMARY KEY,               -- model.Outcome
        visits INTEGER NOT NULL,
        entries_new INTEGER NOT NULL,
        entries_updated INTEGER NOT NULL,
        stories_new INTEGER NOT NULL,
        size INTEGER NOT NULL,
        seconds REAL NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """INSERT INTO total SELECT outcome, count(*), sum(entries_new), sum(entries_updated), sum(stories_new), sum(size),
        sum(seconds) FROM visit GROUP BY outcome""",
    """CREATE TRIGGER visit_counted AFTER INSERT ON visit BEGIN
        INSERT INTO total (outcome, visits, entries_new, entries_updated, stories_new, size, seconds)
        VALUES (NEW.outcome, 1, NEW.entries_new, NEW.entries_updated, NEW.stories_new, NEW.size, NEW.seconds)
        ON CONFLICT (outcome) DO UPDATE SET visits = visits + 1, entries_new = entries_new + excluded.entries_new,
            entries_updated = entries_updated + excluded.entries_updated,
            stories_new = stories_new + excluded.stories_new, size = size + excluded.size,
            seconds = seconds + excluded.seconds; END""",
)

MEANT = (  # what a reason said in words, and what that is to programs
    ("interval*", "interval"),
    ("min_interval*", "min interval"),
    ("publishes about *", "rhythm"),
    ("silent for *", "silence"),
    ("a local *", "local"),
    ("Retry-After*", "retry after"),
    ("429 *", "too many requests"),
    ("410 *", "gone"),
    ("max-age *", "fresh"),
    ("Expires *", "fresh"),
    ("the feed's ttl*", "ttl"),
    ("our own connection *", "offline"),
    ("pushed by its hub*", "pushed"),
    ("its hub says *", "hub changed"),
    ("its hub has *", "hub silent"),
    ("[0-9]* failure*", "failures"),
)

"""The schema, as an append-only list of steps: a step that has been released never changes."""

from __future__ import annotations

from pathlib import PurePosixPath

from sqlite_utils import Database, Migrations

from aggregator.refine import urls
from aggregator.store import packing, steps
from aggregator.store.rebuilding import rebuild
from aggregator.store.schema import FIRST, FOUND, TOKENS
from aggregator.store.urn import urn_of

migrations = Migrations("aggregator")


@migrations()
def first_tables(database: Database) -> None:
    """Make the tables of sources and documents, entries and stories, visits, and the full-text index."""
    for statement in FIRST:
        database.execute(statement)
    database.table("entry").enable_fts(["title", "author", "text"], tokenize=TOKENS)
    for statement in FOUND:
        database.execute(statement)


@migrations()
def ids_stay_with_what_moves(database: Database) -> None:
    """Let files and sources change their place: what their ids were made of is kept, and which copies are gone.

    Of stories that were merged it is known which copy founded them. Items are rendered anew.
    """
    for statement in _MOVES:
        database.execute(statement)
    sql = """SELECT e.id, a.urn, f.key, e.document, e.guid FROM alias AS a JOIN entry AS e ON e.story = a.story
        JOIN source AS f ON f.id = e.source"""
    founders = [(urn, entry) for entry, urn, *made_of in database.execute(sql) if urn_of(*made_of) == urn]
    database.conn.executemany("UPDATE entry SET home = ? WHERE id = ?", founders)


@migrations()
def versions(database: Database) -> None:
    """Keep what edits replace, and list the near misses of joining."""
    for statement in _VERSIONS:
        database.execute(statement)


@migrations()
def document_reader(database: Database) -> None:
    """Note by which version of our reading each document was read: 0 is whatever was before there were any."""
    database.execute("ALTER TABLE document ADD COLUMN reader INTEGER NOT NULL DEFAULT 0")


@migrations()
def held_documents(database: Database) -> None:
    """Note until when an article's file is held back: drafts, and posts dated ahead."""
    database.execute("ALTER TABLE document ADD COLUMN held INTEGER NOT NULL DEFAULT 0")  # model.DocumentState


@migrations()
def conditional_requests(database: Database) -> None:
    """Note when a document last came whole, and whether its server refuses conditional requests."""
    for column in ("read_at", "plain"):
        database.execute(f"ALTER TABLE document ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")


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


@migrations()
def find_unspaced_words(database: Database) -> None:
    """Index Chinese, Japanese, Thai … text by its characters (text/grams.py): as runs, no word of it was found."""
    for statement in steps.UNSPACED:
        database.execute(statement)


@migrations()
def remember_what_was_let_go(database: Database) -> None:
    """Remember what went while its document still lists it: it is no news when it is read again."""
    database.execute(steps.LET_GO)


@migrations()
def pages_have_one_address(database: Database) -> None:
    """Compare addresses of AMP and mobile forms as the article's own (refine/variants.py), those stored, too."""
    sql = (
        "SELECT id, url FROM entry WHERE url LIKE '%amp%' OR url LIKE '//m%' OR url LIKE '//__.m.%' OR url LIKE '%m=1%'"
    )
    canonical = [(urls.canonical(f"https:{url}"), entry) for entry, url in database.execute(sql).fetchall()]
    database.conn.executemany("UPDATE entry SET url = ? WHERE id = ? AND ?1 <> ''", canonical)


@migrations()
def tell_programs_why(database: Database) -> None:
    """Note what decided the next visit (model.Because), beside the words for people that it was read from until now."""
    database.execute("ALTER TABLE source ADD COLUMN because TEXT NOT NULL DEFAULT ''")
    for pattern, because in steps.MEANT:
        database.execute("UPDATE source SET because = ? WHERE because = '' AND reason GLOB ?", [because, pattern])


@migrations()
def source_kinds(database: Database) -> None:
    """Note what kind each source is (model.SourceKind): until now its address told."""
    database.execute("ALTER TABLE source ADD COLUMN kind TEXT NOT NULL DEFAULT 'web'")
    database.execute("UPDATE source SET kind = 'files' WHERE key NOT LIKE 'http://%' AND key NOT LIKE 'https://%'")


@migrations()
def document_kinds(database: Database) -> None:
    """Note of what kind each entry's document is (model.DocumentKind): until now its name told.

    A name without a suffix told nothing. Such a file held an article if that is all it held, or has the file's name
    for its id; none counted as plain text, so none is said to be one until it is read again.
    """
    database.execute("ALTER TABLE entry ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed'")
    sql = """SELECT e.id, e.document, e.guid = e.document OR coalesce(length(d.entry_hashes), 0) = 8
        FROM entry AS e LEFT JOIN document AS d ON d.source = e.source AND d.name = e.document WHERE e.document <> ''"""
    kinds = [
        (_KINDS.get(suffix, "html" if alone and not suffix else "feed"), entry)
        for entry, document, alone in database.execute(sql)
        for suffix in (PurePosixPath(document).suffix.lower(),)
    ]
    database.conn.executemany("UPDATE entry SET kind = ? WHERE id = ? AND ?1 <> 'feed'", kinds)


_KINDS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip


@migrations()
def river_pages(database: Database) -> None:
    """Note where the pages with older stories begin, and at which positions stories came, changed or went."""
    for statement in steps.RIVERS:
        database.execute(statement)


@migrations()
def statistics(database: Database) -> None:
    """Find what is told of sources (store/statistics.py) in indexes alone: what was published when, and each visit."""
    for statement in steps.STATISTICS:
        database.execute(statement)


@migrations()
def paused_sources(database: Database) -> None:
    """Note which sources the operator paused; what the config pauses is in `enabled`."""
    database.execute("ALTER TABLE source ADD COLUMN paused INTEGER NOT NULL DEFAULT 0")
    database.execute("CREATE INDEX source_paused ON source (key) WHERE paused")


@migrations()
def pictures(database: Database) -> None:
    """Note which files beside local articles their entries name (text/local_files.py): only these are published.

    None is named before: the articles are read anew for that (parse.READER).
    """
    database.execute(steps.PICTURE)
    database.execute("CREATE INDEX picture_entry ON picture (entry)")
    database.execute("""CREATE TRIGGER picture_went AFTER DELETE ON entry BEGIN
        DELETE FROM picture WHERE entry = OLD.id; END""")


@migrations()
def hidden_stories(database: Database) -> None:
    """Note which stories are taken out of everything that is published (store/hiding.py)."""
    for statement in steps.HIDDEN:
        database.execute(statement)


@migrations()
def packed_entries(database: Database) -> None:
    """Pack each entry's words (store/packing.py), and forget its shingles, which can be made again: a third is left."""
    for number, name in enumerate(("packed_data", "packed_text")):
        database.conn.create_function(name, 2, lambda data, text, number=number: packing.pack(data, text)[number])
    packed = {"data": "packed_data(data, text)", "text": "packed_text(data, text)"}
    rebuild(database, "entry", steps.PACKED, packed, without=("entry_cut", "entry_unfound", "entry_found_anew"))
    for statement in steps.FOUND_PACKED:
        database.execute(statement)


@migrations()
def failure_kinds(database: Database) -> None:
    """Note of what kind the failure of each visit is: until now there were words alone, from which none is read."""
    database.execute(steps.FAILURE_KINDS)


@migrations()
def what_is_let_go_stays_away(database: Database) -> None:
    """Note which ids let go stories had, and what isn't to come back for as long as it is listed."""
    for statement in steps.STORAGE:
        database.execute(statement)


@migrations()
def categories_have_parts(database: Database) -> None:
    """Find the sources of a category and of its parts in an index."""
    database.execute(steps.CATEGORIES)


@migrations()
def rulings(database: Database) -> None:
    """Note what the operator split and merged, so that it can be undone: until now only what came of it was known."""
    database.execute(steps.RULING)


@migrations()
def totals(database: Database) -> None:
    """Count visits and what they brought for ever: a metric that goes back when old records go is misread."""
    for statement in steps.TOTALS:
        database.execute(statement)


@migrations()
def missed_entries(database: Database) -> None:
    """Note since when entries of a source went by unseen; of what has been nothing is known."""
    database.execute(steps.MISSED)


@migrations()
def languages(database: Database) -> None:
    """Find the articles in a language in an index: a rare one was sought among all that are stored."""
    database.execute("CREATE INDEX entry_language ON entry (language)")


@migrations()
def fresh_features(database: Database) -> None:
    """Keep the features of what came last in a table of their own (store/features.py)."""
    database.execute(steps.FRESH_FEATURES)

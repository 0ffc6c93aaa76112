"""The database file: opened for the one writer, or read-only for everyone else.

All writing, checkpoints included, happens on one thread over one connection, and a lock on the file keeps a second
process from writing: SQLite before 3.51.3 can corrupt a WAL that two connections checkpoint at once
(sqlite.org/wal.html#walresetbug), and a single writer never meets "database is locked".
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from aggregator.model import StoreError, TroubleError
from aggregator.store import claims, packing, upgrades
from aggregator.store.lock import acquire
from aggregator.store.migrations import migrations
from aggregator.text import grams

NAME = "aggregator.db"
_OURS = 0x41676772  # "Aggr", the application id in the file's header
_BUSY = 10.0  # seconds a connection waits for another one's lock
P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """The one connection that writes, on its own thread, where `now` and `later` run functions of (database, …).

    Both raise TroubleError where the disk or the file is what hinders: that is nobody's bug, whoever asked.
    """

    def __init__(self, folder: Path, held: int | None = None) -> None:
        """Lock, open and migrate the database in `folder`; StoreError where it is in use or can't be used.

        Who has the lock already gives its handle (`held`), and keeps it.
        """
        self._lock = acquire(folder) if held is None else os.dup(held)
        self._thread = ThreadPoolExecutor(1, "writer")
        try:
            self._database = self._thread.submit(_open, folder / NAME).result()
        except (sqlite3.Error, OSError, StoreError) as error:
            self._thread.shutdown()
            os.close(self._lock)
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{folder / NAME}: can't be opened: {error}") from error

    def now(self, act: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `act(database, …)` on the writer's thread, and wait for what it returns."""
        with _storing():
            return self._thread.submit(act, self._database, *args, **kwargs).result()

    async def later(self, act: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the same for a coroutine."""
        with _storing():
            return await asyncio.wrap_future(self._thread.submit(act, self._database, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way, checkpoint and close."""
        self._thread.submit(_close, self._database).result()
        self._thread.shutdown()
        os.close(self._lock)


_UNUSABLE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
     sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
)  # fmt: skip
_STEPS = 10_000  # of SQLite's virtual machine, about a millisecond
_ROOM = 256 * 1024  # bytes that a round may well need


def is_unusable(error: sqlite3.Error) -> bool:
    """Tell whether it is the disk's or the file's trouble, and no mistake in the SQL."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNUSABLE


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if is_unusable(error):
            raise TroubleError(f"nothing can be stored: {error}") from error
        raise


def bound(database: Database, seconds: float) -> None:
    """Have every query over this connection end after so many seconds from now: `is_over` tells the error."""
    end = time.monotonic() + seconds
    database.conn.set_progress_handler(lambda: time.monotonic() >= end, _STEPS)


def is_over(error: Exception) -> bool:
    """Tell whether the error is that the time which `bound` gave was over."""
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT


def try_to_write(database: Database, folder: Path) -> None:
    """Write a little, and try whether there is room for more; TroubleError where there is none."""
    try:
        with database.atomic():
            database.execute("UPDATE source SET next_visit = next_visit WHERE id = (SELECT min(id) FROM source)")
        with tempfile.TemporaryFile(dir=folder) as room:
            room.write(bytes(_ROOM))
            room.flush()
    except OSError as error:
        raise TroubleError(f"nothing can be stored: {folder}: {error.strerror}") from error


def wrapped(connection: sqlite3.Connection) -> Database:
    """Return the connection as sqlite-utils has it, without the plugins of its command line.

    Looking for these takes a command twenty milliseconds, and nobody's program is to run over the articles.
    """
    return Database(connection, execute_plugins=False)


def _register(database: Database) -> None:
    """Register the functions that statements, triggers and views call (store/steps.py)."""
    packing.register(database.conn)
    database.conn.create_function("cut", 1, grams.cut, deterministic=True)


def blank() -> Database:
    """Return a database in memory with all tables, and nothing in them; whoever asks closes it."""
    database = wrapped(sqlite3.connect(":memory:"))
    _register(database)
    migrations.apply(database)
    return database


def is_behind(folder: Path) -> bool:
    """Tell whether an older aggregator made the database in `folder`: a writer first brings the tables up to date.

    False where it can't be told: whoever opens it then says why.
    """
    path = folder / NAME
    if not path.exists():
        return False
    try:
        database = wrapped(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY))
        try:
            return bool(migrations.applied(database)) and bool(migrations.pending(database))
        finally:
            database.close()
    except sqlite3.Error:
        return False


def upgrade(folder: Path, held: int | None = None) -> None:
    """Bring the tables up to date; StoreError where the database is in use or can't be used. `held` is as for Writer.

    A minute for 100,000 articles where they are packed or indexed anew.
    """
    Writer(folder, held).close()


def _open(path: Path) -> Database:
    with suppress(FileExistsError):  # a new one is its owner's alone: addresses in it may have passwords
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    database = wrapped(sqlite3.connect(path, timeout=_BUSY))
    try:
        _refuse_others(database, path)
        _refuse_newer(database, path)
        execute = database.conn.execute
        execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first page is written, or never
        execute(f"PRAGMA application_id={_OURS}")
        execute("PRAGMA temp_store=MEMORY")
        _register(database)
        execute("PRAGMA cache_size=-65536")
        upgrades.bring_up_to_date(database, path)
        execute("PRAGMA journal_mode=WAL")  # after the tables are there, which would lie on the disk twice
        execute("PRAGMA synchronous=NORMAL")
        claims.prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def refuse_foreign(database: Database, path: Path) -> None:
    """Raise StoreError for what isn't ours, or of a later version, whose tables this one can't know."""
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    if owner != _OURS:
        raise StoreError(f"{path}: no database of an aggregator")
    _refuse_newer(database, path)


def _refuse_others(database: Database, path: Path) -> None:
    """Raise StoreError for a file in which another program keeps its tables."""
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    if owner != _OURS and database.table_names():
        raise StoreError(f"{path}: another program's database; move it away, or choose another --data-dir")


def _refuse_newer(database: Database, path: Path) -> None:
    """Raise StoreError for a later version's database: what its steps made of the tables, this one can't know."""
    empty = wrapped(sqlite3.connect(":memory:"))
    ours = {step.name for step in migrations.pending(empty)}
    empty.close()
    theirs = [step.name for step in migrations.applied(database) if step.name not in ours]
    if theirs:
        raise StoreError(
            f"{path}: a newer aggregator made it (step {theirs[-1]}); use that one, or choose another --data-dir"
        )


def _close(database: Database) -> None:
    database.conn.execute("PRAGMA optimize")
    database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def files(folder: Path) -> tuple[Path, Path]:
    """Return the files that change whenever something is stored in `folder`: the database, and its log."""
    return folder / NAME, folder / f"{NAME}-wal"


@contextmanager
def reading(folder: Path) -> Iterator[Database]:
    """Open a read-only connection of the caller's thread, and close it.

    StoreError where nothing has been stored yet, or a writer has to bring the tables up to date first.
    All queries over it are answered by one state of the database, whatever is stored meanwhile.
    """
    path = folder / NAME
    nothing = f"{path}: there is nothing yet; run `aggregator once` or `aggregator run` first"
    if not path.exists():
        raise StoreError(nothing)
    # In a folder that may only be read SQLite can't make the files that readers of a WAL share; nobody writes there
    # either. What a writer left in the log would be passed over: then it has to be asked as usual.
    still = "" if os.access(folder, os.W_OK) or Path(f"{path}-wal").exists() else "&immutable=1"
    try:
        database = wrapped(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{still}", uri=True, timeout=_BUSY))
    except sqlite3.Error as error:
        raise StoreError(f"{path}: can't be read: {error}") from error
    try:
        try:
            database.conn.execute("PRAGMA query_only=1")
            _register(database)
            _refuse_others(database, path)
            _refuse_newer(database, path)
            begun, pending = migrations.applied(database), migrations.pending(database)
        except sqlite3.Error as error:
            raise StoreError(f"{path}: can't be read: {error}") from error
        if not begun:
            raise StoreError(nothing)
        if pending:
            raise StoreError(
                f"{path}: an older aggregator made it; restart the daemon, or run `aggregator once`: that brings it up"
                " to date, with all that is in it"
            )
        database.conn.execute("BEGIN")
        yield database
    finally:
        database.close()

"""Files beside local articles, pictures first of all → who asks for them, and copies in DATA/public for web servers.

Published is what a stored entry of the source names, and nothing else: a folder may hold what nobody is to see yet. A
copy stays where the original is gone, as the article does.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlite_utils import Database

from aggregator.config import Config
from aggregator.model import StoreError
from aggregator.outbound.editions import FOLDER
from aggregator.retrieve import pictures as originals
from aggregator.retrieve.pictures import Picture
from aggregator.store import pictures
from aggregator.store.database import reading
from aggregator.text import local_files

log = logging.getLogger(__name__)


def is_named(data: Path, tail: str) -> bool:
    """Tell whether a stored entry names the file with this KEY/PATH. For a thread of its own.

    False, too, where it can't be read: then there are the copies.
    """
    try:
        with reading(data) as database:
            return pictures.is_named(database, tail)
    except (StoreError, sqlite3.Error):
        return False


def opened(data: Path, config: Config, key: str, path: str, *, named: bool) -> Picture | None:
    """Open a file of the source with this key, if it is `named`, or else its copy; None for neither.

    Of a source that is configured no longer nothing is shown. For a thread of its own: a disk may take its time.
    """
    folder = _folders(config).get(key)
    if folder is None:
        return None
    original = originals.opened(originals.folder_of(folder), path) if named else None
    return original or originals.opened(data / FOLDER / local_files.FOLDER / key, path)


def keep_pictures(database: Database, config: Config, data: Path, shown: Mapping[str, Sequence[int]]) -> None:
    """Put copies of what is shown into `data`/public, where there is none or the original is another by now.

    `shown` are the numbers of what an output shows, of those that were written anew. Where pages are files, too, these
    show all stories in the end. What is gone, or can't be copied, is left as it is: no edition is lost for a picture.
    Of a source that is configured no longer nothing stays.
    """
    folders = _folders(config)
    folder = data / FOLDER
    _prune(folder / local_files.FOLDER, folders)
    if not folders:
        return
    try:
        tails = pictures.all_named(database) if config.site.static != "none" else _of_feeds(database, config, shown)
        for tail in sorted(tails):
            _copy(folders, folder, tail)
        for tail in pictures.hidden(database):
            (folder / local_files.FOLDER / tail).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        log.warning("%s: pictures can't be copied there: %s", folder / local_files.FOLDER, error)


def _prune(copies: Path, kept: Collection[str]) -> None:
    """Remove the copies of other sources' files, and nothing that isn't ours."""
    if copies.is_dir():
        for path in copies.iterdir():
            if path.name not in kept and local_files.is_key(path.name):
                shutil.rmtree(path, ignore_errors=True)


def _of_feeds(database: Database, config: Config, shown: Mapping[str, Sequence[int]]) -> set[str]:
    return {
        tail
        for output in config.outputs
        for tail in pictures.shown(database, output.name, shown.get(output.name, ()), each_copy=not output.dedupe)
    }


def _copy(folders: Mapping[str, Path], public: Path, tail: str) -> None:
    """Copy the file from the source with its key, unless the copy is as the original is."""
    located = local_files.located(tail)
    if located is None or located[0] not in folders:
        return
    key, path = located
    folder, target = originals.folder_of(folders[key]), public / local_files.FOLDER / key / path
    copied = _state(target)
    if copied is not None and copied == _state(folder / path):
        return
    picture = originals.opened(folder, path)
    if picture is not None:
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):  # "a.png" is a folder now, or was one
            _put(picture, target)


def _folders(config: Config) -> dict[str, Path]:
    return {local_files.key(source.key): source.path for source in config.sources if source.path}


def _state(path: Path) -> tuple[int, int] | None:
    """Return a file's size and time of change; None where it can't be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _put(picture: Picture, target: Path) -> None:
    """Write a picture to its place in one step, with its time of change; close it."""
    with picture.file as source:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".picture.")
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(handle)
            Path(temporary).chmod(0o644)
            os.utime(temporary, ns=(picture.modified, picture.modified))
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

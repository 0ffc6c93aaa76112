"""Store → select → render → files: every output's editions, and the feed of the sources' states.

What fails stays as it was last, and is told of; the others are not to blame.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator import __version__, render
from aggregator.config import STATUS, Config
from aggregator.model import StoreError
from aggregator.outbound import files
from aggregator.outbound.editions import FOLDER, OutputPublisher, Publication, digests_of
from aggregator.outbound.outputs import status_channel
from aggregator.outbound.pictures import keep_pictures
from aggregator.render import status
from aggregator.render.formats import FORMATS
from aggregator.store import incidents, rendered
from aggregator.store.rendered import Notes

log = logging.getLogger(__name__)


def publish_all(database: Database, config: Config, data: Path, now: int) -> Publication:
    """Bring every output's files under `data`/public up to date at `now`. `database` may be a read-only connection.

    An output that meets a bug keeps its files and is told of, and so is a disk that fills up on the way; StoreError
    where no file can be written at all.
    """
    folder = data / FOLDER
    before = rendered.digests(database)
    publications: list[Publication] = []
    written: list[str] = []
    dropped: tuple[str, ...] = ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for output in config.outputs:
            try:
                publications.append(OutputPublisher(database, config, output, folder, before, now).publish(written))
            except OSError:
                raise
            except Exception as error:
                log.exception("%s: publishing failed; the last editions stay", output.name)
                publications.append(Publication(troubles=(f"{output.name}: {type(error).__name__}: {error}",)))
        if config.serve.private:
            _remove_status(folder)
        else:
            publications.append(_publish_status(database, config, folder, before, written))
        dropped = _remove_unconfigured(folder, before, config)
    except OSError as error:
        failed = f"{folder}: can't be written to: {error.strerror or error}"
        if not written:
            raise StoreError(failed) from error
        log.error("%s; the editions that are left stay as they were", failed)  # noqa: TRY400  no bug
        publications.append(Publication(troubles=(failed,)))  # what was written is out, and the hub is told of it
    publication = _merged(publications, written, dropped)
    keep_pictures(database, config, data, publication.notes.shown)
    return publication


def _remove_unconfigured(folder: Path, before: Mapping[str, bytes], config: Config) -> tuple[str, ...]:
    """Remove the files that are configured no longer: they must not be served for ever as they last were."""
    offered = [(output.name, suffix) for output in config.outputs for suffix in output.formats]
    if not config.serve.private:
        offered += [(STATUS, suffix) for suffix in FORMATS]
    kept = {f"{name}.{suffix}" for name, suffix in offered}
    dropped = tuple(name for name in before if name not in kept and "/" not in name)  # pages are site.py's
    for name in dropped:
        (folder / name).unlink(missing_ok=True)
    return dropped


def _remove_status(folder: Path) -> None:
    """Remove the feed that others could read there, whoever has put it there."""
    for suffix in FORMATS:
        (folder / f"{STATUS}.{suffix}").unlink(missing_ok=True)


def _publish_status(
    database: Database, config: Config, folder: Path, before: Mapping[str, bytes], written: list[str]
) -> Publication:
    """Publish what the operator should know of the sources, as a feed: small, and seldom new."""
    channel, found = status_channel(config), incidents.recent(database)
    digest = blake2b(repr((__version__, channel, found)).encode("utf-8", "replace"), digest_size=16).digest()
    stale = [
        suffix
        for suffix in FORMATS
        if before.get(f"{STATUS}.{suffix}") != digest + files.stamp(folder / f"{STATUS}.{suffix}")
    ]
    stories = status.stories(found) if stale else []
    editions = [render.render(channel, stories, suffix) for suffix in stale]
    files.write_all(folder, editions, written)
    return Publication(notes=Notes(digests=digests_of(folder, digest, [edition.name for edition in editions])))


def _merged(publications: Sequence[Publication], written: Sequence[str], dropped: tuple[str, ...]) -> Publication:
    notes = Notes(
        digests={name: digest for each in publications for name, digest in each.notes.digests.items()},
        dropped=dropped,
        items={output: items for each in publications for output, items in each.notes.items.items()},
        shown={output: shown for each in publications for output, shown in each.notes.shown.items()},
        pages=tuple(cut for each in publications for cut in each.notes.pages),
    )
    return Publication(tuple(written), notes, tuple(line for each in publications for line in each.troubles))

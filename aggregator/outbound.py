"""Store → select → publish → Edition → a file, written only where the bytes change."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator import __version__, publish
from aggregator.config import Config, OutputTable
from aggregator.model import Channel, Edition, Entry, StoreError, Story
from aggregator.refine import urls
from aggregator.store import selection

log = logging.getLogger(__name__)
FOLDER = "public"


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the editions: the files that are new, what each was made of, to be noted, and which went."""

    written: tuple[str, ...]
    digests: dict[str, bytes]
    dropped: tuple[str, ...] = ()


def publish_all(database: Database, config: Config, data: Path) -> Publication:
    """Brings every output's files under `data`/public up to date. `database` may be a read-only connection.

    StoreError where the files can't be written.
    """
    folder = data / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _publish_all(database, config, folder)
    except OSError as error:
        raise StoreError(f"{folder}: can't be written to: {error.strerror or error}") from error


def _publish_all(database: Database, config: Config, folder: Path) -> Publication:
    before = selection.digests(database)
    written: list[str] = []
    digests: dict[str, bytes] = {}
    for output in config.outputs:
        channel = channel_of(output, config)
        keys = _keys(output, config)
        select = selection.select if output.dedupe else selection.select_copies
        stories = select(database, categories=output.categories, keys=keys, limit=output.limit)
        if output.related:
            stories = [replace(s, related=selection.related(database, s, output.related)) for s in stories]
        digest = _digest(channel, stories)
        for suffix in publish.FORMATS:
            name = f"{output.name}.{suffix}"
            if before.get(name) == digest and (folder / name).exists():
                continue
            edition = _fitting(channel, [_shown(s) for s in stories], suffix, config.limits.output)
            if write(folder, edition):
                written.append(name)
            digests[name] = digest
    dropped = [name for name in before if name.partition(".")[0] not in {output.name for output in config.outputs}]
    for name in dropped:  # an output that is configured no longer must not be served for ever as it last was
        (folder / name).unlink(missing_ok=True)
    return Publication(tuple(written), digests, tuple(dropped))


def _fitting(channel: Channel, stories: Sequence[Story], suffix: str, limit: int) -> Edition:
    """The edition of as many of the newest stories as fit into the limit, in bytes."""
    name = f"{channel.name}.{suffix}"
    edition = publish.render(channel, stories, suffix, _report(name))
    count = len(stories)
    while len(edition.body) > limit and count > 1:
        count = min(count - 1, int(count * limit / len(edition.body)))
        edition = publish.render(channel, stories[: max(count, 1)], suffix, _report(name))
    if count < len(stories):
        log.warning("%s: %d of %d stories fit into %d kB", name, count, len(stories), limit // 1000)
    return edition


def channel_of(output: OutputTable, config: Config) -> Channel:
    """What the output says of itself, from its own table and [site]."""
    site = config.site
    only = len(config.outputs) == 1
    title = output.title or (site.title if only else f"{site.title}: {output.name}")
    return Channel(
        name=output.name,
        title=title,
        link=site.link,
        base=site.link,
        description=output.description or site.description,
        language=site.language,
        notice=site.notice,
        hub=config.websub.hub,
    )


def links_of(channel: Channel, suffix: str) -> str:
    """The Link header (RFC 8288) of an edition, by which WebSub's subscribers find hub and topic; "" without a hub."""
    if not channel.hub:
        return ""
    return f'<{publish.hub(channel)}>; rel="hub", <{publish.topic(channel, suffix)}>; rel="self"'


def topics(config: Config, names: Sequence[str]) -> list[str]:
    """The public addresses of the editions with these names."""
    channels = {output.name: channel_of(output, config) for output in config.outputs}
    split = (name.rpartition(".") for name in names)
    return [publish.topic(channels[output], suffix) for output, _, suffix in split if output in channels]


def _keys(output: OutputTable, config: Config) -> list[str]:
    """Sources are named by their name or their address."""
    wanted = set(output.sources)
    return [s.key for s in config.sources if s.key in wanted or (s.name and s.name in wanted)] or list(wanted)


def _shown(story: Story) -> Story:
    """The story as it goes out: links without the tracking that somebody else's feed added."""
    return replace(
        story,
        shown=replace(story.shown, entry=_untracked(story.shown.entry)),
        others=tuple(replace(copy, entry=_untracked(copy.entry)) for copy in story.others),
    )


def _untracked(entry: Entry) -> Entry:
    return replace(entry, link=urls.untracked(entry.link))


def _digest(channel: Channel, stories: list[Story]) -> bytes:
    """What the bytes depend on; the version too, since another one may write them otherwise."""
    return blake2b(repr((__version__, channel, stories)).encode("utf-8", "replace"), digest_size=16).digest()


def _report(name: str) -> Callable[[str, Exception], None]:
    def report(story: str, error: Exception) -> None:
        log.error("%s: %s is left out, it can't be rendered: %s", name, story, error)

    return report


def write(folder: Path, edition: Edition) -> bool:
    """Puts the edition's file in place in one step, unless it has these bytes already; whether it was written.

    Its time of change is that of its bytes: Last-Modified tells every change, an older story that came late too, and
    no restart.
    """
    path = folder / edition.name
    with suppress(OSError):
        if path.read_bytes() == edition.body:
            return False
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{edition.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(edition.body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def showing(database: Database, config: Config, urns: list[str]) -> dict[str, dict[str, str]]:
    """For each story, what became of it in each output: its place, or why it is not there."""
    fates: dict[str, dict[str, str]] = {urn: {} for urn in urns}
    for output in config.outputs:
        keys = _keys(output, config)
        places = selection.places(database, urns, categories=output.categories, keys=keys)
        for urn in urns:
            place = places.get(urn)
            if place is None:
                fates[urn][output.name] = "not selected: none of its sources is in this output"
            elif place > output.limit:
                fates[urn][output.name] = f"cut: it is number {place}, and the limit is {output.limit}"
            else:
                fates[urn][output.name] = f"number {place} of at most {output.limit}"
    return fates

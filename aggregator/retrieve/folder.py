"""A folder or a file → the documents in it that changed since the last visit.

Never outside of what is configured: a link that leads elsewhere, a device or a FIFO is refused before it is opened.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aggregator.model import Document, DocumentState, FailureKind, Retrieval, RetrievalError, Source, SourceState
from aggregator.model.documents import BOX, MESSAGE, SUFFIXES
from aggregator.text import local_files

_ENOUGH = 32 * 1024 * 1024  # bytes of documents that one retrieval carries; a larger folder comes in parts
STILL = 2.0  # seconds that a file has to have been left alone
_PATIENCE = 4  # times that is waited for
_SNIFFED = 512
_FOREIGN = "application/x-foreign"
_FLAGS = re.compile("[:;!]2,")  # of a Maildir's message; some write it so where a disk takes no colon
_HEAD = re.compile(rb"[A-Za-z][\w-]*:[^\n]*\n(?:[A-Za-z][\w-]*:|[ \t])")
_HEAD_SIZE = 16_384
_BOX = re.compile(rb"From \S+ .*[0-9]{2}:[0-9]{2}.*\r?\n[\w-]+:")
# What editors, browsers and copying programs leave beside a file, or make of it until it is whole.
_LEFTOVER_STARTS = ".", "#", "~$"
_CONFLICT = ".sync-conflict-"  # Syncthing's copy of what two machines changed
_LEFTOVER_ENDS = "~", "#", ".swp", ".swo", ".bak", ".part", ".tmp", ".orig", ".rej", ".crdownload", ".download"


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read: its name in the source, its place on disk, and what it is where its name doesn't tell."""

    name: str
    path: Path
    content_type: str = ""


def retrieve(source: Source, state: SourceState, limit: int, now: float | None = None) -> Retrieval:
    """Read what changed, in the order of names; `more` is set when there is further to read right now.

    `limit` is the size of the largest file, in bytes. What is held back until `now` (the clock's, if none is given) is
    read though it hasn't changed. A file that was changed just now may be half written: it is waited for until it has
    been left alone for two seconds, and if that takes too long, left to the next visit.
    """
    started = time.monotonic()
    root = source.path or Path()
    reading = _Reading(limit, time.time() if now is None else now)
    all_files = list(_files(root, reading.errors))
    missing = _missing(all_files, state, reading.errors)
    files: Sequence[_File] = all_files
    for attempt in range(_PATIENCE):
        if attempt:
            time.sleep(STILL)
        files = reading.take(root, files, state)
        if not files or reading.full:
            break
    if missing or reading.states:  # one that waits for another file to give its id away may have it now
        reading.take(root, _waiting(all_files, state, reading), state, again=True)
    key = local_files.key(source.key)
    documents = (replace(each, place=local_files.address(key, each.name)) for each in reading.documents)
    return Retrieval(
        documents=tuple(sorted(documents, key=lambda document: document.name)),
        states=reading.states,
        errors=reading.errors,
        kind=_kind(root, reading.errors, state),
        size=reading.size,
        seconds=time.monotonic() - started,
        more=reading.full,
        missing=missing,
    )


def _kind(root: Path, errors: Mapping[str, str], state: SourceState) -> FailureKind:
    """Return of what kind the failure of the source itself is: its one file may have been no article before."""
    name = "" if "" in errors else _printable(root.name)
    if name not in errors:
        return FailureKind.NONE
    known = state.documents.get(name, DocumentState())
    return FailureKind.UNPARSABLE if errors[name] == known.error else FailureKind.LOCAL


def _missing(files: Sequence[_File], state: SourceState, errors: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the documents that were there and are no more.

    None of a folder that can't be read, and none where there is nothing at all: that is what a disk looks like which
    isn't mounted.
    """
    if not files or "" in errors:
        return frozenset()
    unread = tuple(f"{name}/" for name in errors)
    gone = state.documents.keys() - {file.name for file in files}
    return frozenset(name for name in gone if not name.startswith(unread))


def _waiting(files: Sequence[_File], state: SourceState, reading: _Reading) -> list[_File]:
    known = state.documents
    return [f for f in files if f.name in known and known[f.name].waits and f.name not in reading.states]


@dataclass(slots=True)
class _Reading:
    """What a visit has read so far."""

    limit: int
    now: float
    documents: list[Document] = field(default_factory=list)
    states: dict[str, DocumentState] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    size: int = 0

    @property
    def full(self) -> bool:
        return self.size >= _ENOUGH

    def take(self, root: Path, files: Iterable[_File], state: SourceState, *, again: bool = False) -> list[_File]:
        """Read the files that changed, or all `again`, until full; return those that are being written."""
        unsettled = []
        for file in files:
            if self.full:
                break
            known = state.documents.get(file.name, DocumentState())
            if again:
                known = replace(known, stamp="")
                self.errors.pop(file.name, None)
            if 0 < known.held <= self.now:
                known = replace(known, stamp="", held=0)
            try:
                document, stamp = _read(root, file, known, self.limit)
            except _UnsettledError:
                unsettled.append(file)
            except RetrievalError as error:
                self.errors[file.name] = str(error)
            else:
                self._add(file.name, known, document, stamp)
        return unsettled

    def _add(self, name: str, known: DocumentState, document: Document | None, stamp: str) -> None:
        if document:
            self.documents.append(document)
            self.size += len(document.body)
        if document or stamp != known.stamp:
            self.states[name] = replace(known, stamp=stamp, error="", waits=False)
        elif known.error:
            self.errors[name] = known.error


class _UnsettledError(RetrievalError):
    """A file that was changed just now."""


def _files(root: Path, errors: dict[str, str]) -> Iterator[_File]:
    """Yield the files of the source: the one file, or in a folder every one that we read."""
    try:
        mode = root.stat().st_mode
    except OSError as error:
        errors[""] = f"can't be read: {error.strerror}"
        return
    if not stat.S_ISDIR(mode):
        yield _File(_printable(root.name), root)
        return
    yield from _walk(root, "", errors)


def _walk(folder: Path, prefix: str, errors: dict[str, str]) -> Iterator[_File]:
    try:
        with os.scandir(folder) as listing:
            items = sorted(listing, key=lambda item: item.name)
    except OSError as error:
        errors[prefix.rstrip("/")] = f"can't be read: {error.strerror}"
        return
    if is_maildir(items):
        yield from _messages(folder, prefix, errors)
        return
    for item in items:
        if item.name.startswith(_LEFTOVER_STARTS) or item.name.endswith(_LEFTOVER_ENDS) or _CONFLICT in item.name:
            continue
        name = prefix + _printable(item.name)
        if item.is_dir(follow_symlinks=False):
            yield from _walk(Path(item.path), name + "/", errors)
        elif _is_ours(item.name):
            yield _File(name, Path(item.path))


def is_maildir(items: Iterable[os.DirEntry[str]]) -> bool:
    """Tell whether a folder's items make it a Maildir."""
    return {"cur", "new"} <= {item.name for item in items if item.is_dir(follow_symlinks=False)}


def _messages(folder: Path, prefix: str, errors: dict[str, str]) -> Iterator[_File]:
    """Yield a Maildir's messages by their unique names: flags and folder change as they are read in a mail program."""
    for name in ("cur", "new"):
        try:
            with os.scandir(folder / name) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError as error:
            errors[f"{prefix}{name}"] = f"can't be read: {error.strerror}"
            continue
        for item in items:
            if not item.name.startswith(".") and item.is_file(follow_symlinks=False):
                unique = _FLAGS.split(item.name, maxsplit=1)[0]
                yield _File(prefix + _printable(unique), Path(item.path), MESSAGE)


def _printable(name: str) -> str:
    """Return the name as text, each byte of it that is no UTF-8 as \\xE9: it stays the same, and no other's."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


def _is_ours(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122  40,000 names: a Path each costs ten times as much
    return not suffix or suffix in SUFFIXES


def _read(root: Path, file: _File, known: DocumentState, limit: int) -> tuple[Document | None, str]:
    """Return the file's document and its stamp; no document if it has not changed or is neither a feed nor an article.

    RetrievalError says why it can't be read.
    """
    try:
        status = file.path.lstat()
        path = file.path
        if stat.S_ISLNK(status.st_mode):
            path = _inside(root, file.path)
            status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise RetrievalError("is not a regular file")
        stamp = f"{status.st_mtime_ns} {status.st_size}"
        if stamp == known.stamp:
            return None, stamp
        if 0 <= time.time() - status.st_mtime < STILL:
            raise _UnsettledError("is being written")
        if status.st_size > limit:
            raise RetrievalError(f"is larger than {limit / 1048576:g} MiB")
        body = _bytes(path, limit)
    except OSError as error:
        raise RetrievalError(f"can't be read: {error.strerror}") from error
    has_suffix = os.path.splitext(file.name)[1] != ""  # noqa: PTH122
    content_type = file.content_type or ("" if has_suffix else _content_type(body))
    if content_type == _FOREIGN:
        return None, stamp
    return Document(file.name, body, content_type, "", int(status.st_mtime)), stamp


def _inside(root: Path, link: Path) -> Path:
    """Return where the link leads; RetrievalError where that is outside the configured folder, or nowhere."""
    try:
        target, folder = link.resolve(), root.resolve()
    except (OSError, RuntimeError):  # Python before 3.13 raises the latter for a circle
        raise RetrievalError("is a link that leads nowhere") from None
    if folder.is_dir() and not target.is_relative_to(folder):
        raise RetrievalError("is a link that leads out of the folder")
    return target


def _bytes(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes and one more, without following a link or waiting for a FIFO that came meanwhile."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read(limit + 1)


def _content_type(body: bytes) -> str:
    """Return the content type of a file without a suffix, by its first bytes."""
    if b"\0" in body[:_SNIFFED] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _FOREIGN
    start = body[:_SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf", b"{")):
        return ""  # parse/ tells feeds apart
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if _BOX.match(body):
        return BOX
    return MESSAGE if _HEAD.match(body) and b"\nmessage-id:" in body[:_HEAD_SIZE].lower() else "text/plain"

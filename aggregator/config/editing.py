"""The config file, changed by commands: under a lock, with all else in it as it was, in place of its owner's file.

The operator's comments, order, line ends and byte order mark stay. Nothing is written that the program would not read.
"""

from __future__ import annotations

import fcntl
import os
import re
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aggregator.config import load, parse
from aggregator.model import ConfigError

_HEADER = re.compile(r"\s*\[\[\s*source\s*\]\]")
_OUTPUT = re.compile(r"\s*\[\[\s*output\s*\]\]")
_ANY_HEADER = re.compile(r"\s*\[")
_NOTHING = re.compile(r"\s*(#.*)?")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile: of eight at once each sees what the one before wrote.

    The lock is on the file's folder: the file itself is replaced, and a lock file would be litter in /etc.
    """
    try:
        handle = os.open(real(path).parent, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from None
    try:
        with suppress(OSError):  # a disk that knows no locks: then there is none
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def add(path: Path, tables: list[dict[str, str]]) -> None:
    """Add [[source]] tables above the outputs; call it with the file locked."""
    _write(path, appended(_text(path), tables))


def remove(path: Path, indices: Collection[int]) -> None:
    """Take these [[source]] tables out; call it with the file locked."""
    _write(path, without(_text(path), indices))


def real(path: Path) -> Path:
    """Return where a path leads; unlike Path.resolve() it doesn't mind links in a circle."""
    return Path(os.path.realpath(path))


def _text(path: Path) -> str:
    """Return the file's text with its line ends as they are; ConfigError if the program can't read the config."""
    load(path)
    return path.read_bytes().removeprefix(_BYTE_ORDER_MARK).decode("utf-8")


# ── Its text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def appended(text: str, tables: list[dict[str, str]]) -> str:
    """Return the text with further [[source]] tables after those that stand above the outputs; all else as it was."""
    import tomlkit

    before = tomllib.loads(text)
    lines = text.splitlines(keepends=True)
    if "source" in before and not any(map(_HEADER.match, lines)):  # source = [{url = …}]
        document = tomlkit.parse(text)
        for table in tables:
            inline = tomlkit.inline_table()
            inline.update(table)
            document["source"].append(inline)
        return tomlkit.dumps(document)
    end = "\r\n" if "\r\n" in text else "\n"
    blocks = "".join(f"\n[[source]]\n{tomlkit.dumps(table)}" for table in tables).replace("\n", end)
    at, count = _place(lines)
    if at < len(lines):
        changed = "".join(lines[:at]) + blocks + ("" if not lines[at].strip() else end) + "".join(lines[at:])
        sources = before.get("source", [])
        expected = {**before, "source": [*sources[:count], *tables, *sources[count:]]}
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(changed) == expected:
                return changed
    return text + ("" if not text or text.endswith("\n") else end) + blocks  # where TOML always takes them


def _place(lines: list[str]) -> tuple[int, int]:
    """Return the line before which new sources go, and how many sources stand above it."""
    outputs = next((number for number, line in enumerate(lines) if _OUTPUT.match(line)), len(lines))
    starts = [number for number, line in enumerate(lines[:outputs]) if _HEADER.match(line)]
    if starts:
        return _end(lines, starts[-1]), len(starts)
    while 0 < outputs < len(lines) and lines[outputs - 1].lstrip().startswith("#"):  # what is said of the outputs
        outputs -= 1
    while 0 < outputs < len(lines) and not lines[outputs - 1].strip():
        outputs -= 1
    return outputs, 0


def without(text: str, indices: Collection[int]) -> str:
    """Return the text without these [[source]] tables; all comments but those inside of them stay."""
    import tomlkit

    before = tomllib.loads(text)
    kept = [table for index, table in enumerate(before["source"]) if index not in indices]
    expected = {**before, "source": kept} if kept else {k: v for k, v in before.items() if k != "source"}
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    if len(starts) == len(before["source"]):
        for index in sorted(indices, reverse=True):
            _cut(lines, starts[index])
        cut = "".join(lines)
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(cut) == expected:
                return cut
    document = tomlkit.parse(text)  # source = [{url = …}], or strings that look like tables
    for index in sorted(indices, reverse=True):
        del document["source"][index]
    return tomlkit.dumps(document)


def _end(lines: list[str], start: int) -> int:
    """Return the line after the last key of the table that starts there."""
    following = (number for number in range(start + 1, len(lines)) if _ANY_HEADER.match(lines[number]))
    end = next(following, len(lines))
    while _NOTHING.fullmatch(lines[end - 1].rstrip()) and end - 1 > start:
        end -= 1
    return end


def _cut(lines: list[str], start: int) -> None:
    """Take out the table that starts there, as far as its last key, with one of the blank lines around it."""
    end = _end(lines, start)
    at_end = end == len(lines) or not lines[end].strip()
    if start and at_end and not lines[start - 1].strip():
        start -= 1
    del lines[start:end]


# ── Its bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write(path: Path, text: str) -> None:
    """Put the new text in the old one's place; ConfigError, and the old one stays, if the program couldn't read it."""
    parse(text, path)
    target = real(path)
    try:
        before = target.read_bytes()
        body = (_BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else b"") + text.encode()
        if not _replaced(target, body):
            _overwrite(target, body, before)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from None


def _replaced(target: Path, body: bytes) -> bool:
    """Replace the file in one step, with its owner and mode; return whether that could be done.

    It can't where the file alone is mounted (a container's: EBUSY), where the folder is closed to us, and where only
    root could give the new one to the old one's owner.
    """
    status = target.stat()
    if status.st_nlink > 1 or not os.access(target, os.W_OK):  # the file's other names stay names of it
        return False
    temporary = target.with_name(f".{target.name}.new")
    try:
        temporary.unlink(missing_ok=True)  # of a command that was ended in the middle
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as out:
            os.fchown(handle, status.st_uid, status.st_gid)
            os.fchmod(handle, status.st_mode & 0o7777)
            out.write(body)
            out.flush()
            os.fsync(handle)
        temporary.replace(target)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True


def _overwrite(target: Path, body: bytes, before: bytes) -> None:
    """Write into the file itself; what stood there comes back if the disk is full."""
    with target.open("r+b") as out:
        try:
            _fill(out.fileno(), body)
        except OSError:
            _fill(out.fileno(), before)
            raise


def _fill(handle: int, body: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    at = 0
    while at < len(body):
        at += os.write(handle, body[at:])
    os.ftruncate(handle, len(body))
    os.fsync(handle)

"""The operator's socket: whose it is, where its path is too long, what a crash left."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aggregator.model import StoreError
from aggregator.serve import unix_socket

NOBODY = 65534


def speaks(folder: Path) -> bool:
    """What is written at one end is read at the other."""
    with closing(unix_socket.listen(folder)) as listening, closing(unix_socket.connect(folder)) as client:  # type: ignore[type-var]
        listening.setblocking(True)
        server, _ = listening.accept()
        with server:
            client.sendall(b"well?")  # type: ignore[union-attr]
            return server.recv(10) == b"well?"


def test_it_is_the_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(unix_socket.listen(tmp_path)):
            assert stat.S_IMODE((tmp_path / unix_socket.NAME).stat().st_mode) == 0o600
    finally:
        os.umask(before)


@contextmanager
def somebody_else(folder: Path) -> Iterator[None]:
    """Root becomes nobody; anybody else has the socket taken away."""
    if os.geteuid():
        (folder / unix_socket.NAME).chmod(0)
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_somebody_else_is_told_in_one_line() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with (
            closing(unix_socket.listen(folder)),
            somebody_else(folder),
            pytest.raises(StoreError, match="only the user that the daemon runs as may speak to it"),
        ):
            unix_socket.connect(folder)


@pytest.mark.parametrize("length", [10, 60, 200])
def test_a_path_of_any_length_will_do(tmp_path: Path, length: int) -> None:
    folder = tmp_path / ("ü" * (length // 2))
    folder.mkdir()
    assert speaks(folder)


def test_where_nobody_listens_there_is_nobody(tmp_path: Path) -> None:
    assert unix_socket.connect(tmp_path) is None
    assert unix_socket.connect(tmp_path / "no" / "folder") is None
    assert unix_socket.connect(tmp_path / ("x" * 200)) is None
    unix_socket.listen(tmp_path).close()  # the file stays, as after a crash
    assert unix_socket.connect(tmp_path) is None
    assert speaks(tmp_path), "the next one takes its place"
    unix_socket.remove(tmp_path)
    unix_socket.remove(tmp_path)
    assert not (tmp_path / unix_socket.NAME).exists()


def test_what_lies_in_its_place_and_cant_be_replaced_is_one_line(tmp_path: Path) -> None:
    (tmp_path / unix_socket.NAME).mkdir()
    with pytest.raises(StoreError, match="the operator's socket can't be made"):
        unix_socket.listen(tmp_path)


def test_a_file_in_its_place_is_nobody(tmp_path: Path) -> None:
    (tmp_path / unix_socket.NAME).write_text("no socket")
    assert unix_socket.connect(tmp_path) is None

"""Where it listens: one host or several, one protocol or both, under one port."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from aggregator.model import StoreError
from aggregator.serve.listening import listen

FOUR, SIX = "127.0.0.1", "::1"


@contextmanager
def heard(hosts: Sequence[str], port: int = 0) -> Iterator[list[socket.socket]]:
    with ExitStack() as closed:
        yield [closed.enter_context(made) for made in listen(hosts, port)]


def answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("hosts", "sockets", "reached"),
    [
        ([FOUR], 1, {FOUR}),
        ([SIX], 1, {SIX}),
        (["::"], 1, {FOUR, SIX}),
        (["0.0.0.0"], 1, {FOUR}),
        ([FOUR, SIX], 2, {FOUR, SIX}),
        (["::", "0.0.0.0"], 1, {FOUR, SIX}),
        ([FOUR, FOUR], 1, {FOUR}),
        (["127.0.0.2", SIX], 2, {SIX}),
    ],
)
def test_all_that_was_named_is_reached_under_one_port_and_nothing_else(
    hosts: list[str], sockets: int, reached: set[str]
) -> None:
    with heard(hosts) as made:
        (port,) = {one.getsockname()[1] for one in made}
        assert len(made) == sockets
        assert {address for address in (FOUR, SIX) if answers(address, port)} == reached


def test_what_can_not_be_had_is_told_by_its_name_and_nothing_is_left_listening(unused_tcp_port: int) -> None:
    with heard([SIX], unused_tcp_port), pytest.raises(StoreError, match=rf"can't serve on ::1:{unused_tcp_port}: "):
        listen([FOUR, SIX], unused_tcp_port)
    assert not answers(FOUR, unused_tcp_port)
    with pytest.raises(StoreError, match=r"can't serve on 192\.0\.2\.1:0: "):
        listen(["192.0.2.1"], 0)  # nobody's (RFC 5737)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone has it")
def test_who_leaves_unread_what_was_sent_is_hung_up_on_by_the_system() -> None:
    with heard([FOUR]) as (one,), socket.create_connection(one.getsockname(), timeout=5):
        one.settimeout(5)
        accepted, _ = one.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000

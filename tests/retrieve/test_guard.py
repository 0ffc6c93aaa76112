"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from aggregator.retrieve.guard import permitted

PRIVATE = (
    "127.0.0.1", "127.9.9.9", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.5", "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a00:5::",
    "64:ff9b::7f00:1", "64:ff9b::a00:5", "2001:db8::1", "64:ff9b:1::1", "2001::1", "::7f00:1", "fec0::1",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not permitted(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_permitted(address: str) -> None:
    assert permitted(address, ())


def test_the_operator_can_permit_a_network_and_no_more() -> None:
    assert permitted("10.1.2.3", ("10.1.0.0/16",))
    assert permitted("::ffff:10.1.2.3", ("10.1.0.0/16",))
    assert permitted("fd12::1", ("fd00::/8",))
    assert not permitted("10.2.2.3", ("10.1.0.0/16", "fd00::/8"))

"""What kinds of failure there are: for programs, beside the words that people read."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """Why a visit failed. What is stored and counted by metrics are these values, which stay."""

    NONE = ""
    DNS = "dns"  # the host's name is not known, or can't be looked up
    CONNECTION = "connection"  # refused, no route, hung up, broken off
    TIMEOUT = "timeout"
    TLS = "tls"  # a certificate that is not valid, above all
    LOGIN = "login"  # what stands between us and all servers wants a password: 407, 511
    SERVER = "5xx"
    REFUSED = "4xx"  # but for those that have a kind of their own
    TOO_MANY = "429"
    GONE = "410"
    INVALID = "invalid"  # no HTTP that can be read, without end, or beyond what we take
    UNPARSABLE = "unparsable"  # neither a feed nor an article
    BLOCKED = "blocked"  # an address that must not be asked
    LOCAL = "local"  # a folder or file that can't be read
    BUG = "bug"  # of ours
    SHORTAGE = "shortage"  # of ours: file handles, memory

"""A body as it comes over the wire → its bytes, with its content coding undone and never a byte over a limit.

What the header names is often no coding (UTF-8, none, S3's aws-chunked), or not the one that was used, or not how
often: for gzip the bytes themselves tell. At most two codings are undone, each within the limit.

Not left to the client library: 304 bytes of brotli can stand for 200 MB, and a stream of empty blocks comes for ever
without a byte of output, so both sides of the decoder have to be counted.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

from aggregator.model import RetrievalError

ACCEPTED = "gzip, deflate, br"
_STEP = 65536
_ZIPPED = frozenset({"gzip", "x-gzip", "deflate"})
_CODINGS = _ZIPPED | {"br", "zstd"}
_MOST = 2
_GZIP = b"\x1f\x8b\x08"
_ENOUGH = 16  # bytes that tell what a body is


class _Decoder(Protocol):
    def decode(self, data: bytes, limit: int) -> bytes:
        """Return the output for this input, cut once it is longer than `limit` bytes."""

    @property
    def ended(self) -> bool:
        """Whether what came so far is whole."""


class Body:
    """Collects a body; `add` raises RetrievalError as soon as it is too large, either way, or not what it says."""

    def __init__(self, coding: str, limit: int) -> None:
        """`coding` is the Content-Encoding header, `limit` in bytes holds on the wire and decoded."""
        self._limit = limit
        self._wire = 0
        self._named = [name for part in coding.split(",") if (name := part.strip().lower()) in _CODINGS]
        if len(self._named) > _MOST:
            raise RetrievalError(f"has more than {_MOST} content codings ({coding[:60]})")
        if "zstd" in self._named:
            raise RetrievalError(f"has a content coding that was not asked for ({coding[:60]})")
        self._start = b""
        self._stages: list[_Decoder] | None = None  # known once the body's first bytes are
        self._through = [0] * _MOST  # bytes that came out of each
        self._body = bytearray()

    def add(self, data: bytes) -> int:
        """Take the next piece from the wire; return by how many bytes the body has grown."""
        before = len(self._start) + len(self._body)
        self._add(data)
        return len(self._start) + len(self._body) - before

    def _add(self, data: bytes) -> None:
        self._wire += len(data)
        if self._wire > self._limit:
            raise RetrievalError(self._too_large())
        if self._stages is None:
            self._start += data
            if len(self._start) < _ENOUGH:
                return
            data = self._begin()
        self._decode(data)

    def whole(self) -> bytes:
        """Return all of it; RetrievalError if its end is missing: half a feed must not pass for the feed."""
        if self._stages is None:
            self._decode(self._begin())
        if self._wire and not all(stage.ended for stage in self._stages or ()):
            raise RetrievalError("its content coding breaks off")
        return bytes(self._body)

    def _begin(self) -> bytes:
        """Choose the decoders that the first bytes call for; return these bytes."""
        start, self._start = self._start, b""
        named = list(reversed(self._named))
        if named and named[0] in _ZIPPED and _is_text(start):  # declared, and not done
            named.pop(0)
        self._stages = [_Brotli() if name == "br" else _Zlib() for name in named]
        if not named and start.startswith(_GZIP):
            self._stages.append(_Zlib())
        return start

    def _decode(self, data: bytes) -> None:
        assert self._stages is not None
        try:
            for number in range(_MOST):
                if number == len(self._stages):
                    if not self._stages or self._body or not data.startswith(_GZIP):
                        break
                    self._stages.append(_Zlib())  # zipped once more than is said
                data = self._stages[number].decode(data, self._limit)
                self._through[number] += len(data)
                if self._through[number] > self._limit:
                    raise RetrievalError(self._too_large())
        except (zlib.error, brotli.error):
            raise RetrievalError("its content coding is broken") from None
        self._body += data

    def _too_large(self) -> str:
        return f"larger than {self._limit / 1048576:g} MiB"


def _is_text(start: bytes) -> bool:
    """Tell whether a body begins as mark-up or JSON does, and goes on in ASCII: no zipped one does for so long."""
    return start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"<", b"{") and start.lstrip(b"\xef\xbb\xbf").isascii()


class _Zlib:
    """gzip (any number of members), zlib, and the raw deflate that some servers mean by "deflate".

    What follows a member and is no further one is passed over, as gzip does.
    """

    def __init__(self) -> None:
        self._inner: zlib._Decompress | None = None

    @property
    def ended(self) -> bool:
        return self._inner is None or self._inner.eof

    def decode(self, data: bytes, limit: int) -> bytes:
        out = bytearray()
        while data and len(out) <= limit:
            member, data = self._member(data)
            if not data:
                break
            out += member.decompress(data, _STEP)
            data = member.unused_data if member.eof else member.unconsumed_tail
        return bytes(out)

    def _member(self, data: bytes) -> tuple[zlib._Decompress, bytes]:
        """Return what decodes this input, and the input, without what is between members."""
        if self._inner and self._inner.eof:
            data = data.lstrip(b"\0")
            data = data if data.startswith(b"\x1f") else b""
        if self._inner is None or (self._inner.eof and data):
            wrapped = data[:1] == b"\x1f" or data[0] & 0x0F == zlib.DEFLATED
            self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32 if wrapped else -zlib.MAX_WBITS)
        return self._inner, data


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    @property
    def ended(self) -> bool:
        return bool(self._inner.is_finished())

    def decode(self, data: bytes, limit: int) -> bytes:
        out = bytearray(self._inner.process(data, output_buffer_limit=_STEP))
        while not self._inner.can_accept_more_data() and len(out) <= limit:
            out += self._inner.process(b"", output_buffer_limit=_STEP)
        return bytes(out)

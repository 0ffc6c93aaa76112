"""A body as it comes over the wire → its bytes, with one content coding undone and never a byte over a limit.

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


class _Decoder(Protocol):
    def decode(self, data: bytes, limit: int) -> bytes:
        """The output for this input, cut once it is longer than `limit`."""

    @property
    def ended(self) -> bool:
        """Whether what came so far is whole."""


class Body:
    """Collects a body; `add` raises RetrievalError as soon as it is too large, either way, or not what it says."""

    def __init__(self, coding: str, limit: int) -> None:
        """`coding` is the Content-Encoding header, `limit` in bytes holds on the wire and decoded."""
        self._limit = limit
        self._wire = 0
        self._decoder = _decoder(coding)
        self._body = bytearray()

    def add(self, data: bytes) -> None:
        """Takes the next piece from the wire."""
        self._wire += len(data)
        if self._wire <= self._limit:
            try:
                self._body += self._decoder.decode(data, self._limit - len(self._body)) if self._decoder else data
            except (zlib.error, brotli.error):
                raise RetrievalError("its content coding is broken") from None
        if max(self._wire, len(self._body)) > self._limit:
            raise RetrievalError(f"larger than {self._limit / 1048576:g} MiB")

    def whole(self) -> bytes:
        """All of it; RetrievalError if its end is missing: half a feed must not pass for the feed."""
        if self._wire and self._decoder and not self._decoder.ended:
            raise RetrievalError("its content coding breaks off")
        return bytes(self._body)


def _decoder(coding: str) -> _Decoder | None:
    names = [name.strip().lower() for name in coding.split(",") if name.strip()]
    if len(names) > 1:
        raise RetrievalError(f"has more than one content coding ({coding[:60]})")
    if not names or names[0] == "identity":
        return None
    if names[0] in {"gzip", "x-gzip", "deflate"}:
        return _Zlib()
    if names[0] == "br":
        return _Brotli()
    raise RetrievalError(f"has a content coding that was not asked for ({coding[:60]})")


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
        while len(out) <= limit:
            member, data = self._member(data)
            if not data:
                break
            out += member.decompress(data, _STEP)
            data = member.unused_data if member.eof else member.unconsumed_tail
        return bytes(out)

    def _member(self, data: bytes) -> tuple[zlib._Decompress, bytes]:
        """What decodes this input, and the input, without what is between members."""
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

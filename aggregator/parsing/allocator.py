"""Memory that is free, given back to the system: after a few large documents a process kept hundreds of MB."""

from __future__ import annotations

from contextlib import suppress

LARGE = 1024**2  # bytes of a document that leaves enough behind to be worth some milliseconds


_M_MMAP_THRESHOLD = -3
_BLOCK = 256 * 1024  # bytes


def give_back() -> None:
    """Give back whatever pages are free, and from now on each large block as soon as it is free.

    The C library would keep the next block for one of the size that was freed. Without the GNU one nothing happens.
    """
    import ctypes  # here, so that no start waits for it

    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _BLOCK)
        library.malloc_trim(0)

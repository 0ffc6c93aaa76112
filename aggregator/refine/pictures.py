"""Pictures that a page's script would load → the address that they have: what readers without scripts can show."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ADDRESSES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-orig-src", "data-lazyload", "data-echo",
              "data-original-src", "data-actualsrc", "data-srv", "data-img-src", "data-hi-res-src")  # fmt: skip
_LAZY_SETS = "data-srcset", "data-lazy-srcset", "data-original-set"
_ORIGINALS = "data-orig-file", "data-large-file", "data-medium-file", "data-full-src", "data-image", "data-url"
# What stands in a picture's place until it is loaded.
_PLACEHOLDER = re.compile(
    r"data:|about:|javascript:|#|[^?]*?(?:\b|_)(?:blank|spacer|transparent|placeholder|lazy[-_]?load(?:ing|er)?|lazy"
    r"|1x1(?:[.-]trans(?:parent)?)?|pixel|gr[ae]y|loading|loader|empty|trans)\.(?:gif|png|svg|jpe?g|webp)(?:[?#]|$)",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)(?:\s++([\d.]{1,12})([wx])[^,]*+)?")
_WIDE = 2048  # pixels: what is wider is for printing
_LONGEST = 2000  # characters of an address
_SCALED = re.compile(r"(?:-\d{2,5}x\d{2,5})?(?:\.\w{2,5})?(?:\?.*)?$")


def address(given: Mapping[str, str]) -> str:
    """Return the address of the picture that a tag with these attributes shows, or would with scripts; "" for none."""
    for name in _ADDRESSES:
        if is_address(value := given.get(name, "")):
            return value
    if lazy := next(filter(None, (best(given.get(name, "")) for name in _LAZY_SETS)), ""):
        return lazy  # `src` is a blurred one of a few pixels then
    src = given.get("src", "")
    if src and not _PLACEHOLDER.match(src):
        return src
    originals = (given.get(name, "") for name in _ORIGINALS)
    return best(given.get("srcset", "")) or next(filter(is_address, originals), "")


def is_address(value: str) -> bool:
    """Tell whether an attribute's value can be a picture's address: those of scripts hold anything."""
    fits = 0 < len(value) <= _LONGEST and not re.search(r"[\s<>{}\"]", value) and not _PLACEHOLDER.match(value)
    return fits and ("/" in value or "." in value)


def best(candidates: str) -> str:
    """Return the address of the widest picture of a srcset (HTML, 4.8.4.2.1) that a screen needs; "" for none."""
    sized: list[tuple[float, str]] = []
    for part in _CANDIDATE.finditer(candidates[:20_000]):
        url = part[1].rstrip(",")
        if is_address(url):
            size = _size(part[2] or "1") * (1 if part[3] == "w" else 1000)
            sized.append((size, url))
    narrow = [one for one in sized if one[0] <= _WIDE]
    return max(narrow, key=lambda one: one[0])[1] if narrow else min(sized, default=(0, ""))[1]


def _size(number: str) -> float:
    try:
        return float(number)
    except ValueError:  # "1.2.3"
        return 0.0


def key(url: str) -> str:
    """Return what the addresses of one picture in several sizes have in common."""
    return _SCALED.sub("", url[:_LONGEST].partition("//")[2] or url[:_LONGEST], count=1)

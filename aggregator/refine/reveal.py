"""HTML of strangers → the same with what only a browser with scripts would show: embeds, lazy pictures, formulas.

Nothing here makes anything safe, and nothing has to be: the sanitiser takes what comes out. It only knows tags, and
rewrites those that it is about; all else stays byte for byte.

- What is embedded (<iframe>, <embed>, <object>) becomes a link with its name, and its picture where that is known.
- A picture's address is the one that its script would load; a picture without any is none, its `alt` is left.
- <noscript> is what stands within it, or nothing, if that only tells people to turn scripts on, or is shown already.
- MathML becomes a line of text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import partial

from aggregator.refine import embeds, formulas, pictures, tags

# Most articles have nothing to reveal. How the tags begin tells that at a twentieth of what the sanitiser costs.
_SIGN = re.compile(
    rb"<(?:ifra|embe|obje|nosc|math|mml:|m:ma|sour|amp-|lite|(?:img|video|audio)[^<]*?(?:srcset|data[-:]|src=(?:\"\"|'')))"
)
_TAG = re.compile(
    r"<(/?)(img|amp-img|source|video|audio|iframe|amp-iframe|embed|object|noscript|picture"
    r"|(?:amp|lite)-(?:youtube|vimeo|dailymotion)|(?:mml?:)?math)(?=[\s/>])",
    re.IGNORECASE,
)
# What a program that runs scripts wrote: to it that is text, and its tags are escaped.
_TEXT = re.compile(r"(<noscript\b[^<>]*+>)([^<]*+)(?=</noscript)", re.IGNORECASE)
_SCRIPTS = re.compile(r"java\s?script|enable scripts", re.IGNORECASE)
_PICTURED = re.compile(r"<(?:amp-)?img(?=[\s/])", re.IGNORECASE)
_PARAMETER = re.compile(r"<param(?=\s)", re.IGNORECASE)
_TINY = re.compile(r"[01](?:px)?")


def reveal(markup: str) -> str:
    """Return the markup with what scripts would show; as it is if there is nothing of the kind."""
    lower = _lowered(markup)
    if not _SIGN.search(lower):
        return markup
    if b"katex-html" in lower and b"<math" in lower:
        markup = formulas.undoubled(markup)
    if b"<noscript" in lower and b"&lt;" in lower:
        markup = _TEXT.sub(lambda match: match[1] + html.unescape(match[2]), markup)
    return _Rewriter(markup).rewritten()


def _lowered(markup: str) -> bytes:
    """Return the markup with its tags in lower case, in UTF-8: it takes ten times as long to do that to all letters."""
    return markup.encode("utf-8", "surrogatepass").lower()


class _Rewriter:
    """Goes through markup from tag to tag, once."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._lower = _lowered(markup).decode("utf-8", "surrogatepass")
        self._shown: set[str] = set()  # pictures and embeds that are there already
        self._closing: dict[str, int] = {}  # where the next end tag of a name is, -1 for none
        self._within = False  # a <picture>, whose <source> come before its <img>
        self._sources: list[str] = []
        self._handlers: Mapping[str, Callable[[Mapping[str, str], int, int], tuple[str, int]]] = {
            "img": self._img,
            "amp-img": self._img,
            "source": self._source,
            "video": self._media,
            "audio": self._media,
            "iframe": self._iframe,
            "amp-iframe": self._iframe,
            **{f"{kind}-{name}": partial(self._player, name) for kind in ("amp", "lite") for name in embeds.PLAYERS},
            "embed": self._embed,
            "object": self._object,
            "noscript": self._noscript,
            "picture": self._picture,
        }

    def rewritten(self) -> str:
        """Return all of the markup, rewritten."""
        kept: list[str] = []
        at = 0
        while tag := _TAG.search(self._markup, at):
            kept.append(self._markup[at : tag.start()])
            name = tag[2].lower()
            given, end = tags.attributes(self._markup, tag.end())
            if end < 0:
                at = tag.start()
                break
            if tag[1]:
                replacement, at = self._end_tag(name, tag.start(), end), end
            else:
                replacement, at = self._handlers.get(name, self._math)(given, tag.start(), end)
            kept.append(replacement)
        return "".join((*kept, self._markup[at:]))

    def _end_tag(self, name: str, start: int, end: int) -> str:
        if name in ("iframe", "embed", "object", "noscript") or "-" in name:
            return ""
        if name == "picture":
            self._within = False
            if self._sources:  # there was no <img>
                picture = self._pictured({"src": self._sources[-1]}, "")
                self._sources.clear()
                return picture + self._markup[start:end]
        return self._markup[start:end]

    def _content(self, name: str, end: int) -> tuple[str, int]:
        """Return what stands up to the end tag of this name, and where that begins; -1 if there is none of its own."""
        closing = self._closing.get(name, 0)
        if 0 <= closing < end:
            closing = self._closing[name] = self._lower.find(f"</{name}", end)
        if closing < 0 or self._lower.find(f"<{name}", end, closing) >= 0:
            return "", -1
        return self._markup[end:closing], closing

    # ── Pictures ──────────────────────────────────────────────────────────────────────────────────────────────

    def _img(self, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        return self._pictured(given, self._markup[start:end]), end

    def _pictured(self, given: Mapping[str, str], raw: str) -> str:
        """Write the picture with its address; without any, its alternative: readers show emoji so, and nothing else."""
        url = pictures.address(given) or (self._sources[-1] if self._within and self._sources else "")
        self._sources.clear()
        if not url:
            if "src" not in given and not any(name.startswith(("data-", "class")) for name in given):
                return raw
            return html.escape(given.get("alt", ""), quote=False)
        key = pictures.key(url)
        if key in self._shown and url != given.get("src"):
            return ""  # <noscript> had it before
        self._shown.add(key)
        if url == given.get("src") and raw[:4].lower() == "<img":
            return raw
        kept = {name: given[name] for name in ("alt", "title", "width", "height", "lang", "dir") if name in given}
        return tags.start_tag("img", {"src": url, **kept})

    def _picture(self, _: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        self._within = True
        self._sources.clear()
        return self._markup[start:end], end

    def _source(self, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        """Keep a picture's sources: every browser can show the last of them. Those of films have an address."""
        if self._within:
            sets = (given.get(name, "") for name in ("data-srcset", "data-lazy-srcset", "srcset"))
            if url := next(filter(None, map(pictures.best, sets)), ""):
                self._sources.append(url)
            return "", end
        return self._lazy("source", given, start, end)

    def _media(self, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        return self._lazy(self._markup[start + 1 : start + 6].lower(), given, start, end)

    def _lazy(self, name: str, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        """Give a film or a sound the address from which its script would load it."""
        lazy = {to: given[f"data-{to}"] for to in ("src", "poster") if given.get(f"data-{to}") and not given.get(to)}
        if not lazy:
            return self._markup[start:end], end
        kept = {key: value or "controls" * (key == "controls") for key, value in given.items()}
        return tags.start_tag(name, {**kept, **lazy}), end

    # ── Embeds ────────────────────────────────────────────────────────────────────────────────────────────────

    def _iframe(self, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        """Replace a frame, and what it holds for browsers without, by a link. XHTML's "<iframe/>" holds nothing."""
        name = "iframe" if self._lower.startswith("<iframe", start) else "amp-iframe"
        closing = self._content(name, end)[1] if self._markup[end - 2] != "/" else -1
        return self._linked(embeds.embed_of(given)), end if closing < 0 else closing

    def _player(self, name: str, given: Mapping[str, str], _: int, end: int) -> tuple[str, int]:
        """Replace a page's own element for a video, which its script would make a frame of, by a link."""
        video = given.get("data-videoid") or given.get("videoid") or ""
        address = embeds.PLAYERS[name] + video if re.fullmatch(r"[\w-]{1,64}", video) else ""
        return self._linked(embeds.embed_of({**given, "src": address})), end

    def _embed(self, given: Mapping[str, str], _: int, end: int) -> tuple[str, int]:
        if given.get("type", "").lower().startswith("image/"):
            return self._pictured(given, ""), end
        return self._linked(embeds.embed_of(given)), end

    def _object(self, given: Mapping[str, str], _: int, end: int) -> tuple[str, int]:
        """Replace an object by a link; what it holds for browsers without stays, and has old players' addresses."""
        content, closing = self._content("object", end)
        if given.get("type", "").lower().startswith("image/"):
            alternative = re.sub(r"<[^<>]*>", " ", content[:1000]) if "<" in content else content[:1000]
            shown = {**given, "src": given.get("data", ""), "alt": " ".join(html.unescape(alternative).split())}
            return self._pictured(shown, ""), end if closing < 0 else closing
        if not given.get("data"):
            given = {**given, "data": _parameter(content)}
        return self._linked(embeds.embed_of(given, "data")), end

    def _linked(self, embed: embeds.Embed | None) -> str:
        if embed is None or embed.url in self._shown:
            return ""
        self._shown.add(embed.url)
        if embed.picture:
            self._shown.add(pictures.key(embed.picture))
        return embeds.link(embed)

    # ── The others ────────────────────────────────────────────────────────────────────────────────────────────

    def _noscript(self, _given: Mapping[str, str], _start: int, end: int) -> tuple[str, int]:
        """Drop it as a whole, or its tag alone: then what stands within is gone through like all else."""
        content, closing = self._content("noscript", end)
        if closing < 0:
            return "", end
        shown = [tags.attributes(content, match.end())[0] for match in _PICTURED.finditer(content)]
        new = any(not _is_counter(given) and self._is_new(given) for given in shown)
        says = not shown and not _SCRIPTS.search(content)
        return "", end if new or says or "<iframe" in content.lower() else closing

    def _is_new(self, given: Mapping[str, str]) -> bool:
        url = pictures.address(given)
        return bool(url) and pictures.key(url) not in self._shown

    def _math(self, given: Mapping[str, str], start: int, end: int) -> tuple[str, int]:
        name = re.match(r"<([\w:]+)", self._lower[start : start + 12])
        content, closing = self._content(name[1] if name else "math", end)
        if closing < 0:
            return self._markup[start:end], end
        formula = formulas.line(content, html.escape(given.get("alttext", ""), quote=False))
        close = self._lower.find(">", closing)
        return f" {formula} " if given.get("display") == "block" else formula, close + 1 if close > 0 else closing


def _parameter(content: str) -> str:
    """Return the address in <param name="movie">; "" for none."""
    for match in _PARAMETER.finditer(content):
        given, _ = tags.attributes(content, match.end())
        if given.get("name", "").lower() in ("movie", "src", "filename", "url"):
            return given.get("value", "")
    return ""


def _is_counter(given: Mapping[str, str]) -> bool:
    """Tell whether a picture is there to count who looks: it is one pixel, or hidden."""
    return all(_TINY.fullmatch(given.get(side, "")) for side in ("width", "height")) or "none" in given.get("style", "")

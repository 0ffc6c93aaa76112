"""A message's HTML and plain text → what of it is published, and where it stands on the web.

It was written to one person, and is published to all: the receiver's address is masked, and what would let anybody
unsubscribe them, or see their account, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aggregator.parse.articles.textlines import shown, width
from aggregator.text.addresses import is_web

_IN_BROWSER = re.compile(
    r"\b(?:view|read|open|see|display|trouble|problems?)\b.{0,40}\b(?:browser|online|web ?page|on the web)\b"
    r"|\b(?:web|online)[ -]?version\b|\bim browser\b|\bdans (?:votre|le|un) navigateur\b|\ben ligne\b"
    r"|\ben (?:el|tu|su) navegador\b|\bnel (?:tuo )?browser\b|\bin (?:je|uw) browser\b|\bno (?:seu )?navegador\b"
    r"|\bw przeglądarce\b|в браузере|ブラウザ|在浏览器|在瀏覽器", re.IGNORECASE,
)  # fmt: skip
_PERSONAL = re.compile(
    r"\bunsubscri|\bopt[- ]?out\b|\b(?:email|mail) (?:preferences|settings)\b"
    r"|\b(?:manage|update|change|edit)\b.{0,30}\b(?:subscriptions?|preferences|profile|settings)\b"
    r"|\babmelde|\babbestell|\bdésabonn|\bdésinscri|\bdarse de baja\b|\bcancelar (?:la |tu |su )?suscripción"
    r"|\bcancelar (?:a )?inscrição|\bdisiscri|\bannulla l.iscrizione|\bafmelden\b|\buitschrijven\b|\bwypisz"
    r"|отписаться|配信停止|退订|退訂", re.IGNORECASE,
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_WORDS = 120  # characters that such a link has at most: longer ones are the article
_UNSEEN = ("style", "script", "head", "title", "template")


@dataclass(frozen=True, slots=True)
class Read:
    """HTML of strangers still, and the page of the message, "" where it names none."""

    content: str
    link: str = ""


def read(markup: str, text: str, private: Collection[str], unsubscribe: Collection[str]) -> Read:
    """Return what is published of a message: its HTML, or else its text.

    `private` are the receiver's addresses, `unsubscribe` those of List-Unsubscribe (RFC 2369).
    """
    if markup.strip():
        found = _from_markup(masked(markup, private), unsubscribe)
        if found.content:
            return found
    return Read(_from_text(masked(text, private), unsubscribe))


def masked(text: str, private: Iterable[str]) -> str:
    """Return the text with "…" for the receiver's addresses, also where they are part of a link."""
    written = {form for address in private for form in (address, quote(address), quote(address, safe=""))}
    if not written:
        return text
    return re.sub("|".join(map(re.escape, sorted(written, key=len, reverse=True))), "…", text, flags=re.IGNORECASE)


def _from_markup(markup: str, unsubscribe: Collection[str]) -> Read:
    from lxml import etree, html

    try:
        parser = html.HTMLParser(encoding="utf-8")
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return Read("")
    etree.strip_elements(tree, *_UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    link = ""
    for anchor in list(tree.iter("a")):
        address, words = anchor.get("href", "").strip(), " ".join(str(anchor.text_content()).split())
        if (
            address in unsubscribe
            or address.lower().startswith("mailto:")
            or (len(words) <= _WORDS and _PERSONAL.search(words))
        ):
            _drop(anchor)
        elif len(words) <= _WORDS and _IN_BROWSER.search(words):
            link = link or (address if is_web(address) else "")
            _drop(anchor)
    for image in list(tree.iter("img")):
        # cid: and data: pictures are in the message alone; those that nobody can see tell the sender who looks.
        if not is_web(image.get("src", "")) or _is_unseen(image):
            _drop(image)
    has_words = bool(str(tree.text_content()).strip()) or next(tree.iter("img"), None) is not None
    body = tree.find("body") if tree.tag == "html" else tree
    return Read(html.tostring(tree if body is None else body, encoding="unicode") if has_words else "", link)


def _is_unseen(image: Any) -> bool:
    sides = [image.get(side, "").strip().removesuffix("px") for side in ("width", "height")]
    return any(side in {"0", "1"} for side in sides) or _HIDDEN.search(image.get("style", "")) is not None


def _drop(element: Any) -> None:
    """Take an element out of its tree, without what follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _from_text(text: str, unsubscribe: Collection[str]) -> str:
    """Return the text as HTML, up to the signature (RFC 3676 §4.3)."""
    text = _SIGNATURE.split(text, maxsplit=1)[0]
    for address in unsubscribe:
        text = text.replace(address, "…")
    paragraphs = [block.split("\n") for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    blocks = [[line.strip() for line in lines if line.strip() and not _is_personal(line)] for lines in paragraphs]
    wide = width([block for block in blocks if block])
    return "\n".join(shown(block, wide) for block in blocks if block)


def _is_personal(line: str) -> bool:
    return len(line) <= _WORDS * 2 and "://" in line and _PERSONAL.search(line) is not None

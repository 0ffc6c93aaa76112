"""The corpus of feeds in ../shared: read where it lies, since feed text belongs to its publishers and is not copied."""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
"""Beside the checkout where we work, and nowhere else: conftest.py's fixture of this name skips what needs it."""

TARBALL = SHARED / "corpus" / "feeds.tar.xz"
SEED = SHARED / "seed" / "article.txt"


def unpack(target: Path) -> Path:
    """Unpacks the corpus there and gives back that folder."""
    with tarfile.open(TARBALL) as archive:
        archive.extractall(target, filter="data")
    return target


def documents(corpus: Path) -> dict[str, bytes]:
    """The feeds by their names in the folder, in the order of names."""
    feeds = corpus / "feeds"
    paths = sorted(path for path in feeds.rglob("*") if path.is_file())
    return {path.relative_to(feeds).as_posix(): path.read_bytes() for path in paths}


# ── What other parsers say ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as another parser sees it: what can be compared of it. Instants in seconds, 0 for none."""

    title: str
    link: str
    published: int
    updated: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """A feed as another parser sees it."""

    title: str
    link: str
    items: tuple[Item, ...]


def expectations(corpus: Path) -> Iterator[tuple[str, Expectation]]:
    """Each feed of which another parser says something, and what."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["expectations"]:
                said = json.loads((corpus / row["expectations"]).read_bytes())
                parser = row["expectations"].split("/")[1]
                yield row["file"].removeprefix("feeds/"), _READERS[parser](said)


def _gofeed(said: dict[str, Any]) -> Expectation:
    """Four shapes in one: its Atom, RSS and JSON parsers' own, and the universal one they are translated to."""
    raws = said.get("items") or said.get("entries") or ()
    items = (
        Item(
            _text(raw.get("title")),
            _gofeed_link(raw, "url"),
            _instant(raw.get("publishedParsed") or raw.get("pubDateParsed") or raw.get("date_published")),
            _instant(raw.get("updatedParsed") or raw.get("date_modified")),
        )
        for raw in raws
    )
    return Expectation(_text(said.get("title")), _gofeed_link(said, "home_page_url"), tuple(items))


def _gofeed_link(raw: dict[str, Any], name: str) -> str:
    links = [link for link in raw.get("links") or () if isinstance(link, dict)]
    alternates = (link.get("href", "") for link in links if link.get("rel", "alternate") == "alternate")
    return raw.get("link") or raw.get(name) or next(alternates, "")


def _feed_rs(said: dict[str, Any]) -> Expectation:
    items = (
        Item(_feed_rs_title(raw), _feed_rs_link(raw), _instant(raw["published"]), _instant(raw["updated"]))
        for raw in said["entries"]
    )
    return Expectation(_feed_rs_title(said), _feed_rs_link(said), tuple(items))


def _feed_rs_title(raw: dict[str, Any]) -> str:
    return _text((raw["title"] or {}).get("content"))


def _feed_rs_link(raw: dict[str, Any]) -> str:
    return next((link["href"] for link in raw["links"] if link["rel"] in {"alternate", None}), "")


def _fastfeedparser(said: dict[str, Any]) -> Expectation:
    items = (
        Item(_text(raw["title"]), raw["link"], _instant(raw["published"]), _instant(raw.get("updated")))
        for raw in said["entries"]
    )
    return Expectation(_text(said["feed"]["title"]), said["feed"]["link"] or "", tuple(items))


_READERS = {"gofeed": _gofeed, "feed-rs": _feed_rs, "ffp-integration": _fastfeedparser}


def _text(value: str | None) -> str:
    return " ".join((value or "").split())


def _instant(value: str | None) -> int:
    return int(datetime.fromisoformat(value).timestamp()) if value else 0

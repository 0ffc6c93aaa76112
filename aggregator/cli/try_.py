"""try: what a source would bring, and what another config would make of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, size, utf8, when
from aggregator.model import AggregatorError
from aggregator.text import characters

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Arrival, Source
    from aggregator.trying import Trial

_SHORTEST = 60  # characters of a value that are shown of a difference
Fields = Mapping[str, Any]


@click.command("try")
@click.argument("source", metavar="SOURCE")
@click.option(
    "--against", metavar="CONFIG", type=click.Path(path_type=Path), help="Show what another config file would change."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all that the entries say.")
@command
def try_(surroundings: Surroundings, source: str, against: Path | None, as_json: bool) -> int:
    """Visit a source once and print its entries; nothing is stored, published or remembered.

    SOURCE is the address, path or name of a source in the config, or any other address or path. Exit status 1 if the
    visit fails.

    \b
    Example:  aggregator try https://example.org/feed.xml
              aggregator try "Example" --against new.toml
    """
    from aggregator.config import load

    configs = [surroundings.read_whole(), *([load(against, os.environ)] if against else [])]
    trials = [_tried(utf8(source), config, surroundings) for config in configs]
    entries = [[_fields(arrival) for arrival in each.arrivals] for each in trials]
    if as_json:
        print_json(_as_json(trials[0], entries), "source")
    elif against:
        say(*map(characters.printable, _compared(*entries)))
    else:
        say(*map(characters.printable, [_came(trials[0]), *(line for each in entries[0] for line in _lines(each))]))
    return 1 if any(each.visit is None or each.visit.outcome.is_failure for each in trials) else 0


def _tried(name: str, config: Config, surroundings: Surroundings) -> Trial:
    from aggregator.trying import trial

    return asyncio.run(trial(_source(name, config), config, surroundings.data()))


def _source(name: str, config: Config) -> Source:
    """Return the source in the config, or one of this address or path as the config would have it."""
    from aggregator.config import SourceTable
    from aggregator.text.addresses import is_web, mended

    by_name = [source for source in config.sources if source.name == name]
    if len(by_name) > 1:
        raise AggregatorError(f"{name}: several sources have this name; give the address of one")
    if by_name:
        return by_name[0]
    address = mended(name)
    if known := config.by_key.get(address) or config.by_key.get(name):
        return known
    if not is_web(address) and not (config.folder / Path(name).expanduser()).exists():
        raise AggregatorError(f"{name}: no source in the config has this name, and it is neither an address nor a path")
    table = SourceTable.model_validate({"url": address} if is_web(address) else {"path": name})
    (source,) = config.model_copy(update={"source": [table]}).sources
    return source


def _fields(arrival: Arrival) -> Fields:
    """Return what an entry says, by the names of its fields."""
    entry = arrival.entry
    return {
        "guid": entry.guid,
        "title": entry.title,
        "url": entry.link,
        "published": iso(entry.published),
        "updated": iso(entry.updated),
        "authors": [person.name or person.email or person.url for person in entry.authors],
        "categories": list(entry.categories),
        "language": entry.language,
        "words": arrival.fingerprint.words,
        "summary": entry.summary,
        "content": entry.content,
        "image": entry.image,
        "enclosures": [enclosure.url for enclosure in entry.enclosures],
    }


def _came(trial: Trial) -> str:
    visit = trial.visit
    if visit is None:
        return "Its host wants to be left alone for now: nothing was asked."
    if visit.outcome.is_failure:
        return f"{visit.outcome}: {visit.detail}"
    title = f"“{trial.feed.title}”, " if trial.feed and trial.feed.title else ""
    count = f"{len(trial.arrivals)} {'entry' if len(trial.arrivals) == 1 else 'entries'}"
    answered = f", answered {visit.status}" if visit.status else ""
    return f"{title}{count}, {size(visit.size)}{answered}" + (f"; {visit.detail}" if visit.detail else "")


def _lines(fields: Fields) -> Sequence[str]:
    published = when(0) if not fields["published"] else fields["published"].replace("T", " ")[:16]
    about = [
        ", ".join(fields["authors"]),
        fields["language"],
        f"{fields['words']} words",
        ", ".join(fields["categories"]),
    ]
    files = f"{len(fields['enclosures'])} enclosures" if fields["enclosures"] else ""
    return [
        f"{published}  {fields['title'] or '(untitled)'}",
        f"                  {fields['url'] or fields['guid']}",
        f"                  {' · '.join(filter(None, (*about, files)))}",
    ]


def _compared(before: Sequence[Fields], after: Sequence[Fields]) -> list[str]:
    """Say which entries another config would add, remove and change, and in what."""
    old, new = ({fields["guid"]: fields for fields in each} for each in (before, after))
    lines = []
    for guid, fields in new.items():
        if guid not in old:
            lines.append(f"+ {fields['title'] or guid}")
        elif changed := [
            _change(name, old[guid][name], fields[name]) for name in fields if fields[name] != old[guid][name]
        ]:
            lines += [f"~ {old[guid]['title'] or guid}", *changed]
    lines += [f"- {fields['title'] or guid}" for guid, fields in old.items() if guid not in new]
    return lines or [f"No difference in {len(old)} entries."]


def _change(name: str, before: Any, after: Any) -> str:
    if isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > _SHORTEST:
        shorter = min(len(before), len(after))
        same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
        start = max(0, same - _SHORTEST // 3)
        before, after = (f"{'…' if start else ''}{text[start : start + _SHORTEST]}…" for text in (before, after))
    return f"    {name}: {before or '—'} → {after or '—'}"


def _as_json(trial: Trial, entries: Sequence[Sequence[Fields]]) -> dict[str, Any]:
    visit = trial.visit
    came: dict[str, Any] = {
        "outcome": str(visit.outcome) if visit else "held",
        "status": visit.status if visit else 0,
        "detail": visit.detail if visit else "",
        "title": trial.feed.title if trial.feed else "",
        "entries": list(entries[0]),
    }
    return came | ({"against": list(entries[1])} if entries[1:] else {})

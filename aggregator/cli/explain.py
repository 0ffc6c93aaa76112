"""explain: why a story's copies are one, and what was almost one story."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, utf8, when
from aggregator.model import AggregatorError

if TYPE_CHECKING:
    from aggregator.store.near import Near
    from aggregator.store.trails import Step, Trail

_HOW = {
    "new": "the first copy: it founded the story",
    "guid": "joined: it came back under the guid of a copy that had been let go",
    "url": "joined: the same address, and the titles agree",
    "text": "joined: its text runs along another copy's",
    "operator": "put here by the operator",
}


@click.command()
@click.argument("name", metavar="[STORY-OR-ENTRY-URL]", required=False)
@click.option("--near", is_flag=True, help="List pairs that were almost one story: all, or those of the story named.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="With --near: so many.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def explain(surroundings: Surroundings, name: str | None, near: bool, limit: int, as_json: bool) -> None:
    """Tell a story's trail: seen where and when, joined why, in which outputs; or what it almost joined.

    \b
    Example:  aggregator explain https://example.org/2026/an-article
              aggregator explain --near
    """
    from aggregator import outbound
    from aggregator.store.trails import trails

    if near:
        _explain_near(surroundings, utf8(name or ""), limit, as_json)
        return
    if name is None:
        raise click.UsageError("name a story, by its id or a copy's address or guid; or ask for --near")
    name, config = utf8(name), surroundings.read()
    with stored(surroundings) as database:
        stories = trails(database, name)
        outputs = outbound.places(database, config, [trail.story for trail in stories], int(time.time()))
    if not stories:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {name}")
    if as_json:
        print_json([_as_json(t, outputs[t.story]) for t in stories])
        return
    for trail in stories:
        _print(trail, outputs[trail.story])


def _explain_near(surroundings: Surroundings, name: str, limit: int, as_json: bool) -> None:
    """Print the pairs that were almost one story."""
    from aggregator.store.near import near
    from aggregator.store.trails import trails

    with stored(surroundings) as database:
        ids = [trail.id for trail in trails(database, name)] if name else [0]
        pairs = [pair for story in ids for pair in near(database, story, limit)]
    if not ids:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {name}")
    if as_json:
        print_json([_pair_as_json(pair) for pair in pairs])
        return
    for pair in pairs:
        say(f"{pair.score:.0%}  {pair.why}")
        for side in (pair.one, pair.other):
            say(f"    {when(side.published)}  {side.title or '(untitled)'}  [{side.source}]")
            say(f"        {side.url or side.story}  {side.story if side.url else ''}".rstrip())
        if pair.passage:
            say(f"    “{pair.passage}{' …' if pair.length > len(pair.passage.split()) else ''}”")
    say(
        "Two that are one: aggregator merge STORY STORY" if pairs else "No two stories were almost one.",
        err=bool(pairs),
    )


def _pair_as_json(pair: Near) -> dict[str, Any]:
    fields = asdict(pair)
    for name, side in (("one", pair.one), ("other", pair.other)):
        fields[name]["published"] = iso(side.published)
    return fields


def _print(trail: Trail, outputs: dict[str, str]) -> None:
    shown = next((step for step in trail.steps if step.shown), trail.steps[0])  # none of a source that was removed
    say(f"{shown.title or '(untitled)'}\n  story {trail.story}\n  published {when(trail.published)} UTC")
    if trail.hidden:
        say(f"  hidden since {when(trail.hidden)} UTC: in no output, page or archive")
    for step in trail.steps:
        place = f"{step.source}, {step.document}" if step.document else step.source
        remarks = (
            (step.shown, "this copy is shown"),
            (step.removed, "its source was removed"),
            (step.gone, "it is gone"),
            (step.paused, "its source is paused"),
        )
        notes = "".join(f"  ({note})" for is_so, note in remarks if is_so)
        say(f"  seen {when(step.seen)} UTC in {place}{notes}")
        say(f"      {step.url or step.guid}")
        for line in _why(step):
            say(f"      {line}")
    for output, fate in outputs.items():
        say(f"  output {output}: {fate}")


def _why(step: Step) -> list[str]:
    """Tell how the copy came to be in its story, in plain words."""
    lines = [_HOW.get(step.joined, step.joined)]
    if step.joined == "text" or (step.joined == "url" and step.passage):
        lines.append(f"{step.score:.0%} of the shorter text is in the longer; the longest passage in both:")
    elif step.nearest:
        lines.append(f"it is not {step.nearest}: {step.why}; {step.score:.0%} of the shorter text is in the longer")
    if step.passage:
        more = " …" if step.length > len(step.passage.split()) else ""
        lines.append(f"  “{step.passage}{more}” ({step.length} words)")
    return lines


def _as_json(trail: Trail, outputs: dict[str, str]) -> dict[str, Any]:
    steps = [
        {**{k: v for k, v in asdict(s).items() if k != "entry"}, "seen": iso(s.seen), "published": iso(s.published)}
        for s in trail.steps
    ]
    return {
        "story": trail.story,
        "published": iso(trail.published),
        "updated": iso(trail.updated),
        "hidden": iso(trail.hidden),
        "copies": steps,
        "outputs": outputs,
    }

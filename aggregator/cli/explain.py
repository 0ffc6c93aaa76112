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
@click.argument("asked", metavar="[STORY-OR-ENTRY-URL]", required=False)
@click.option("--near", is_flag=True, help="List pairs that were almost one story: all, or those of the story named.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="With --near: so many.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def explain(around: Surroundings, asked: str | None, near: bool, limit: int, as_json: bool) -> None:
    """Tell a story's trail: seen where and when, joined why, in which outputs; or what it almost joined.

    \b
    Example:  aggregator explain https://example.org/2026/an-article
              aggregator explain --near
    """
    from aggregator import outbound
    from aggregator.store.trails import trails

    if near:
        _explain_near(around, utf8(asked or ""), limit, as_json)
        return
    if asked is None:
        raise click.UsageError("name a story, by its id or a copy's address or guid; or ask for --near")
    asked, config = utf8(asked), around.read()
    with stored(around) as database:
        found = trails(database, asked)
        outputs = outbound.places(database, config, [trail.story for trail in found], int(time.time()))
    if not found:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {asked}")
    if as_json:
        print_json([_told(t, outputs[t.story]) for t in found])
        return
    for trail in found:
        _tell(trail, outputs[trail.story])


def _explain_near(around: Surroundings, asked: str, limit: int, as_json: bool) -> None:
    """Print the pairs that were almost one story."""
    from aggregator.store.near import near
    from aggregator.store.trails import trails

    with stored(around) as database:
        named = [trail.id for trail in trails(database, asked)] if asked else [0]
        found = [pair for story in named for pair in near(database, story, limit)]
    if not named:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {asked}")
    if as_json:
        print_json([_pair(pair) for pair in found])
        return
    for pair in found:
        say(f"{pair.score:.0%}  {pair.why}")
        for side in (pair.one, pair.other):
            say(f"    {when(side.published)}  {side.title or '(untitled)'}  [{side.source}]")
            say(f"        {side.url or side.story}  {side.story if side.url else ''}".rstrip())
        if pair.passage:
            say(f"    “{pair.passage}{' …' if pair.length > len(pair.passage.split()) else ''}”")
    say(
        "Two that are one: aggregator merge STORY STORY" if found else "No two stories were almost one.",
        err=bool(found),
    )


def _pair(pair: Near) -> dict[str, Any]:
    told = asdict(pair)
    for name, side in (("one", pair.one), ("other", pair.other)):
        told[name]["published"] = iso(side.published)
    return told


def _tell(trail: Trail, outputs: dict[str, str]) -> None:
    shown = next((step for step in trail.steps if step.shown), trail.steps[0])  # none of a source that was removed
    say(f"{shown.title or '(untitled)'}\n  story {trail.story}\n  published {when(trail.published)} UTC")
    for step in trail.steps:
        place = f"{step.source}, {step.document}" if step.document else step.source
        known = (
            (step.shown, "this copy is shown"),
            (step.removed, "its source was removed"),
            (step.gone, "it is gone"),
        )
        notes = "".join(f"  ({note})" for is_so, note in known if is_so)
        say(f"  seen {when(step.seen)} UTC in {place}{notes}")
        say(f"      {step.url or step.guid}")
        for line in _why(step):
            say(f"      {line}")
    for output, fate in outputs.items():
        say(f"  output {output}: {fate}")


def _why(step: Step) -> list[str]:
    """How the copy came to be in its story, in plain words."""
    lines = [_HOW.get(step.joined, step.joined)]
    if step.joined == "text" or (step.joined == "url" and step.passage):
        lines.append(f"{step.score:.0%} of the shorter text is in the longer; the longest passage in both:")
    elif step.nearest:
        lines.append(f"it is not {step.nearest}: {step.why}; {step.score:.0%} of the shorter text is in the longer")
    if step.passage:
        more = " …" if step.length > len(step.passage.split()) else ""
        lines.append(f"  “{step.passage}{more}” ({step.length} words)")
    return lines


def _told(trail: Trail, outputs: dict[str, str]) -> dict[str, Any]:
    steps = [
        {**{k: v for k, v in asdict(s).items() if k != "entry"}, "seen": iso(s.seen), "published": iso(s.published)}
        for s in trail.steps
    ]
    return {
        "story": trail.story,
        "published": iso(trail.published),
        "updated": iso(trail.updated),
        "copies": steps,
        "outputs": outputs,
    }

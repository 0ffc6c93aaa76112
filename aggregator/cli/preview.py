"""preview: what an output holds, and what another rule would add to it and remove from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, utf8, when
from aggregator.model import ConfigError
from aggregator.store.rules import RULES
from aggregator.text import characters

if TYPE_CHECKING:
    from sqlite_utils import Database

    from aggregator.config import Config, OutputTable
    from aggregator.model import Story

_FLAGS = {rule.key: rule.option.flag for rule in RULES} | {"limit": "--limit"}


@dataclass(frozen=True, slots=True)
class _Held:
    """What an output holds by some rules: each story, or copy, by its URN, the newest first."""

    stories: dict[str, Story]

    def beyond(self, other: _Held) -> list[Story]:
        return [story for urn, story in self.stories.items() if urn not in other.stories]


def _rule_options(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take an option for each of the rules."""
    for rule in reversed(RULES):
        kind = click.IntRange(*rule.option.bounds) if rule.option.bounds else str
        shape = {"type": kind, "multiple": rule.option.many, "metavar": rule.option.metavar, "help": rule.option.help}
        function = click.option(rule.option.flag, rule.key, **shape)(function)
    return function


@click.command()
@click.argument("name")
@_rule_options
@click.option("--limit", type=click.IntRange(1, 10_000), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@command
def preview(around: Surroundings, name: str, as_json: bool, **options: Any) -> None:
    """List what the output NAME holds; with rules, what these instead of the config's would add and remove.

    Nothing is published or changed. An empty rule (--match '') takes the config's away.

    \b
    Example:  aggregator preview feed --exclude 'title:quiz OR sponsored'
    """
    config = around.read()
    output = next((table for table in config.outputs if table.name == name), None)
    if output is None:
        names = ", ".join(table.name for table in config.outputs)
        raise ConfigError(f"there is no output named {name!r}; there are: {names}")
    changes = {key: value for key, value in options.items() if value not in (None, ())}
    changed = _changed(output, changes)
    _refuse_unknown(changed, config, changes)
    now = int(time.time())
    with stored(around) as database:
        held = _held(database, output, config, now)
        would = _held(database, changed, config, now) if changes else held
    if as_json:
        print_json(_told(name, held, would if changes else None))
    else:
        _tell(name, held, would if changes else None)


def _changed(output: OutputTable, changes: dict[str, Any]) -> OutputTable:
    """The output with these rules, checked as if they stood in the config; ConfigError with a line for each mistake."""
    from pydantic import ValidationError

    from aggregator.config import OutputTable, problems

    given = {key: _value(value) for key, value in changes.items()}
    try:
        read = OutputTable.model_validate({"name": output.name} | {k: v for k, v in given.items() if v != ""})
    except ValidationError as error:
        raise ConfigError(
            *(f"{_FLAGS[str(detail['loc'][0])]}: {problems.wrong(dict(detail), ())}" for detail in error.errors())
        ) from None
    return output.model_copy(update={key: getattr(read, key) for key in given})


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [utf8(one) for one in value if one]
    return utf8(value) if isinstance(value, str) else value


def _refuse_unknown(changed: OutputTable, config: Config, changes: dict[str, Any]) -> None:
    """A category or a source that isn't there selects nothing: what is listed then would be an answer to a slip."""
    wrong = [
        f"{rule.option.flag}: no source has {unknown!r}"
        for rule in RULES
        if rule.key in changes and (choices := rule.choices(config.sources)) is not None
        for unknown in sorted(set(getattr(changed, rule.key)) - choices)
    ]
    if wrong:
        raise ConfigError(*wrong)


def _held(database: Database, output: OutputTable, config: Config, now: int) -> _Held:
    from aggregator import outbound
    from aggregator.store import selection

    select = selection.select if output.dedupe else selection.select_copies
    found = select(database, outbound.selection_of(output, config, now), output.limit)
    return _Held({story.id: story for story in found})


def _tell(name: str, held: _Held, would: _Held | None) -> None:
    if would is None:
        for story in held.stories.values():
            say(_line(story))
        say(f"{name} holds {len(held.stories)}.")
        return
    added, removed = would.beyond(held), held.beyond(would)
    for sign, stories in (("+", added), ("-", removed)):
        for story in stories:
            say(f"{sign} {_line(story)}")
    change = f"would add {len(added)} and remove {len(removed)} of {len(held.stories)}"
    say(f"{name}: {change}; it would hold {len(would.stories)}.")


def _line(story: Story) -> str:
    entry, origin = story.shown.entry, story.shown.source
    told = f"{when(story.published)}  [{origin.title or origin.feed}] {entry.title or '(untitled)'}  {entry.link}"
    return characters.printable(told).rstrip()


def _told(name: str, held: _Held, would: _Held | None) -> dict[str, Any]:
    told: dict[str, Any] = {"output": name, "count": len(held.stories)}
    if would is None:
        return {**told, "stories": [_listed(story) for story in held.stories.values()]}
    return {
        **told,
        "would_count": len(would.stories),
        "would_add": [_listed(story) for story in would.beyond(held)],
        "would_remove": [_listed(story) for story in held.beyond(would)],
    }


def _listed(story: Story) -> dict[str, Any]:
    entry = story.shown.entry
    return {
        "story": story.id,
        "published": iso(story.published),
        "source": story.shown.source.title,
        "title": entry.title,
        "url": entry.link,
    }

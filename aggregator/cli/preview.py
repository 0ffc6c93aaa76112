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
class _Stories:
    """What an output holds by some rules: each story, or copy, by its URN, the newest first."""

    stories: dict[str, Story]

    def not_in(self, other: _Stories) -> list[Story]:
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
def preview(surroundings: Surroundings, name: str, as_json: bool, **options: Any) -> None:
    """List what the output NAME holds; with rules, what these instead of the config's would add and remove.

    Nothing is published or changed. An empty rule (--match '') takes the config's away.

    \b
    Example:  aggregator preview feed --exclude 'title:quiz OR sponsored'
    """
    config = surroundings.read()
    output = next((table for table in config.outputs if table.name == name), None)
    if output is None:
        names = ", ".join(table.name for table in config.outputs)
        raise ConfigError(f"there is no output named {name!r}; there are: {names}")
    changes = {key: value for key, value in options.items() if value not in (None, ())}
    changed = _changed(output, changes)
    _refuse_unknown(changed, config, changes)
    now = int(time.time())
    with stored(surroundings) as database:
        current = _select(database, output, config, now)
        would = _select(database, changed, config, now) if changes else current
    if as_json:
        print_json(_as_json(name, current, would if changes else None))
    else:
        _print(name, current, would if changes else None)


def _changed(output: OutputTable, changes: dict[str, Any]) -> OutputTable:
    """Return the output with these rules, checked as in the config; ConfigError with a line for each mistake."""
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
        return [utf8(each) for each in value if each]
    return utf8(value) if isinstance(value, str) else value


def _refuse_unknown(changed: OutputTable, config: Config, changes: dict[str, Any]) -> None:
    """Raise ConfigError for a category or a source that isn't there: it selects nothing, and would answer a slip."""
    wrong = [
        f"{rule.option.flag}: no source has {unknown!r}"
        for rule in RULES
        if rule.key in changes and (choices := rule.choices(config.sources)) is not None
        for unknown in sorted(set(getattr(changed, rule.key)) - choices)
    ]
    if wrong:
        raise ConfigError(*wrong)


def _select(database: Database, output: OutputTable, config: Config, now: int) -> _Stories:
    from aggregator import outbound
    from aggregator.store import selection

    select = selection.select if output.dedupe else selection.select_copies
    stories = select(database, outbound.selection_of(output, config, now), output.limit)
    return _Stories({story.id: story for story in stories})


def _print(name: str, current: _Stories, would: _Stories | None) -> None:
    if would is None:
        for story in current.stories.values():
            say(_line(story))
        say(f"{name} holds {len(current.stories)}.")
        return
    added, removed = would.not_in(current), current.not_in(would)
    for sign, stories in (("+", added), ("-", removed)):
        for story in stories:
            say(f"{sign} {_line(story)}")
    change = f"would add {len(added)} and remove {len(removed)} of {len(current.stories)}"
    say(f"{name}: {change}; it would hold {len(would.stories)}.")


def _line(story: Story) -> str:
    entry, origin = story.shown.entry, story.shown.source
    line = f"{when(story.published)}  [{origin.title or origin.feed}] {entry.title or '(untitled)'}  {entry.link}"
    return characters.printable(line).rstrip()


def _as_json(name: str, current: _Stories, would: _Stories | None) -> dict[str, Any]:
    head: dict[str, Any] = {"output": name, "count": len(current.stories)}
    if would is None:
        return {**head, "stories": [_story_as_json(story) for story in current.stories.values()]}
    return {
        **head,
        "would_count": len(would.stories),
        "would_add": [_story_as_json(story) for story in would.not_in(current)],
        "would_remove": [_story_as_json(story) for story in current.not_in(would)],
    }


def _story_as_json(story: Story) -> dict[str, Any]:
    entry = story.shown.entry
    return {
        "story": story.id,
        "published": iso(story.published),
        "source": story.shown.source.title,
        "title": entry.title,
        "url": entry.link,
    }

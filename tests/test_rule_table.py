"""All rules that an output may have, each walked through every place that knows of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import environment

from aggregator.config.tables import OutputTable
from aggregator.model import Delivery, Document, Entry, Feed, Source, SourceState, Visit
from aggregator.model.visits import Outcome
from aggregator.outbound import archives
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import entries, selection, sources
from aggregator.store.conditions import Selection, selection_of
from aggregator.store.database import Writer, reading
from aggregator.store.rules import RULES, Configured, Rule

KEY = "https://a.example/feed"
NOW = 1_767_355_200
WRITTEN: dict[str, tuple[Any, Any]] = {  # what takes the one story that is stored, and what keeps it out
    "sources": ([KEY], ["https://b.example/feed"]),
    "categories": (["pets"], ["news"]),
    "languages": (["de"], ["en"]),
    "backfill": (5, 0),
    "match": ("zebra", "lion"),
    "exclude": ("lion", "zebra"),
    "max_age": ("2h", "1h"),
    "per_source": (1, None),
}
NO_RULES = {"name", "title", "description", "limit", "content", "source_line", "formats", "dedupe", "related"}
"""The keys of [[output]] that don't tell which articles are selected."""

each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.key for rule in RULES])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one story of one source."""
    data = tmp_path_factory.mktemp("data")
    entry = Entry("1", title="Zebra", link="https://e.org/1", published=NOW - 5400, language="de")
    arrivals = tuple(refine(Feed(entries=tuple(identify((entry,)))), Document("", b"", base=KEY), NOW))
    writer = Writer(data)
    try:
        writer.now(sources.register, [Source(KEY, category="pets")])
        visit, state = Visit(KEY, NOW, Outcome.OK), SourceState(last_visit=NOW)
        writer.now(entries.commit, [Delivery(KEY, visit, state, {}, None, "", arrivals)])
    finally:
        writer.close()
    return data


def _selection(rule: type[Rule[Any]], written: Any) -> Selection:
    output = OutputTable.model_validate({"name": "feed", rule.key: written})
    return selection_of(output, [Source(KEY, category="pets")], NOW)


def test_every_key_of_an_output_that_selects_is_a_rule() -> None:
    assert {rule.key for rule in RULES} == OutputTable.model_fields.keys() - NO_RULES == WRITTEN.keys()


def test_an_output_without_rules_has_none() -> None:
    assert selection_of(OutputTable(name="feed"), [Source(KEY)], NOW) == Selection()


def test_no_two_rules_have_a_name_a_word_or_a_value_in_common() -> None:
    chosen = [_selection(rule, WRITTEN[rule.key][0]).rules[0] for rule in RULES]
    assert len({rule.key for rule in RULES}) == len({rule.refusal for rule in (*RULES, Configured)}) - 1 == len(RULES)
    assert len({rule.option.flag for rule in RULES}) == len(RULES)
    names = [name for rule in chosen for name in rule.values()]
    assert len(set(names)) == len(names)


@each_rule
@pytest.mark.parametrize("each_copy", [False, True])
def test_its_sql_takes_and_refuses(folder: Path, rule: type[Rule[Any]], *, each_copy: bool) -> None:
    takes, refuses = WRITTEN[rule.key]
    ask = selection.select_copies if each_copy else selection.select
    with reading(folder) as database:
        (story,) = ask(database, _selection(rule, takes), 10)
        assert selection.fates(database, _selection(rule, takes), [story.id], each_copy=each_copy) == {story.id: 1}
        if refuses is not None:
            refusing = _selection(rule, refuses)
            assert ask(database, refusing, 10) == []
            assert selection.fates(database, refusing, [story.id], each_copy=each_copy) == {story.id: rule}
            assert selection.after(database, refusing, 0, 10) == ([1] if rule.momentary else [])


@each_rule
def test_it_is_another_archive_or_none(rule: type[Rule[Any]]) -> None:
    wanted = _selection(rule, WRITTEN[rule.key][0])
    output = OutputTable(name="feed")
    assert archives.has_archive(output, wanted) is not rule.momentary
    assert (archives.rules_digest(wanted) != archives.rules_digest(Selection())) is not rule.momentary


def test_pages_that_the_first_release_cut_keep_their_addresses() -> None:
    """The digests were taken from it."""
    every = {key: takes for key, (takes, _) in WRITTEN.items() if key not in {"max_age", "per_source"}}
    output = OutputTable.model_validate({"name": "feed", **every})
    assert archives.rules_digest(Selection()).hex() == "b060da10f79c4c1a"
    assert archives.rules_digest(selection_of(output, [Source(KEY)], 0)).hex() == "465053183931c0f6"


def test_preview_explains_an_option_for_each() -> None:
    command = [sys.executable, "-m", "aggregator", "preview", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment())
    help_ = " ".join(done.stdout.split())
    for rule in RULES:
        assert f" {rule.option.flag} " in help_
        assert f" {rule.option.help}" in help_

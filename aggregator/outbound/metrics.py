"""How all of it is → Prometheus' text: what is counted is asked of the store, and nothing is counted beside it.

A label is a state, an outcome, an output: there are as many series for forty thousand sources as for one.
"""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aggregator import __version__
from aggregator.outbound.survey import Counted, Survey
from aggregator.policy.readiness import Running

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("ok", "failing", "pending", "gone", "paused")


def exposition(seen: Survey, running: Running) -> bytes:
    """Return all metrics as text (exposition format 0.0.4), those of our own process among them."""
    from prometheus_client import CollectorRegistry, generate_latest  # takes 0.2 s, which commands need not wait for
    from prometheus_client.process_collector import ProcessCollector
    from prometheus_client.registry import Collector

    class Ours(Collector):
        def collect(self) -> Iterable[Metric]:
            return _all(seen, running)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Ours())
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _all(seen: Survey, running: Running) -> Iterator[Metric]:
    yield _build()
    yield from _health(seen, running)
    if seen.counted:
        yield from _stored(seen.counted)
        yield from _visits(seen.counted)
    yield from _published(seen, running)
    yield from _disk(seen)
    if running.queues:
        yield _gauge("queue_length", "What waits: pushes of hubs to be read, topics of which our hub is to be told.",
                     running.queues, "queue")  # fmt: skip


def _health(seen: Survey, running: Running) -> Iterator[Metric]:
    checks = {check.name: int(check.ok) for check in seen.checks(running)}
    yield _gauge("check_ok", "Whether a thing that /readyz looks at is as it should be.", checks, "check")
    if running.last_round:
        yield _gauge("last_round_timestamp_seconds", "When a round of visits ended last.", running.last_round)


def _stored(counted: Counted) -> Iterator[Metric]:
    overview = counted.overview
    states = {state: overview.sources.get(state, 0) for state in _STATES}
    yield _gauge("sources", "Configured sources by state.", states, "state")
    failing = {str(kind) or "other": count for kind, count in counted.failing.items()}
    yield _gauge("sources_failing", "Sources that fail, by why their last visit did.", failing, "kind")
    yield _gauge("sources_due", "Sources that are due to be visited now.", counted.due)
    yield _gauge(
        "schedule_lag_seconds", "For how long the source has been due that has waited longest.", counted.longest
    )
    yield _gauge("next_visit_timestamp_seconds", "When the next visit is due, 0 for at once.", overview.next_visit)
    yield _gauge("entries", "Entries that are stored: articles as a source gave them.", overview.entries)
    yield _gauge("stories", "Stories that are stored: each article once.", overview.stories)
    yield _gauge("copies", "Entries that joined a story that was there.", overview.entries - overview.stories)
    yield _gauge("incidents", "Incidents that last, as in /status.xml.", _named(counted.incidents), "trouble")
    yield _gauge("hub_subscriptions", "Subscriptions at hubs of sources.", _named(counted.subscriptions), "intent")
    yield _gauge("database_free_bytes", "Bytes in the database's file that hold nothing.", counted.free)


def _visits(counted: Counted) -> Iterator[Metric]:
    totals = {str(outcome): total for outcome, total in counted.totals.items()}

    def by_outcome(name: str, said: str, field: str) -> Metric:
        return _counter(name, said, {outcome: getattr(total, field) for outcome, total in totals.items()}, "outcome")

    def of_all(name: str, said: str, field: str) -> Metric:
        return _counter(name, said, sum(getattr(total, field) for total in totals.values()))

    yield by_outcome("visits", "Visits ever made, by outcome.", "visits")
    yield by_outcome("visit_seconds", "Seconds that these visits took.", "seconds")
    yield of_all("received_bytes", "Bytes of documents that visits brought.", "size")
    yield of_all("entries_new", "Entries that were new when they came.", "entries_new")
    yield of_all("entries_updated", "Entries that came again with other words.", "entries_updated")
    yield of_all("stories_new", "Stories that were new when they came.", "stories_new")


def _named(counts: Mapping[Any, int]) -> dict[str, float]:
    return {str(of): count for of, count in counts.items()}


def _published(seen: Survey, running: Running) -> Iterator[Metric]:
    outputs = seen.outputs
    yield _gauge("output_articles", "Articles in an output.", {each.name: each.articles for each in outputs}, "output")
    yield _gauge("output_bytes", "Bytes of an output's editions.",
                 {each.name: sum(each.editions.values()) for each in outputs}, "output")  # fmt: skip
    changed = {each.name: each.changed for each in outputs if each.changed}
    yield _gauge("output_changed_timestamp_seconds", "When an output became another one last.", changed, "output")
    yield _gauge("publication_seconds", "How long the last publication of the feeds took.", running.took)
    yield _gauge("publication_waiting_seconds", "How long what came has waited to be published.", running.waiting)
    if running.published:
        yield _gauge("publication_timestamp_seconds", "When all feeds were brought up to date last.", running.published)


def _disk(seen: Survey) -> Iterator[Metric]:
    yield _gauge("database_bytes", "Bytes of the database's file.", seen.database)
    yield _gauge("database_wal_bytes", "Bytes of the database's log.", seen.log)
    yield _gauge("disk_free_bytes", "Bytes that are free on the disk under the data.", seen.room.free)
    yield _gauge("disk_bytes", "Bytes of the disk under the data.", seen.room.size)


def _gauge(name: str, said: str, value: float | Mapping[str, float], label: str = "") -> Metric:
    return _metric("gauge", name, said, value, label)


def _counter(name: str, said: str, value: float | Mapping[str, float], label: str = "") -> Metric:
    return _metric("counter", name, said, value, label)


def _metric(kind: str, name: str, said: str, value: float | Mapping[str, float], label: str) -> Metric:
    """Return a metric of one number, or of one for each value of a label."""
    from prometheus_client import Metric

    metric = Metric(f"aggregator_{name}", said, kind)
    sample = f"{metric.name}_total" if kind == "counter" else metric.name
    for of, number in value.items() if isinstance(value, Mapping) else [("", value)]:
        metric.add_sample(sample, {label: of} if label else {}, float(number))
    return metric


def _build() -> Metric:
    from prometheus_client import Metric

    metric = Metric("aggregator_build", "The program: its version, Python's and SQLite's.", "info")
    versions = {"version": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    metric.add_sample("aggregator_build_info", versions, 1.0)
    return metric

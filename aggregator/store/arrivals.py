"""What deliveries bring: in batches in which each document comes once, and articles under one guid told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.model import Arrival, Delivery
from aggregator.refine import sameness
from aggregator.refine.sameness import Comparable
from aggregator.store.matching import Identity, another, said


@dataclass(frozen=True, slots=True)
class Wanted:
    """An arrival to be stored: with the number of its delivery, its source's key, when it was seen, and its backlog."""

    arrival: Arrival
    delivery: int
    key: str
    seen: int
    backlog: int = 0


def once_each(deliveries: Sequence[Delivery]) -> Iterator[dict[int, Delivery]]:
    """The deliveries by their numbers, in batches in which each document comes once: a later one edits an earlier."""
    batch: dict[int, Delivery] = {}
    listed: set[tuple[str, str]] = set()
    for number, delivery in enumerate(deliveries):
        places = {(delivery.source, arrival.document) for arrival in delivery.arrivals}
        if places & listed:
            yield batch
            batch, listed = {}, set()
        batch[number] = delivery
        listed |= places
    yield batch


def told_apart(
    wanted: Mapping[Identity, Wanted], before: Mapping[Identity, Comparable]
) -> tuple[dict[Identity, Wanted], dict[Identity, Wanted]]:
    """Part the arrivals that came under the guid of another article, each under a guid of its own, from the others.

    `before` is what each guid's article said. Some documents go on listing one guid for ever new articles.
    """
    kept, apart = dict(wanted), {}
    for identity, words in before.items():
        found = wanted[identity]
        has_id = found.arrival.kind.is_article and identity[2] != identity[1]  # an own file's: it is that one
        if not has_id and sameness.is_another(words, said(found.arrival)):
            arrival = another(found.arrival)
            apart[*identity[:2], arrival.entry.guid] = replace(kept.pop(identity), arrival=arrival)
    return kept, apart

"""What deliveries bring: in batches in which each document comes once, and articles under one guid told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.model import Arrival, Delivery
from aggregator.refine import sameness
from aggregator.refine.sameness import Comparable
from aggregator.store.matching import Identity, said, under_own_guid


@dataclass(frozen=True, slots=True)
class Pending:
    """An arrival to be stored: with the number of its delivery, its source's key, when it was seen, its backlog, and
    whether it is what was let go.
    """

    arrival: Arrival
    delivery: int
    key: str
    seen: int
    backlog: int = 0
    back: bool = False


def once_each(deliveries: Sequence[Delivery]) -> Iterator[dict[int, Delivery]]:
    """Yield the deliveries by their numbers, in batches in which each document comes once: later ones edit."""
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


def split_reused_guids(
    pending: Mapping[Identity, Pending], before: Mapping[Identity, Comparable]
) -> tuple[dict[Identity, Pending], dict[Identity, Pending]]:
    """Part the arrivals that came under the guid of another article, each under a guid of its own, from the others.

    `before` is what each guid's article said. Some documents go on listing one guid for ever new articles.
    """
    kept, apart = dict(pending), {}
    for identity, words in before.items():
        arrival = pending[identity].arrival
        has_id = arrival.kind.is_article and identity[2] != identity[1]  # an own file's: it is that one
        if not has_id and sameness.is_another(words, said(arrival)):
            arrival = under_own_guid(arrival)
            apart[*identity[:2], arrival.entry.guid] = replace(kept.pop(identity), arrival=arrival)
    return kept, apart

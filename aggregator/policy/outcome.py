"""What a visit or a push comes to: its outcome, the source's next state and what the store has to take up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from aggregator.model import (
    DRAFT,
    Arrival,
    Delivery,
    DocumentState,
    FailureKind,
    Feed,
    Origin,
    Outcome,
    Retrieval,
    Settings,
    Source,
    SourceKind,
    SourceState,
    Visit,
)  # fmt: skip
from aggregator.policy import overlap, politeness, wishes
from aggregator.text import characters

_UNKNOWN = DocumentState()
_TROUBLE = 3  # failed visits in a row that are worth a word when they are over: once or twice is a hiccup
_MOST_HASHES = 10_000  # of entries that are known, before pushes count as the whole document


@dataclass(slots=True)
class Read:
    """What became of a visit's documents: `states` say by which version of our reading they were read.

    `hub` and `topic` are what a feed on the web advertises for WebSub.
    """

    states: dict[str, DocumentState]
    errors: dict[str, str]
    notes: list[str] = field(default_factory=list)
    malformed: bool = False
    feed: Feed | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    hub: str = ""
    topic: str = ""


def to_read(state: SourceState, reader: int) -> SourceState:
    """Return the state that a visit starts from: what another version of our reading than `reader` left doesn't count.

    It is asked for without validators, and read whole, once; its entries are told by their guids as ever. A source
    that can't be reached keeps what is stored, and is read anew when it can.
    """
    if all(known.reader == reader for known in state.documents.values()):
        return state
    documents = {
        name: known if known.reader == reader else DocumentState(validators_from=known.validators_from, reader=reader)
        for name, known in state.documents.items()
    }
    return replace(state, documents=documents)


def conclude(
    source: Source, state: SourceState, retrieval: Retrieval, read: Read, settings: Settings, now: int
) -> Delivery:
    """Conclude a visit: return its outcome, the next state and what the store has to take up. Pure."""
    changed = {name: new for name, new in read.states.items() if state.documents.get(name) != new}
    before = state.documents.get("", _UNKNOWN)
    if read.feed and source.kind is SourceKind.WEB:
        state = replace(state, hints=read.feed.hints, hub=read.hub, topic=read.topic)
    if read.arrivals:  # its hub has not pushed them: until it pushes again it is as if there were none
        state = replace(state, pushed=0)
    if changed or retrieval.missing:
        documents = {**state.documents, **changed}
        for name in retrieval.missing:
            documents.pop(name, None)
        state = replace(state, documents=documents)
    detail = _printable(_summary(read.errors) or "; ".join(read.notes)[:500])
    kind = FailureKind.NONE
    if _failed(source, read):
        kind = retrieval.kind or FailureKind.UNPARSABLE
        after = politeness.after_failure(source, state, retrieval.answer, kind, detail, settings, now)
        outcome = Outcome.GONE if after.gone else Outcome.FAILED
    else:
        dates = [arrival.entry.published or arrival.entry.updated for arrival in read.arrivals]
        if read.feed and source.kind is SourceKind.WEB:
            missed = overlap.has_missed(before, read.feed.hashes, dates, now)
            state = replace(state, missed=before.read_at if missed else 0)
        after = politeness.after_success(source, state, retrieval.answer, settings, now, dates)
        after = _with_held_back(after, retrieval.missing, now)
        changed_here = Outcome.MALFORMED if read.malformed else Outcome.OK
        outcome = changed_here if retrieval.documents else Outcome.UNCHANGED
        if read.errors:  # some files of a folder: they are named, and the others are well
            outcome = Outcome.MALFORMED if detail != state.error else outcome
            after = replace(after, error=detail)
    answer = retrieval.answer
    record = Visit(
        source=source.key,
        at=now,
        outcome=outcome,
        status=answer.status,
        size=retrieval.size,
        seconds=retrieval.seconds,
        detail=detail,
        kind=kind,
        recovered=state.failures if state.failures >= _TROUBLE and not outcome.is_failure else 0,
    )
    until = wishes.hold(retrieval.answer, now)
    feed = read.feed if source.kind is SourceKind.WEB or set(state.documents) == {_file(source)} else None
    return Delivery(
        source=source.key,
        visit=record,
        state=after,
        documents=changed,
        feed=Origin(feed.title, feed.link, source.key, feed.id) if feed else None,
        language=feed.language if feed else "",
        arrivals=tuple(read.arrivals),
        hold=(retrieval.answer.host, until) if until else None,
        more=retrieval.more,
        missing=retrieval.missing,
    )


def _with_held_back(state: SourceState, missing: Collection[str], now: int) -> SourceState:
    """Say in the state how many of its files are held back, and visit when the first of them is due."""
    held = [document.held for name, document in state.documents.items() if document.held and name not in missing]
    drafts, ahead = held.count(DRAFT), [at for at in held if at > now]
    counts = (drafts, "drafts" if drafts > 1 else "draft"), (len(ahead), "dated ahead")
    note = " and ".join(f"{number} {what}" for number, what in counts if number)
    if not note:
        return state
    due = min((state.next_visit, *ahead))
    return replace(state, next_visit=due, reason=f"{state.reason}; held back: {note}")


def received(source: Source, state: SourceState, read: Read, size: int, settings: Settings, now: int) -> Delivery:
    """Conclude a push: its entries are known from now on beside those of the last document. Pure."""
    detail = _printable(_summary(read.errors) or "; ".join(read.notes)[:500])
    record = Visit(
        source=source.key,
        at=now,
        outcome=Outcome.FAILED if read.errors else Outcome.MALFORMED if read.malformed else Outcome.OK,
        size=size,
        detail="; ".join(filter(None, (politeness.PUSHED, detail))),
    )
    if read.errors or read.feed is None:
        return Delivery(source.key, record, state)
    before = state.documents.get("", DocumentState())
    hashes = before.entry_hashes | read.feed.hashes
    if len(hashes) > _MOST_HASHES:
        hashes = read.feed.hashes
    document = replace(before, reader=read.states[""].reader, entry_hashes=hashes)
    dates = [arrival.entry.published or arrival.entry.updated for arrival in read.arrivals]
    return Delivery(
        source=source.key,
        visit=record,
        state=politeness.after_push(source, state, settings, now, dates),
        documents={"": document},
        arrivals=tuple(read.arrivals),
    )


def bug(source: Source, state: SourceState, error: Exception, settings: Settings, now: int) -> Delivery:
    """Conclude a visit that met a bug of ours: it is a failure of this source alone. Pure."""
    message = f"a bug in the aggregator: {' '.join(f'{type(error).__name__}: {error}'.split())[:200]}"
    retrieval = Retrieval(errors={"": message}, kind=FailureKind.BUG)
    return conclude(source, state, retrieval, Read({}, {"": message}), settings, now)


def _failed(source: Source, read: Read) -> bool:
    """Tell whether it is the source that failed, and not some of a folder's files."""
    return "" in read.errors or {*read.errors} == {_file(source)} == {*read.errors, *read.states}


def _file(source: Source) -> str:
    """Return the name of the source's one document if it is a file; "" for a folder, and on the web."""
    return source.path.name if source.path else ""


def _printable(text: str) -> str:
    """Put a text on one line, without what a terminal would obey: file names and headers may hold anything."""
    return characters.printable(" ".join(text.split()), "?")


def named(name: str, note: str) -> str:
    """Put a document's name before a note on it, where it has one."""
    return f"{name}: {note}" if name else note


def _summary(errors: Mapping[str, str]) -> str:
    """Put all errors on one line: the first three, and how many more."""
    lines = [named(name, error) for name, error in errors.items()]
    more = f"; and {len(lines) - 3} more" if len(lines) > 3 else ""
    return "; ".join(lines[:3]) + more

"""Every value of the model pickles and travels, and comes back as it was; what is none is refused in one line."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import model
from aggregator.model import Arrival, Delivery, Document, DocumentState, Outcome, Source, SourceState, Visit, WireError
from aggregator.model.wire import VERSION, packed, unpacked

VALUES = sorted((kind for kind in vars(model).values() if is_dataclass(kind)), key=lambda kind: kind.__name__)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_PLAIN = {
    str: _TEXT,
    int: st.integers(-(2**70), 2**70),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=9),
    Path: st.builds(lambda name: Path("/", name), st.text("abc ü", max_size=5)),
    type(None): st.none(),
}


def _any(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type; NotImplementedError for a type that no value has had yet: can it travel?"""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: _any(hints[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is frozenset:
        return st.frozensets(_any(inner[0]), max_size=2)
    if origin is tuple and inner[-1] is ...:
        return st.lists(_any(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(_any, inner))
    if origin is Mapping:
        return st.dictionaries(_any(inner[0]), _any(inner[1]), max_size=2)
    if type(None) in inner:
        return st.one_of(*map(_any, inner))
    raise NotImplementedError(kind)


def test_the_model_has_the_values_that_are_walked_here() -> None:
    assert {Source, SourceState, Document, Arrival, Delivery} < set(VALUES)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_every_value_pickles_and_travels_and_comes_back_as_it_was(kind: type) -> None:
    @settings(deadline=None, max_examples=30)
    @given(_any(kind))
    def walk(value: Any) -> None:
        assert pickle.loads(pickle.dumps(value)) == value
        message = packed(value)
        message.decode("utf-8")
        back = unpacked(kind, message)
        assert back == value and type(back) is kind
        assert asdict(back) == asdict(value), "what equality passes over, too"

    walk()


@pytest.mark.parametrize("value", [Source("a"), SourceState(), Delivery("a", None, SourceState()), Document("", b"")])
def test_a_value_of_defaults_travels(value: Any) -> None:
    assert unpacked(type(value), packed(value)) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_bytes_of_another_encoding_travel_as_they_are_stored() -> None:
    odd = b'"caf\xe9"'.decode("utf-8", "surrogateescape")
    state = SourceState(error=odd, documents={"": DocumentState(etag=odd)})
    told = SourceState(error='"caf?"', documents={"": DocumentState(etag='"caf?"')})
    assert unpacked(SourceState, packed(state)) == told


def _message(**changed: Any) -> bytes:
    read = json.loads(packed(Delivery("a", Visit("a", 1, Outcome.OK), SourceState())))
    return json.dumps({**read, **changed}).encode()


def _with(**changed: Any) -> bytes:
    return _message(value={**json.loads(_message())["value"], **changed})


_VISIT = json.loads(packed(Visit("a", 1, Outcome.OK)))["value"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "no version"),
        (b"null", "no version"),
        (b"{}", "no version"),
        (_message(version=VERSION + 1), f"of version {VERSION + 1}, and this program speaks {VERSION}"),
        (_message(version=0), "of version 0"),
        (_message(version=True), "of version True"),
        (_message(version="1"), "of version '1'"),
        (_message(kind="Visit"), "carries 'Visit' where Delivery is expected"),
        (_message(kind=None), "carries 'None' where"),
        (_message(more=1), "where Delivery is expected"),
        (_message(value=None), "carries no Delivery"),
        (_message(value=[]), "carries no Delivery"),
        (_with(source=None), "source: Input should be a valid string"),
        (_with(source="\ud800"), "carries no Delivery"),
        (_with(more="yes"), "more: Input should be a valid boolean"),
        (_with(more=1), "more: "),
        (_with(mroe=True), "mroe: Unexpected keyword argument"),
        (_with(visit={**_VISIT, "at": 1.0}), "visit.at: "),
        (_with(visit={**_VISIT, "outcome": "splendid"}), "visit.outcome: "),
        (_with(visit={**_VISIT, "seconds": float("inf")}), "visit.seconds: "),
        (_with(visit={"source": "a"}), "visit.at: Field required"),
        (_with(documents={"": {"body_hash": "%%"}}), "documents..body_hash: "),
        (_with(hold=["host"]), "hold.1: "),
        (_with(missing=[1, 2, 3, 4, 5]), "; and 2 more"),
    ],
)
def test_what_is_no_message_of_ours_is_refused_in_one_line(message: bytes, told: str) -> None:
    with pytest.raises(WireError) as raised:
        unpacked(Delivery, message)
    assert told in str(raised.value) and len(str(raised.value)) < 600 and "\n" not in str(raised.value)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_whatever_comes_is_refused_or_read(message: bytes) -> None:
    with pytest.raises(WireError):
        unpacked(SourceState, message)


@given(st.dictionaries(st.sampled_from([f.name for f in fields(SourceState)]), st.none() | st.text() | st.integers()))
def test_fields_of_the_wrong_kind_are_never_taken(value: dict[str, Any]) -> None:
    message = json.dumps({"version": VERSION, "kind": "SourceState", "value": value}).encode()
    try:
        read = unpacked(SourceState, message)
    except WireError:
        return
    assert all(getattr(read, name) == given for name, given in value.items())

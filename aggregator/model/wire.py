"""Values as they travel between machines: a source with its state goes out, a delivery comes back, each as JSON.

    {"version": 3, "kind": "Delivery", "value": {…}}

Bytes are base64. What is read is checked to the last field: a machine that runs another version must not be guessed at.
Whoever adds, renames or takes away a field of a value that travels counts `VERSION` up.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

from aggregator.model.errors import WireError

VERSION = 3
_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", strict=True, extra="forbid", allow_inf_nan=False)
_FIELDS = {"version", "kind", "value"}
_SHOWN = 3  # mistakes of a message
T = TypeVar("T")
# Of a tuple: pydantic takes no settings beside a dataclass, and hands those of what is around it on.
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(
    lambda kind: TypeAdapter(tuple[kind], config=_CONFIG)  # type: ignore[valid-type]
)


def packed(value: object) -> bytes:
    """Return the message that carries a value of the model.

    Lone surrogates, as headers in other encodings have them, become "?", as in the store. Names of files that have some
    don't come back as they were: folders are read where they are.
    """
    kind = type(value)
    (plain,) = _adapter(kind).dump_python((value,), mode="json")
    message = {"version": VERSION, "kind": kind.__name__, "value": plain}
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def unpacked(kind: type[T], message: bytes) -> T:
    """Return the value of this kind that a message carries; WireError, with what is wrong, for any other message."""
    try:
        read = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the message is no JSON: {str(error)[:100]}") from None
    if not isinstance(read, dict) or "version" not in read:
        raise WireError("the message has no version")
    if type(read["version"]) is not int or read["version"] != VERSION:
        version = repr(read["version"])[:20]
        raise WireError(
            f"the message is of version {version}, and this program speaks {VERSION}: run the same everywhere"
        )
    if read.keys() != _FIELDS or read["kind"] != kind.__name__:
        raise WireError(f"the message carries {str(read.get('kind'))[:50]!r} where {kind.__name__} is expected")
    try:
        return cast("T", _adapter(kind).validate_json(json.dumps([read["value"]], ensure_ascii=False).encode())[0])
    except ValidationError as error:
        raise WireError(f"the message carries no {kind.__name__}: {_mistakes(error)}") from None
    except (ValueError, RecursionError) as error:  # half a pair of UTF-16
        raise WireError(f"the message carries no {kind.__name__}: {str(error)[:100]}") from None


def _mistakes(error: ValidationError) -> str:
    details: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
    mistakes = [f"{'.'.join(map(str, each['loc'][1:]))[:100]}: {each['msg']}" for each in details]
    more = f"; and {len(mistakes) - _SHOWN} more" if len(mistakes) > _SHOWN else ""
    return "; ".join(mistakes[:_SHOWN]) + more

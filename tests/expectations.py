"""The samples in tests/samples: documents of our own making, and what is to come of each.

    python tests/expectations.py [NAME …]       writes what is expected anew: of these, or of all; then read the diff

Beside NAME.xml (.json, .md, …) stands NAME.xml.expected.json: `given` is how the document came, `feed` what it says of
itself, `entries` what is stored of each, refined; or `error`. What is empty is left out, and dates are written as such.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.model import Document, ParseError
from aggregator.model.documents import SUFFIXES
from aggregator.parse import parse
from aggregator.refine import channel, refine, withheld

SAMPLES = Path(__file__).parent / "samples"
NOW = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
_BASE = "https://feeds.example/sub/feed"
_ENDING = ".expected.json"
_INSTANTS = {"published", "updated", "release"}
_UNTOLD = {"entries", "hashes", "outline", "hash"}  # what stands for other things than what is said


def samples() -> list[Path]:
    """Every sample's document, in the order of names."""
    return sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(_ENDING))


def expectation(sample: Path) -> Path:
    """The file that says what is to come of it."""
    return sample.with_name(sample.name + _ENDING)


def given(sample: Path) -> dict[str, Any]:
    """How the document came: from the expectation, or as one of its kind does."""
    if expectation(sample).exists():
        said: dict[str, Any] = json.loads(expectation(sample).read_bytes())["given"]
        return said
    if sample.suffix in SUFFIXES and SUFFIXES[sample.suffix].is_article:
        return {"name": f"notes/{sample.name}", "modified": "2026-05-01T00:00:00Z"}
    return {"content_type": "application/json" if sample.suffix == ".json" else "application/xml", "base": _BASE}


def found(sample: Path) -> str:
    """What comes of a sample now, as its expectation has it."""
    how = given(sample)
    modified = int(datetime.fromisoformat(how["modified"]).timestamp()) if "modified" in how else 0
    document = Document(**{"name": "", **how, "modified": modified}, body=sample.read_bytes())
    said: dict[str, Any] = {"given": how, "kind": document.kind}
    try:
        feed = withheld(parse(document), NOW)
    except ParseError as error:
        said["error"] = str(error)
    else:
        said["feed"] = _told(channel(feed, document))
        said["entries"] = [_told(arrival.entry) for arrival in refine(feed, document, NOW)]
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _told(value: Any, name: str = "") -> Any:
    """A value of ours as JSON has it, without what is as it is where nothing is said."""
    if dataclasses.is_dataclass(value):
        fields = [field for field in dataclasses.fields(value) if field.name not in _UNTOLD]
        told = {field.name: _told(getattr(value, field.name), field.name) for field in fields}
        return {key: said for key, said in told.items() if said not in ("", 0, None, False, [], {}, [0, 0])}
    if isinstance(value, (tuple, list, frozenset)):
        return [_told(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    if name in _INSTANTS and value:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value


def main(names: list[str]) -> None:
    for sample in samples():
        if not names or sample.name in names:
            expectation(sample).write_text(found(sample), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

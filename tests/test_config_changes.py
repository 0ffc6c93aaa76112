"""What a config that is read again changes."""

from __future__ import annotations

from pathlib import Path

from aggregator.config import parse
from aggregator.config.changes import changes

NOTHING = {"added": [], "removed": [], "changed": []}


def compared(before: str, after: str) -> dict[str, object]:
    return changes(*(parse(text, Path("a.toml")) for text in (before, after)))


def test_the_same_written_otherwise_is_no_change() -> None:
    text = '[polling]\ntimeout = "60s"\n[[source]]\nurl = "https://a.example/"\n'
    same = '# A word.\n[[source]]\nurl = "https://a.example/"\nenabled = true\n[polling]\ntimeout = "1m"\n'
    assert compared(text, same) == {"sources": NOTHING, "outputs": NOTHING, "keys": [], "restart": []}


def test_sources_outputs_and_keys_are_told_apart() -> None:
    before = """[polling]
timeout = "1m"
[[source]]
url = "https://a.example/"
[[source]]
url = "https://b.example/"
[[output]]
name = "one"
"""
    after = """[polling]
timeout = "2m"
[serve]
port = 1
[site]
link = "https://x.example/"
[[source]]
url = "https://b.example/"
category = "news"
[[source]]
url = "https://c.example/"
[[output]]
name = "one"
limit = 5
[[output]]
name = "two"
"""
    assert compared(before, after) == {
        "sources": {
            "added": ["https://c.example/"], "removed": ["https://a.example/"], "changed": ["https://b.example/"],
        },
        "outputs": {"added": ["two"], "removed": [], "changed": ["one"]},
        "keys": ["site.link", "polling.timeout", "serve.port"],
        "restart": ["serve.port"],
    }  # fmt: skip


def test_a_token_that_changed_is_told_by_its_key_alone() -> None:
    token = '[serve]\nadmin_token = "a-secret-of-sixteen"\n'
    told = compared("", token)
    assert told["keys"] == told["restart"] == ["serve.admin_token"]
    assert "secret" not in repr(told)

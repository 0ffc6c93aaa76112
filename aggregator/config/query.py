"""A full-text query as the operator writes it: what is wrong with it, and where.

The language is FTS5's (https://www.sqlite.org/fts5.html#full_text_query_syntax), and FTS5 itself is asked: a query that
passes here runs on the store's index, which has the same columns and the same tokenizer, and has words to seek in
every part of it, so that none is silently fulfilled by nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.text import characters, grams

if TYPE_CHECKING:
    import sqlite3

COLUMNS = ("title", "author", "text")
TOKENS = "unicode61 remove_diacritics 2"
_LONGEST = 10_000
_SHOWN = 60
# FTS5's own lexer: strings, in which "" is a quote; barewords; and every other character by itself.
_TOKEN = re.compile(r'"(?:[^"]|"")*+"?+|[A-Za-z0-9_\x1a\x80-\U0010ffff]+|[^ \t\r\n]')
_WHERE = re.compile(
    r'fts5: syntax error near "(?P<near>.*)"|no such column: (?P<column>.*)|expected .*, got "(.*)"', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def unquoted(self) -> str:
        return self.text[1:-1].replace('""', '"') if self.text.startswith('"') else self.text


def fault(query: str) -> str:
    """Say what is wrong with the query, in one line with the character's number, counted from 1; "" for nothing."""
    if len(query) > _LONGEST:
        return f"must be at most {_LONGEST} characters long"
    if refused := re.search("[\0\ud800-\udfff]", query):  # FTS5 would read no further, SQLite not take it
        return f"character {refused.start() + 1} is none that can be sought"
    tokens = [_Token(token.start(), token[0]) for token in _TOKEN.finditer(query)]
    if not tokens:
        return "must have words to seek"
    if tokens[0].text == "*":  # a command to the index, were it the first character
        return 'unexpected "*" at character 1; it goes after the beginning of a word, like "astro*"'
    import sqlite3

    index = sqlite3.connect(":memory:")
    try:
        index.execute(f"CREATE VIRTUAL TABLE wanted USING fts5 ({', '.join(COLUMNS)}, tokenize='{TOKENS}')")
        return _fault(index, query, tokens)
    finally:
        index.close()


def prepared(query: str) -> str:
    """Write the query for the index, where words of scripts without spaces are phrases of characters."""
    return _TOKEN.sub(lambda token: _cut(token[0]), query) if grams.has_any(query) else query


def literal(words: str) -> str:
    """Write words as a query that seeks each of them as it stands; "" where there is nothing to seek."""
    quoted = ('"{}"'.format(word.replace('"', '""')) for word in words.split())
    return " ".join(word for word in quoted if not fault(word))


def _cut(token: str) -> str:
    if not grams.has_any(token):
        return token
    words = " ".join(grams.cut(token.removeprefix('"').removesuffix('"')).split())
    return f'"{words}"'


def _fault(index: sqlite3.Connection, query: str, tokens: list[_Token]) -> str:
    refused = _refused(index, query)
    if refused:
        # The parser stops at the first token that can't follow: what is cut off before it at worst ends too early.
        at = bisect_left(range(len(tokens)), True, key=lambda i: not _may_go_on(index, query[: tokens[i].end]))
        return _explained(refused, query, tokens, at)
    for token in tokens:
        if _is_phrase(token) and not _has_words(index, token):
            return (
                f"{_shown(token)} at character {token.start + 1} has no letters or digits, which are all that is sought"
            )
    return ""


def _refused(index: sqlite3.Connection, query: str) -> str:
    """Return what FTS5 says against it, "" for nothing."""
    import sqlite3

    try:
        index.execute("SELECT rowid FROM wanted WHERE wanted MATCH ?", [query]).fetchall()
    except sqlite3.Error as error:
        return str(error)
    return ""


def _may_go_on(index: sqlite3.Connection, beginning: str) -> bool:
    return _refused(index, beginning) in {"", 'fts5: syntax error near ""'}


def _explained(refused: str, query: str, tokens: list[_Token], at: int) -> str:
    """Put FTS5's words into ours. `at` is the token at which it stopped: the one it names, or one just before."""
    if refused == "unterminated string":
        return f"the quote at character {tokens[-1].start + 1} is not closed"
    message = _WHERE.fullmatch(refused)
    if not message:
        place = tokens[min(at, len(tokens) - 1)].start + 1
        return f"{refused.removeprefix('fts5: ')}, at character {place}"
    if message["near"] == "":
        return f"ends too early, at character {len(query.rstrip()) + 1}: something has to follow"
    named = message["near"] or message["column"] or message[3]
    before = [token for token in tokens[: at + 1] if named in {token.text, token.unquoted}]
    token = _caller(tokens, at) if message["near"] and named != tokens[at].text else None
    token = token or (before or tokens[at : at + 1])[-1]
    if message["column"] is not None:
        minus = next((t for t in tokens if t.text == "-" and t.end == token.start), None)
        if minus and not query[token.end :].lstrip().startswith(":"):  # as search engines write it
            return f"unexpected {_shown(minus)} at character {minus.start + 1}{_hint(minus, tokens)}"
        return f"{_shown(token)} at character {token.start + 1} is no column; there are {', '.join(COLUMNS)}"
    if message[3] is not None:
        return f"{_shown(token)} at character {token.start + 1} must be a whole number"
    return f"unexpected {_shown(token)} at character {token.start + 1}{_hint(token, tokens)}"


def _caller(tokens: list[_Token], at: int) -> _Token | None:
    """Return the word before the parenthesis that closes here: FTS5 takes it for a function, and knows only NEAR."""
    opened = [i for i in range(1, at + 1) if tokens[i].text == "("]
    return tokens[opened[-1] - 1] if opened else None


def _hint(token: _Token, tokens: list[_Token]) -> str:
    following = next((t.text for t in tokens if t.start >= token.end), "")
    if token.text == "-" and following:
        return f"; what is unwanted goes after NOT, like telescope NOT {following}; a word with a - in quotes"
    if following == "(":
        return '; before "(" there has to be AND, OR or NOT'
    if token.text == "NOT":
        return "; it stands between what is sought and what is not"
    if token.text not in {*"(){}:+-^*", "AND", "OR"} and not _is_phrase(token):
        return '; words with other characters than letters and digits go in quotes, like "C++"'
    return ""


def _is_phrase(token: _Token) -> bool:
    return bool(re.match(r'["A-Za-z0-9_\x1a\x80-\U0010ffff]', token.text))


def _has_words(index: sqlite3.Connection, token: _Token) -> bool:
    """Tell whether the tokenizer finds anything in it: then a text of just that is found by it."""
    if re.search("[A-Za-z0-9]", token.text):
        return True
    phrase = token.unquoted.replace('"', '""')
    index.execute("INSERT INTO wanted (rowid, text) VALUES (1, ?)", [token.unquoted])
    row = index.execute("SELECT 1 FROM wanted WHERE wanted MATCH ?", [f'"{phrase}"']).fetchone()
    index.execute("DELETE FROM wanted")
    return row is not None


def _shown(token: _Token) -> str:
    text = characters.printable(token.text)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return text if text.startswith('"') else f'"{text}"'

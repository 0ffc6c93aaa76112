"""What an address keeps secret: passwords and keys, which nobody but its server may see."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?[/\\?][^\s<>\"']+", re.IGNORECASE)  # relative ones, too
_AUTHORITY = re.compile(r"((?:[a-z][a-z0-9+.-]*:)?[/\\]{2})([^/\\?#]*)@", re.IGNORECASE)
# Keys that are a part of the path: calendars' private-…, bots' numbers and tokens, and what stands after such a word.
_IN_PATH = re.compile(
    r"(?<=/)(?:(private-)[0-9a-f]{16,}|(bot[0-9]+:)[\w-]{20,}"
    r"|((?:private|tokens?|secrets?|auth|keys?|api_?key)/)(?=[\w-]*[0-9])[\w-]{16,})(?=[/?#.]|$)",
    re.ASCII | re.IGNORECASE,
)
# Names of parameters that let their bearer in: whole words of the name, and what is telling inside of any word.
_KEYS = frozenset(
    ("auth", "authkey", "bearer", "cred", "credential", "credentials", "hmac", "jwt", "key", "oauth", "pass",
     "passphrase", "private", "pw", "pwd", "session", "sid", "sig", "sign")
)  # fmt: skip
_TELLING = re.compile(r"token|secret|passw|api_?key|access_?key|feed_?key|signature|session_?id", re.IGNORECASE)
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DIGEST = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)  # a private feed's key, whatever the parameter is called
_PARAMETER = re.compile(r"([^&;=]*)=([^&;]*)")
_HIDDEN = "…"
_DEEPEST = 3  # addresses in parameters of addresses in parameters


def shown(address: str) -> str:
    """Write an address as anybody may see it: without user and password, and with "…" for what parameters keep secret.

    For every other address, a path too, it is the address itself. It is for people and for feeds, never requested.
    """
    if not address[:8].lower().startswith(("http://", "https://", "feed://")) and not _AUTHORITY.match(address):
        return address
    return _shown(address, 0)


def _shown(address: str, depth: int) -> str:
    """`depth` is how many addresses it is a parameter of."""
    authority = _AUTHORITY.match(address)
    if authority:
        address = authority[1] + address[authority.end() :]
    head, hash_, fragment = address.partition("#")
    path, question, query = head.partition("?")
    path = _IN_PATH.sub(lambda key: "".join(filter(None, key.groups())) + _HIDDEN, path)
    return path + question + _without_keys(query, depth) + hash_ + _without_keys(fragment, depth)


def is_secret(address: str) -> bool:
    """Tell whether the address lets whoever has it in: it isn't for anybody else."""
    return shown(address) != address


def shown_in(text: str) -> str:
    """Write a text with the addresses in it as anybody may see them."""
    return _ADDRESS.sub(lambda address: _shown(address[0], 0), text)


def _without_keys(query: str, depth: int) -> str:
    return _PARAMETER.sub(lambda pair: f"{pair[1]}={_HIDDEN}" if _is_key(pair[1], pair[2], depth) else pair[0], query)


def _is_key(name: str, value: str, depth: int) -> bool:
    name, value = unquote_plus(name), unquote_plus(value)
    if value in {"", _HIDDEN}:
        return False
    if _TELLING.search(name) or _DIGEST.fullmatch(value) or {w.lower() for w in _NAME_WORD.findall(name)} & _KEYS:
        return True
    if not value[:8].lower().startswith(("http://", "https://")):
        return False
    return depth >= _DEEPEST or _shown(value, depth + 1) != value

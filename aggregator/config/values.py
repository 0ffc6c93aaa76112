"""The kinds of values in the config file: each takes what TOML gives and says in words what it wants instead."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from aggregator.config import query
from aggregator.model import STATUS
from aggregator.model.categories import tidied
from aggregator.render.formats import FORMATS
from aggregator.text.addresses import is_web, mended

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 365 * 86400}
_DURATION = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_AGE = re.compile(r"(?:[0-9]{1,9}[hdwy])+")
_LONGEST = 366 * 86400  # a longer wait is a slip of the pen, and the calendar ends somewhere
_OLDEST = 100 * 365 * 86400


def duration(value: object) -> int:
    """Read a duration like "15m", "1h30m" or "7d": seconds."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError('must be a duration like "90s", "15m", "1h30m" or "7d"')
    seconds = _seconds(value)
    if seconds > _LONGEST:
        raise ValueError("must be at most a year")
    return seconds


def age(value: object) -> int:
    """Read how old something may be, like "90d" or "2y": seconds."""
    if not isinstance(value, str) or not _AGE.fullmatch(value):
        raise ValueError('must be an age like "90d", "2y" or "1y6w"; "0d" for any')
    seconds = _seconds(value)
    if seconds > _OLDEST:
        raise ValueError("must be at most a hundred years")
    return seconds


def _seconds(value: str) -> int:
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9]+)([smhdwy])", value))


_SIZES = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}
_SIZE = re.compile(r"([0-9]{1,9}) ?(|k|M|G|Ki|Mi|Gi)B")


def size(value: object) -> int:
    """Read a size like "500 kB" or "10 MiB": bytes."""
    written = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not written:
        raise ValueError('must be a size like "500 kB" or "10 MiB"')
    return int(written[1]) * _SIZES[written[2]]


_TOKEN = (16, 200)  # characters: what nobody guesses at ten tries a minute, and what a form may hold
ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
"""A secret that stands in an environment variable: its name."""

_REFERENCE = re.compile(r"(env):([A-Za-z_][A-Za-z0-9_]*)|(file):(.+)")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.1
_OURS = frozenset(
    ("accept-encoding", "connection", "content-length", "content-type", "expect", "host", "if-match",
     "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "range", "te",
     "trailer", "transfer-encoding", "upgrade")
)  # fmt: skip
_KEYS_OF_THEIR_OWN = {"cookie": "cookie", "user-agent": "user_agent"}

# What nearly all addresses are like: forty thousand of them are read at once.
_PLAIN = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?(?:/[!-~]*)?")


def _http_url(value: str) -> str:
    """Take any http or https address with a host, as it is but for what can't stand in one (text/addresses.py)."""
    if _PLAIN.fullmatch(value):
        return value
    value = mended(value)
    if not is_web(value) or any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError('must be an address like "https://example.org/feed.xml"')
    return value


def _site_link(value: str) -> str:
    value = _http_url(value)
    return value if value.endswith("/") else value + "/"


def _optional_url(value: str) -> str:
    return _http_url(value) if value else ""


def _callback(value: str) -> str:
    if set(value) & set("?#"):
        raise ValueError('must be an address like "https://example.org/websub/", without ? and #')
    return _site_link(value) if value else ""


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f'must be a network like "192.168.1.0/24" ({error})') from None


def _workers(value: object) -> object:
    if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 64):
        return value
    raise ValueError('must be "auto" or a number from 1 to 64')


def _output_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
        raise ValueError("must be letters, digits, - and _ (it becomes a file's name)")
    if value.lower() == STATUS:
        raise ValueError("must be another name: /status.xml is where the aggregator tells how the sources are")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError('must be a language tag like "en" or "pt-BR"')
    return value


def _contact(value: str) -> str:
    if not re.fullmatch(r"[!-~]*", value) or set(value) & set("()<>"):
        raise ValueError('must be a page\'s or a mail address like "news@example.org"')
    return value


def _path(value: str) -> str:
    """Take any path that the system can look for; the visits tell whether something is there."""
    if not value or "\0" in value:
        raise ValueError('must be a path like "articles"')
    try:
        Path(value).expanduser()
    except RuntimeError:
        raise ValueError("names a user (~) who isn't known here; must be a path") from None
    return value


def _query(value: str) -> str:
    if value and (wrong := query.fault(value)):
        raise PydanticCustomError("query", "{wrong}", {"wrong": wrong})
    return value


def _hosts(value: object) -> tuple[str, ...]:
    """Take one name or address, or a list of them."""
    hosts = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []
    named = [host for host in hosts if isinstance(host, str) and host.strip("[] \t")]
    if not hosts or len(named) < len(hosts):
        raise ValueError('must be a name or an address like "127.0.0.1", or a list of them')
    return tuple(dict.fromkeys(host.strip("[] \t") for host in named))


def _token(value: object) -> str:
    """Take what an operator signs in with. What is wrong with it is told without it: messages land in logs."""
    if not isinstance(value, str) or not (is_token(value) or ENVIRONMENT.fullmatch(value)):
        raise PydanticCustomError(
            "secret", f'must be text of {_TOKEN[0]} to {_TOKEN[1]} printable characters, or empty, or like "env:NAME"'
        )
    return value


def is_token(value: str) -> bool:
    """Tell whether an operator may sign in with it; "" is for nobody."""
    return not value or (_TOKEN[0] <= len(value) <= _TOKEN[1] and value.isprintable())


def _password(value: object) -> str:
    """Take a password. What is wrong with it is told without it, too."""
    if not isinstance(value, str) or not value.isprintable():
        raise PydanticCustomError("secret", 'must be text in quotes, or like "env:NAME"')
    return value


def reference(value: str) -> tuple[str, str]:
    """Return "env" and a variable's name, or "file" and a path, where a secret is written so; else "", ""."""
    found = _REFERENCE.fullmatch(value)
    return (found[1] or found[3], found[2] or found[4]) if found else ("", "")


def is_header_text(value: str) -> bool:
    """Tell whether it can be sent in a header: one line of printable characters (RFC 9110 §5.5)."""
    return value.isprintable() and value == value.strip()


def _header_text(value: object) -> str:
    """Take what is sent in a header. What is wrong with it is told without it: it may be a key."""
    if not isinstance(value, str) or not is_header_text(value):
        raise PydanticCustomError("secret", 'must be one line of text in quotes, or like "env:NAME" or "file:PATH"')
    return value


def _header_name(value: str) -> str:
    if not _HEADER.fullmatch(value) or value.lower() in _OURS or value.lower().startswith(("proxy-", "sec-")):
        raise ValueError("must be a header's name, of one that isn't for us to set")
    if key := _KEYS_OF_THEIR_OWN.get(value.lower()):
        raise ValueError(f"has a key of its own: {key}")
    return value


def _optional_path(value: str) -> str:
    return _path(value) if value else ""


def _format(value: object) -> str:
    """Take the suffix of a format that an output can have."""
    if not isinstance(value, str) or value not in FORMATS:
        *others, last = map(repr, FORMATS)
        raise ValueError(f"must be {', '.join(others)} or {last}")
    return value


def _each_once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("must name each of them once")
    return values


Token = Annotated[str, BeforeValidator(_token), Field(repr=False)]
Password = Annotated[str, BeforeValidator(_password), Field(repr=False)]
HeaderText = Annotated[str, BeforeValidator(_header_text)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
OptionalPath = Annotated[str, AfterValidator(_optional_path)]
Size = Annotated[int, BeforeValidator(size)]
Age = Annotated[int, BeforeValidator(age)]
Duration = Annotated[int, BeforeValidator(duration)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
SiteLink = Annotated[str, AfterValidator(_site_link)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_hosts)]
Callback = Annotated[str, AfterValidator(_callback)]
Network = Annotated[str, AfterValidator(_network)]
Language = Annotated[str, AfterValidator(_language)]
Contact = Annotated[str, AfterValidator(_contact)]
LocalPath = Annotated[str, AfterValidator(_path)]
Workers = Annotated[str | int, BeforeValidator(_workers)]
Query = Annotated[str, AfterValidator(_query)]
Format = Annotated[str, BeforeValidator(_format)]
Formats = Annotated[list[Format], Field(min_length=1), AfterValidator(_each_once)]
Category = Annotated[str, AfterValidator(tidied)]
OutputName = Annotated[str, AfterValidator(_output_name)]

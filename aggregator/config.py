"""The operator's file: TOML → Config. Every table and key that can be written there is one class and field here.

All that is wrong is found at once and raised as one ConfigError, a line each: file, line, key, what, what is allowed.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from aggregator.model import ConfigError, Source

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_LONGEST = 366 * 86400  # a longer wait is a slip of the pen, and the calendar ends somewhere


def duration(value: object) -> int:
    """ "15m", "1h30m", "7d" → seconds."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError('must be a duration like "90s", "15m", "1h30m" or "7d"')
    seconds = sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9]+)([smhdw])", value))
    if seconds > _LONGEST:
        raise ValueError("must be at most a year")
    return seconds


def _http_url(value: str) -> str:
    """Any http or https address with a host, left exactly as it is: servers see what the operator wrote."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError('must be an address like "https://example.org/feed.xml"')
    return value


def _site_link(value: str) -> str:
    _http_url(value)
    return value if value.endswith("/") else value + "/"


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
    """Any path that the system can look for; whether something is there is told by the visits."""
    if not value or "\0" in value:
        raise ValueError('must be a path like "articles"')
    try:
        Path(value).expanduser()
    except RuntimeError:
        raise ValueError("names a user (~) who isn't known here; must be a path") from None
    return value


Duration = Annotated[int, BeforeValidator(duration)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
SiteLink = Annotated[str, AfterValidator(_site_link)]
Network = Annotated[str, AfterValidator(_network)]
Language = Annotated[str, AfterValidator(_language)]
Contact = Annotated[str, AfterValidator(_contact)]
LocalPath = Annotated[str, AfterValidator(_path)]
Workers = Annotated[str | int, BeforeValidator(_workers)]
OutputName = Annotated[str, AfterValidator(_output_name)]


class Table(BaseModel):
    """A TOML table: closed, immutable, and no type is guessed (`port = "80"` is a mistake)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Site(Table):
    """[site]: what the outputs say of themselves."""

    title: str = Field("River of news", min_length=1)
    link: SiteLink = "http://localhost:8000/"
    description: str = ""
    language: Language = "en"
    notice: str = ""


class Polling(Table):
    """[polling]: how often and how hard sources are visited."""

    min_interval: Duration = Field(900, ge=1)
    max_interval: Duration = Field(86400, ge=1)
    timeout: Duration = Field(60, ge=1)
    concurrency: int = Field(64, ge=1, le=1000)
    workers: Workers = "auto"
    contact: Contact = ""
    allow_networks: list[Network] = []

    @model_validator(mode="after")
    def _ordered(self) -> Polling:
        if self.min_interval > self.max_interval:
            raise ValueError("min_interval must not be longer than max_interval")
        return self


class Serve(Table):
    """[serve]: where the HTTP server listens."""

    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)


class SourceTable(Table):
    """[[source]]: one feed, folder or file. `path` is relative to the config file."""

    url: HttpUrl | None = None
    path: LocalPath | None = None
    name: str = ""
    category: str = ""
    interval: Duration | None = Field(None, ge=60)
    enabled: bool = True
    priority: int = Field(0, ge=-1_000_000, le=1_000_000)

    @model_validator(mode="after")
    def _one_address(self) -> SourceTable:
        if (self.url is None) == (self.path is None):
            raise ValueError("must have either url or path")
        return self


class OutputTable(Table):
    """[[output]]: one combined feed; empty lists select everything."""

    name: OutputName
    title: str = ""
    description: str = ""
    categories: list[str] = []
    sources: list[str] = []
    limit: int = Field(100, ge=1, le=10_000)


class Config(Table):
    """The whole file. `folder` is where it lies: relative paths start there."""

    site: Site = Site()
    polling: Polling = Polling()
    serve: Serve = Serve()
    source: list[SourceTable] = []
    output: list[OutputTable] = []
    folder: Path = Field(Path(), exclude=True)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is to be visited; an address that is configured twice is visited once, as it stands first."""
        found: dict[str, Source] = {}
        for table in self.source:
            key = table.url or table.path or ""
            found.setdefault(
                key,
                Source(
                    key=key,
                    path=None if table.url else (self.folder / Path(key).expanduser()).resolve(),
                    name=table.name,
                    category=table.category,
                    interval=table.interval or 0,
                    enabled=table.enabled,
                    priority=table.priority,
                ),
            )
        return tuple(found.values())

    @property
    def outputs(self) -> tuple[OutputTable, ...]:
        """What is to be published: without any [[output]] one feed of everything."""
        return tuple(self.output) or (OutputTable(name="feed"),)


def load(path: Path) -> Config:
    """Reads and checks the file; raises ConfigError with all its problems."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError(f"{path}: can't be read: {reason}") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """The file's text → Config; `path` names it in messages, and its folder is where relative paths start."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets int's and the stack's own limits through
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    problems = [_unknown(path, text, ("folder",))] if tables.pop("folder", None) is not None else []
    problems += _doubled(tables.get("output"), path, text)
    try:
        config = Config.model_validate({**tables, "folder": path.absolute().parent})
    except ValidationError as error:
        problems += [_problem(path, text, dict(detail)) for detail in error.errors(include_url=False)]
    if problems:
        raise ConfigError(*problems)
    return config


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


_PLAINLY = {
    "missing": "is required",
    "model_type": "must be a table",
    "list_type": 'must be a list like ["one", "two"]',
    "string_type": 'must be text in quotes, like "this"',
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


def _doubled(outputs: object, path: Path, text: str) -> list[str]:
    """Outputs of one name would overwrite each other's files, on some disks even where only the case differs."""
    tables = outputs if isinstance(outputs, list) else []
    names = [str(table.get("name")).lower() if isinstance(table, dict) else None for table in tables]
    return [
        f'{_where(path, text, ("output", i, "name"))}: two outputs are named "{tables[i]["name"]}"; names must differ'
        for i, name in enumerate(names)
        if name and name in names[:i] and "name" in tables[i]
    ]


def _problem(path: Path, text: str, detail: dict[str, Any]) -> str:
    loc = tuple(part for part in detail["loc"] if isinstance(part, int) or part.isidentifier())
    if detail["type"] == "extra_forbidden":
        return _unknown(path, text, detail["loc"])
    what = _PLAINLY.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").replace(
        "Input should be", "must be"
    )
    if detail["type"] == "list_type" and loc in {("source",), ("output",)}:
        what = f"must be written [[{loc[0]}]]"
    shown = detail["input"]
    if detail["type"] != "missing" and isinstance(shown, str | int | float):
        what += f", not {shown!r}" if not isinstance(shown, bool) else f", not {str(shown).lower()}"
    return f"{_where(path, text, loc)}: {what}"


def _unknown(path: Path, text: str, loc: tuple[int | str, ...]) -> str:
    allowed = _keys(loc[:-1])
    close = difflib.get_close_matches(str(loc[-1]), allowed, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{_where(path, text, loc)}: unknown key; {hint}allowed here: {', '.join(allowed)}"


def _keys(table: tuple[int | str, ...]) -> list[str]:
    models: dict[str, type[Table]] = {
        "site": Site, "polling": Polling, "serve": Serve, "source": SourceTable, "output": OutputTable,
    }  # fmt: skip
    model = models[str(table[0])] if table else Config
    return [name for name in model.model_fields if name != "folder"]


def _where(path: Path, text: str, loc: tuple[int | str, ...]) -> str:
    """ "aggregator.toml:12: [[source]] 3, url": as precisely as the file's lines tell."""
    line = _line(text, loc)
    place = f"{path}:{line}" if line else str(path)
    names = [str(part + 1) if isinstance(part, int) else part for part in loc]
    if not names:
        return place
    if len(loc) > 1 and isinstance(loc[1], int):
        head = f"[[{names[0]}]] {names[1]}"
        return f"{place}: {', '.join([head, *names[2:]])}"
    return f"{place}: {'.'.join(names)}"


def _line(text: str, loc: tuple[int | str, ...]) -> int:
    """The line that a key, or else its table, stands on; 0 where a plain reading of the lines doesn't find it."""
    if not loc:
        return 0
    array = len(loc) > 1 and isinstance(loc[1], int)
    name = rf"""["']?{re.escape(str(loc[0]))}["']?"""
    header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]" if array else rf"\s*\[\s*{name}\s*\]")
    key = str(loc[2]) if array and len(loc) > 2 else str(loc[1]) if not array and len(loc) > 1 else ""
    wanted = int(loc[1]) if array else 0
    inside, seen, found = False, -1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            seen += 1
            inside = seen == wanted
            found = number if inside else found
        elif re.match(r"\s*\[", line) and not re.match(r"\s*\[.*=", line):
            inside = False
        elif (inside and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line)) or (
            len(loc) == 1 and seen < 0 and re.match(rf"\s*{name}\s*=", line)
        ):
            return number
    return found

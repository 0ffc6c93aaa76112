"""Each table that can be written in the operator's file, and its keys: one class and field each."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aggregator.config.values import (  # fmt: skip
    Age,
    Callback,
    Category,
    Contact,
    Duration,
    Formats,
    HeaderName,
    HeaderText,
    Hosts,
    HttpUrl,
    Language,
    LocalPath,
    Network,
    OptionalPath,
    OptionalUrl,
    OutputName,
    Password,
    Query,
    SiteLink,
    Size,
    Token,
    Workers,
)

KiB = 1024
MiB = 1024**2
KB = 1000
MB = 1000**2


class Table(BaseModel):
    """A TOML table: closed, immutable, and no type is guessed (`port = "80"` is a mistake)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Site(Table):
    """[site]: what the outputs say of themselves, and its pages: whether they show pictures of other sites, and which
    of them are files, too."""

    title: str = Field("River of news", min_length=1)
    link: SiteLink = "http://localhost:8000/"
    description: str = ""
    language: Language = "en"
    notice: str = ""
    icon: OptionalUrl = ""
    images: bool = True
    static: Literal["none", "rivers", "stories"] = "rivers"


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


class Limits(Table):
    """[limits]: what a stranger may cost us. Sizes are in bytes here, times in seconds.

    Nothing beyond is stored or waited for; what is cut off is said in the visit.
    """

    body: Size = Field(10 * MiB, ge=1024)
    headers: Size = Field(64 * KiB, ge=1024)
    connect: Duration = Field(10, ge=1)
    redirects: int = Field(5, ge=0, le=20)
    entries: int = Field(1000, ge=1)
    kept: int = Field(2000, ge=1)
    title: int = Field(300, ge=20)
    content: Size = Field(500 * KB, ge=1000)
    categories: int = Field(50, ge=0)
    parse_time: Duration = Field(20, ge=1)
    parse_memory: Size = Field(512 * MiB, ge=64 * MiB)
    output: Size = Field(5 * MB, ge=10_000)


class Storage(Table):
    """[storage]: how long articles stay stored: those of a source up to an age and a number, 0 for any; all of them
    as long as the database's file has room.
    """

    keep_age: Age = Field(0, ge=0)
    keep_entries: int = Field(0, ge=0)
    max_size: Size | None = Field(None, ge=MB)


class Dedupe(Table):
    """[dedupe]: what makes copies one story. Guids and addresses always do; `text` false leaves likeness out."""

    text: bool = True


class Serve(Table):
    """[serve]: where the HTTP server listens: at one name or address, or at several; "::" is both protocols. With a
    `socket`, the path of one, it listens there alone.

    Whoever has the `admin_token` may change things there; "" for nobody. What is `private` is how the sources do, and
    which they are: for that operator alone.
    """

    host: Hosts = ("127.0.0.1",)
    port: int = Field(8000, ge=0, le=65535)
    socket: OptionalPath = ""
    admin_token: Token = Field("", repr=False)
    admin_token_file: OptionalPath = ""
    private: bool = False

    @model_validator(mode="after")
    def _one_token(self) -> Serve:
        if self.admin_token and self.admin_token_file:
            raise ValueError("must have either admin_token or admin_token_file")
        if self.private and not (self.admin_token or self.admin_token_file):
            raise ValueError(
                "private needs an admin_token, with which you alone are let in: at least 16 characters, for instance"
                " from `openssl rand -base64 24`"
            )
        return self


class Log(Table):
    """[log]: what the daemon says on standard error: from which level on, for people or for programs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "logfmt", "json"] = "text"


class WebSub(Table):
    """[websub]: the hub that tells others of our outputs, and the address under which hubs tell us of our sources."""

    hub: OptionalUrl = ""
    callback: Callback = ""


class AccessKeys(Table):
    """What a source's server wants to see. All secrets may stand elsewhere (`secrets`); none is ever printed."""

    username: str = ""
    password: Password = Field("", repr=False)
    password_file: OptionalPath = ""
    bearer: HeaderText = Field("", repr=False)
    cookie: HeaderText = Field("", repr=False)
    headers: dict[HeaderName, HeaderText] = Field(default={}, repr=False)
    user_agent: HeaderText = ""

    @property
    def login_keys(self) -> list[str]:
        """The keys that say how one signs in: a source has one of them at most, and none with its category's."""
        authorized = any(name.lower() == "authorization" for name in self.headers)
        named = {
            "username": bool(self.username or self.password or self.password_file),
            "bearer": bool(self.bearer),
            "headers with Authorization": authorized,
        }
        return [key for key, is_written in named.items() if is_written]

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if len(self.login_keys) > 1:
            raise ValueError(f"must have one way to sign in: {' or '.join(self.login_keys)}")
        if len({name.lower() for name in self.headers}) < len(self.headers):
            raise ValueError("headers must name each of them once")
        if not (self.username or self.password or self.password_file):
            return self
        if self.password and self.password_file:
            raise ValueError("must have either password or password_file")
        if not self.username or not (self.password or self.password_file):
            raise ValueError("must have a username and a password or password_file, or none of them")
        return self


class DefaultsTable(AccessKeys):
    """[[defaults]]: what holds for the feeds of a category and of its parts, "" for all, where they say nothing."""

    category: Category = ""


class SourceTable(AccessKeys):
    """[[source]]: one feed, folder or file. `path` is relative to the config file. With `withdraw` what is deleted from
    the folder is taken out of everything."""

    url: HttpUrl | None = None
    path: LocalPath | None = None
    name: str = ""
    category: Category = ""
    interval: Duration | None = Field(None, ge=60)
    enabled: bool = True
    priority: int = Field(0, ge=-1_000_000, le=1_000_000)
    withdraw: bool = False
    keep_age: Age | None = Field(None, ge=0)
    keep_entries: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_address(self) -> SourceTable:
        if (self.url is None) == (self.path is None):
            raise ValueError("must have either url or path")
        if self.withdraw and self.path is None:
            raise ValueError("withdraw is for a path: what a feed lists no longer is no more than old")
        return self

    @model_validator(mode="after")
    def _for_a_url(self) -> SourceTable:
        written = [key for key in AccessKeys.model_fields if key in self.model_fields_set and getattr(self, key)]
        if self.url is None and written:
            raise ValueError(f"{' and '.join(written)} {'are' if written[1:] else 'is'} for a url")
        if self.url and written and self.login_keys and "@" in self.url.split("://", 1)[-1].split("/", 1)[0]:
            raise ValueError("must have user and password in the url, or as keys of their own, not both")
        return self


class OutputTable(Table):
    """[[output]]: one combined feed; empty lists select everything. All rules act when it is published.

    `match` and `exclude` are FTS5 queries; of `languages`, "en" takes "en-GB" and "und" what names none. `max_age` is
    that of the story; `per_source` 0 sets no bound; `backfill` None takes all that a new source lists at first.
    """

    name: OutputName
    title: str = ""
    description: str = ""
    categories: list[Category] = []
    sources: list[str] = []
    match: Query = ""
    exclude: Query = ""
    languages: list[Language] = []
    max_age: Duration | None = Field(None, ge=1)
    per_source: int = Field(0, ge=0, le=10_000)
    backfill: int | None = Field(None, ge=0, le=10_000)
    limit: int = Field(100, ge=1, le=10_000)
    content: Literal["full", "summary"] = "full"
    source_line: bool = False
    formats: Formats = ["xml", "atom", "json"]
    dedupe: bool = True
    related: int = Field(0, ge=0, le=10)

"""The operator's whole file: its tables, and what the program makes of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from aggregator.config import access
from aggregator.config.tables import (  # fmt: skip
    Dedupe,
    DefaultsTable,
    Limits,
    Log,
    OutputTable,
    Polling,
    Serve,
    Site,
    SourceTable,
    Storage,
    Table,
    WebSub,
)
from aggregator.model import Access, Bounds, Keep, Settings, Source


class Config(Table):
    """The whole file. `folder` is where it lies: relative paths start there."""

    site: Site = Site()
    polling: Polling = Polling()
    limits: Limits = Limits()
    storage: Storage = Storage()
    dedupe: Dedupe = Dedupe()
    serve: Serve = Serve()
    websub: WebSub = WebSub()
    log: Log = Log()
    # pydantic copies a default, and looks at a factory's signature for as long as it takes to read many a config.
    defaults: list[DefaultsTable] = []  # noqa: RUF012
    source: list[SourceTable] = []  # noqa: RUF012
    output: list[OutputTable] = []  # noqa: RUF012
    folder: Path = Field(Path(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _own_address(cls, written: object) -> object:
        """Fill in the link, where none is given: the address at which this machine serves."""
        if not isinstance(written, dict):
            return written
        serve, site = written.get("serve", {}), written.get("site", {})
        port = serve.get("port") if isinstance(serve, dict) else None
        if type(port) is not int or not 0 < port <= 65535 or not isinstance(site, dict) or "link" in site:
            return written
        return {**written, "site": {**site, "link": f"http://localhost:{port}/"}}

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources to visit; an address that is configured twice is visited once, as it stands first."""
        return tuple(self.by_key.values())

    @cached_property
    def by_key(self) -> Mapping[str, Source]:
        """The sources by their addresses as configured."""
        sources: dict[str, Source] = {}
        for table in self.source:
            key = table.url or table.path or ""
            if key not in sources:
                sources[key] = Source(
                    key=key,
                    path=None if table.url else Path(os.path.realpath(self.folder / Path(key).expanduser())),
                    name=table.name,
                    category=table.category,
                    access=access.of_source(table, self.defaults) if table.url else Access(),
                    interval=table.interval or 0,
                    enabled=table.enabled,
                    priority=table.priority,
                    withdraw=table.withdraw,
                    keep=Keep(table.keep_age, table.keep_entries),
                )
        return sources

    @property
    def keep(self) -> Keep:
        """What stays stored of a source that says nothing else, or is configured no longer."""
        return Keep(self.storage.keep_age, self.storage.keep_entries)

    @cached_property
    def settings(self) -> Settings:
        """The settings that a visit needs of all this."""
        polling, limits = self.polling, self.limits
        return Settings(
            contact=polling.contact or self.site.link,
            min_interval=polling.min_interval,
            max_interval=polling.max_interval,
            timeout=polling.timeout,
            concurrency=polling.concurrency,
            allow_networks=tuple(polling.allow_networks),
            body=limits.body,
            headers=limits.headers,
            connect=limits.connect,
            redirects=limits.redirects,
            bounds=Bounds(
                entries=limits.entries,
                kept=limits.kept,
                title=limits.title,
                content=limits.content,
                categories=limits.categories,
                parse_time=limits.parse_time,
                parse_memory=limits.parse_memory,
            ),
        )

    def __copy__(self) -> Self:
        """Copy without what was made of these tables: a copy may get others."""
        copied = super().__copy__()
        for name in ("sources", "by_key", "settings"):
            copied.__dict__.pop(name, None)
        return copied

    @property
    def outputs(self) -> tuple[OutputTable, ...]:
        """The outputs to publish: without any [[output]] one feed of everything."""
        return tuple(self.output) or (OutputTable(name="feed"),)


def table_keys() -> dict[str, list[str]]:
    """Return the keys that each table takes; "" is the file itself."""
    models: dict[str, type[Table]] = {
        "": Config, "site": Site, "polling": Polling, "limits": Limits, "storage": Storage,
        "dedupe": Dedupe, "serve": Serve, "websub": WebSub, "log": Log, "defaults": DefaultsTable,
        "source": SourceTable,
        "output": OutputTable,
    }  # fmt: skip
    return {name: [key for key in model.model_fields if key != "folder"] for name, model in models.items()}

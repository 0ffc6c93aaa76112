"""The operator's file: TOML → Config; `tables` has every table and key that can be written there, `schema` the whole.

All that is wrong is found at once and raised as one ConfigError, a line each: file, line, key, what, what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from aggregator.config import problems, secrets, toml
from aggregator.config.schema import Config, table_keys
from aggregator.config.tables import OutputTable, Polling, Site, SourceTable
from aggregator.model import STATUS, ConfigError

__all__ = ["STATUS", "Config", "OutputTable", "Polling", "Site", "SourceTable", "load", "parse"]


def load(
    path: Path, environ: Mapping[str, str] | None = None, serve: Mapping[str, object] = MappingProxyType({})
) -> Config:
    """Read and check the file; raise ConfigError with all its problems.

    With an environment the secrets that stand in it or in files are filled in (`secrets`). `serve` goes before what the
    file has in [serve].
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError(f"{path}: can't be read: {reason}") from None
    config = parse(text, path, serve)
    return config if environ is None else secrets.filled(config, environ, path, text)


def parse(text: str, path: Path, serve: Mapping[str, object] = MappingProxyType({})) -> Config:
    """Turn the file's text into a Config; `path` names it in messages, and relative paths start from its folder.

    `serve` goes before what it has in [serve].
    """
    try:
        written = toml.read(text)
    except (ValueError, RecursionError) as error:  # tomllib lets int's and the stack's own limits through
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    wrong = [problems.unknown(path, text, ("folder",), table_keys())] if written.pop("folder", None) is not None else []
    wrong += problems.doubled(written.get("output"), path, text)
    if serve and isinstance(written.get("serve", {}), dict):
        written["serve"] = {**written.get("serve", {}), **serve}
    try:
        config = Config.model_validate({**written, "folder": path.absolute().parent})
    except ValidationError as error:
        wrong += problems.mistakes(error, path, text, table_keys())
    if wrong:
        raise ConfigError(*wrong)
    return config

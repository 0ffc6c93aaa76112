"""The operator's file: TOML → Config; `tables` has every table and key that can be written there, `schema` the whole.

All that is wrong is found at once and raised as one ConfigError, a line each: file, line, key, what, what is allowed.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from aggregator.config import problems, toml
from aggregator.config.schema import Config, table_keys
from aggregator.config.tables import OutputTable, Polling, Site, SourceTable
from aggregator.model import STATUS, ConfigError

__all__ = ["STATUS", "Config", "OutputTable", "Polling", "Site", "SourceTable", "load", "parse"]


def load(path: Path) -> Config:
    """Read and check the file; raise ConfigError with all its problems."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError(f"{path}: can't be read: {reason}") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Turn the file's text into a Config; `path` names it in messages, and relative paths start from its folder."""
    try:
        written = toml.read(text)
    except (ValueError, RecursionError) as error:  # tomllib lets int's and the stack's own limits through
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    wrong = [problems.unknown(path, text, ("folder",), table_keys())] if written.pop("folder", None) is not None else []
    wrong += problems.doubled(written.get("output"), path, text)
    try:
        config = Config.model_validate({**written, "folder": path.absolute().parent})
    except ValidationError as error:
        wrong += problems.mistakes(error, path, text, table_keys())
    if wrong:
        raise ConfigError(*wrong)
    return config

"""The config as it is written → with its secrets, which may stand elsewhere: in the environment or in files.

    admin_token = "env:NAME"             an environment variable
    admin_token_file = "admin-token"     a file: a credential of the service (systemd.exec(5), LoadCredential=), or else
                                         relative to the config file

Whoever only reads what is stored needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from aggregator.config.problems import where
from aggregator.config.schema import Config
from aggregator.config.tables import Serve, SourceTable
from aggregator.config.values import ENVIRONMENT, is_token
from aggregator.model import ConfigError

_LONGEST = 4096  # bytes of a file with a secret
Place = tuple[int | str, ...]


class _MissingError(Exception):
    """A secret that can't be had: at which key, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key = key


def filled(config: Config, environ: Mapping[str, str], path: Path, text: str) -> Config:
    """Return the config with all its secrets; ConfigError with a line for each that can't be had.

    `path` and `text` are the config file's.
    """
    wrong: list[str] = []
    serve, tables = config.serve, list(config.source)
    try:
        token = _token(serve, config.folder, environ)
        serve = serve.model_copy(update={"admin_token": token, "admin_token_file": ""})
    except _MissingError as error:
        wrong.append(f"{where(path, text, ('serve', error.key))}: {error}")
    for number, table in _with_passwords(tables):
        try:
            password = _secret(table, "password", config.folder, environ)
            tables[number] = table.model_copy(update={"password": password, "password_file": ""})
        except _MissingError as error:
            wrong.append(f"{where(path, text, ('source', number, error.key))}: {error}")
    if wrong:
        raise ConfigError(*wrong)
    return config.model_copy(update={"serve": serve, "source": tables})


def _with_passwords(tables: list[SourceTable]) -> Iterator[tuple[int, SourceTable]]:
    return ((number, table) for number, table in enumerate(tables) if table.password or table.password_file)


def _token(serve: Serve, folder: Path, environ: Mapping[str, str]) -> str:
    token = _secret(serve, "admin_token", folder, environ)
    if not is_token(token):
        key = "admin_token_file" if serve.admin_token_file else "admin_token"
        raise _MissingError(key, "what stands there must be text of 16 to 200 printable characters")
    return token


def _secret(table: BaseModel, key: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what the key says, or the variable or the file that it names."""
    file: str = getattr(table, f"{key}_file")
    if file:
        return _read(file, f"{key}_file", folder, environ)
    written: str = getattr(table, key)
    named = ENVIRONMENT.fullmatch(written)
    if not named:
        return written
    if not (value := environ.get(named[1], "")):
        raise _MissingError(key, f"the environment has no variable {named[1]}")
    return value


def _read(name: str, key: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return a file's only line."""
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or folder) / name
    path = credential if credential.is_file() else folder / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            secret = file.read(_LONGEST + 1).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise _MissingError(key, f"{path} can't be read: {reason}") from None
    if not secret or "\n" in secret or len(secret) > _LONGEST:
        raise _MissingError(key, f"{path} must hold one line: the secret")
    return secret

"""The config as it is written → with its secrets, which may stand elsewhere: in the environment or in files.

    admin_token = "env:NAME"             an environment variable
    admin_token_file = "admin-token"     a file: a credential of the service (systemd.exec(5), LoadCredential=), or else
                                         relative to the config file
    bearer = "file:members"              the same, in one key

Whoever only reads what is stored needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from aggregator.config.problems import where
from aggregator.config.schema import Config
from aggregator.config.tables import AccessKeys, Serve
from aggregator.config.values import ENVIRONMENT, is_header_text, is_token, reference
from aggregator.model import ConfigError

_LONGEST = 4096  # bytes of a file with a secret
_IN_HEADERS = ("bearer", "cookie", "user_agent")
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
    serve = config.serve
    try:
        token = _token(serve, config.folder, environ)
        serve = serve.model_copy(update={"admin_token": token, "admin_token_file": ""})
    except _MissingError as error:
        wrong.append(f"{where(path, text, ('serve', error.key))}: {error}")
    tables = {"source": _all(config.source), "defaults": _all(config.defaults)}
    for name, each in tables.items():
        for number, table in enumerate(each):
            try:
                each[number] = _with_access(table, config.folder, environ)
            except _MissingError as error:
                wrong.append(f"{where(path, text, (name, number, error.key))}: {error}")
    if wrong:
        raise ConfigError(*wrong)
    return config.model_copy(update={"serve": serve, **tables})


def _all(tables: Sequence[AccessKeys]) -> list[AccessKeys]:
    return list(tables)


def _with_access(table: AccessKeys, folder: Path, environ: Mapping[str, str]) -> AccessKeys:
    """Return the table with the secrets that its server wants to see, itself where there are none."""
    filled: dict[str, object] = {}
    if table.password or table.password_file:
        filled = {"password": _secret(table, "password", folder, environ), "password_file": ""}
    for key in _IN_HEADERS:
        if written := getattr(table, key):
            filled[key] = _referred(written, key, folder, environ)
    if table.headers:
        filled["headers"] = {n: _referred(value, "headers", folder, environ) for n, value in table.headers.items()}
    return table.model_copy(update=filled) if filled else table


def _referred(written: str, key: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what a header is to say, or what stands in the variable or the file that is named for it."""
    kind, name = reference(written)
    if not kind:
        return written
    value = _variable(name, key, environ) if kind == "env" else _read(name, key, folder, environ)
    if not is_header_text(value):
        raise _MissingError(key, "what stands there can't be sent in a header: it must be printable characters")
    return value


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
    return _variable(named[1], key, environ)


def _variable(name: str, key: str, environ: Mapping[str, str]) -> str:
    if not (value := environ.get(name, "")):
        raise _MissingError(key, f"the environment has no variable {name}")
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

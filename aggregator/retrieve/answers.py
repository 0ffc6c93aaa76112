"""A server's answer → the document, what to remember, and what went wrong, in one line for the operator. Pure."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from urllib.parse import urlsplit

import aiohttp

from aggregator.model import Answer, Document, DocumentState, FailureKind, RetrievalError, host_of
from aggregator.retrieve import walls
from aggregator.retrieve.guard import BlockedError, FloodError
from aggregator.text.addresses import joined

_LISTS = frozenset({"cache-control", "content-encoding", "link"})  # whose lines are one list (RFC 9110 §5.3)
CONDITION_REFUSED = frozenset({400, 406, 412})
"""What servers answer to validators that they don't like: a plain request may be well."""
_STATUS = {
    404: "not found",
    410: "gone for good",
    429: "too many requests",
}
_KINDS = {
    407: FailureKind.LOGIN,
    408: FailureKind.TIMEOUT,
    410: FailureKind.GONE,
    425: FailureKind.SERVER,
    429: FailureKind.TOO_MANY,
    511: FailureKind.LOGIN,
}
_SHORTAGE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FOR_NOW = frozenset({socket.EAI_AGAIN, socket.EAI_MEMORY, socket.EAI_SYSTEM})


class DroppedError(aiohttp.ClientError):
    """A connection that broke before an answer."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, read to its end; names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def headers_of(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers by name: the lines of a list joined, of others the first."""
    headers: dict[str, str] = {}
    for name, value in lines:
        key = name.lower()
        if key not in headers:
            headers[key] = value
        elif key in _LISTS:
            headers[key] += f", {value}"
    return headers


def answer_of(response: Response, permanent: str) -> Answer:
    """Return what the next visit's time depends on."""
    get = response.headers.get
    return Answer(
        status=response.status,
        retry_after=get("retry-after", ""),
        cache_control=get("cache-control", ""),
        expires=get("expires", ""),
        date=get("date", ""),
        permanent=permanent,
        host=host_of(response.url),
        link=get("link", ""),
    )


def read(response: Response, known: DocumentState, now: int) -> tuple[Document | None, DocumentState]:
    """Return the document, None if it is the known one, and what to remember; RetrievalError for an unusable status."""
    etag, modified = (_echoable(response.headers.get(name, "")) for name in ("etag", "last-modified"))
    if response.status == 304:
        if not known.body_hash:
            raise RetrievalError("answered 304 (unchanged), but nothing had been read of it")
        if etag in ("", known.etag) and modified in ("", known.last_modified):
            return None, known
        # RFC 9111 §4.3.4
        return None, replace(known, etag=etag or known.etag, last_modified=modified or known.last_modified)
    if response.status != 200:
        raise unusable(response)
    digest = blake2b(response.body, digest_size=16).digest()
    state = replace(
        known,
        etag=etag,
        last_modified=modified,
        validators_from=response.url,
        body_hash=digest,
        read_at=now,
        error="",
    )
    if digest == known.body_hash:
        return None, state
    return Document("", response.body, response.headers.get("content-type", ""), response.url), state


def unusable(response: Response) -> RetrievalError:
    """Return what a status that brings no document means, with what helps where that is known."""
    why = walls.of_refusal(response.status, response.headers) or _STATUS.get(response.status, "")
    return RetrievalError(f"answered {response.status}{why and ': '}{why}", _kind_of(response.status))


def redirected(url: str, target: str) -> str:
    """Return where an answer from this URL leads to; RetrievalError where that is no address of the web."""
    try:
        address = joined(url, target)
        parts = urlsplit(address)
    except ValueError:
        raise RetrievalError("redirected to what is no address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RetrievalError(f"redirected to an address that is not of the web ({address[:100]})")
    return address


def refused(known: DocumentState, url: str, status: int) -> DocumentState:
    """Return what to remember after a failure: a server that refused the condition is asked without one from now on.

    One that refuses a plain request as well has other troubles, and gets conditional ones again.
    """
    if status not in CONDITION_REFUSED:
        return known
    conditional = is_conditional(known) and known.validators_from == url
    return replace(known, plain=conditional) if conditional != known.plain else known


def is_conditional(known: DocumentState) -> bool:
    """Tell whether there is anything to ask a conditional request with, and the server takes such."""
    return bool(known.etag or known.last_modified) and not known.plain


def condition(known: DocumentState, url: str) -> dict[str, str]:
    """Return the headers of a conditional request to the URL; none where it gave no validators."""
    if known.validators_from != url or known.plain:
        return {}
    named = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in named.items() if value}


def _echoable(validator: str) -> str:
    """Return the validator, "" where its bytes are no UTF-8: those could not be sent back as they came."""
    try:
        validator.encode()
    except UnicodeEncodeError:
        return ""
    return validator


def failure(error: Exception) -> RetrievalError:
    """Return what went wrong between here and there, in one line."""
    return RetrievalError(_reason(error), _kind(error))


def _kind_of(status: int) -> FailureKind:
    other = FailureKind.SERVER if status >= 500 else FailureKind.REFUSED if status >= 400 else FailureKind.INVALID
    return _KINDS.get(status, other)


def _kind(error: Exception) -> FailureKind:
    system = getattr(error, "os_error", error)
    number = getattr(system, "errno", None)
    kinds = (
        (isinstance(_refusal(error), BlockedError), FailureKind.BLOCKED),
        (isinstance(_refusal(error), FloodError), FailureKind.INVALID),
        (isinstance(system, socket.gaierror), FailureKind.DNS),
        (isinstance(error, TimeoutError) or number == errno.ETIMEDOUT, FailureKind.TIMEOUT),
        (isinstance(error, aiohttp.ClientSSLError) or isinstance(system, ssl.SSLError), FailureKind.TLS),
        (number in _SHORTAGE, FailureKind.SHORTAGE),
        (
            isinstance(error, DroppedError | aiohttp.ClientPayloadError | aiohttp.ClientConnectionError | OSError),
            FailureKind.CONNECTION,
        ),
    )
    return next((kind for holds, kind in kinds if holds), FailureKind.INVALID)


def _refusal(error: BaseException | None) -> BlockedError | FloodError | None:
    """Return the refusal of our own that is the cause of the error, None where there is none."""
    while error is not None and not isinstance(error, BlockedError | FloodError):
        error = error.__cause__ or getattr(error, "os_error", None)
    return error


def _lookup_failure(error: socket.gaierror) -> str:
    if error.errno in _FOR_NOW:
        return f"the host's name can't be looked up for now ({error.strerror})"
    return "the host's name is not known"


def _reason(error: Exception) -> str:
    if refusal := _refusal(error):
        return f"refused: {refusal}"
    system = getattr(error, "os_error", error)
    if isinstance(error, DroppedError):
        return str(error)
    if isinstance(system, socket.gaierror):
        return _lookup_failure(system)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "can't connect: nobody answers"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid: {error.certificate_error}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"can't connect: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer breaks off"
    if isinstance(error, aiohttp.ClientResponseError):  # what it quotes of the answer is left out
        return f"what it answers is not valid HTTP ({error.message.partition(':')[0][:80]})"
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]

"""Who is signed in as the operator: sessions in memory, which end with the process, and how often it may be tried."""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

LASTS = 12 * 3600  # seconds
TRIES = 10  # wrong tokens a minute, by all: who knows it can wait, who guesses it can't
_MINUTE = 60.0
_MOST = 50  # sessions at a time; beyond that the oldest ends


@dataclass(frozen=True, slots=True)
class Session:
    """`form` is what its forms carry: no other site knows it, and it lets nobody in by itself."""

    form: str
    until: float


class Sessions:
    """Opens sessions to whoever has the token. `clock` is monotonic, in seconds."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self._token = _digest(token)
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}
        self._wrong: deque[float] = deque(maxlen=TRIES)

    @property
    def wait(self) -> int:
        """How many seconds nobody may try, since there were too many wrong tokens; else 0."""
        if len(self._wrong) < TRIES:
            return 0
        return max(0, int(self._wrong[0] + _MINUTE - self._clock() + 0.999))

    def sign_in(self, token: str) -> str | None:
        """Return the id of a new session, which nobody can guess, for the right token; None for a wrong one."""
        now = self._clock()
        if not hmac.compare_digest(_digest(token), self._token):
            self._wrong.append(now)
            return None
        self._sessions = {key: session for key, session in self._sessions.items() if session.until > now}
        while len(self._sessions) >= _MOST:
            del self._sessions[next(iter(self._sessions))]
        name = secrets.token_urlsafe(32)
        self._sessions[_digest(name)] = Session(secrets.token_urlsafe(32), now + LASTS)
        return name

    def is_token(self, given: str) -> bool:
        """Tell whether this is the token. It is too long to be guessed by asking."""
        return bool(given) and hmac.compare_digest(_digest(given), self._token)

    def find(self, name: str) -> Session | None:
        """Return the session with this id, None where there is none or it has ended. They are kept by digest: how long
        it takes tells nothing of an id."""
        session = self._sessions.get(_digest(name))
        return session if session and session.until > self._clock() else None

    def end(self, name: str) -> None:
        """End a session."""
        self._sessions.pop(_digest(name), None)


def is_same(given: str, right: str) -> bool:
    """Tell whether these are the same, in a time that tells nothing."""
    return hmac.compare_digest(_digest(given), _digest(right))


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()

"""X-Hub-Signature (WebSub §7.1): whether bytes come from the hub that was given the secret."""

from __future__ import annotations

import hmac

METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""The specification's. For HMAC even sha1 holds, and older hubs know no other."""


def is_valid(header: str, body: bytes, secret: str) -> bool:
    """Tell whether the header ("method=hexadecimal") is the secret's signature of the body, in constant time."""
    method, _, given = header.strip().partition("=")
    method = method.strip().lower()
    if not secret or method not in METHODS:
        return False
    expected = hmac.new(secret.encode(), body, method).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def sign(body: bytes, secret: str, method: str = "sha256") -> str:
    """Return the header that a hub sends along."""
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"

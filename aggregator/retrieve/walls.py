"""What a server says in place of the feed → what stands before it, and what helps; "" for nothing that is known. Pure.

What these services answer is known from their documentation and from what other readers' users report; none says it in
a standard way. In doubt nothing is named: the operator would look in the wrong place. What stands in ordinary pages of
their customers, too (a script to watch, a box to sign in), is no sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aggregator.model import Document, host_of

_START = 200_000  # bytes of a page that are looked at
_FOR_BROWSERS = "which only a browser passes: ask the site to let feed readers in, or look for another address of it"
_SIGN_IN = "username and password, bearer or cookie in the config may open it"

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wall:
    """Whose it is, how its headers tell, and what stands in its pages."""

    name: str
    in_headers: Callable[[Headers], bool]
    in_page: bytes


def _is(header: str, pattern: str) -> Callable[[Headers], bool]:
    """Return the question whether a header is there and begins like this."""
    return lambda headers: bool(re.match(pattern, headers.get(header, "-"), re.IGNORECASE))


_WALLS = (
    _Wall("Cloudflare's challenge", _is("cf-mitigated", "challenge"), rb"_cf_chl_opt"),
    _Wall("DataDome's check", _is("x-datadome", r"(?!-$)"), rb"captcha-delivery\.com"),
    _Wall("AWS WAF's challenge", _is("x-amzn-waf-action", "challenge|captcha"), rb"gokuProps"),
    _Wall("Anubis's challenge", _is("set-cookie", r"techaro\.lol-anubis"), rb"anubis_challenge"),
    _Wall("Imperva's check", _is("x-cdn", "imperva|incapsula"), rb"_Incapsula_Resource"),
    _Wall("HUMAN's check", _is("x-px-block", r"(?!-$)"), rb"px-captcha"),
    _Wall("DDoS-Guard's check", _is("server", "ddos-guard"), rb"ddos-guard/js-challenge|check\.ddos-guard\.net"),
    _Wall("Sucuri's firewall", _is("x-sucuri-block", r"(?!-$)"), rb"sucuri_cloudproxy_js"),
)
_LOGIN_PATH = re.compile(
    r"/(?:wp-login\.php|(?:users?/|accounts?/|auth/)?(?:log[-_]?in|sign[-_]?in|sso)\b)", re.IGNORECASE
)
_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_CONSENT = re.compile(r"(?:^|[./-])(?:consent|guce|cookiewall|cookie-consent)(?:[./-]|$)", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body|<script|<meta)", re.IGNORECASE)
_WAYS = {"basic": "username and password", "digest": "", "bearer": "bearer", "negotiate": "", "ntlm": ""}


def of_refusal(status: int, headers: Headers) -> str:
    """Return what stands behind an answer's status: whose wall, which way to sign in, or what it didn't like.

    Names of headers are in lower case.
    """
    if status == 401:
        return _wanted(headers.get("www-authenticate", ""))
    if status == 406:
        return 'it gives nothing of what we accept: headers = { Accept = "*/*" } in the config may help'
    wall = next((wall for wall in _WALLS if wall.in_headers(headers)), None)
    if wall and status in {202, 307, 403, 405, 429, 503}:
        return f"it is behind {wall.name}, {_FOR_BROWSERS}"
    if status == 403:
        return "access is forbidden: it may not like our user_agent, or the machine's address"
    return ""


def _wanted(challenge: str) -> str:
    """Return what a 401 asks for (RFC 9110 §11.6.1)."""
    scheme = challenge.split(" ", 1)[0].strip(",").lower()
    if scheme and not _WAYS.get(scheme, ""):
        return f"it wants a password, in a way that we don't know ({scheme[:40]})"
    return f"it wants a password: {_WAYS.get(scheme) or _SIGN_IN.partition(' in ')[0]} in the config"


def of_page(document: Document, asked: str) -> str:
    """Return what a page is that came in place of the feed, where `asked` is the address that was asked for."""
    start = document.body[:_START]
    if not _HTML.match(start.removeprefix(b"\xef\xbb\xbf")):
        return ""
    wall = next((wall for wall in _WALLS if re.search(wall.in_page, start)), None)
    if wall:
        return f"it is behind {wall.name}, {_FOR_BROWSERS}"
    parts = urlsplit(document.base)
    is_elsewhere = document.base != asked
    if is_elsewhere and (_CONSENT.search(host_of(document.base)) or _CONSENT.search(parts.path)):
        return "it leads to a page that asks for consent to cookies: cookie in the config may carry yours"
    if is_elsewhere and (_LOGIN_PATH.search(parts.path) or _PASSWORD.search(start)):
        return f"it leads to a page to sign in: {_SIGN_IN}"
    return ""

"""Addresses: made absolute, freed of tracking, and brought to the form in which equal pages have equal addresses."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus, urljoin, urlsplit

from yarl import URL

from aggregator.model import host_of
from aggregator.refine import variants
from aggregator.text.characters import clean

# Parameters that name the reader's way to the page, never the page.
_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d|link\w*|format|ptr_\w+)|pk_\w+|piwik_\w+|mtm_\w+|matomo_\w+|hsa_\w+"
    r"|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid"
    r"|mkt_tok|_hsenc|_hsmi|__hs\w+|oly_\w+_id|vero_id|wickedid|_openstat|ocid|cmpid|ns_\w+|sc_cid|s_cid|ncid"
    r"|traffic_source|spm|rb_clickid|s_kwcid|icid|partner_source|ref_src|ref_url|share_id|si_source|smid|smtyp|xtor|wt_mc\w*|_gl)",
    re.ASCII | re.IGNORECASE,
)
_TRACKING_FRAGMENT = re.compile(r"(?:xtor=|utm_|at_medium=|ref=|rss$|Echobox=|mtm_|pk_|:~:text=)", re.IGNORECASE)
# Names that mean something elsewhere: only these values of theirs are the feed's ("?partner=rss&emc=rss").
_FEEDS_OWN = re.compile(r"(?:ref|partner|emc|from|source|via|src|feed)=(?:rss\w*|feed|atom)", re.ASCII | re.IGNORECASE)
_SITE = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+(?:[:/?#]|$)", re.IGNORECASE)
_SPACE = re.compile(r"[\t\n\r]")
# Most addresses: whole, and with nothing in them to mend; most of the form that is compared: a host and a path.
_USUAL = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*+(?::[1-9][0-9]{0,3})?"
    r"(?:[/?#][^\x00-\x20\"<>\[\\\]^`{|}\x7f-\xa0\ud800-\udfff\ufffe\uffff]*+)?"
)
_SIMPLE = re.compile(
    r"https?://(?:www\.)*((?:[a-z0-9]+[.-])*+[a-z]+)(?::80|:443)?((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*+)*+)/?"
)
_WWW = re.compile(r"^(?:www\.)+")
_IDN = "xn--"
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?[/\\?][^\s<>\"']+", re.IGNORECASE)  # relative ones, too
_AUTHORITY = re.compile(r"((?:[a-z][a-z0-9+.-]*:)?[/\\]{2})([^/\\?#]*)@", re.IGNORECASE)
# Keys that are a part of the path: calendars' private-…, bots' numbers and tokens, and what stands after such a word.
_IN_PATH = re.compile(
    r"(?<=/)(?:(private-)[0-9a-f]{16,}|(bot[0-9]+:)[\w-]{20,}"
    r"|((?:private|tokens?|secrets?|auth|keys?|api_?key)/)(?=[\w-]*[0-9])[\w-]{16,})(?=[/?#.]|$)",
    re.ASCII | re.IGNORECASE,
)
# Names of parameters that let their bearer in: whole words of the name, and what is telling inside of any word.
_KEYS = frozenset(
    ("auth", "authkey", "bearer", "cred", "credential", "credentials", "hmac", "jwt", "key", "oauth", "pass",
     "passphrase", "private", "pw", "pwd", "session", "sid", "sig", "sign")
)  # fmt: skip
_TELLING = re.compile(r"token|secret|passw|api_?key|access_?key|feed_?key|signature|session_?id", re.IGNORECASE)
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DIGEST = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)  # a private feed's key, whatever the parameter is called
_PARAMETER = re.compile(r"([^&;=]*)=([^&;]*)")
_HIDDEN = "…"
_DEEPEST = 3  # addresses in parameters of addresses in parameters
_LONGEST = 8000  # characters: servers and browsers take no longer ones (RFC 9110 §4.1 recommends these as the least)


def is_web(address: str) -> bool:
    """Whether it is an absolute http or https address with a host."""
    if not address[:8].lower().startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def absolute(address: str, base: str) -> str:
    """The address as it stands, from `base` on if it is relative; "" if it is not of the web in the end.

    Nothing else is changed: some servers know their pages only by the exact spelling. What must not stand in an
    address (WHATWG URL: tabs and line ends are dropped, spaces are escaped) is mended.
    """
    address = _SPACE.sub("", address.strip())
    if not address or len(address) > _LONGEST:
        return ""
    if _USUAL.fullmatch(address):
        return address
    try:
        found = address if is_web(address) else urljoin(base, address)
    except ValueError:
        return ""
    if not is_web(found):
        return ""
    return re.sub(r'[\x00-\x20"<>\\^`{|}\x7f-\x9f\ud800-\udfff\ufffe\uffff]', _escape, found)


def page(address: str, base: str) -> str:
    """An entry's page, absolute(). What begins with a site's name, "www." or the base's host, only lacks its scheme."""
    bare = address.strip()
    host = host_of(base)
    if _SITE.match(bare) or (host and bare.startswith(f"{host}/")):
        return absolute(f"https://{bare}", base)
    return absolute(address, base)


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def untracked(address: str) -> str:
    """The address without tracking parameters and fragments; the rest is left byte for byte."""
    head, hash_, fragment = address.partition("#")
    if hash_ and _TRACKING_FRAGMENT.match(fragment):
        hash_ = fragment = ""
    path, mark, query = head.partition("?")
    pairs = query.split("&")
    kept = [
        pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0]) and not _FEEDS_OWN.fullmatch(pair)
    ]
    if len(kept) < len(pairs):
        query = "&".join(kept)
        mark = "?" if query else ""
    return path + mark + query + hash_ + fragment


def canonical(address: str) -> str:
    """The form under which copies of one address meet; "" for none. It is compared, never requested or shown.

    http and https, a leading www., default ports, the order of parameters, escapes, a last slash and being the AMP or
    mobile form don't tell pages apart; fragments do (one real feed puts every entry at now.html#…), unless they track.
    """
    if (simple := _SIMPLE.fullmatch(address)) and _IDN not in simple[1] and not variants.is_one(address):
        return f"//{simple[1]}{simple[2]}"
    address = variants.uncached(address)
    if not is_web(address):
        return ""
    try:
        url = URL(untracked(address))
        host = _WWW.sub("", variants.own_host((url.host or "").rstrip(".")))
        port = "" if url.port in {80, 443, None} else f":{url.port}"
        kept = (pair for pair in url.query.items() if not variants.is_form(*pair, url.path))
        query = "&".join(sorted(f"{name}={value}" for name, value in kept))
    except ValueError:
        return ""
    path = variants.own_path(url.path).rstrip("/") if not url.raw_path.endswith("%2F") else url.raw_path
    fragment = f"#{url.fragment}" if url.fragment else ""
    return clean(f"//{host}{port}{path}" + (f"?{query}" if query else "") + fragment)


def shown(address: str) -> str:
    """The address as anybody may see it: without user and password, and with "…" for what parameters keep secret.

    For every other address, a path too, it is the address itself. It is for people and for feeds, never requested.
    """
    if not address[:8].lower().startswith(("http://", "https://", "feed://")) and not _AUTHORITY.match(address):
        return address
    return _shown(address, 0)


def _shown(address: str, depth: int) -> str:
    """`depth` is how many addresses it is a parameter of."""
    found = _AUTHORITY.match(address)
    if found:
        address = found[1] + address[found.end() :]
    head, hash_, fragment = address.partition("#")
    path, mark, query = head.partition("?")
    path = _IN_PATH.sub(lambda found: "".join(filter(None, found.groups())) + _HIDDEN, path)
    return path + mark + _without_keys(query, depth) + hash_ + _without_keys(fragment, depth)


def is_secret(address: str) -> bool:
    """Whether the address lets whoever has it in: it isn't for anybody else."""
    return shown(address) != address


def shown_in(told: str) -> str:
    """The text with the addresses in it as anybody may see them."""
    return _ADDRESS.sub(lambda found: _shown(found[0], 0), told)


def _without_keys(query: str, depth: int) -> str:
    return _PARAMETER.sub(
        lambda found: f"{found[1]}={_HIDDEN}" if _is_key(found[1], found[2], depth) else found[0], query
    )


def _is_key(name: str, value: str, depth: int) -> bool:
    name, value = unquote_plus(name), unquote_plus(value)
    if value in {"", _HIDDEN}:
        return False
    if _TELLING.search(name) or _DIGEST.fullmatch(value) or {w.lower() for w in _NAME_WORD.findall(name)} & _KEYS:
        return True
    if not value[:8].lower().startswith(("http://", "https://")):
        return False
    return depth >= _DEEPEST or _shown(value, depth + 1) != value

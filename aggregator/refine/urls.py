"""Addresses: made absolute, freed of tracking, and brought to the form in which equal pages have equal addresses."""

from __future__ import annotations

import re

from yarl import URL

from aggregator.model import host_of
from aggregator.refine import variants
from aggregator.text.addresses import absolute, is_web
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
_SIMPLE = re.compile(
    r"https?://(?:www\.)*((?:[a-z0-9]+[.-])*+[a-z]+)(?::80|:443)?((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*+)*+)/?"
)
_WWW = re.compile(r"^(?:www\.)+")
_IDN = "xn--"


def page_link(address: str, base: str) -> str:
    """Make a link to an entry's page absolute(). What begins with "www." or the base's host only lacks its scheme."""
    bare = address.strip()
    if bare.startswith(("https://", "http://")):
        return absolute(address, base)
    host = host_of(base)
    if _SITE.match(bare) or (host and bare.startswith(f"{host}/")):
        return absolute(f"https://{bare}", base)
    return absolute(address, base)


def untracked(address: str) -> str:
    """Return the address without tracking parameters and fragments; the rest is left byte for byte."""
    head, hash_, fragment = address.partition("#")
    if hash_ and _TRACKING_FRAGMENT.match(fragment):
        hash_ = fragment = ""
    path, question, query = head.partition("?")
    pairs = query.split("&")
    kept = [
        pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0]) and not _FEEDS_OWN.fullmatch(pair)
    ]
    if len(kept) < len(pairs):
        query = "&".join(kept)
        question = "?" if query else ""
    return path + question + query + hash_ + fragment


def canonical(address: str) -> str:
    """Return the form under which copies of one address meet; "" for none. It is compared, never requested or shown.

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

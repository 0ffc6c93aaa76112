"""An address on a large site → the addresses of its feeds, in the forms that these sites are known to have. Pure.

Their pages name no feed, or not all, or are for browsers alone. The first is what is meant most likely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, quote, urlsplit

from aggregator.model import Document, host_of

_ACCOUNT = re.compile(r"@([\w.-]+)@([\w.-]+\.[a-z]{2,})", re.IGNORECASE)
_CHANNEL = re.compile(r"UC[\w-]{22}")
_IN_PAGE = re.compile(rb'(?:"externalId"\s*:\s*"|"channelId"\s+content="|channel_id=|/channel/)(UC[\w-]{22})')
_PODCAST = re.compile(r"/id([0-9]{4,15})$")
_NOT_OWNERS = frozenset(
    ("about", "explore", "features", "login", "marketplace", "orgs", "pricing", "search", "settings", "sponsors",
     "topics", "trending")
)  # fmt: skip

Path = list[str]
"""The segments of an address's path that aren't empty, as they are written."""


def address_of(account: str) -> str:
    """Return the page of an account as people name it, "@me@social.example"; the text itself where it is none."""
    named = _ACCOUNT.fullmatch(account)
    return f"https://{named[2].lower()}/@{named[1]}" if named else account


def feeds_at(address: str) -> list[str]:
    """Return the feeds of a page, as far as its address tells them; none where the site is not known."""
    host = host_of(address).removeprefix("www.")
    path = [segment for segment in urlsplit(address).path.split("/") if segment]
    if of_site := _SITES.get(host):
        return of_site(path, address)
    for ending, feed in _HOSTED.items():
        if host.endswith(ending):
            return [f"https://{host}{feed}"]
    if len(path) == 1 and re.fullmatch(r"@[\w.-]+", path[0]) and not path[0].endswith(".rss"):  # Mastodon and its kin
        parts = urlsplit(address)
        return [f"{parts.scheme}://{parts.netloc}/{path[0]}.rss"]
    return []


def feeds_in(page: Document) -> list[str]:
    """Return the feeds that a page of such a site has the parts of, but doesn't name."""
    if host_of(page.base).removeprefix("www.") not in {"youtube.com", "m.youtube.com"}:
        return []
    found = _IN_PAGE.search(page.body)
    return [_videos("channel_id", found[1].decode())] if found else []


def lookup_of(address: str) -> str:
    """Return the address of what tells a podcast's feed, by its page in the directory of podcasts; "" for none."""
    found = _PODCAST.search(urlsplit(address).path)
    if not found or host_of(address) != "podcasts.apple.com":
        return ""
    return f"https://itunes.apple.com/lookup?entity=podcast&id={found[1]}"


def _videos(by: str, name: str) -> str:
    return f"https://www.youtube.com/feeds/videos.xml?{by}={quote(name, safe='')}"


def _youtube(path: Path, address: str) -> list[str]:
    playlist = parse_qs(urlsplit(address).query).get("list", [""])[0]
    if playlist and path[:1] in (["playlist"], ["watch"]):
        return [_videos("playlist_id", playlist)]
    if len(path) >= 2 and path[0] == "channel" and _CHANNEL.fullmatch(path[1]):
        return [_videos("channel_id", path[1])]
    return [_videos("user", path[1])] if len(path) >= 2 and path[0] == "user" else []


def _github(path: Path, _: str) -> list[str]:
    if not path or path[0].lower() in _NOT_OWNERS:
        return []
    if len(path) == 1:
        return [f"https://github.com/{path[0]}.atom"]
    repository = f"https://github.com/{path[0]}/{path[1].removesuffix('.git')}"
    feeds = [f"{repository}/{what}.atom" for what in ("releases", "commits", "tags")]
    if len(path) >= 4 and path[2] in {"tree", "commits"}:  # a branch
        return [f"{repository}/commits/{'/'.join(path[3:])}.atom", *feeds]
    meant = {"releases": 0, "commits": 1, "tags": 2}.get(path[2] if len(path) > 2 else "", 0)
    return [feeds[meant], *(feed for feed in feeds if feed != feeds[meant])]


def _gitlab(path: Path, _: str) -> list[str]:
    project = path[: path.index("-")] if "-" in path else path
    if len(project) < 2:
        return [f"https://gitlab.com/{project[0]}.atom"] if project else []
    base = f"https://gitlab.com/{'/'.join(project)}"
    return [f"{base}/-/releases.atom", f"{base}/-/tags?format=atom", f"{base}.atom"]


def _forgejo(host: str) -> Callable[[Path, str], list[str]]:
    def feeds(path: Path, _: str) -> list[str]:
        if len(path) < 2:
            return [f"https://{host}/{path[0]}.rss"] if path else []
        repository = f"https://{host}/{path[0]}/{path[1].removesuffix('.git')}"
        return [f"{repository}/releases.rss", f"{repository}/tags.rss", f"{repository}.rss"]

    return feeds


def _reddit(path: Path, _: str) -> list[str]:
    kept = path[:-1] if path[-1:] == [".rss"] else path
    if not kept:
        return ["https://www.reddit.com/.rss"]
    return [f"https://www.reddit.com/{'/'.join(kept)}/.rss"] if kept[0] in {"r", "u", "user"} and kept[1:] else []


def _medium(path: Path, _: str) -> list[str]:
    if path[:1] == ["feed"] or not path:
        return []
    is_tag = path[0] == "tag" and len(path) > 1
    return [f"https://medium.com/feed/{'/'.join(path[:2]) if is_tag else path[0]}"]


def _bluesky(path: Path, _: str) -> list[str]:
    return [f"https://bsky.app/profile/{path[1]}/rss"] if len(path) >= 2 and path[0] == "profile" else []


def _stack_exchange(path: Path, address: str) -> list[str]:
    site = f"https://{host_of(address)}"
    if path[:2] == ["questions", "tagged"] and len(path) > 2:
        return [f"{site}/feeds/tag/{path[2]}"]
    if path[:1] == ["questions"] and len(path) > 1 and path[1].isdecimal():
        return [f"{site}/feeds/question/{path[1]}"]
    return [f"{site}/feeds"] if not path else []


def _vimeo(path: Path, _: str) -> list[str]:
    return [f"https://vimeo.com/{path[0]}/videos/rss"] if len(path) == 1 and not path[0].isdecimal() else []


_SITES: Mapping[str, Callable[[Path, str], list[str]]] = MappingProxyType({
    "youtube.com": _youtube, "m.youtube.com": _youtube, "github.com": _github, "gitlab.com": _gitlab,
    "codeberg.org": _forgejo("codeberg.org"), "reddit.com": _reddit, "old.reddit.com": _reddit, "medium.com": _medium,
    "bsky.app": _bluesky, "stackoverflow.com": _stack_exchange, "superuser.com": _stack_exchange,
    "serverfault.com": _stack_exchange, "vimeo.com": _vimeo,
})  # fmt: skip
_HOSTED: Mapping[str, str] = MappingProxyType({
    ".substack.com": "/feed", ".medium.com": "/feed", ".tumblr.com": "/rss", ".blogspot.com": "/feeds/posts/default",
    ".wordpress.com": "/feed/", ".bearblog.dev": "/feed/", ".micro.blog": "/feed.xml", ".livejournal.com": "/data/rss",
    ".dreamwidth.org": "/data/rss", ".ghost.io": "/rss/",
})  # fmt: skip

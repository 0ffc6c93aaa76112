"""What a page embeds from elsewhere → a link to it, with its name and, where the provider tells, its picture."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from aggregator.refine import tags
from aggregator.text import characters


@dataclass(frozen=True, slots=True)
class Embed:
    """Something embedded: its page for people, what to call it, and its picture's address or ""."""

    url: str
    name: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class _Provider:
    """Whose players these are: `player` finds them by host and path, `page` and `picture` are made of what it found."""

    name: str
    player: re.Pattern[str]
    page: str = ""
    picture: str = ""


def _provider(name: str, player: str, page: str = "", picture: str = "") -> _Provider:
    return _Provider(name, re.compile(player, re.IGNORECASE | re.ASCII), page, picture)


_ID = r"(?P<id>[\w-]{1,64})"
_STILL = "https://i.ytimg.com/vi/{id}/hqdefault.jpg"
_PROVIDERS = (
    _provider("YouTube", r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com/embed/(?:videoseries)?/?$"),
    _provider("YouTube", rf"(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v|shorts|live|e)/{_ID}",
              "https://www.youtube.com/watch?v={id}", _STILL),
    _provider("YouTube", rf"youtu\.be/{_ID}", "https://www.youtube.com/watch?v={id}", _STILL),
    _provider("Vimeo", r"player\.vimeo\.com/video/(?P<id>\d+)", "https://vimeo.com/{id}"),
    _provider("Dailymotion", rf"(?:www\.|geo\.)?dailymotion\.com/embed/video/{_ID}",
              "https://www.dailymotion.com/video/{id}", "https://www.dailymotion.com/thumbnail/video/{id}"),
    _provider("Dailymotion", r"geo\.dailymotion\.com/"),
    _provider("Spotify", r"open\.spotify\.com/embed(?:-podcast)?/(?P<path>[\w/-]{1,200})",
              "https://open.spotify.com/{path}"),
    _provider("SoundCloud", r"(?:w|api)\.soundcloud\.com/"),
    _provider("CodePen", r"(?:www\.)?codepen\.io/(?P<user>[\w-]{1,64})/embed/(?:preview/)?(?P<id>\w{1,64})",
              "https://codepen.io/{user}/pen/{id}"),
    _provider("Bandcamp", r"(?:[\w-]+\.)?bandcamp\.com/"),
    _provider("PeerTube", r"(?P<host>[\w.-]{1,200}(?::\d+)?)/videos/embed/(?P<id>[\w-]{1,64})",
              "https://{host}/videos/watch/{id}"),
    _provider("Twitter", r"(?:platform\.twitter|platform\.x)\.com/"),
    _provider("Twitter", r"(?:www\.|mobile\.)?(?:twitter|x)\.com/"),
    _provider("Instagram", r"(?:www\.)?instagram\.com/(?P<path>(?:p|reel|tv)/[\w-]{1,64})",
              "https://www.instagram.com/{path}/"),
    _provider("TikTok", r"(?:www\.)?tiktok\.com/(?:embed(?:/v\d)?|player/v1)/(?P<id>\d+)",
              "https://www.tiktok.com/@/video/{id}"),
    _provider("Facebook", r"(?:www\.)?facebook\.com/"),
    _provider("Twitch", r"(?:player|clips)\.twitch\.tv/"),
    _provider("TED", r"embed(?:-ssl)?\.ted\.com/(?P<path>[\w/-]{1,200})", "https://www.ted.com/{path}"),
    _provider("Internet Archive", r"(?:www\.)?archive\.org/embed/(?P<id>[\w.-]{1,200})",
              "https://archive.org/details/{id}"),
    _provider("Apple Podcasts", r"embed\.podcasts\.apple\.com/(?P<path>[\w/.%-]{1,300})",
              "https://podcasts.apple.com/{path}"),
    _provider("Apple Music", r"embed\.music\.apple\.com/(?P<path>[\w/.%-]{1,300})", "https://music.apple.com/{path}"),
    _provider("Deezer", r"widget\.deezer\.com/widget/\w+/(?P<path>\w+/\d+)", "https://www.deezer.com/{path}"),
    _provider("Streamable", rf"(?:www\.)?streamable\.com/[eos]/{_ID}", "https://streamable.com/{id}"),
    _provider("Loom", rf"(?:www\.)?loom\.com/embed/{_ID}", "https://www.loom.com/share/{id}"),
    _provider("Rumble", r"(?:www\.)?rumble\.com/"),
    _provider("Bilibili", r"player\.bilibili\.com/"),
    _provider("Reddit", r"(?:embed\.reddit|(?:www\.)?redditmedia)\.com/(?P<path>[\w/-]{1,300})",
              "https://www.reddit.com/{path}"),
    _provider("JSFiddle", r"(?:www\.)?jsfiddle\.net/"),
    _provider("CodeSandbox", rf"codesandbox\.io/embed/{_ID}", "https://codesandbox.io/s/{id}"),
    _provider("Google Maps", r"(?:www\.|maps\.)?google\.[a-z.]{2,6}/maps|maps\.google\.[a-z.]{2,6}/"),
    _provider("OpenStreetMap", r"(?:www\.)?openstreetmap\.org/"),
    _provider("Mixcloud", r"(?:www\.|player-widget\.)?mixcloud\.com/"),
)  # fmt: skip
# Players that say in their query what they play: the parameter, and the page that it makes; "{}" is an address.
_QUERIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "YouTube": (("list", "https://www.youtube.com/playlist?list={}"),),
    "Dailymotion": (("video", "https://www.dailymotion.com/video/{}"),),
    "SoundCloud": (("url", "{}"),),
    "Twitter": (("id", "https://twitter.com/i/status/{}"),),
    "Facebook": (("href", "{}"),),
    "Twitch": (
        ("video", "https://www.twitch.tv/videos/{}"),
        ("channel", "https://www.twitch.tv/{}"),
        ("clip", "https://clips.twitch.tv/{}"),
    ),
    "Mixcloud": (("feed", "https://www.mixcloud.com{}"),),
    "Bilibili": (("bvid", "https://www.bilibili.com/video/{}"),),
}
PLAYERS: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/embed/",
    "vimeo": "https://player.vimeo.com/video/",
    "dailymotion": "https://www.dailymotion.com/embed/video/",
}
"""What the address of a provider's player begins with, where a page tells the video alone: <amp-youtube>."""
_LONGEST = 2000  # characters of an address
_NAME = 200  # characters of a name
_NOTHING = re.compile(r"(?:https?:)?//(?:www\.)?googletagmanager\.com/|about:|javascript:|data:", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LAZY = re.compile(r"data-(?:[\w-]*-)?src(?:-[\w-]+)?")


def embed_of(given: Mapping[str, str], address: str = "src") -> Embed | None:
    """Return what a tag with these attributes embeds; None for nothing, and for what is too small to be seen."""
    url = given.get(address, "")
    if not url or _NOTHING.match(url):  # the player that waits for a click, or for consent
        url = next((value for name, value in given.items() if _LAZY.fullmatch(name) and "/" in value), "")
    if not url or len(url) > _LONGEST or _NOTHING.match(url) or _is_hidden(given):
        return None
    name = characters.line(given.get("title", "") or given.get("aria-label", ""))[:_NAME]
    try:
        parts = urlsplit(f"https:{url}" if url.startswith("//") else url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", ""):
        return None
    for provider in _PROVIDERS:
        if match := provider.player.match(f"{parts.netloc}{parts.path}"):
            page, picture = _page(provider, match, parts.query) or url, provider.picture.format(**match.groupdict())
            return Embed(page, name or provider.name, picture)
    return Embed(url, name or host.removeprefix("www.") or url.rpartition("/")[2])


def _page(provider: _Provider, match: re.Match[str], query: str) -> str:
    """Return the address of the page for people of what a player plays, "" where that can't be told."""
    parameters = {key: values[0] for key, values in parse_qs(query).items()}
    if provider.page:
        page = provider.page.format(**match.groupdict())
        start = parameters.get("start", "")
        if provider.name == "YouTube" and start.isdigit():
            return f"{page}&t={start}s"
        private = parameters.get("h", "")
        return f"{page}/{private}" if provider.name == "Vimeo" and private.isalnum() else page
    for name, page in _QUERIES.get(provider.name, ()):
        if value := parameters.get(name):
            plain = page == "{}"
            # What SoundCloud's player is given is often the address of its API, which shows nobody anything.
            if plain and (not re.match(r"https?://", value) or "//api." in value):
                continue
            return value if plain else page.format(quote(value, safe="/:"))
    return ""


def _is_hidden(given: Mapping[str, str]) -> bool:
    small = any(re.fullmatch(r"[01](?:px)?", given.get(side, "")) for side in ("width", "height"))
    return small or _HIDDEN.search(given.get("style", "")) is not None


def link(embed: Embed) -> str:
    """Write the embed as HTML, with space around it: it may stand in the middle of a sentence."""
    picture = f"{tags.start_tag('img', {'src': embed.picture, 'alt': ''})}<br>" if embed.picture else ""
    return f" {tags.start_tag('a', {'href': embed.url})}{picture}{html.escape(embed.name, quote=False)}</a> "

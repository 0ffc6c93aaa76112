"""The feeds of large sites, as far as an address tells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document
from aggregator.parse import sites
from aggregator.text.addresses import is_web

CHANNEL = "UC" + "aB3-_" * 4 + "xy"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


@pytest.mark.parametrize(
    ("address", "feeds"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", [f"{VIDEOS}?channel_id={CHANNEL}"]),
        ("https://youtube.com/playlist?list=PLx_1", [f"{VIDEOS}?playlist_id=PLx_1"]),
        ("https://m.youtube.com/user/someone", [f"{VIDEOS}?user=someone"]),
        ("https://www.youtube.com/@handle", []),  # its page tells
        (
            "https://github.com/owner/repo.git",
            [f"https://github.com/owner/repo/{what}.atom" for what in ("releases", "commits", "tags")],
        ),
        (
            "https://github.com/owner/repo/tags",
            [f"https://github.com/owner/repo/{what}.atom" for what in ("tags", "releases", "commits")],
        ),
        (
            "https://github.com/owner/repo/tree/feature/x",
            [
                "https://github.com/owner/repo/commits/feature/x.atom",
                *(f"https://github.com/owner/repo/{what}.atom" for what in ("releases", "commits", "tags")),
            ],
        ),
        ("https://github.com/owner", ["https://github.com/owner.atom"]),
        ("https://github.com/pricing", []),
        (
            "https://gitlab.com/group/sub/project/-/tree/main",
            [
                "https://gitlab.com/group/sub/project/-/releases.atom",
                "https://gitlab.com/group/sub/project/-/tags?format=atom",
                "https://gitlab.com/group/sub/project.atom",
            ],
        ),
        (
            "https://codeberg.org/owner/repo",
            [f"https://codeberg.org/owner/repo{what}.rss" for what in ("/releases", "/tags", "")],
        ),
        ("https://old.reddit.com/r/python/", ["https://www.reddit.com/r/python/.rss"]),
        ("https://www.reddit.com/user/someone", ["https://www.reddit.com/user/someone/.rss"]),
        ("https://medium.com/@someone/a-story-1a2b", ["https://medium.com/feed/@someone"]),
        ("https://medium.com/tag/python", ["https://medium.com/feed/tag/python"]),
        ("https://someone.substack.com/p/a-post", ["https://someone.substack.com/feed"]),
        ("https://bsky.app/profile/me.example", ["https://bsky.app/profile/me.example/rss"]),
        ("https://social.example/@me", ["https://social.example/@me.rss"]),
        ("https://social.example/@me/1234", []),
        ("https://stackoverflow.com/questions/tagged/rss", ["https://stackoverflow.com/feeds/tag/rss"]),
        ("https://blog.example/a-post", []),
        ("https://notyoutube.com/channel/x", []),
        ("https://evil.example/?youtube.com", []),
    ],
)
def test_what_a_site_is_known_for(address: str, feeds: list[str]) -> None:
    assert sites.feeds_at(address) == feeds


def test_an_account_is_named_as_people_name_it() -> None:
    assert sites.address_of("@me@Social.Example") == "https://social.example/@me"
    for other in ("me@social.example", "@me", "articles", "https://a.example/@me@b.example"):
        assert sites.address_of(other) == other


def test_a_page_of_a_handle_has_its_channel() -> None:
    for found in (f'"externalId":"{CHANNEL}"', f'<meta itemprop="channelId" content="{CHANNEL}">'):
        page = Document("", found.encode(), "text/html", "https://www.youtube.com/@handle")
        assert sites.feeds_in(page) == [f"{VIDEOS}?channel_id={CHANNEL}"]
        assert sites.feeds_in(Document("", found.encode(), "text/html", "https://a.example/")) == []


def test_a_podcasts_page_is_looked_up_in_its_directory() -> None:
    found = sites.lookup_of("https://podcasts.apple.com/de/podcast/some-name/id123456789?i=1")
    assert found == "https://itunes.apple.com/lookup?entity=podcast&id=123456789"
    assert sites.lookup_of("https://a.example/id123456789") == ""


HOSTS = st.sampled_from(
    ["youtube.com", "github.com", "gitlab.com", "reddit.com", "medium.com", "x.substack.com", "a.b"]
)


@given(HOSTS, st.lists(st.text("abU@-._~!$%2F:;", max_size=24), max_size=6), st.text("ab=&list?", max_size=20))
def test_whatever_the_address_is_its_feeds_are_addresses_of_that_site(host: str, path: list[str], query: str) -> None:
    for feed in sites.feeds_at(f"https://{host}/{'/'.join(path)}?{query}"):
        assert is_web(feed)
        assert feed.partition("://")[2].partition("/")[0].removeprefix("www.").endswith(host.removeprefix("www."))

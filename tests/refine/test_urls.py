"""Addresses: what equals what, what is tracking, and what is left exactly as it was."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.refine import urls
from aggregator.text import addresses, secrets

_PIECES = st.sampled_from(
    ["http://", "https://", "HTTP://", "//", "/", "?", "#", "&", "=", "%", "%2F", "%zz", ":", "@", "[", "]", "..", ".",
     "www.", "a", "example.org", "utm_source=x", "fbclid=1", "ref=", "xtor=", " ", "\t", "\n", "\\", "\x00", "ü",
     "xn--", "\ud800", "℀", ":80", ":0", ":99999", "javascript:", "mailto:", "+", ";", "|", "<", '"']
)  # fmt: skip
written_addresses = st.lists(_PIECES, max_size=10).map("".join) | st.text(max_size=30)
plain = st.from_regex(
    r"https?://(www\.)?[a-z]{1,5}\.org(:[1-9][0-9]{1,3})?(/[a-z0-9_-]{0,4}){0,3}(\?[a-z]=[a-z0-9]{0,3}(&[a-z]=[a-z]{1,2}){0,2})?(#[a-z]{1,3})?",
    fullmatch=True,
)


# ── canonical: the form in which copies meet ─────────────────────────────────────────────────────────────────────────

EQUAL = [
    ("the scheme", "http://example.org/a", "https://example.org/a"),
    ("the host's case", "https://Example.ORG/a", "https://example.org/a"),
    ("a leading www.", "https://www.example.org/a", "https://example.org/a"),
    ("a dot after the host", "https://example.org./a", "https://example.org/a"),
    ("the default port", "https://example.org:443/a", "https://example.org/a"),
    ("the other default port", "http://example.org:80/a", "https://example.org/a"),
    ("a last slash", "https://example.org/a/", "https://example.org/a"),
    ("the slash of the root", "https://example.org", "https://example.org/"),
    ("the order of parameters", "https://example.org/?b=2&a=1", "https://example.org/?a=1&b=2"),
    ("escapes of letters", "https://example.org/%61%C3%BC", "https://example.org/aü"),
    ("the escapes' case", "https://example.org/%c3%bc", "https://example.org/%C3%BC"),
    ("a name in Punycode", "https://xn--bcher-kva.example/", "https://bücher.example/"),
    ("dots in the path", "https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("an empty query", "https://example.org/a?", "https://example.org/a"),
    ("utm parameters", "https://example.org/a?utm_source=rss&utm_medium=feed&id=5", "https://example.org/a?id=5"),
    ("click ids", "https://example.org/a?fbclid=x&gclid=y&msclkid=z", "https://example.org/a"),
    ("tracking in any case", "https://example.org/a?UTM_Source=rss", "https://example.org/a"),
    ("tracking in the fragment", "https://example.org/a#xtor=RSS-1", "https://example.org/a"),
    ("a text fragment", "https://example.org/a#:~:text=word", "https://example.org/a"),
    *(
        ("the AMP or mobile form", f"https://{address}", "https://www.example.org/2025/a-night-out.html")
        for address in (
            "example.org/2025/a-night-out.html/amp/",
            "example.org/amp/2025/a-night-out.html",
            "www.example.org/2025/amp/a-night-out.html",
            "amp.example.org/2025/a-night-out.html?amp",
            "example.org/2025/a-night-out.amp.html",
            "example.org/2025/a-night-out.html?utm_source=x&amp=1",
            "example.org/2025/a-night-out.html?outputType=amp",
            "www.google.co.uk/amp/s/www.example.org/2025/a-night-out.html/amp",
            "www-example-org.cdn.ampproject.org/c/s/www.example.org/2025/a-night-out.html",
            "m.example.org/2025/a-night-out.html",
            "mobile.example.org/2025/a-night-out.html",
            "WWW.M.Example.org/2025/a-night-out.html",
        )
    ),
    ("an AMP form that ends so", "https://example.org/news/c0ffee.amp", "https://example.org/news/c0ffee"),
    ("a mobile host of a language", "https://de.m.example.org/wiki/Amp", "https://de.example.org/wiki/Amp"),
    ("Blogger's mobile form", "https://a.example.org/2025/01/b.html?m=1", "https://a.example.org/2025/01/b.html"),
]
DIFFERENT = [
    ("paths", "https://example.org/a", "https://example.org/b"),
    ("the path's case", "https://example.org/a", "https://example.org/A"),
    ("ports", "https://example.org:8080/a", "https://example.org/a"),
    ("hosts", "https://blog.example.org/a", "https://example.org/a"),
    ("parameters", "https://example.org/?id=1", "https://example.org/?id=2"),
    ("fragments: one real feed puts every entry at now.html#…", "https://e.org/now.html#1", "https://e.org/now.html#2"),
    ("fragments with routes", "https://example.org/#/post/1", "https://example.org/#/post/2"),
    ("an escaped slash", "https://example.org/a%2F", "https://example.org/a"),
    ("an article or a section about amplifiers", "https://example.org/guitars/amp", "https://example.org/guitars"),
    ("headlines with an amp", "https://example.org/best-guitar-amp", "https://example.org/best-guitar"),
    ("a page called amp", "https://example.org/amp", "https://example.org/"),
    ("a name that is a letter", "https://m.org/a", "https://org/a"),
    ("hosts that only begin so", "https://mm.example.org/a", "https://example.org/a"),
    ("months", "https://example.org/archive?m=1", "https://example.org/archive"),
    ("kinds of amp", "https://example.org/shop?amp=fender", "https://example.org/shop"),
    ("names that only begin like tracking", "https://example.org/?utm=1", "https://example.org/"),
]


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in EQUAL], ids=[pair[0] for pair in EQUAL])
def test_what_does_not_tell_pages_apart_makes_no_difference(one: str, other: str) -> None:
    assert urls.canonical(one) == urls.canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in DIFFERENT], ids=[pair[0] for pair in DIFFERENT])
def test_what_tells_pages_apart_makes_a_difference(one: str, other: str) -> None:
    assert urls.canonical(one) != urls.canonical(other)


@pytest.mark.parametrize("address", ["", "a", "/a", "//example.org/a", "ftp://example.org/", "urn:x", "mailto:a@b.org",
                                     "javascript:alert(1)", "http://", "http:///a", "http://[::1", "http://x:99999/",
                                     "http://x:0/", "http://℀/"])  # fmt: skip
def test_what_is_no_address_of_the_web_has_no_canonical_form(address: str) -> None:
    assert urls.canonical(address) == ""


@given(plain)
@example("http://www.www.org")
@example("http://m.www.org/amp/a-b/amp/amp")
@example("https://m.m.org/x.amp.amp")
@example("https://google.com/amp/s/google.com/amp/a.org/b-c")
def test_a_canonical_form_is_its_own_canonical_form(address: str) -> None:
    once = urls.canonical(address)

    assert once
    assert urls.canonical("https:" + once) == once


@given(st.from_regex(r"https?://(www\.)?[a-z0-9.-]{1,9}(:80|:443|:8080)?(/[A-Za-z0-9._~%-]{0,5}){0,4}", fullmatch=True))
@example("http://www.e.org")
@example("http://www.e.org:443//")
@example("http://www.www.org")
@example("http://xn--bcher-kva.example/a")
@example("http://e.org/a/../b/.")
@example("http://127.0.0.1/a")
def test_an_address_has_the_form_of_the_same_one_with_tracking(address: str) -> None:
    """Most written_addresses have their form without being taken apart; tracking takes the long way."""
    assert urls.canonical(address) == urls.canonical(address + "?utm_source=x")


@given(written_addresses)
@example("http://xn--/")
@example("http://a/?%")
@example("http://\ud800/")
def test_canonical_never_raises_and_is_nothing_or_without_a_scheme(address: str) -> None:
    found = urls.canonical(address)

    assert found == "" or found.startswith("//")


# ── untracked: the address that is shown ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://e.org/?utm_source=rss", "https://e.org/"),
        ("https://e.org/?a=1&utm_source=rss&b=2", "https://e.org/?a=1&b=2"),
        ("https://e.org/?utm_source=rss#top", "https://e.org/#top"),
        ("https://e.org/?b=%7e&a=%2F+x&utm_id=1", "https://e.org/?b=%7e&a=%2F+x"),
        ("https://e.org/a#xtor=RSS-1", "https://e.org/a"),
        ("https://e.org/a#rss", "https://e.org/a"),
        ("https://e.org/?at_medium=RSS&at_campaign=KARANGA", "https://e.org/"),
        # none of these is touched
        ("https://e.org/?", "https://e.org/?"),
        ("https://e.org/?a&&b=", "https://e.org/?a&&b="),
        ("https://e.org/#", "https://e.org/#"),
        ("https://e.org/a#rss-feeds", "https://e.org/a#rss-feeds"),
        ("https://e.org/?at=1&pk=2&ns=3&utm=4", "https://e.org/?at=1&pk=2&ns=3&utm=4"),
        ("HTTPS://E.org:443/%7Ea?z=1&a=2", "HTTPS://E.org:443/%7Ea?z=1&a=2"),
        ("https://e.org/utm_source=x", "https://e.org/utm_source=x"),
        ("", ""),
    ],
)
def test_tracking_goes_and_nothing_else(address: str, shown: str) -> None:
    assert urls.untracked(address) == shown


@pytest.mark.parametrize(
    "tracking",
    ["traffic_source=rss", "at_medium=RSS", "at_campaign=x", "ref=rss", "partner=rss&emc=rss", "source=rss",
     "feed=rss2", "via=feed", "REF=RSS", "utm_id=1", "mtm_kwd=x", "hsa_ad=1", "gbraid=x", "li_fat_id=x", "mc_cid=x",
     "_hsenc=x", "oly_enc_id=x", "ns_campaign=x", "wt_mc=rss.x", "smid=tw-share", "_gl=1*x", "at_custom1=x",
     "at_link_id=1", "at_format=link"],
)  # fmt: skip
def test_what_tells_how_a_reader_came_is_tracking_wherever_it_stands(tracking: str) -> None:
    for before, after in (("", ""), ("id=7&", ""), ("", "&id=7"), ("a=1&", "&b=2")):
        left = "&".join(filter(None, (before.strip("&"), after.strip("&"))))
        mark = "?" if left else ""
        assert urls.untracked(f"https://e.org/p?{before}{tracking}{after}") == f"https://e.org/p{mark}{left}"
    assert urls.canonical(f"https://e.org/p?{tracking}") == urls.canonical("https://e.org/p")


@pytest.mark.parametrize(
    "told",
    ["ref=main", "partner=7", "emc=2", "source=archive", "feed=sports", "from=2024", "via=paris", "reference=rss",
     "at_home=1", "at=rss", "traffic=rss", "xref=rss", "ref=rss/../1", "src=feeder"],
)  # fmt: skip
def test_what_may_tell_the_page_stays(told: str) -> None:
    assert urls.untracked(f"https://e.org/p?{told}") == f"https://e.org/p?{told}"
    assert urls.canonical(f"https://e.org/p?{told}") != urls.canonical("https://e.org/p")


@given(
    st.text(st.characters(exclude_characters="#&_", exclude_categories=["Cs"]), max_size=40).map(
        "http://e.org/".__add__
    )
)
def test_an_address_without_tracking_is_left_byte_for_byte(address: str) -> None:
    if not urls._TRACKING.search(address):
        assert urls.untracked(address) == address


@given(written_addresses)
def test_what_is_untracked_stays_as_it_is(address: str) -> None:
    once = urls.untracked(address)

    assert urls.untracked(once) == once
    assert len(once) <= len(address)


# ── absolute: the address that is stored ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "base", "found"),
    [
        ("https://e.org/a", "", "https://e.org/a"),
        ("  https://e.org/a\n", "", "https://e.org/a"),
        ("https://e.org/a\n/b\t", "", "https://e.org/a/b"),
        ("b", "https://e.org/a/c", "https://e.org/a/b"),
        ("/b", "https://e.org/a/c", "https://e.org/b"),
        ("?q=1", "https://e.org/a", "https://e.org/a?q=1"),
        ("#x", "https://e.org/a", "https://e.org/a#x"),
        ("//cdn.org/i.png", "https://e.org/a", "https://cdn.org/i.png"),
        ("https://e.org/a b<c>", "", "https://e.org/a%20b%3Cc%3E"),
        ("https://e.org/\x07\x85a", "", "https://e.org/%07%C2%85a"),
        ("https://E.org/%7Eann?x=ü", "", "https://E.org/%7Eann?x=ü"),
        ("b", "", ""),
        ("", "https://e.org/a", ""),
        ("javascript:alert(1)", "https://e.org/", ""),
        ("data:text/html,x", "https://e.org/", ""),
        ("mailto:ann@e.org", "https://e.org/", ""),
        ("ftp://e.org/", "https://e.org/", ""),
        ("file:///etc/passwd", "https://e.org/", ""),
        ("http://[x", "https://e.org/", ""),
        ("b", "http://[x", ""),
        ("b", "file:///a/", ""),
    ],
)
def test_addresses_become_absolute_ones_of_the_web_or_nothing(address: str, base: str, found: str) -> None:
    assert addresses.absolute(address, base) == found


@given(written_addresses, st.sampled_from(["", "https://e.org/a/b?c#d"]) | written_addresses)
def test_absolute_gives_nothing_or_an_address_that_any_format_can_carry(address: str, base: str) -> None:
    found = addresses.absolute(address, base)

    if found:
        assert urlsplit(found).scheme in {"http", "https"}
        assert urlsplit(found).hostname
        assert not set(found) & set(' \t\r\n\0<>"\\^`{|}\ud800\ufffe')
        assert addresses.absolute(found, "") == found


# ── An address as it may be shown ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann:pa@ss@a.example:8443/feed?x=1", "https://a.example:8443/feed?x=1"),
        ("HTTPS://token@a.example", "HTTPS://a.example"),
        ("https:\\\\ann:pw@a.example/", "https:\\\\a.example/"),
        ("https://a.example/f?token=abc&x=1", "https://a.example/f?token=…&x=1"),
        ("https://a.example/f?a=1;API-Key=abc#top", "https://a.example/f?a=1;API-Key=…#top"),
        ("https://a.example/f?%74oken=abc", "https://a.example/f?%74oken=…"),
        ("https://a.example/f?os_password=p&accessKey=q&X-Amz-Signature=r", None),
        ("https://a.example/f?user=ann&feed=0123456789abcdef0123456789abcdef01234567", None),
        ("https://a.example/f?u=https%3A%2F%2Fann%3Apw%40b.example%2F", "https://a.example/f?u=…"),
        ("https://a.example/f?u=https%3A%2F%2Fb.example%2F%3Fkey%3Dk", "https://a.example/f?u=…"),
        ("https://a.example/f#access_token=abc", "https://a.example/f#access_token=…"),
    ],
)
def test_passwords_and_keys_are_not_shown(address: str, shown: str | None) -> None:
    assert secrets.is_secret(address)
    found = secrets.shown(address)
    assert found == shown if shown else not re.search("=(?:p|q|r|0123.*)(?:&|$)", found)
    assert secrets.shown(found) == found
    assert secrets.shown_in(f"asked ({address} twice") == f"asked ({found} twice"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/calendar/ical/ann%40a.example/private-0123456789abcdef0123/basic.ics",
         "/calendar/ical/ann%40a.example/private-…/basic.ics"),
        ("/bot123456:AAH-x_yzAAH-x_yzAAH-x_yz/getUpdates", "/bot123456:…/getUpdates"),
        ("/rss/token/a1b2c3d4e5f6a7b8c9", "/rss/token/…"),
        ("/api_key/A1-b2_C3-d4_E5-f6/feed.xml", "/api_key/…/feed.xml"),
        ("/Secret/0a0a0a0a0a0a0a0a0a.atom?page=2", "/Secret/….atom?page=2"),
        ("/keys/1234567890123456#top", "/keys/…#top"),
        ("/private/9f9f9f9f9f9f9f9f/auth/8e8e8e8e8e8e8e8e", "/private/…/auth/…"),
        ("/auth/key/9f9f9f9f9f9f9f9f?token=x", "/auth/key/…?token=…"),
    ],
)  # fmt: skip
def test_keys_that_are_a_part_of_the_path_are_not_shown(path: str, shown: str) -> None:
    address = f"https://a.example{path}"
    assert secrets.is_secret(address)
    assert secrets.shown(address) == f"https://a.example{shown}"
    assert secrets.shown(secrets.shown(address)) == secrets.shown(address)
    assert secrets.shown_in(f"{address} answered 403") == f"https://a.example{shown} answered 403"


@pytest.mark.parametrize(
    "path",
    [
        "/private-equity-news/feed", "/private-0123/x", "/bot1234/feed", "/bots/12345:news",
        "/tokens/the-tokens-of-trust",
        "/keys/piano-keyboards-and-more", "/token/2026", "/secret/the-garden-of-them", "/author/a1b2c3d4e5f6a7b8c9",
        "/2026/01/0123456789abcdef0123456789abcdef/", "/monkey/a1b2c3d4e5f6a7b8c9",
    ],
)  # fmt: skip
def test_a_path_with_words_like_these_is_shown_as_it_is(path: str) -> None:
    address = f"https://a.example{path}"
    assert secrets.shown(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/feed?feed=rss2&author=3&monkey=1&design=x&passage=4&channel_id=UCabcdefghijklmnopqrstuv",
        "https://a.example/@ann/feed?mail=ann@a.example#me@here",
        "https://a.example/?token=&q=a%20b+c",
        "/home/ann@work/articles?token=1",
        "",
    ],
)
def test_any_other_address_is_shown_as_it_is(address: str) -> None:
    assert secrets.shown(address) == address
    assert not secrets.is_secret(address)


@given(st.text())
def test_any_text_can_be_shown_and_nothing_secret_is_left(text: str) -> None:
    address = f"https://{text}"
    assert not secrets.is_secret(secrets.shown(address))
    assert secrets.shown_in(text) is not None


def test_addresses_in_addresses_without_end_are_no_way_to_break_it() -> None:
    assert secrets.shown("https://a.example/?u=" * 2000) == "https://a.example/?u=…"


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("www.mill.example/a", "https://www.mill.example/a"),
        ("paper.example/b", "https://paper.example/b"),
        ("c.html", "https://paper.example/x/c.html"),
        ("www/d", "https://paper.example/x/www/d"),
    ],
)
def test_a_page_that_lacks_its_scheme_alone_is_where_it_says(address: str, meant: str) -> None:
    assert urls.page_link(address, "https://paper.example/x/feed") == meant


@given(
    st.sampled_from(["https://", "http://", " http://"]),
    st.text("ab./:@[]?# \n%é", max_size=12),
    st.text("a.:/[]", max_size=8),
)
def test_a_page_that_has_its_scheme_is_where_it_says(scheme: str, rest: str, host: str) -> None:
    address = scheme + rest

    assert urls.page_link(address, f"https://{host}/feed") == addresses.absolute(address, f"https://{host}/feed")

"""What stands before a feed is named where it is known, and nothing else is taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document
from aggregator.retrieve import walls

ASKED = "https://a.example/feed"


def page(body: str, base: str = ASKED) -> str:
    return walls.of_page(Document("", f"<!DOCTYPE html><html>{body}</html>".encode(), "text/html", base), ASKED)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {"www-authenticate": 'Basic realm="x"'}, "it wants a password: username and password in the config"),
        (401, {"www-authenticate": "Bearer"}, "it wants a password: bearer in the config"),
        (401, {"www-authenticate": "NTLM"}, "in a way that we don't know (ntlm)"),
        (401, {}, "username and password, bearer or cookie in the config"),
        (403, {}, "access is forbidden"),
        (403, {"cf-mitigated": "challenge", "server": "cloudflare"}, "Cloudflare's challenge"),
        (503, {"cf-mitigated": "challenge"}, "Cloudflare's challenge"),
        (403, {"server": "cloudflare"}, "access is forbidden"),
        (403, {"x-datadome": "protected"}, "DataDome's check"),
        (202, {"x-amzn-waf-action": "challenge"}, "AWS WAF's challenge"),
        (403, {"server": "ddos-guard"}, "DDoS-Guard's check"),
        (406, {}, 'headers = { Accept = "*/*" }'),
    ],
)
def test_a_refusal_says_what_stands_behind_it_and_what_helps(status: int, headers: dict[str, str], said: str) -> None:
    assert said in walls.of_refusal(status, headers)


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_of_an_ordinary_trouble_nothing_is_made_up(status: int) -> None:
    assert walls.of_refusal(status, {"server": "nginx"}) == ""
    assert walls.of_refusal(500, {"x-datadome": "protected"}) == ""


@pytest.mark.parametrize(
    ("body", "base", "said"),
    [
        ("<script>window._cf_chl_opt={}</script>", ASKED, "Cloudflare's challenge"),
        ('<script src="https://ct.captcha-delivery.com/c.js"></script>', ASKED, "DataDome's check"),
        ('<script id="anubis_challenge" type="application/json">', ASKED, "Anubis's challenge"),
        ("<form>", "https://a.example/wp-login.php?redirect_to=%2Ffeed", "a page to sign in"),
        ("<form>", "https://a.example/users/sign_in", "a page to sign in"),
        ('<input name="p" type=password>', "https://sso.example/start", "a page to sign in"),
        ("<form>", "https://consent.example/?continue=https://a.example/feed", "asks for consent"),
    ],
)
def test_a_page_in_place_of_the_feed_is_named(body: str, base: str, said: str) -> None:
    assert said in page(body, base)


@pytest.mark.parametrize(
    ("body", "base"),
    [
        ("<h1>News</h1>", ASKED),
        ('<h1>News</h1><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>', ASKED),
        ('<h1>News</h1><form>Sign in <input type="password"></form>', ASKED),
        ("<h1>How we changed our sign-in</h1>", "https://a.example/2026/how-we-log-in-again/"),
        ("<h1>Consent</h1>", "https://a.example/blog/about-consenting"),
    ],
)
def test_an_ordinary_page_is_taken_for_no_wall(body: str, base: str) -> None:
    assert page(body, base) == ""


def test_a_feed_about_walls_is_none() -> None:
    feed = b"<rss><channel><item><description>_cf_chl_opt captcha-delivery.com</description></item></channel></rss>"
    assert walls.of_page(Document("", feed, "", "https://b.example/login"), ASKED) == ""


@given(st.integers(100, 599), st.dictionaries(st.sampled_from(["www-authenticate", "server", "x-cdn"]), st.text()))
def test_whatever_a_server_says_it_is_a_short_line(status: int, headers: dict[str, str]) -> None:
    said = walls.of_refusal(status, headers)
    assert len(said) < 200 and len(said.splitlines()) <= 1


@given(st.binary(), st.text())
def test_whatever_it_sends_nothing_breaks(body: bytes, base: str) -> None:
    walls.of_page(Document("", b"<html>" + body, "", base), ASKED)

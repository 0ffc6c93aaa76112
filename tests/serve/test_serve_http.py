"""The HTTP door over a real daemon: outputs, validators, codings, and what is not there."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from house import SERVED, Got, House, Running, until

CONFIG = f"""{SERVED}
[site]
title = "Rivers & <streams>"
link = "https://feeds.example/"
[[source]]
path = "articles"
category = "own"
[[output]]
name = "feed"
title = "All of it"
[[output]]
name = "own-words_2"
categories = ["own"]
"""
TYPES = {"xml": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
NAMES = [f"{output}.{suffix}" for output in ("feed", "own-words_2") for suffix in TYPES]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation with three articles, one with letters from beyond ASCII."""
    house = House(tmp_path_factory.mktemp("served"))
    articles = house.folder / "articles"
    articles.mkdir()
    for number, title in enumerate(("First", "Zweiter Ärger", "Третий")):
        text = " ".join(f"word{number}x{index}" for index in range(60))
        (articles / f"{number}.txt").write_text(f"{title}\n\n{text}\n", "utf-8")
    house.write(CONFIG)
    return house


@pytest.fixture(scope="module")
def served(home: House) -> Iterator[Running]:
    """A daemon over it, its first round done."""
    with home.daemon() as running:
        until(lambda: running.get(f"/{NAMES[-1]}").text.count('"id"') == 3)  # it is written last
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_every_output_is_served_in_every_format_with_its_content_type(served: Running, home: House, name: str) -> None:
    got = served.get(f"/{name}")
    assert got.status == 200
    assert got.headers["content-type"] == f"{TYPES[name.rpartition('.')[2]]}; charset=utf-8"
    assert got.headers["content-length"] == str(len(got.body))
    assert got.body == (home.data / "public" / name).read_bytes()
    assert got.headers["x-content-type-options"] == "nosniff"
    if name.endswith("json"):
        assert len(json.loads(got.body)["items"]) == 3
    else:
        ET.fromstring(got.body)
        assert "Третий" in got.text


def test_the_etag_is_strong_and_differs_between_formats(served: Running) -> None:
    tags = [served.get(f"/feed.{suffix}").headers["etag"] for suffix in TYPES]
    assert all(re.fullmatch(r'"[^"]+"', tag) for tag in tags)
    assert len(set(tags)) == 3


def test_validators_are_the_same_after_a_restart(served: Running, home: House, tmp_path: Path) -> None:
    """Every reader would fetch everything again, if they weren't."""
    before = {name: served.get(f"/{name}") for name in NAMES}
    again = House(tmp_path)
    again.write(home.config.read_text("utf-8"))
    (tmp_path / "articles").symlink_to(home.folder / "articles")
    (tmp_path / "data" / "public").mkdir(parents=True)
    with again.daemon() as first:
        until(lambda: first.get(f"/{NAMES[-1]}").text.count('"id"') == 3)
        until(lambda: all(_is_settled(first.get(f"/{name}")) for name in NAMES))
        stamps = {name: first.get(f"/{name}").headers["last-modified"] for name in NAMES}
        assert first.stop() == 0
    with again.daemon() as second:
        for name in NAMES:
            got = second.get(f"/{name}")
            assert got.headers["last-modified"] == stamps[name]
            assert got.headers["etag"] == before[name].headers["etag"]


def _is_settled(got: Got) -> bool:
    """Whether what is served can't change any more in the second that Last-Modified names (RFC 9110 §8.8.2.1)."""
    dates = (parsedate_to_datetime(got.headers[name]) for name in ("date", "last-modified"))
    return next(dates) - next(dates) >= timedelta(seconds=2)


def test_last_modified_is_a_date_in_gmt_that_has_passed(served: Running) -> None:
    got = served.get("/feed.xml")
    assert got.headers["last-modified"].endswith(" GMT")
    assert parsedate_to_datetime(got.headers["last-modified"]) <= parsedate_to_datetime(got.headers["date"])


def _tags(served: Running) -> tuple[str, str]:
    plain = served.get("/feed.xml").headers["etag"]
    return plain, served.get("/feed.xml", Accept_Encoding="gzip").headers["etag"]


def _is_304(got: Got) -> bool:
    """RFC 9110 §15.4.5: no content, and the headers that a cache would renew."""
    if got.status != 304:
        return False
    assert got.body == b""
    assert {"etag", "last-modified", "cache-control", "vary", "date"} <= set(got.headers)
    assert "content-encoding" not in got.headers
    return True


def test_if_none_match_answers_304_for_the_tag_it_gave_in_every_spelling(served: Running) -> None:
    plain, zipped = _tags(served)
    for tag in (plain, f"W/{plain}", f'"other", {plain}', f'W/"x",W/{plain},"y"', "*", f"{zipped}, {plain}"):
        assert _is_304(served.get("/feed.xml", If_None_Match=tag)), tag
        assert _is_304(served.get("/feed.xml", If_None_Match=tag, Accept_Encoding="gzip")), tag
        assert _is_304(served.get("/feed.xml", If_None_Match=tag, Accept_Encoding="br, gzip")), tag
        assert _is_304(served.get("/feed.xml", method="HEAD", If_None_Match=tag)), tag


def test_if_none_match_answers_200_for_any_other_tag(served: Running) -> None:
    plain, _ = _tags(served)
    atom = served.get("/feed.atom").headers["etag"]
    for tag in ('"other"', atom, 'W/"other", "another"', "", plain.strip('"'), '"', "\xe4"):
        got = served.get("/feed.xml", If_None_Match=tag)
        assert (got.status, got.body[:5]) == (200, b"<?xml"), tag


def test_a_304_names_the_tag_of_the_coding_that_was_asked_for(served: Running) -> None:
    plain, zipped = _tags(served)
    assert served.get("/feed.xml", If_None_Match=plain).headers["etag"] == plain
    assert served.get("/feed.xml", If_None_Match=zipped, Accept_Encoding="gzip").headers["etag"] == zipped


def test_if_modified_since_answers_304_from_the_last_change_on(served: Running) -> None:
    modified = parsedate_to_datetime(served.get("/feed.xml").headers["last-modified"])
    for since, status in ((0, 304), (1, 304), (86400, 304), (-1, 200)):
        moment = format_datetime(modified.fromtimestamp(modified.timestamp() + since, modified.tzinfo), usegmt=True)
        assert served.get("/feed.xml", If_Modified_Since=moment).status == status, since


def test_if_none_match_goes_before_if_modified_since(served: Running) -> None:
    """RFC 9110 §13.2.2."""
    modified = served.get("/feed.xml").headers["last-modified"]
    assert served.get("/feed.xml", If_None_Match='"other"', If_Modified_Since=modified).status == 200


def test_a_date_that_is_none_is_passed_over(served: Running) -> None:
    assert served.get("/feed.xml", If_Modified_Since="yesterday").status == 200


@pytest.mark.parametrize(
    "accepted",
    ["gzip", "GZIP", "x-gzip", "br;q=0.4, gzip;q=0.5", "gzip, deflate", "deflate,gzip;q=1.0", "identity;q=0,gzip"],
)
def test_gzip_is_sent_to_who_takes_it(served: Running, accepted: str) -> None:
    plain, got = served.get("/feed.xml"), served.get("/feed.xml", Accept_Encoding=accepted)
    assert got.headers["content-encoding"] == "gzip"
    assert got.headers["content-length"] == str(len(got.body))
    assert gzip.decompress(got.body) == plain.body
    assert got.headers["etag"] != plain.headers["etag"]  # a strong tag names one sequence of bytes
    assert got.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize(
    "accepted", ["", "identity", "deflate", "gzip;q=0", "gzip; q=0.000, zstd", "gzipped", "gzip;q=x"]
)
def test_no_coding_is_sent_to_who_does_not_take_it(served: Running, accepted: str) -> None:
    got = served.get("/feed.xml", Accept_Encoding=accepted)
    assert "content-encoding" not in got.headers
    assert got.body.startswith(b"<?xml")
    assert "accept-encoding" in got.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/feed.xml", "/feed.json", "/", "/healthz", "/nothing.xml"])
def test_head_answers_as_get_without_a_body(served: Running, path: str) -> None:
    """Read from the socket: an HTTP client would not look for a body."""
    expected = served.get(path)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == expected.status
    assert body == b""
    if path.startswith("/feed"):
        assert f"etag: {expected.headers['etag']}" in head.decode().lower()
        assert f"content-length: {len(expected.body)}" in head.decode().lower()


@pytest.mark.parametrize(
    "path", ["/nothing.xml", "/feed.exe", "/feed", "/feed.xml/", "/a/b", "/..%2faggregator.db", "/%00.xml", "/.xml"]
)
def test_what_is_not_there_is_said_in_plain_words(served: Running, path: str) -> None:
    got = served.get(path)
    assert got.status == 404
    assert got.headers["content-type"].startswith("text/plain")
    assert "There is no such" in got.text
    assert "Traceback" not in got.text


@pytest.mark.parametrize("path", ["/../aggregator.db", "/%2e%2e/aggregator.db", "/public/feed.xml", "/aggregator.db"])
def test_nothing_but_the_outputs_leaves_the_house(served: Running, path: str) -> None:
    assert served.get(path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_door_is_for_reading(served: Running, method: str) -> None:
    got = served.get("/feed.xml", method=method)
    assert got.status == 405
    assert "GET" in got.headers["allow"]


def test_a_browser_gets_a_page_of_what_is_stored(served: Running) -> None:
    got = served.get("/own-words_2.atom", Sec_Fetch_Dest="document", Accept_Encoding="identity")
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert got.text.count("<article") == 3
    assert "Zweiter Ärger" in got.text
    assert "https://feeds.example/own-words_2.xml" in got.text
    again = served.get("/own-words_2.atom", Sec_Fetch_Dest="document", If_None_Match=got.headers["etag"])
    assert again.status == 304


def test_the_status_feed_has_a_page_too(served: Running) -> None:
    got = served.get("/status.xml", Sec_Fetch_Dest="document")
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "This is a feed" in got.text


def test_healthz_says_that_all_is_well(served: Running) -> None:
    got = until(lambda: answer if json.loads((answer := served.get("/healthz")).body)["last_round"] else None)
    assert got.status == 200
    told = json.loads(got.body)
    assert (told["status"], told["trouble"], told["sources"], told["sources_failing"]) == ("ok", None, 1, 0)
    assert got.headers["cache-control"] == "no-store"


def test_the_index_page_lists_every_output_in_every_format(served: Running) -> None:
    got = served.get("/")
    assert got.status == 200
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    for name in NAMES:
        assert f'href="{name}"' in got.text, "also behind a proxy that serves us under a path"
    assert "https://feeds.example/feed.xml" in got.text
    for suffix in TYPES:  # a reader that is given the page's address finds the feeds
        assert re.search(rf'<link rel="alternate" type="{re.escape(TYPES[suffix])}" href="feed.{suffix}"', got.text)


def test_what_the_json_feed_s_extension_is_about_is_told_on_the_index_page(served: Running) -> None:
    items = json.loads(served.get("/feed.json").body)["items"]
    (about,) = {item["_aggregator"]["about"] for item in items}
    site, _, fragment = about.partition("#")
    assert site == "https://feeds.example/"
    assert f'<p id="{fragment}">' in served.get("/").text


def test_the_index_page_shows_titles_as_text(served: Running) -> None:
    got = served.get("/")
    assert "Rivers &amp; &lt;streams&gt;" in got.text
    assert "<streams>" not in got.text
    assert "default-src 'none'" in got.headers["content-security-policy"]


def test_a_request_that_is_none_does_not_disturb_the_daemon(served: Running) -> None:
    for hello in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000):
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(hello)
            connection.shutdown(socket.SHUT_WR)
            while True:
                try:
                    if not connection.recv(65536):
                        break
                except ConnectionError:
                    break
    assert served.get("/feed.xml").status == 200
    assert not any("Traceback" in line for line in served.log), served.log


# ── What was shown before ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_that_was_away_finds_every_article_by_the_links(tmp_path: Path) -> None:
    house = House(tmp_path)
    articles = house.folder / "articles"
    articles.mkdir()
    for number in range(230):
        text = " ".join(f"word{number}x{index}" for index in range(60))
        (articles / f"{number}.md").write_text(f"---\nid: a{number}\n---\n# Article {number}\n\n{text}\n", "utf-8")
    house.write(f'{SERVED}\n[[source]]\npath = "articles"\n[[output]]\nname = "feed"\nlimit = 10\n')
    with house.daemon() as running:
        until(lambda: "/feed/201-230.json" in running.get("/feed.json").text)
        paths, found = ["/feed.json"], set[str]()
        while paths[-1]:
            page = json.loads(running.get(paths[-1]).body)
            found |= {item["title"] for item in page["items"]}
            paths.append(page.get("next_url", "").removeprefix("http://localhost:8000"))
        got = running.get(paths[-2])
    assert found == {f"Article {number}" for number in range(230)}
    assert paths == ["/feed.json", "/feed/201-230.json", "/feed/101-200.json", "/feed/1-100.json", ""]
    assert "immutable" in got.headers["cache-control"]

"""Pictures beside local articles over a real daemon: what is sent, and what nobody gets."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from house import DEADLINE, SERVED, House, Running, until

from aggregator.text import local_files

KEY = local_files.key("articles")
HERE = f"/pictures/{KEY}"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
LARGE = PNG + os.urandom(12_000_000)  # more than the sockets of both sides hold
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"
TRIP = """---
title: A trip
image: cover.png
---
We went to the lake, and it was as good as they say that it is.

![A lake](my%20lake.png) ![](../plan.svg) ![](large.png) ![](søe.png) ![](page.png) ![](leads.png) ![](gone.png)
![](later.png)
"""


def write(folder: Path, name: str, body: bytes | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    os.utime(path, (1_790_000_000, 1_790_000_000))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("pictures"))
    articles = house.folder / "articles"
    write(articles, "trip/index.md", TRIP)
    for name in ("cover.png", "my lake.png", "søe.png", "gone.png", "unnamed.png", ".hidden.png"):
        write(articles, f"trip/{name}", PNG)
    write(articles, "plan.svg", SVG)
    write(articles, "trip/large.png", LARGE)
    write(articles, "trip/page.png", PAGE)
    write(house.folder, "outside.png", PNG)
    (articles / "trip/leads.png").symlink_to("../../outside.png")
    write(articles, "secret/draft.md", "---\ntitle: No\ndraft: true\n---\n![](draft.png)")
    write(articles, "secret/draft.png", PNG)
    house.write(f'{SERVED}[site]\nlink = "https://news.example/river"\n[[source]]\npath = "articles"\n')
    return house


@pytest.fixture(scope="module")
def served(home: House) -> Iterator[Running]:
    with home.daemon() as running:
        until(lambda: '"A trip"' in running.get("/feed.json").text)
        yield running


def test_the_pictures_of_an_article_are_at_the_addresses_that_its_feed_has(served: Running, home: House) -> None:
    (item,) = json.loads(served.get("/feed.json").text)["items"]
    base = "https://news.example/river"
    assert item["image"] == f"{base}{HERE}/trip/cover.png"
    addresses = re.findall(r'src="([^"]*)"', item["content_html"])
    assert addresses[:4] == [
        f"{base}{HERE}/{path}" for path in ("trip/my%20lake.png", "plan.svg", "trip/large.png", "trip/s%C3%B8e.png")
    ]
    bodies = [served.get(address.removeprefix(base)).body for address in (item["image"], *addresses[:4])]
    assert bodies == [PNG, PNG, SVG, LARGE, PNG]
    for name in ("feed.xml", "feed.atom"):
        text = served.get(f"/{name}").text
        assert "local.invalid" not in text and f"{base}{HERE}/trip/my%20lake.png" in text


def test_pages_have_them_wherever_the_site_is(served: Running) -> None:
    for path, up in (("/", ""), ("/feed/", "../"), ("/?q=lake", "")):
        text = served.get(path).text
        assert "local.invalid" not in text and f'src="{up}{HERE[1:]}/trip/cover.png"' in text
    assert f'src="{HERE[1:]}/trip/cover.png"' in served.get("/feed.xml", Sec_Fetch_Dest="document").text
    (item,) = json.loads(served.get("/feed.json").text)["items"]
    text = served.get(f"/story/{item['id'].removeprefix('urn:uuid:')}").text
    assert "local.invalid" not in text
    for name in ("cover", "my%20lake"):
        assert f'src="../{HERE[1:]}/trip/{name}.png"' in text


def test_an_answer_can_be_cached_and_runs_nothing(served: Running) -> None:
    got = served.get(f"{HERE}/plan.svg")
    assert got.status == 200 and got.headers["content-type"] == "image/svg+xml"
    assert got.headers["content-length"] == str(len(SVG))
    assert got.headers["x-content-type-options"] == "nosniff"
    policy = [part.strip() for part in got.headers["content-security-policy"].split(";")]
    assert {"default-src 'none'", "sandbox"} < {*policy} and not any("script" in part for part in policy)
    assert got.headers["cache-control"].startswith("public, max-age=")
    assert re.fullmatch(r'"[^"]+"', got.headers["etag"])
    assert parsedate_to_datetime(got.headers["last-modified"]).timestamp() == 1_790_000_000
    assert got.headers["accept-ranges"] == "none"


@pytest.mark.parametrize("path", ["plan.svg", "trip/large.png"])
def test_head_says_the_same_without_a_body(served: Running, path: str) -> None:
    whole, head = served.get(f"{HERE}/{path}"), served.get(f"{HERE}/{path}", "HEAD")
    whole.headers.pop("date"), head.headers.pop("date")
    assert head.status == 200 and head.body == b"" and head.headers == whole.headers


def test_what_a_client_has_is_not_sent_again(served: Running) -> None:
    path = f"{HERE}/trip/cover.png"
    got = served.get(path)
    tag, date = got.headers["etag"], got.headers["last-modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_None_Match": "*"}):
        again = served.get(path, **headers)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == got.headers["cache-control"]
    assert served.get(path, If_Modified_Since=date).status == 304
    assert served.get(path, If_None_Match='"x"').status == 200
    assert served.get(path, If_None_Match='"x"', If_Modified_Since=date).status == 200
    assert served.get(path, If_Modified_Since="Mon, 01 Jan 2024 00:00:00 GMT").status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", f"/{KEY}", f"/{KEY}/", f"/{KEY}/trip", f"/{KEY}/trip/", f"/{'0' * 16}/trip/cover.png"),
        *(f"/{KEY}/{path}" for path in ("trip/index.md", "secret/draft.png", "secret/draft.md", "trip/unnamed.png")),
        *(f"/{KEY}/{path}" for path in ("trip/.hidden.png", "trip/page.png", "trip/leads.png", "trip/later.png")),
        *(f"/{KEY}/{path}" for path in ("../outside.png", "%2e%2e/outside.png", "trip/../../outside.png")),
        *(f"/{KEY}/{path}" for path in ("trip/%2e%2e/plan.svg", "./plan.svg", "trip/../plan.svg", "trip//cover.png")),
        *(f"/{KEY}/{path}" for path in ("trip%2fcover.png", "trip%2Fcover.png", "trip%5ccover.png", "trip\\cover.png")),
        *(f"/{KEY}/{path}" for path in ("trip/cover.png%00", "trip/cover.png/", "trip/cover.png%2f", "TRIP/cover.png")),
        *(f"/{KEY}/{path}" for path in ("..%2f..%2foutside.png", "%252e%252e/outside.png", "/etc/passwd", "%FF.png")),
        f"/../{KEY}/plan.svg",
        f"/{KEY}/" + "a/" * 3000 + "a.png",
    ],
)
def test_nobody_gets_anything_else(served: Running, path: str) -> None:
    for method in ("GET", "HEAD"):
        got = served.get(f"/pictures{path}", method)
        assert got.status in (404, 400) and PNG not in got.body and b"<svg" not in got.body
    assert served.get("/healthz").status == 200


def test_nothing_can_be_sent_there(served: Running) -> None:
    assert served.get(f"{HERE}/plan.svg", "POST").status == 405
    assert served.get(f"{HERE}/plan.svg", "DELETE").status == 405


def test_the_address_may_be_escaped_in_another_way(served: Running) -> None:
    assert served.get(f"{HERE}/tri%70/my%20lak%65.png?utm_source=x").body == PNG


def test_one_that_comes_later_is_there_then(served: Running, home: House) -> None:
    assert served.get(f"{HERE}/trip/later.png").status == 404
    write(home.folder / "articles", "trip/later.png", PNG)
    assert served.get(f"{HERE}/trip/later.png").body == PNG


def test_one_that_is_gone_stays_as_it_was_published(served: Running, home: House) -> None:
    before = served.get(f"{HERE}/trip/gone.png")
    assert before.status == 200
    until((home.data / "public" / f"pictures/{KEY}/trip/gone.png").exists)
    (home.folder / "articles/trip/gone.png").unlink()
    after = served.get(f"{HERE}/trip/gone.png")
    assert (after.status, after.body, after.headers["etag"]) == (200, PNG, before.headers["etag"])


def test_who_takes_a_large_one_slowly_or_hangs_up_keeps_nobody_waiting(served: Running) -> None:
    slow = []
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=DEADLINE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET {HERE}/trip/large.png HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        slow.append(connection)
    try:
        assert served.get(f"{HERE}/trip/large.png").body == LARGE
        assert served.get(f"{HERE}/trip/cover.png").body == PNG
    finally:
        for connection in slow:
            connection.close()
    assert served.get(f"{HERE}/trip/large.png").body == LARGE


def test_one_that_is_cut_while_it_is_sent_is_no_whole_answer(served: Running, home: House) -> None:
    path = home.folder / "articles/trip/large.png"
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE)
    try:
        connection.request("GET", f"{HERE}/trip/large.png")
        response = connection.getresponse()
        os.truncate(path, len(PNG))
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
    finally:
        connection.close()
        write(home.folder / "articles", "trip/large.png", LARGE)
    assert served.get("/healthz").status == 200

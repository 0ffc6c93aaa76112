"""Addresses of what lies beside a local article: what means which file, and that none leads out of the folder."""

from __future__ import annotations

import os.path
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text import local_files, writable

KEY = local_files.key("articles")
PICTURES = f"https://news.example/pictures/{KEY}/"


def file(reference: str, document: str = "trip/index.md") -> str:
    """The path of the file that an article means; "" for none."""
    address = local_files.beside(local_files.address(KEY, document), reference)
    located = local_files.located(address.removeprefix(local_files.ROOT)) if address else ("", "")
    assert located is not None, address
    return located[1]


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("lake.jpg", "trip/lake.jpg"),
        ("./lake.jpg", "trip/lake.jpg"),
        ("img/lake.jpg", "trip/img/lake.jpg"),
        ("img//lake.jpg", "trip/img/lake.jpg"),
        ("../lake.jpg", "lake.jpg"),
        ("%2e%2e/lake.jpg", "lake.jpg"),
        ("../other/../lake.jpg", "lake.jpg"),
        ("/images/lake.png", "images/lake.png"),
        ("img\\lake.jpg", "trip/img/lake.jpg"),
        ("img%5Clake.jpg", "trip/img/lake.jpg"),
        ("my lake.jpg", "trip/my lake.jpg"),
        ("my%20lake.jpg", "trip/my lake.jpg"),
        ("100%.jpg", "trip/100%.jpg"),
        ("100%25.jpg", "trip/100%.jpg"),
        ("%252e%252e.jpg", "trip/%2e%2e.jpg"),
        ("lake.jpg?v=2", "trip/lake.jpg"),
        ("lake.svg#icon", "trip/lake.svg"),
        ("what%3F.jpg", "trip/what?.jpg"),
        ("LAKE.JPG", "trip/LAKE.JPG"),
        ("söe.jpg", "trip/söe.jpg"),
        (unicodedata.normalize("NFD", "söe.jpg"), "trip/söe.jpg"),
        ("s%C3%B6e.jpg", "trip/söe.jpg"),
        ("湖.webp", "trip/湖.webp"),
        (" \n lake\n.jpg ", "trip/lake.jpg"),
        ("talk.mp3", "trip/talk.mp3"),
    ],
)
def test_a_relative_reference_means_a_file_in_the_folder(reference: str, path: str) -> None:
    assert file(reference) == path


@pytest.mark.parametrize(
    "reference",
    [
        *("", ".", "..", "/", "lake", "jpg", "counter.php", "page.html", "notes.md", "?lake.jpg", "#lake.jpg"),
        *("../../lake.jpg", "/../lake.jpg", "..\\..\\lake.jpg", "%2e%2e/%2e%2e/lake.jpg", "a/../../../lake.jpg"),
        *(".lake.jpg", ".git/lake.jpg", "%2egit/lake.jpg", "img/.lake.jpg"),
        *("a%2Flake.jpg", "..%2f..%2flake.jpg", "lake.jpg%00", "%00.jpg", "a%0Ab.jpg", "%FF.jpg", "\ud800.jpg"),
        *("//cdn.example/lake.jpg", "\\\\server\\share\\lake.jpg", "%5C%5Cserver/lake.jpg", "C:\\lake.jpg"),
        *("file:///etc/lake.jpg", "https://e.org/lake.jpg", "data:image/png;base64,lake.jpg", "javascript:lake.jpg"),
        *("a" * 300 + ".jpg", "a/" * 3000 + "lake.jpg"),
    ],
)
def test_what_else_is_written_means_none(reference: str) -> None:
    assert file(reference) == ""


def test_what_lies_beside_a_file_in_a_folder_without_a_name_in_utf_8_or_hidden_is_none() -> None:
    assert file("lake.jpg", "caf\\xe9/index.md") == ""
    assert file("lake.jpg", ".hidden/index.md") == ""
    assert file("/lake.jpg", "caf\\xe9/index.md") == "lake.jpg"
    assert local_files.beside("", "lake.jpg") == ""


def test_one_folder_has_one_key_however_it_is_written_and_another_one_has_another() -> None:
    assert {local_files.key(path) for path in ("articles", "./articles", "articles/", "x/../articles")} == {KEY}
    assert local_files.key("other") != KEY
    assert re.fullmatch("[0-9a-f]{16}", local_files.key("\udcff"))


@pytest.mark.parametrize(
    "ending",
    [
        *("", KEY, f"{KEY}/", "x/lake.jpg", f"{KEY.upper()}/lake.jpg", f"{KEY}0/lake.jpg"),
        *(f"{KEY}/{path}" for path in ("/lake.jpg", "a//lake.jpg", "../lake.jpg", "a/../lake.jpg", "%2e%2e/lake.jpg")),
        *(f"{KEY}/{path}" for path in ("a/%2e./lake.jpg", "./lake.jpg", "%2e/lake.jpg", ".lake.jpg", "a%2flake.jpg")),
        *(
            f"{KEY}/{path}"
            for path in ("a\\lake.jpg", "a%5clake.jpg", "lake.jpg%00", "lake.jpg/", "lake.html", "%FF.jpg")
        ),
    ],
)
def test_what_is_asked_for_is_a_plain_path_to_a_picture_or_nothing(ending: str) -> None:
    assert local_files.located(ending) is None


def test_an_address_is_found_however_it_is_escaped() -> None:
    for path in ("trip/my%20lake.jpg", "trip/my%20l%61ke.jpg", "tri%70/my lake.jpg"):
        assert local_files.located(f"{KEY}/{path}") == (KEY, "trip/my lake.jpg")
    decomposed = "trip/s%6F%CC%88e.jpg"
    assert local_files.located(f"{KEY}/{decomposed}") == (KEY, "trip/söe.jpg")


_STEPS = st.sampled_from(
    ["..", ".", "", "/", "\\", "%2e", "%2E%2e", "%2f", "%5c", "%00", "%", "?", "#", " ", "a", "é", "e\u0301", ".git"]
)
_REFERENCES = st.one_of(st.text(), st.lists(_STEPS).map("".join), st.lists(_STEPS).map("/".join)).flatmap(
    lambda start: st.sampled_from([start, f"{start}.jpg", f"{start}/a.png"])
)
_DOCUMENTS = st.lists(st.sampled_from(["a", "é", "..x", "caf\\xe9", ".h", " ", "%2e%2e"]), min_size=1).map("/".join)


@given(document=_DOCUMENTS, reference=_REFERENCES)
@example(document="a", reference="..%5c..%5cx.png")
@example(document="%2e%2e/a", reference="../../x.png")
def test_no_reference_ever_leads_out_of_the_folder(document: str, reference: str) -> None:
    address = local_files.beside(local_files.address(KEY, f"{document}.md"), reference)
    if not address:
        return
    tail = address.removeprefix(local_files.ROOT)
    located = local_files.located(tail)
    assert located is not None
    key, path = located
    assert key == KEY
    assert local_files.tail(key, path) == tail, "one file has one address"
    assert os.path.normpath(f"/folder/{path}") == f"/folder/{path}"
    assert not any(name.startswith(".") or "\\" in name or "\0" in name for name in path.split("/"))
    assert local_files.named(f'<img src="{address}">') == {tail}
    shown = local_files.published(address, "https://news.example/")
    assert shown == f"https://news.example/pictures/{tail}" == writable.address(shown)


@given(ending=st.one_of(st.text(), st.lists(_STEPS).map("/".join), st.lists(_STEPS).map("".join)))
def test_nothing_that_is_asked_for_ever_leads_out_of_the_folder(ending: str) -> None:
    located = local_files.located(f"{KEY}/{ending}.png")
    if located:
        path = located[1]
        assert os.path.normpath(f"/folder/{path}") == f"/folder/{path}"
        assert not any(name.startswith(".") for name in path.split("/"))


def test_only_whole_addresses_are_published() -> None:
    stored = f'<p>http://local.invalid/ and <img src="{local_files.ROOT}{KEY}/a.png"></p>'
    assert local_files.published(stored, "https://news.example/") == (
        f'<p>http://local.invalid/ and <img src="{PICTURES}a.png"></p>'
    )
    assert local_files.published("<p>nothing</p>", "https://news.example/") == "<p>nothing</p>"

"""Messages and mboxes → entries: what is said in them, and nothing of whom they were sent to."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Entry, Feed, ParseError
from aggregator.parse import parse
from aggregator.refine import refine

AT = 1_795_392_000
ME = "me.too@reader.example"


def message(html: str = "", text: str = "", **headers: str) -> bytes:
    made = EmailMessage()
    given = {
        "From": '"The Harbour" <news@harbour.example>',
        "To": ME,
        "Subject": "Ferry news – Fähre",
        "Date": "Sun, 01 Nov 2026 09:00:00 +0100",
        "Message-ID": "<1@harbour.example>",
    }
    for name, value in {**given, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
        if value:
            made[name] = value
    if text:
        made.set_content(text)
    if html:
        (made.add_alternative if text else made.set_content)(html, subtype="html")
    return made.as_bytes()


def feed(body: bytes, name: str = "1.eml") -> Feed:
    return parse(Document(name, body, modified=AT))


def entry(body: bytes) -> Entry:
    (only,) = feed(body).entries
    return only


def published(body: bytes) -> str:
    """What is stored of a message's content."""
    document = Document("1.eml", body, modified=AT)
    (arrival,) = refine(parse(document), document, AT)
    return arrival.entry.content


def test_a_message_is_an_entry_with_its_own_id_date_sender_and_words() -> None:
    read = entry(message("<p>The <b>ferry</b> runs again.</p>", "The ferry runs again."))
    assert (read.guid, read.title, read.published) == ("1@harbour.example", "Ferry news – Fähre", 1_793_520_000)
    assert [person.name for person in read.authors] == ["The Harbour"]
    assert read.origin and read.origin.title == "The Harbour"
    assert "<b>ferry</b>" in read.content


def test_a_list_is_where_its_messages_come_from() -> None:
    read = entry(
        message(text="Words.", List_Id='"Harbour talk" <talk.harbour.example>', List_Archive="<https://h.example/a>")
    )
    assert read.origin and (read.origin.title, read.origin.link) == ("Harbour talk", "https://h.example/a")


def test_plain_text_keeps_its_paragraphs_and_loses_its_signature() -> None:
    text = "First of all.\n\nSecond: https://a.example/x\n\n-- \nAnn\n+49 123"
    assert entry(message(text=text)).content == (
        '<p>First of all.</p>\n<p>Second: <a href="https://a.example/x">https://a.example/x</a></p>'
    )


def test_the_page_of_a_newsletter_is_its_link() -> None:
    html = '<p><a href="https://h.example/n/1">View this email in your browser</a></p><p>Words of the harbour.</p>'
    read = entry(message(html))
    assert read.link == "https://h.example/n/1"
    assert "browser" not in read.content and "Words of the harbour." in read.content


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://h.example/u?t=s3cret">Unsubscribe</a>',
        '<a href="https://h.example/u?t=s3cret">Hier vom Newsletter abmelden</a>',
        '<a href="https://h.example/u?t=s3cret">Manage your preferences</a>',
        '<a href="https://h.example/list?t=s3cret">click here</a>',
        '<a href="https://h.example/a?to=me.too%40reader.example">Read on</a>',
        "<p>This was sent to me.too@reader.example</p>",
        "<p>Sent to Me.Too@Reader.example</p>",
        '<img src="cid:s3cret">',
        '<img src="data:image/gif;base64,s3cret">',
        '<img src="https://h.example/open?s3cret" width="1" height="1">',
        '<img src="s3cret.png">',
    ],
)
def test_what_was_for_the_receiver_alone_is_not_published(link: str) -> None:
    html = f"<p>Before.</p>{link}<p>After.</p>"
    written = published(message(html, List_Unsubscribe="<mailto:u@h.example>, <https://h.example/list?t=s3cret>"))
    assert "Before." in written and "After." in written
    assert "s3cret" not in written and "reader.example" not in written.lower()
    assert "reader.example" not in published(message(text=f"Sent to {ME}.\nUnsubscribe: https://h.example/u?t=s3cret"))


def test_a_long_link_about_unsubscribing_is_an_article_s() -> None:
    words = "Why so many people unsubscribe from the newsletters that they once asked for, " * 3
    assert "Why so many" in published(message(f'<p><a href="https://h.example/why">{words}</a></p>'))


def test_files_that_are_attached_are_no_text_of_it() -> None:
    made = EmailMessage()
    made["Subject"], made["From"] = "Minutes", "ann@a.example"
    made.set_content("See the file.")
    made.add_attachment("<p>attached</p>", subtype="html", filename="a.html")
    made.add_attachment(b"PK", maintype="application", subtype="zip", filename="a.zip")
    read = entry(made.as_bytes())
    assert read.content == "<p>See the file.</p>"
    assert read.published == AT


@pytest.mark.parametrize(
    ("raw", "title", "content"),
    [
        (b"Subject: =?utf-8?b?RsOkaHJl?= =?utf-8?q?_f=C3=A4hrt?=\n\nwords", "Fähre fährt", "<p>words</p>"),
        (b"Subject: F\xe4hre\nContent-Type: text/plain; charset=latin-1\n\nf\xe4hrt", "Fähre", "<p>fährt</p>"),
        (b"Subject: =?x-unknown?b?####?=\nContent-Type: text/plain; charset=nonsense\n\nwords", None, "<p>words</p>"),
        (b"subject: a\n folded\n line\nContent-Transfer-Encoding: base64\n\nd29yZHM=", "a folded line", "<p>words</p>"),
        (b"Subject: a\nContent-Type: text/html\n\n<p>one<p>two", "a", "one"),
        (b"Subject: a\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nwords", "a", "words"),
        (b"From: (((( <a@b>\nSubject: a\nDate: yesterday\nTo: \xff\xfe\n\nwords", "a", "<p>words</p>"),
    ],
)  # fmt: skip
def test_messages_as_real_programs_write_them(raw: bytes, title: str | None, content: str) -> None:
    read = entry(raw)
    assert title is None or read.title == title
    assert content in read.content


@pytest.mark.parametrize(
    "raw", [b"", b"just words", b"X-Nothing: 1\n\nwords", b"Subject: a\n\n", b"Subject: a\n\n \n-- \nAnn"]
)
def test_what_is_no_message_or_says_nothing_is_no_article(raw: bytes) -> None:
    with pytest.raises(ParseError):
        feed(raw)


def test_a_message_of_parts_in_parts_without_end_is_read_as_far_as_it_makes_sense() -> None:
    head = b"Subject: deep\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    with pytest.raises(ParseError):
        feed(head + b"Content-Type: text/plain\n\nwords")


def test_headers_without_end_take_no_time_without_end() -> None:
    """Each of these took the regular expressions or the standard library minutes, or ended in a bug."""
    for name, value in (("List-Id", "a" + " " * 10**6 + "b"), ("Message-ID", "a" * 10**6), ("From", "(" * 10**6)):
        assert entry(f"Subject: a\n{name}: {value}\n\nwords".encode()).content == "<p>words</p>"


# ── mbox ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _box(*messages: bytes) -> bytes:
    return b"".join(b"From ann@a.example Sun Nov  1 09:00:00 2026\n" + each + b"\n\n" for each in messages)


def test_an_mbox_is_a_feed_of_its_messages_and_those_known_are_not_read_again() -> None:
    boxed = [
        message(text=f"Message {n}.\n\n>From here on it is quoted.", Message_ID=f"<{n}@h.example>") for n in range(3)
    ]
    read = feed(_box(*boxed), "list.mbox")
    assert [each.guid for each in read.entries] == [f"{n}@h.example" for n in range(3)]
    assert all("From here on" in each.content and "&gt;From" not in each.content for each in read.entries)
    more = _box(*boxed, message(text="Message 3.", Message_ID="<3@h.example>"))
    again = parse(Document("list.mbox", more), read.hashes)
    assert [each.guid for each in again.entries] == ["3@h.example"]
    assert len(again.hashes) == 4


def test_an_mbox_gives_its_newest_and_says_what_it_left_out() -> None:
    dated = [
        message(text="Words.", Message_ID=f"<{n}@h>", Date=f"Sun, {n:02} Nov 2026 09:00:00 +0000") for n in range(1, 9)
    ]
    read = parse(Document("list.mbox", _box(*dated, b"no message at all")), limit=3)
    assert [each.guid for each in read.entries] == ["7@h", "8@h"]
    assert read.cut == ("cut: 6 messages before the last 3",) and read.notes == ("1 messages without text",)


def test_an_mbox_without_messages_is_none() -> None:
    for raw in (b"", b"From nowhere\n\n", b"words"):
        with pytest.raises(ParseError):
            feed(raw, "x.mbox")


# ── Strangers' bytes ─────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from([b"From", b"To", b"Subject", b"Date", b"List-Id", b"Content-Type", b"Message-ID"])
HEADERS = st.lists(st.tuples(NAMES, st.binary()))


@given(HEADERS, st.binary(), st.sampled_from(["1.eml", "1.mbox"]))
def test_whatever_is_in_a_message_it_is_an_entry_or_none(
    headers: list[tuple[bytes, bytes]], body: bytes, name: str
) -> None:
    raw = b"".join(key + b": " + value + b"\n" for key, value in headers) + b"\n" + body
    document = Document(name, raw if name == "1.eml" else _box(raw, raw), modified=AT)
    why = ""
    try:
        refine(parse(document), document, AT)
    except ParseError as error:
        why = str(error)
    assert "while parsing" not in why  # what a bug of ours is told as

"""What people save from the web: the parts are found, and in doubt the text is kept."""

from datetime import UTC, datetime
from time import process_time

import pytest
from corpus import SEED
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Reference
from aggregator.parse.articles.plaintext import read
from aggregator.parse.dates import instant

DAY = int(datetime(2022, 3, 3, tzinfo=UTC).timestamp())
BODY = "The first paragraph says something at length.\n\nThe second one goes on about it."
HTML = "<p>The first paragraph says something at length.</p>\n<p>The second one goes on about it.</p>"


def paragraphs(text: str) -> list[str]:
    content = read(text).content
    return [part.removesuffix("</p>").removeprefix("<p>") for part in content.split("\n")] if content else []


@pytest.mark.usefixtures("shared")
def test_the_seed_article():
    text = SEED.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    article = read(text)
    assert article.title == lines[0]
    assert article.summary == lines[1]
    assert article.content.split("\n") == [f"<p>{line}</p>" for line in lines[3:9]]
    assert article.related == (Reference(lines[10]),)
    assert article.attribution is None
    assert (article.published, article.authors, article.categories) == (0, (), ())


# ── Title, deck, metadata ────────────────────────────────────────────────────────────────────────────────


def test_title_and_paragraphs():
    article = read(f"\n\n  A title  \n=======\n\n{BODY}\n")
    assert (article.title, article.content, article.summary) == ("A title", HTML, "")


@pytest.mark.parametrize(("line", "published", "authors", "categories"), [
    ("Posted on tegories", 0, (), ()),
    ("Published on March 3, 2022 in Politics, World", DAY, (), ("Politics", "World")),
    ("By Jane Doe | 3 March 2022", DAY, ("Jane Doe",), ()),
    ("Date: 2022-03-03", DAY, (), ()),
    ("By Ludwig van Beethoven and Zoë Roe, Reuters", 0, ("Ludwig van Beethoven", "Zoë Roe", "Reuters"), ()),
    ("Posted by admin on March 3rd, 2022 in News", DAY, ("admin",), ("News",)),
    ("Posted on March 3, 2022 by Jane Doe in News", DAY, ("Jane Doe",), ("News",)),
    ("Published March 3, 2022 | Updated March 4, 2022 · 5 min read", DAY, (), ()),
    ("March 3, 2022", DAY, (), ()),
    ("Tags: a, b", 0, (), ("a", "b")),
    ("5 min read | By Jane Doe", 0, ("Jane Doe",), ()),
])  # fmt: skip
def test_metadata_is_never_text(line, published, authors, categories):
    for text, deck in (
        (f"T\n\n{line}\n\n{BODY}", ""),
        (f"T\n{line}\n\n{BODY}", ""),
        (f"T\n\nDeck\n\n{line}\n\n{BODY}", "Deck"),
    ):
        article = read(text)
        assert (article.summary, article.content) == (deck, HTML)
        assert (article.published, article.authors, article.categories) == (published, authors, categories)


QUAY = int(datetime(2022, 3, 23, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("line", "authors", "categories"), [
    ("Posted on 23 March 2022 Categories World, Harbours", (), ("World", "Harbours")),
    ("Posted on March 23, 2022 by Ida Moor | Categories: World, Harbours", ("Ida Moor",), ("World", "Harbours")),
    ("Posted on March 23, 2022 by Ida Moor Categories World", ("Ida Moor",), ("World",)),
    ("Published: 23 March 2022 Filed under: World", (), ("World",)),
    ("Published 23 March 2022 Filed under World Tags quay, rope", (), ("World", "quay", "rope")),
    ("Categories World, Harbours Posted on 23 March 2022", (), ("World", "Harbours")),
    ("By Ida Moor Posted on 23 March 2022 Tags: quay", ("Ida Moor",), ("quay",)),
    ("By Ida Moor Posted in World on March 23, 2022", ("Ida Moor",), ("World",)),
    ("March 23, 2022 By Ida Moor", ("Ida Moor",), ()),
    ("Posted on 23 March 2022\nCategories World, Harbours", (), ("World", "Harbours")),
])  # fmt: skip
def test_metadata_needs_no_marks_between_its_parts(line, authors, categories):
    for deck in ("", "What the harbour is for", "A deck that somebody\nwrapped"):
        article = read(f"The quay\n\n{deck}\n\n{line}\n\n{BODY}")
        assert (article.title, article.summary, article.content) == ("The quay", deck.replace("\n", " "), HTML)
        assert (article.published, article.authors, article.categories) == (QUAY, authors, categories)


def test_metadata_in_several_lines_and_blocks():
    article = read(f"T\n\nBy Jane Doe\nMarch 3, 2022\n\nFiled under: A, B\n\n{BODY}")
    assert (article.authors, article.published, article.categories) == (("Jane Doe",), DAY, ("A", "B"))
    assert article.content == HTML


@pytest.mark.parametrize("line", [
    "By then it was too late",
    "By then the war in Europe",
    "By Sunday everyone knew what had happened.",
    "3 March 2022 was a cold day",
    "Posted on the wall hangs a sign that nobody has read",
    "Published on March 3, 2022 the report says that all is well",
    "In London, May 3, 2022",
    "Date: to be announced",
    "In Politics",
    "Tags: these are the things that I think about when I cannot sleep at night.",
    "12",
    "May",
])  # fmt: skip
def test_a_sentence_is_not_metadata(line):
    assert paragraphs(f"T\n\n{line}\n\n{BODY}")[0] == line


def test_a_note_keeps_its_first_paragraph():
    assert read(f"T\n\n{BODY}").content == HTML
    assert read("T\n\nOnly one.").content == "<p>Only one.</p>"
    article = read("T\n\nOnly one.\n\nMarch 3, 2022\n")
    assert (article.summary, article.content, article.published) == ("", "<p>Only one.</p>", DAY)


def test_a_title_that_begins_a_paragraph_stays_in_it():
    assert read("The rain in Spain falls\nmainly in the plain.\n\nMore.").content == (
        "<p>The rain in Spain falls mainly in the plain.</p>\n<p>More.</p>"
    )
    article = read("word " * 100)
    assert article.title.endswith("…")
    assert len(article.title) <= 201
    assert article.content == f"<p>{('word ' * 100).strip()}</p>"


# ── Paragraphs ───────────────────────────────────────────────────────────────────────────────────────────


def test_wrapped_lines_are_joined_and_long_ones_are_not():
    assert paragraphs("T\n\nOne line\nand another\n\nend") == ["One line and another", "end"]
    long = "This sentence is long enough to be a paragraph of its own, as nobody wraps lines at this width, surely."
    assert paragraphs(f"T\n{long}\n{long}\n{long}") == [long] * 3


def test_text_is_escaped_and_addresses_become_links():
    assert paragraphs('T\n\n<b>&"x" see https://x.org/a_(b)?c=d&e, (http://y.org/).') == [
        '&lt;b&gt;&amp;"x" see <a href="https://x.org/a_(b)?c=d&amp;e">https://x.org/a_(b)?c=d&amp;e</a>, '
        '(<a href="http://y.org/">http://y.org/</a>).'
    ]


# ── The end of the text ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("label", ["Read also:", "See also:", "Related:", "Read more:", "RELATED ARTICLES"])
def test_related_titles(label):
    expected = (Reference("One thing"), Reference("Another", "https://x.org/1"), Reference("", "https://x.org/2"))
    items = ["- One thing", "Another: https://x.org/1", "https://x.org/2"]
    for text in ("\n".join([label, *items]), "\n\n".join([label, *items])):
        article = read(f"T\n\n{BODY}\n\n{text}\n\nPublished at X")
        assert (article.related, article.content, article.attribution) == (expected, HTML, Reference("X"))


def test_related_in_the_middle_takes_its_own_block_only():
    article = read(f"T\n\nOne.\n\nRead also: Another story\n\n{BODY}")
    assert (article.content, article.related) == (f"<p>One.</p>\n{HTML}", (Reference("Another story"),))


@pytest.mark.parametrize("text", [
    "Read also:\n\nA heading\n\nA paragraph that ends as sentences do.",
    "Related: I wrote about this last year, and nothing has changed since.",
    "See also: the report of the committee, which says, after eight weeks, that\nnothing is to be done.",
    "Read also",
    "Source: my own notes and what I remember of the day",
    "Published at the end of the war, the book sold well",
    "Published in 1949",
    "Source: Reuters\n\nOne.\n\nTwo.\n\nThree.\n\nFour.",
    "Published at X\n\nA.\n\nB.\n\nAll rights reserved, they said.\n\nC.",
])  # fmt: skip
def test_in_doubt_the_text_stays(text):
    article = read(f"T\n\n{BODY}\n\n{text}")
    expected = [" ".join(block.split("\n")) for block in f"{BODY}\n\n{text}".split("\n\n")]
    assert paragraphs(f"T\n\n{BODY}\n\n{text}") == expected
    assert (article.related, article.attribution) == ((), None)


def test_nothing_is_taken_where_nothing_would_be_left():
    assert read("Links\n\nSee also:\nOne thing").content == "<p>See also:<br>\nOne thing</p>"


@pytest.mark.parametrize(("line", "expected", "published"), [
    ("Published at", None, 0),
    ("Published at The Guardian", Reference("The Guardian"), 0),
    ("Published at example.org", Reference("example.org"), 0),
    ("Source: https://x.org/a", Reference("", "https://x.org/a"), 0),
    ("Source:\nReuters", Reference("Reuters"), 0),
    ("Originally published in The Guardian, 3 March 2022.", Reference("The Guardian"), DAY),
    ("First published 3 March 2022", None, DAY),
    ("This article was originally published at Foo (https://foo.org/x).", Reference("Foo", "https://foo.org/x"), 0),
])  # fmt: skip
def test_attribution_and_the_notice_after_it(line, expected, published):
    article = read(f"T\n\n{BODY}\n\n{line}\n\nThe views expressed here are the author’s.\n\nDisclaimer: none.")
    assert (article.content, article.attribution, article.published) == (HTML, expected, published)


def test_what_follows_an_attribution_and_is_no_notice_stays():
    article = read(f"T\n\n{BODY}\n\nSource: Reuters\n\nOne more thing.")
    assert (article.content, article.attribution) == (f"{HTML}\n<p>One more thing.</p>", Reference("Reuters"))


def test_after_published_at_only_the_site_speaks_but_for_an_update():
    article = read(f"T\n\n{BODY}\n\nPublished at\n\nOur editors chose this text.\n\nUpdate: he has replied.")
    assert article.content == f"{HTML}\n<p>Update: he has replied.</p>"


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [
    "2022-03-03", "2022/3/3", "20220303", "March 3, 2022", "Mar. 3rd 2022", "3 March 2022",
    "3rd of March, 2022", "03.03.2022",
    "3/3/2022", "Thursday, March 3, 2022", "2022-03-03T00:00:00Z", "2022-03-03T02:00:00+02:00", "3 March 2022 00:00",
    "Thu, 03 Mar 2022 01:00:00 +0100", "March 2, 2022 at 7:00 pm EST", "2022-03-03 00:00:00.123456789",
])  # fmt: skip
def test_dates(text):
    assert instant(text) == DAY


@pytest.mark.parametrize("text", [
    "", "May", "12", "2022", "2022-03", "March 2022", "2022-13-01", "2022-02-30", "1.2.3", "12:00", "3/3/22",
    "0001-01-01",
    "9999-12-31T23:59:59-23:59", "March 3, 2022 or so", "Mayor 3, 2022", "2022-03-03T25:00",
    "3 March 2022 00:00 +99:99",
    "9" * 10_000, "٣/٣/٢٠٢٢ x",
])  # fmt: skip
def test_no_dates(text):
    assert instant(text) == 0


def test_an_ambiguous_day_and_month():
    at = [datetime.fromtimestamp(instant(text), UTC) for text in ("3.4.2022", "4/23/2022", "23/4/2022")]
    assert [(day.month, day.day) for day in at] == [(4, 3), (4, 23), (4, 23)]
    assert instant("3/4/2022") == 0, "March or April: nobody can tell"


# ── Anything at all ──────────────────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from([
    "Read also:", "Published at", "Source: X", "Posted on", "By Jane Doe", "March 3, 2022", "99/99/9999", "in",
    "|", " - ", ":",
    "https://x.org/", "http://[", "\n", "\n\n", " ", "\u00a0", "A sentence.", "=====", "word " * 50, "-", "©",
    "(", ")",
])  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join)))
def test_any_text_has_parts(text):
    article = read(text)
    if article.content:
        assert article.content.startswith(("<p>", "<ul>", "<ol", "<pre>"))
        assert article.content.endswith(("</p>", "</ul>", "</ol>", "</pre>"))
        assert article.title
    instant(text)


@pytest.mark.slow
@pytest.mark.parametrize("piece", [
    "x", "x\n", "Read also:\n\n", "http://a", "http://a(b))", "views ", "By Jane\n", "By Jane\n\n",
    "Posted on March 3, 2022 | ",
    "Source: x\n\n", " \n", "-", "1/1/", "<", "Read also: x\n", "March ", "99 ", "opinion opinion ",
])  # fmt: skip
def test_time_is_linear(piece):
    start = process_time()
    read(piece * (1_000_000 // len(piece)))
    assert process_time() - start < 5


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────

PROSE = """The harbour master came down to the quay at six, as he had done on every
morning of the eleven years before, and counted the boats twice over. One of
them was missing."""


@pytest.mark.parametrize(("block", "content"), [
    (PROSE, f"<p>{PROSE.replace(chr(10), ' ')}</p>"),
    ("    An indented first line that is as long as the others are, more\nor less, and goes on to the next.",
     "<p>An indented first line that is as long as the others are, more or less, and goes on to the next.</p>"),
    ("narrow lines run on\nover their ends and\nare joined",
     "<p>narrow lines run on over their ends and are joined</p>"),
    ("O quay, my quay,\nthe tide is out,\n  the mud is grey,",
     "<p>O quay, my quay,<br>\nthe tide is out,<br>\n\u00a0\u00a0the mud is grey,</p>"),
    ("All that the tide has left on stones\nAnd all that hands have\nIs counted in the evening",
     "<p>All that the tide has left on stones<br>\nAnd all that hands have<br>\nIs counted in the evening</p>"),
    ("Ida Moor\n4 Mill Lane\nHollow", "<p>Ida Moor<br>\n4 Mill Lane<br>\nHollow</p>"),
    ("* rope\n* a lamp,\n  with oil", "<ul>\n<li>rope</li>\n<li>a lamp, with oil</li>\n</ul>"),
    ("Take:\n- [ ] rope\n- [x] <oil>", "<p>Take:</p>\n<ul>\n<li>☐ rope</li>\n<li>☑ &lt;oil&gt;</li>\n</ul>"),
    ("3. up\n4. down", '<ol start="3">\n<li>up</li>\n<li>down</li>\n</ol>'),
    ("$ cd quay\n$ ls -l | wc", "<pre>$ cd quay\n$ ls -l | wc</pre>"),
    (">>> for boat in quay:\n...     print(boat)", "<pre>&gt;&gt;&gt; for boat in quay:\n...     print(boat)</pre>"),
    ("> Do you come to the quay on Sunday, or is it the Monday after that one,\n> as Rolf said?",
     "<p>&gt; Do you come to the quay on Sunday, or is it the Monday after that one,<br>\n&gt; as Rolf said?</p>"),
    ("a <b> in text is text, & so is this", "<p>a &lt;b&gt; in text is text, &amp; so is this</p>"),
])  # fmt: skip
def test_lines_stay_in_what_is_no_wrapped_paragraph(block, content):
    assert read(f"Title\n\n{block}").content == content


def test_short_lines_beside_a_wrapped_paragraph_are_lines():
    assert read(f"Title\n\n{PROSE}\n\nfrom the harbour\nand its master").content.endswith(
        "<p>from the harbour<br>\nand its master</p>"
    )


@given(
    st.lists(
        st.sampled_from(["word", "- ", "1. ", "$ ", "> ", "\n", "\n\n", "  ", "\t", "A long line of words. ", "<b>"])
    )
)
def test_no_word_of_a_text_is_lost(pieces):
    text = "".join(pieces)
    content = read(f"Title\n\nx\n\n{text}").content
    assert content.count("word") == text.count("word")
    assert "<b>" not in content


@pytest.mark.parametrize("line", ["Posted on 3 March 2022 Categories World, Harbours", "3 March 2022 Categories World"])
@pytest.mark.parametrize("replies", ["", " Leave a comment", " | 12 Comments", " No Comments on Harbours"])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_deck_may_stand_right_above_the_metadata(line: str, replies: str, between: str) -> None:
    article = read(f"Harbours\n{between[1:]}A deck of few words\n{line}{replies}\n\n{BODY}")
    assert (article.title, article.summary, article.content) == ("Harbours", "A deck of few words", HTML)
    assert article.published == DAY and set(article.categories) <= {"World", "Harbours"} and article.categories


def test_an_address_on_its_own_line_stays_there_and_so_do_short_sentences_in_chinese():
    link = '<a href="https://x.example/a">https://x.example/a</a>'
    assert paragraphs("T\n\nsee the violets\nhttps://x.example/a") == ["see the violets<br>", link]
    assert read("題\n\n第一句。\n第二句。").content == "<p>第一句。<br>\n第二句。</p>"


def test_lines_that_all_stand_further_in_are_lines():
    code = "    for each tide\n      wait\n    go home"
    assert paragraphs(f"T\n\n{BODY}\n\n{code}")[2:] == [
        "\xa0\xa0\xa0\xa0for each tide<br>", "\xa0\xa0\xa0\xa0\xa0\xa0wait<br>", "\xa0\xa0\xa0\xa0go home",
    ]  # fmt: skip

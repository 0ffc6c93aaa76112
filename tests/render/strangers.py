"""Strategies: stories of any text in any place, as no store should give them, and entries before refinement."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import strategies as st

from aggregator.model import Channel, Copy, Enclosure, Entry, Origin, Person, Reference, Story

NASTY = [
    "</b>",
    "&amp;",
    "&#x41;",
    "&#x0;",
    "Ã©",
    "\u202e",
    "مرحبا",
    " ",
    "\u00a0",
    "&",
    "<a@b.example>",
    "\x00",
    "\x0b",
    "\x85",
    "\ufffd",
    "\ud800",
    "\ufffe",
    "\U0001fffe",
    "]]>",
    "<![CDATA[",
    "<!--",
    "\r\n",
    "\u2028",
    "é",
    "漢字",
    "😀",
    "http://",
    "https://x.example",
    "?q=[1]",
    "#a#b",
    "%zz",
    '"',
    "'",
    "{}",
    "|",
    "^",
    "\\",
    "javascript:",
    "//",
    "..",
    "1",
    "ß.example",
    ":99999",
    ":80",
    "[::1]",
    "@",
    "<!DOCTYPE",
    "%e;",
    "urn:uuid:",
    "tag:",
    "en",
    "zz",
]
HOSTS = [
    "http://nas/x.mp3",
    "http://a_b.example/x.mp3",
    "http://e.example?x",
    "http://e.example.:80/x.mp3",
    "http://1.2.3.4/x.mp3",
    "https://[::1]/x.mp3",
    "HTTP://E.EXAMPLE/../x.mp3",
    "http://é.example/ü?ß",
]
TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=30),
    st.lists(st.sampled_from(NASTY), max_size=5).map("".join),
)
URL = st.one_of(
    TEXT,
    TEXT.map("https://e.example/".__add__),
    TEXT.map("http://".__add__),
    st.sampled_from(HOSTS),
)
NUMBER = st.integers(-(10**15), 10**15)
ORIGIN = st.builds(Origin, TEXT, URL, URL, URL)
REFERENCE = st.builds(Reference, TEXT, URL)
ENTRY = st.builds(
    Entry,
    guid=TEXT,
    title=TEXT,
    link=URL,
    summary=TEXT,
    content=TEXT,
    authors=st.tuples(st.builds(Person, TEXT, TEXT | st.just("a.b@c.example"), URL)),
    published=NUMBER,
    updated=NUMBER,
    enclosures=st.lists(st.builds(Enclosure, URL, TEXT, NUMBER, TEXT, NUMBER), max_size=3).map(tuple),
    comments=URL,
    image=URL,
    language=TEXT,
    rights=TEXT,
    attribution=st.none() | REFERENCE,
    related=st.lists(REFERENCE, max_size=2).map(tuple),
)
COPY = st.builds(Copy, ORIGIN, ENTRY)
STORY = st.builds(
    Story,
    id=st.uuids().map(lambda found: found.urn),
    published=NUMBER,
    updated=NUMBER,
    shown=COPY,
    others=st.lists(COPY, max_size=2).map(tuple),
    categories=st.lists(TEXT, max_size=3).map(tuple),
    related=st.lists(REFERENCE, max_size=2).map(tuple),
)
CHANNELS = st.builds(Channel, TEXT, TEXT, URL, URL, TEXT, TEXT, TEXT)

# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

# Elements that go, that scope others, that may not be within themselves; references to what can't be written.
MARKUP = re.findall(
    r"\S+",
    """
    <a_href="/x"> <a_href=x> </a> <p> </p> <h1> <h2> </h1> <table> <tr> <td> <caption> <thead> <col> <li> <ul> <dd>
    <hr> <object> </object> <button> <form> <svg> <math> <select> <option> <input> <b> <i> </i> <em> <font>
    <marquee> <applet> <nobr> <pre>\n <code> <script> </script> <style> <textarea> <title> <plaintext> <noscript>
    <template> <frameset> <body> <img_src=/a_onerror=x> <div_style="x:y"> <ruby> <rt> <video> <source> <summary>
    <details> <blockquote> <center> &nbsp; &#0; &#150; &lt;/b&gt; Â©
    """,
)
HTML = st.lists(st.sampled_from(NASTY + [tag.replace("_", " ") for tag in MARKUP]), max_size=14).map("".join)
RAW = st.builds(lambda entry, summary, content: replace(entry, summary=summary, content=content), ENTRY, HTML, HTML)
"""An entry as a parser gives it: nothing in it is clean."""

"""The operator's forms: on a page only for one who is signed in, and whatever strangers call their articles."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from aggregator.render.html import templates
from aggregator.render.html.message import Message
from aggregator.render.html.sign_in import SignIn
from aggregator.render.html.site import Site

ANYBODY = Site("A site", "https://news.example/", has_operator=True)
NAME = "9a1c0c5e-6f0b-5d0e-9a55-6d1b0a3d1f57"
STORY = 'story_forms("{name}", 7, source, copies, site, "../")'


@dataclass(frozen=True)
class From:
    name: str


@dataclass(frozen=True)
class Sighting:
    entry: int
    source: From
    title: str


def made(call: str, token: str = "t0ken", **given: object) -> str:
    macro = call.partition("(")[0]
    site = Site("A site", "https://news.example/", has_operator=True, token=token)
    text = f'{{% from "_operator.html" import {macro} %}}{{{{ {call} }}}}'
    return templates.environment().from_string(text).render(site=site, **given).strip()


def forms(page: str) -> dict[str, dict[str, str]]:
    """The fields of each form that changes something, by where it is sent; of several to one place the last."""
    tree = html.fromstring(f"<main>{page}</main>")
    return {form.get("action"): dict(form.fields) for form in tree.forms if form.get("method") == "post"}


def test_who_is_not_signed_in_gets_none() -> None:
    copies = [Sighting(8, From("b"), "c")]
    assert made("source_forms(7, false, site, '../')", "") == ""
    assert made(STORY.format(name=NAME), "", source=From("a"), copies=copies) == ""


def test_a_source_is_visited_and_paused_or_resumed() -> None:
    assert forms(made("source_forms(7, false, site, '../')")) == {
        "../source/7/visit": {"form": "t0ken"},
        "../source/7/pause": {"form": "t0ken"},
    }
    assert forms(made("source_forms(7, true, site, '../')")) == {"../source/7/resume": {"form": "t0ken"}}


def test_every_copy_can_be_split_off_and_another_story_merged() -> None:
    copies = [Sighting(8, From("Beta"), "An article"), Sighting(9, From("Gamma"), "The same")]
    page = made(STORY.format(name=NAME), source=From("Alpha"), copies=copies)
    assert page.count('name="entry"') == 3
    assert [f'value="{row}"' in page for row in (7, 8, 9)] == [True] * 3
    assert forms(page)[f"../story/{NAME}/merge"] == {"form": "t0ken", "other": None}
    alone = made(STORY.format(name=NAME), source=From("Alpha"), copies=[])
    assert [*forms(alone)] == [f"../story/{NAME}/merge"], "what is alone can't be split off"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_strangers_call_their_articles_is_text(source: str, title: str) -> None:
    hostile = '"><script>alert(1)</script>'
    copies = [Sighting(8, From(source + hostile), title + hostile)]
    page = made(STORY.format(name=NAME), source=From(hostile), copies=copies)
    assert "<script" not in page
    assert escape(title) in page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert len(forms(page)) == 2


def test_pages_lead_to_signing_in_or_out() -> None:
    page = Message(ANYBODY, "../", "Heading", ("Words.",))
    assert '<a href="../sign-in">' in page.render().decode()
    signed = page.render({"token": "t0ken", "said": "It <was> done."}).decode()
    assert forms(signed)["../sign-out"] == {"form": "t0ken"}
    assert 'role="status">It &lt;was&gt; done.<' in signed and "sign-in" not in signed
    nobody = Message(Site("A site", "https://news.example/"), "../", "Heading", ("Words.",)).render().decode()
    assert "sign-" not in nobody and "operator" not in nobody.lower()


def test_the_page_to_sign_in_at_says_what_is_wrong() -> None:
    page = SignIn(ANYBODY, "", "That is <not> the token.").render().decode()
    assert 'role="alert">That is &lt;not&gt; the token.<' in page
    assert 'role="alert"' not in SignIn(ANYBODY, "").render().decode()
    assert forms(page)["sign-in"]["user"] == "operator", "for what keeps passwords"

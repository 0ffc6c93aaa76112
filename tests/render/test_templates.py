"""The contract of the HTML templates: each has its context, every part of it documented, and names nothing else."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules

import pytest
from jinja2 import meta, nodes
from newsroom import CHANNEL, full, story

from aggregator.render import html
from aggregator.render.formats import FORMATS
from aggregator.render.html import cards, message, river, templates
from aggregator.render.html.site import Site, offer_of
from aggregator.render.html.templates import SHARED, Context

LAYOUT = "base.html"
OFFER = offer_of("Science", CHANNEL, [*FORMATS])
SITE = Site("A & <b>", CHANNEL.base, "All", "en", outputs=(OFFER, offer_of("Other", CHANNEL, ["xml"])))
CARDS = [cards.card(SITE, full(), 700), cards.card(SITE, story(2))]

PAGES = {
    "river": lambda: river.River(SITE, "", "./", OFFER, river.days(CARDS)).render(),
    "empty": lambda: river.River(SITE, "../", "./", None, ()).render(),
    "message": lambda: message.not_found(SITE, "../").render(),
}


def contexts() -> dict[str, type[Context]]:
    """Every page of the package, by its template's name."""
    for module in iter_modules(html.__path__):
        import_module(f"{html.__name__}.{module.name}")
    return {page.template: page for page in Context.__subclasses__() if "template" in vars(page)}


def named(template: str) -> set[str]:
    """The names that a template takes from its context; its layout's too, but for what it sets itself."""
    environment = templates.environment()
    assert environment.loader is not None
    tree = environment.parse(environment.loader.get_source(environment, template)[0])
    own = {name for part in tree.body for name in assigned(part)}
    found = meta.find_undeclared_variables(tree) - own
    for layout in filter(None, meta.find_referenced_templates(tree)):
        found |= named(layout) - own
    return found


def assigned(part: object) -> set[str]:
    """The names that a `set` or an `import` at the top of a template sets."""
    if isinstance(part, nodes.FromImport):
        return {*part.names}
    target = getattr(part, "target", None)
    return {item.name for item in getattr(target, "items", [target] if target is not None else [])}


def documented(page: type[Context]) -> set[str]:
    """The fields that have a docstring."""
    (body,) = (part.body for part in ast.parse(inspect.getsource(page)).body if isinstance(part, ast.ClassDef))
    return {
        field.target.id
        for field, said in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) and said.value.value
    }


def test_every_template_is_a_page_s() -> None:
    """What begins with "_" is a part of several."""
    made = {path.name for path in Path(html.__path__[0], "templates").glob("[!_]*.html")}
    assert made - {LAYOUT} == set(contexts())


@pytest.mark.parametrize("template", sorted(contexts()))
def test_a_template_names_its_documented_context_and_nothing_else(template: str) -> None:
    page = contexts()[template]
    given = {field.name for field in fields(page)}
    assert given == documented(page)
    assert given <= named(template) <= given | SHARED
    assert not given & SHARED


@pytest.mark.parametrize("name", PAGES)
def test_every_page_refers_to_the_one_style_and_script_and_the_policy_allows_no_other(name: str) -> None:
    page = PAGES[name]().decode()
    up = "" if name == "river" else "../"
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)">', page) == [up + templates.assets()[0].name]
    assert re.findall(r"<script ([^>]*)>(.*?)</script>", page) == [
        (f'src="{up}{templates.assets()[1].name}" defer', "")
    ]
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    policy = dict(part.split(" ", 1) for part in templates.headers()["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == policy["script-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == policy["media-src"] == "'self' http: https:"


def test_without_images_nothing_foreign_may_be_shown() -> None:
    policy = dict(part.split(" ", 1) for part in templates.policy(images=False).split("; "))
    assert policy["img-src"] == policy["media-src"] == "'self'"


def test_an_asset_has_a_digest_of_itself_in_its_name() -> None:
    assert len({asset.name for asset in templates.assets()}) == 2
    for asset in templates.assets():
        assert re.fullmatch(r"(style|script)-[0-9a-f]{12}\.(css|js)", asset.name)
        assert b"http:" not in asset.body.replace(b"http://www.w3.org", b"") and b"@import" not in asset.body
        assert b"url(" not in asset.body  # nothing is fetched

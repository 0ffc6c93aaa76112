"""The contract of the HTML templates: each has its context, every part of it documented, and names nothing else."""

from __future__ import annotations

import ast
import inspect
import re
from base64 import b64encode
from dataclasses import fields
from hashlib import sha256
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules

import pytest
from jinja2 import meta
from newsroom import CHANNEL, full, story

from aggregator.render import html
from aggregator.render.formats import FORMATS
from aggregator.render.html import feed, index, templates
from aggregator.render.html.templates import Context

SHARED = {"formats", "style"}
LAYOUT = "base.html"

PAGES = {
    "feed": lambda: feed.render(CHANNEL, [full(), story(2)]),
    "empty": lambda: feed.render(CHANNEL, []),
    "index": lambda: index.Page("A & <b>", "All", "en", [(CHANNEL, [*FORMATS]), (CHANNEL, ["xml"])]).render(),
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
    found = meta.find_undeclared_variables(tree)
    own = {name for part in tree.body for name in assigned(part)}
    for layout in filter(None, meta.find_referenced_templates(tree)):
        found |= named(layout) - own
    return found


def assigned(part: object) -> set[str]:
    """The names that a `set` at the top of a template sets."""
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
    assert {path.name for path in Path(html.__path__[0], "templates").glob("*.html")} - {LAYOUT} == set(contexts())


@pytest.mark.parametrize("template", sorted(contexts()))
def test_a_template_names_its_documented_context_and_nothing_else(template: str) -> None:
    page = contexts()[template]
    given = {field.name for field in fields(page)}
    assert given == documented(page)
    assert given <= named(template) <= given | SHARED
    assert not given & SHARED


@pytest.mark.parametrize("name", PAGES)
def test_every_page_carries_the_one_style_and_the_policy_allows_that_alone(name: str) -> None:
    page = PAGES[name]()
    (style,) = re.findall(b"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style).digest()).decode()
    policy = dict(part.split(" ", 1) for part in templates.headers()["Content-Security-Policy"].split("; "))
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'" and "script-src" not in policy
    assert not re.search(rb"<script|\sstyle=|\son\w+=", page.partition(b"</style>")[2])

"""The page at which the operator signs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from aggregator.render.html.site import Site
from aggregator.render.html.templates import Context


@dataclass(frozen=True, slots=True)
class SignIn(Context):
    """What sign_in.html is given."""

    template: ClassVar[str] = "sign_in.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own."""
    problem: str = ""
    """Why the last try was none; "" before there was one."""

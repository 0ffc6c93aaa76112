"""A page's context → its bytes, and the headers that go with every page: one environment, one stylesheet, one policy.

Nothing on a page runs. What strangers wrote was sanitised when it came in, and the policy (Content-Security-Policy)
would stop what might still be in it.

A page NAME is a frozen dataclass, whose fields are all that templates/NAME.html may name besides `formats`
and `style`, which every page has.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar

from aggregator.render.formats import FORMATS
from aggregator.text import writable

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Context:
    """What a template is given, each field under its name."""

    template: ClassVar[str]

    def render(self) -> bytes:
        """Return the page. UndefinedError where the template asks for what is not in its context."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return environment().get_template(self.template).render(values).encode()


def headers() -> dict[str, str]:
    """Return the headers of every HTML page."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


@lru_cache(maxsize=1)
def policy() -> str:
    """Return the Content-Security-Policy: pictures, sound and film from the web, our style, nothing else."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src http: https:; media-src http: https:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@lru_cache(maxsize=1)  # a file of the package: the same for as long as the process runs
def style() -> str:
    """Return the stylesheet, which every page carries within itself."""
    return (files("aggregator.render.html") / "templates" / "style.css").read_text("utf-8")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the one environment: strict on names, everything escaped that isn't marked safe."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("aggregator.render.html"),
        auto_reload=False,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.filters["rfc3339"] = writable.rfc3339
    env.filters["day"] = lambda instant: format(writable.moment(instant), "%Y-%m-%d %H:%M UTC")
    env.globals |= {"formats": FORMATS, "style": style()}
    return env

"""A page's context → its bytes, and what goes with every page: one environment, one stylesheet, one script, one policy.

Nothing of a stranger's runs on a page. What they wrote was sanitised when it came in, and the policy
(Content-Security-Policy) would stop what might still be in it.

A page NAME is a frozen dataclass, whose fields are all that templates/NAME.html may name besides what every template
has (`SHARED`). What begins with "_" is a part that several templates use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from aggregator.render.formats import FORMATS
from aggregator.render.html import figures
from aggregator.text import writable

if TYPE_CHECKING:
    from jinja2 import Environment

SHARED = frozenset({"formats", "stylesheet", "script"})
_NOBODY: Mapping[str, str] = MappingProxyType({})
_ICONS = {"favicon.ico": "image/x-icon", "icon.png": "image/png"}
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that all pages refer to. Its `name` has a digest in it: under one name are the same bytes for ever."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """What a template is given, each field under its name."""

    template: ClassVar[str]

    def render(self, operator: Mapping[str, str] = _NOBODY) -> bytes:
        """Return the page. UndefinedError where the template asks for what is not in its context.

        `operator` has the fields of its Site that are other ones for an operator who is signed in.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if operator:
            values["site"] = replace(values["site"], **operator)
        return environment().get_template(self.template).render(values).encode("utf-8", "replace")


def headers(*, images: bool = True, referrer: str = "no-referrer") -> dict[str, str]:
    """Return the headers of every HTML page; `images` says whether pictures of other sites may be shown.

    `referrer` is its Referrer-Policy. Under "no-referrer" a browser hides in the Origin of forms where they came from.
    """
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(images=images),
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
    }


def policy(*, images: bool = True) -> str:
    """Return the Content-Security-Policy: our style and script, pictures, sound and film, nothing else."""
    media = "'self' http: https:" if images else "'self'"
    return (
        f"default-src 'none'; img-src {media}; media-src {media}; style-src 'self'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@lru_cache(maxsize=1)  # files of the package: the same for as long as the process runs
def assets() -> tuple[Asset, ...]:
    """Return the files that every page needs: the stylesheet, then the script."""
    return tuple(_asset(name) for name in ("style.css", "script.js"))


@lru_cache(maxsize=1)
def icons() -> tuple[Asset, ...]:
    """Return the pictures that browsers and readers show beside the title where the operator has none of his own."""
    folder = files("aggregator.render.html") / "icons"
    return tuple(Asset(name, kind, (folder / name).read_bytes()) for name, kind in _ICONS.items())


def _asset(name: str) -> Asset:
    body = (files("aggregator.render.html") / "templates" / name).read_bytes()
    stem, _, suffix = name.partition(".")
    return Asset(f"{stem}-{blake2b(body, digest_size=6).hexdigest()}.{suffix}", _TYPES[suffix], body)


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
    env.filters["moment"] = lambda instant: format(writable.moment(instant), "%Y-%m-%d %H:%M UTC")
    env.filters["clock"] = lambda instant: format(writable.moment(instant), "%H:%M")
    env.filters["minute"] = lambda instant: format(writable.moment(instant), "%Y-%m-%d %H:%M")
    env.filters["day"] = day
    env.filters |= {"date": figures.date, "number": figures.number, "seconds": figures.seconds, "size": figures.size}
    stylesheet, script = assets()
    env.globals |= {"formats": FORMATS, "stylesheet": stylesheet.name, "script": script.name}
    return env


def day(instant: int) -> str:
    """Write the day of an instant (UTC) as in "Friday, 27 November 2026"; names of days and months are English."""
    moment = writable.moment(instant)
    return f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


# Not strftime's: those depend on the machine's locale.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

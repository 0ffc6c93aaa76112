"""Stories → the HTML page that a browser gets at a feed's address: how to subscribe, and what is in it.

Nothing on it runs. What strangers wrote was sanitised when it came in, and the policy that goes with the page
(Content-Security-Policy) would stop what might still be in it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from aggregator.model import Channel, Story
from aggregator.render import Report, items
from aggregator.render.formats import FORMATS
from aggregator.text import writable

if TYPE_CHECKING:
    from jinja2 import Template

CONTENT_TYPE = "text/html; charset=utf-8"
LIMIT = 50  # stories on a page: it shows what the feed is like, and is no archive

_FOLDER = files("aggregator.render") / "templates"


def render(
    channel: Channel,
    stories: Sequence[Story],
    suffixes: Sequence[str] = tuple(FORMATS),
    report: Report | None = None,
    count: int = 0,
) -> bytes:
    """The page with the first LIMIT of the stories, each as every format has it (`items.item`).

    `suffixes` are the formats that there are of it, `count` is how many stories they have, if that is more than is
    given here. A story that cannot be written is left out and told to `report`.
    """
    channel = items.tidy(channel)
    shown = []
    for story in stories[:LIMIT]:
        try:
            shown.append(items.item(channel, story))
        except Exception as error:  # noqa: BLE001  as in render.render: the others are not to blame
            if report is not None:
                report(story.id, error)
    addresses = {suffix: items.address(channel, suffix) for suffix in suffixes}
    page = _template().render(
        channel=channel,
        items=shown,
        left=max(count, len(stories)) - len(stories[:LIMIT]),
        addresses=addresses,
        formats=FORMATS,
        style=_style(),
    )
    return page.encode()


def policy() -> str:
    """The page's Content-Security-Policy: pictures, sound and film from the web, our style, nothing else."""
    style = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src http: https:; media-src http: https:; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@lru_cache(maxsize=1)  # a file of the package: the same for as long as the process runs
def _style() -> str:
    return (_FOLDER / "page.css").read_text("utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["rfc3339"] = writable.rfc3339
    environment.filters["day"] = lambda instant: format(writable.moment(instant), "%Y-%m-%d %H:%M UTC")
    return environment.from_string((_FOLDER / "page.html").read_text("utf-8"))

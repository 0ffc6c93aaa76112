"""What there is to subscribe to → the page at the site's own address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aggregator.config.schema import Site
from aggregator.model import Channel
from aggregator.render.html.templates import Context


@dataclass(frozen=True, slots=True)
class Page(Context):
    """What index.html is given."""

    template: ClassVar[str] = "index.html"

    site: Site
    """The [site] of the config in force."""
    channels: Sequence[tuple[Channel, Sequence[str]]]
    """Each output, and the suffixes of the formats that there are of it."""


def render(site: Site, channels: Sequence[tuple[Channel, Sequence[str]]]) -> bytes:
    """Return the page that lists these outputs."""
    return Page(site, channels).render()

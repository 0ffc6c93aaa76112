"""What there is to subscribe to → the page at the site's own address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aggregator.model import Channel
from aggregator.render.html.templates import Context


@dataclass(frozen=True, slots=True)
class Page(Context):
    """What index.html is given."""

    template: ClassVar[str] = "index.html"

    title: str
    """The site's, as description and language are."""
    description: str
    """Empty where there is none."""
    language: str
    """As BCP 47 has it."""
    channels: Sequence[tuple[Channel, Sequence[str]]]
    """Each output, and the suffixes of the formats that there are of it."""

"""The outward flow: store → select → render → a file, an archive page, a list, or a page to look at (pages.py)."""

from aggregator.outbound.archives import archive
from aggregator.outbound.cards import Cards
from aggregator.outbound.editions import FOLDER, Publication
from aggregator.outbound.opml import subscriptions
from aggregator.outbound.outputs import channel_of, links_of, places, selection_of, status_channel, topics, untracked
from aggregator.outbound.publication import publish_all
from aggregator.outbound.site import publish_pages
from aggregator.outbound.status import status_edition

__all__ = [
    "FOLDER",
    "Cards",
    "Publication",
    "archive",
    "channel_of",
    "links_of",
    "places",
    "publish_all",
    "publish_pages",
    "selection_of",
    "status_channel",
    "status_edition",
    "subscriptions",
    "topics",
    "untracked",
]

"""The outward flow: store → select → publish → Edition → a file, an archive page, or a page to look at."""

from aggregator.outbound.archives import archive
from aggregator.outbound.outputs import channel_of, links_of, selection_of, showing, status_channel, topics, untracked
from aggregator.outbound.page import page
from aggregator.outbound.publication import FOLDER, Publication, publish_all

__all__ = [
    "FOLDER",
    "Publication",
    "archive",
    "channel_of",
    "links_of",
    "page",
    "publish_all",
    "selection_of",
    "showing",
    "status_channel",
    "topics",
    "untracked",
]

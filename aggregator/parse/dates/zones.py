"""Time zones by the names of places (Europe/Berlin), whose offset depends on the day: the IANA's database tells."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PLACE = (
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)(?:/[A-Z][A-Za-z_-]{1,30}){1,2}"
)
_PLACE = re.compile(PLACE)
# What Americans write without saying whether it is summer.
_SHORT = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
SHORT = "|".join(_SHORT)


def ahead(place: str, local: datetime) -> int:
    """Return how many minutes a place's clock is ahead of UTC, at its local time; ValueError for an unknown place."""
    name = _SHORT.get(place, place)
    if not _PLACE.fullmatch(name):
        raise ValueError("no place")
    try:
        offset = local.replace(tzinfo=ZoneInfo(name)).utcoffset()
    except (KeyError, OSError) as error:  # OSError: a folder of the database, as America/Indiana is
        raise ValueError("a place that the database of time zones doesn't know") from error
    return (offset or timedelta()) // timedelta(minutes=1)

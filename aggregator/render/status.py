"""Incidents → the stories of the status feed, which tells the operator in the reader what became of the sources.

One item an incident, and another when the source is well again, since readers don't show an item twice. Nothing in an
item counts or runs: it changes when its incident ends, and not before.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from html import escape
from uuid import UUID, uuid5

from aggregator.model import STATUS, Channel, Copy, Ending, Entry, Incident, Origin, Story, Trouble
from aggregator.text import writable

LIMIT = 100

_HAPPENED = {
    Trouble.FAILING: "{name} can't be fetched since {since}. The first error reported: {detail}",
    Trouble.GONE: "{name} answered that it is gone for good (410) on {since}.",
    Trouble.MOVED: "{name} redirects permanently to {detail}, which is believed since {since}.",
    Trouble.SILENT: "{name} can be fetched, but it has published nothing new since {since}, much longer than is usual "
    "with it.",
    Trouble.MISSED: "{name} publishes more than it lists at a time: nothing that it lists now was there at the visit "
    "of {since}, so entries in between were probably missed.",
    Trouble.OFFLINE: "Nearly no source can be reached since {since}: our own connection seems to be down. The "
    "error reported: {detail}",
}
_HAPPENED_THEN = {
    Trouble.FAILING: "{name} could not be fetched from {since} on. The first error reported: {detail}",
    Trouble.GONE: "{name} had answered on {since} that it is gone for good (410).",
    Trouble.MOVED: "{name} had redirected permanently to {detail}, which was believed from {since} on.",
    Trouble.SILENT: "{name} had published nothing new since {since}, much longer than is usual with it.",
    Trouble.MISSED: "{name} had published more than it lists at a time: after {since} entries were probably missed.",
    Trouble.OFFLINE: "Nearly no source could be reached from {since} on: {detail}",
}
_DONE = {
    Trouble.FAILING: "It is tried again, at intervals that grow to a day (a folder each minute); other sources are "
    "not affected.",
    Trouble.GONE: "It is not visited any more. What it gave stays stored and published.",
    Trouble.MOVED: "It is fetched from the new address from now on.",
    Trouble.SILENT: "It is visited as before, only more rarely.",
    Trouble.MISSED: "It is visited more often from now on, as far as min_interval, its interval and what its server "
    "asks for let it.",
    Trouble.OFFLINE: "This counts for no source. What was due is visited as soon as anything can be reached.",
}
_TO_DO = {
    Trouble.FAILING: "`aggregator sources` tells the latest error and the next visit; {remove} takes it out of the "
    "config and its articles out of the feeds; they stay stored.",
    Trouble.GONE: "{remove} takes it out of the config and its articles out of the feeds; "
    "`aggregator once --all` asks it once more.",
    Trouble.MOVED: "Change the address in the config when you like; the old one works as long as its server redirects.",
    Trouble.SILENT: "Nothing has to be done; {remove} takes it out of the config and its articles out of the feeds; "
    "they stay stored.",
    Trouble.MISSED: "If it lasts, give it a shorter interval in the config, or look for a feed of it that lists more.",
    Trouble.OFFLINE: "See to the network, the name server and the firewall of the machine that this runs on.",
}
_ENDED = {
    Ending.RECOVERED: "Over on {until}: {name} is well again.",
    Ending.FOLLOWED: "Over on {until}: the config has the new address of {name}.",
    Ending.REPLACED: "Over on {until}: something else is told of {name} since.",
    Ending.DROPPED: "Over on {until}: {name} was paused, disabled or taken out of the config.",
    Ending.TAKEN_BACK: "Over on {until}: the new address of {name} is not there; the configured one is asked again.",
}
_OURS = "Our own connection"


def channel(site: str, link: str, icon: str) -> Channel:
    """Return what the status feed of a site with this title says of itself, in English like all of the program."""
    return Channel(
        name=STATUS,
        title=f"{site}: status",
        link=link,
        base=link,
        description="What became of the sources: which can't be fetched, have moved, are gone or silent, or are back",
        language="en",
        icon=icon,
    )


def stories(incidents: Sequence[Incident]) -> list[Story]:
    """Return the newest items of these incidents, LIMIT at most, the newest first."""
    items = [_beginning(incident) for incident in incidents]
    items += [_recovery(incident) for incident in incidents if incident.ending is Ending.RECOVERED]
    return sorted(items, key=lambda story: (-story.published, story.id))[:LIMIT]


def _beginning(incident: Incident) -> Story:
    lines = [_paragraph(words[incident.trouble], incident) for words in (_HAPPENED, _DONE, _TO_DO)]
    if incident.ending:
        lines = [_paragraph(words, incident) for words in (_ENDED[incident.ending], _HAPPENED_THEN[incident.trouble])]
    return _story(incident, incident.urn, _title(incident), lines, incident.opened, incident.until or incident.opened)


def _recovery(incident: Incident) -> Story:
    recovered = {
        Trouble.SILENT: "has new entries",
        Trouble.OFFLINE: "works again",
        Trouble.MISSED: "is visited often enough again",
    }.get(incident.trouble, "can be fetched again")
    duration = _span(incident.until - incident.since)
    lines = [_paragraph(f"{{name}} {recovered}, {duration} after the trouble began on {{since}}.", incident)]
    if incident.detail:
        lines.append(_paragraph("The error had been: {detail}", incident))
    urn = uuid5(UUID(incident.urn), "recovered").urn
    return _story(incident, urn, f"{_name(incident)} is back", lines, incident.until, incident.until)


def _title(incident: Incident) -> str:
    over = incident.ending is not None
    days = (incident.opened - incident.since) // 86400
    return {
        Trouble.FAILING: f"{incident.name} could not be fetched" if over else f"{incident.name} can't be fetched",
        Trouble.GONE: f"{incident.name} is gone",
        Trouble.MOVED: f"{incident.name} has moved to {incident.detail}",
        Trouble.SILENT: f"{incident.name} has been silent for {days} days",
        Trouble.MISSED: f"Entries of {incident.name} were probably missed",
        Trouble.OFFLINE: f"{_OURS} {'was' if over else 'seems to be'} down",
    }[incident.trouble]


def _name(incident: Incident) -> str:
    return _OURS if incident.trouble is Trouble.OFFLINE else incident.name


def _story(incident: Incident, urn: str, title: str, lines: list[str], published: int, updated: int) -> Story:
    if incident.address:
        lines = [*lines, f"<p>Source: <code>{escape(incident.address, quote=False)}</code></p>"]
    entry = Entry(guid=urn, title=title, link=incident.link or incident.address, content="".join(lines))
    return Story(urn, published, updated, Copy(Origin(), entry), categories=(str(incident.trouble),))


def _paragraph(words: str, incident: Incident) -> str:
    """Return the sentence about this incident as HTML, what is in backticks as code."""
    known = incident.address and "…" not in incident.address
    remove = f"`aggregator remove {shlex.quote(incident.address)}`" if known else "`aggregator remove`"
    text = words.format(
        name=_name(incident),
        since=_date(incident.since),
        until=_date(incident.until),
        detail=incident.detail,
        remove=remove,
    )
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", writable.markup(text))


def _date(instant: int) -> str:
    return writable.moment(instant).strftime("%Y-%m-%d %H:%M UTC")


def _span(seconds: int) -> str:
    """Write a span of time in words: 7200 → "2 hours"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a minute"

"""Counts over time → inline SVG, and the same numbers in words and as a table, for whoever doesn't see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.render.html.figures import MONTHS, counted, number, short
from aggregator.text import writable

if TYPE_CHECKING:
    from markupsafe import Markup

_HOUR, _DAY = 3600, 86400
_WIDTH, _HEIGHT = 400, 150  # of a chart, in its own units: about pixels
_LEFT, _TOP, _BOTTOM = 36, 8, 22  # beside the bars
_SPARK = 24  # how high a sparkline is
_BAR, _GAP = 3, 1  # of a sparkline: how wide a bar is, and what is between two
_TOPS = (1, 2, 4, 6, 10)  # where an axis ends, but for the zeros


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of what is counted: how it is called in the legend, its class in the stylesheet, a count for each span.

    There is a class "of-NAME" for each outcome of a visit, "of-entries", "of-stories" and "of-copies".
    """

    name: str
    style: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        """How many there are in all."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its alternatives: `words` says it in a sentence, `layers` are the legend, `rows` the table.

    A row is the name of a span of time, and a count for each layer. `spans` names what a row is: "Hour".
    """

    title: str
    words: str
    svg: Markup
    layers: Sequence[Layer]
    spans: str
    rows: Sequence[tuple[str, Sequence[int]]]


def sparkline(values: Sequence[int], words: str) -> Markup:
    """Return small bars, one for each count; `words` say the same."""
    from markupsafe import Markup

    top = max(values, default=0) or 1
    width = max(1, len(values) * (_BAR + _GAP) - _GAP)
    drawn = "".join(
        f"M{place * (_BAR + _GAP)} {_SPARK}v-{_short(max(1.5, count * (_SPARK - 2) / top))}h{_BAR}V{_SPARK}z"
        for place, count in enumerate(values)
        if count > 0
    )
    return Markup(
        '<svg class="spark" role="img" aria-label="{words}" viewBox="0 0 {width} {full}" width="{width}" '
        'height="{full}"><title>{words}</title>'
        '<path class="axis" d="M0 {base}H{width}"/><path class="of-entries" d="{drawn}"/></svg>'
    ).format(width=width, full=_SPARK + 1, base=_short(_SPARK + 0.5), words=words, drawn=drawn)


def chart(title: str, words: str, start: int, step: int, layers: Sequence[Layer]) -> Chart:
    """Return bars for spans of `step` seconds (an hour, a day or a week) from `start` on, layers one upon the other.

    All layers have as many counts, none of them negative.
    """
    starts = [start + step * place for place in range(max((len(layer.values) for layer in layers), default=0))]
    sums = [sum(layer.values[place] for layer in layers) for place in range(len(starts))]
    rows = [(_span(at, step), [layer.values[place] for layer in layers]) for place, at in enumerate(starts)]
    spans = "Hour" if step == _HOUR else "Day" if step == _DAY else "Week from"
    return Chart(title, words, _svg(words, starts, step, layers, _top(max(sums, default=0))), layers, spans, rows)


def weekly_words(values: Sequence[int]) -> str:
    """Say what a source published in so many weeks: "2.5 entries a week on average, 3 in the last"."""
    weeks = counted(len(values), "week")
    if not any(values):
        return f"No entry in {weeks}"
    mean = sum(values) / len(values)
    if mean < 1:
        return f"{counted(sum(values), 'entry', 'entries')} in {weeks}, {number(values[-1])} in the last"
    average = f"{mean:.1f}".removesuffix(".0") if mean < 10 else number(round(mean))
    noun = "entry" if average == "1" else "entries"
    return f"{average} {noun} a week on average in {weeks}, {number(values[-1])} in the last"


# ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _svg(words: str, starts: Sequence[int], step: int, layers: Sequence[Layer], top: int) -> Markup:
    from markupsafe import Markup

    base, room = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    pitch = (_WIDTH - _LEFT) / max(1, len(starts))
    parts = [_grid(top, base, room)]
    heights = [0] * len(starts)
    for layer in layers:
        drawn = ""
        for place, count in enumerate(layer.values):
            if count > 0:
                low = base - heights[place] * room / top
                heights[place] += count
                high = base - heights[place] * room / top
                drawn += _bar(_LEFT + place * pitch, pitch, low, high)
        parts.append(Markup('<path class="{}" d="{}"/>').format(layer.style, drawn))
    for place, at in enumerate(starts):
        if label := _label(at, step):
            left = _short(_LEFT + place * pitch)
            parts.append(Markup('<path class="axis" d="M{} {}v4"/>').format(left, base))
            if _LEFT + place * pitch < _WIDTH - 30:  # or it would be cut
                parts.append(Markup('<text x="{}" y="{}">{}</text>').format(left, _HEIGHT - 5, label))
    return Markup('<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
        words, _WIDTH, _HEIGHT, Markup().join(parts)
    )


def _bar(left: float, pitch: float, low: float, high: float) -> str:
    """Draw a bar, with a little of the ground between it and its neighbours."""
    gap = min(2.0, pitch / 4)
    return f"M{_short(left + gap / 2)} {_short(low)}V{_short(high)}h{_short(pitch - gap)}V{_short(low)}z"


def _grid(top: int, base: int, room: int) -> Markup:
    from markupsafe import Markup

    lines = [top, top // 2, 0] if top % 2 == 0 else [top, 0]
    drawn = Markup()
    for count in lines:
        y = _short(base - count * room / top)
        drawn += Markup('<path class="{}" d="M{} {}H{}"/>').format("grid" if count else "axis", _LEFT, y, _WIDTH)
        drawn += Markup('<text class="count" x="{}" y="{}" dy="4">{}</text>').format(_LEFT - 6, y, short(count))
    return drawn


def _top(largest: int) -> int:
    """Return where the axis ends: the next round number."""
    tens = 1
    while True:
        for factor in _TOPS:
            if factor * tens >= largest:
                return factor * tens
        tens *= 10


def _label(at: int, step: int) -> str:
    """Return what stands below the bar that begins at `at`, "" below most."""
    moment = writable.moment(at)
    if step == _HOUR:
        return f"{moment.day} {MONTHS[moment.month - 1]}" if not moment.hour else "12:00" if moment.hour == 12 else ""
    if step == _DAY:
        return f"{moment.day} {MONTHS[moment.month - 1]}" if moment.weekday() == 0 else ""
    return MONTHS[moment.month - 1] if moment.day <= 7 else ""


def _span(at: int, step: int) -> str:
    moment = writable.moment(at)
    day = f"{moment.day} {MONTHS[moment.month - 1]}"
    return f"{day}, {moment:%H:%M}" if step == _HOUR else day if step == _DAY else f"{day} {moment.year}"


def _short(value: float) -> str:
    """Write a number for a drawing: two digits after the point are finer than anybody sees."""
    return f"{value:.2f}".rstrip("0").rstrip(".")

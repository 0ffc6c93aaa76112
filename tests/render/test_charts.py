"""Charts: the same numbers drawn, in words and as a table, whatever they are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.render.html import charts, figures
from aggregator.render.html.charts import Layer

SVG = "{*}"
MONDAY = 1_766_966_400  # 29 Dec 2025
HOUR, DAY, WEEK = 3600, 86400, 604800
written = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
counts = st.lists(st.integers(0, 10**12), max_size=60)


def drawn(svg: Any) -> etree._Element:
    return etree.fromstring(str(svg))


@given(counts, st.text(written))
def test_a_sparkline_is_a_picture_with_words(values: list[int], words: str) -> None:
    svg = drawn(charts.sparkline(values, words))

    assert svg.get("role") == "img"
    assert (svg.findtext(f"{SVG}title") or "") == svg.get("aria-label") == words
    (bars,) = svg.findall(f"{SVG}path[@class='of-entries']")
    assert bars.get("d", "").count("M") == sum(count > 0 for count in values)


@given(st.lists(st.tuples(*[st.integers(0, 10**12)] * 3), max_size=60), st.sampled_from([HOUR, DAY, WEEK]))
def test_a_chart_has_every_number_in_its_table_and_no_bar_beyond_it(rows: list[tuple[int, ...]], step: int) -> None:
    layers = [Layer(f"<{number}>", f"of-{number}", [row[number] for row in rows]) for number in range(3)]
    chart = charts.chart("A & B", "So <many>", MONDAY, step, layers)

    assert [tuple(numbers) for _span, numbers in chart.rows] == rows
    assert len({span for span, _numbers in chart.rows}) == len(rows)
    svg = drawn(chart.svg)
    assert svg.get("aria-label") == "So <many>"
    *_, width, height = map(float, svg.get("viewBox", "").split())
    for path in svg.findall(f"{SVG}path"):
        for left, top in re.findall(r"M([\d.]+) ([\d.]+)", path.get("d", "")):
            assert 0 <= float(left) <= width and 0 <= float(top) <= height
        assert "-" not in path.get("d", "") and "e" not in path.get("d", "")
    assert not {name for element in svg.iter() for name in element.attrib if name == "style" or name.startswith("on")}


def test_layers_lie_upon_one_another() -> None:
    """Both bars are as high as each other, and the second begins where the first ends."""
    chart = charts.chart("", "", MONDAY, DAY, [Layer("a", "of-a", [5]), Layer("b", "of-b", [5])])
    low, high = (path.get("d", "") for path in drawn(chart.svg).findall(f"{SVG}path") if "of-" in path.get("class", ""))

    (_, floor, middle), (_, above, roof) = (
        re.match(r"M([\d.]+) ([\d.]+)V([\d.]+)", d).groups()
        for d in (low, high)  # type: ignore[union-attr]
    )
    assert above == middle
    assert float(floor) - float(middle) == pytest.approx(float(middle) - float(roof))


def test_spans_of_time_have_names() -> None:
    def names(step: int) -> list[str]:
        return [span for span, _ in charts.chart("", "", MONDAY, step, [Layer("", "of-x", [1, 2])]).rows]

    assert names(HOUR) == ["29 Dec, 00:00", "29 Dec, 01:00"]
    assert names(DAY) == ["29 Dec", "30 Dec"]
    assert names(WEEK) == ["29 Dec 2025", "5 Jan 2026"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0] * 26, "No entry in 26 weeks"),
        ([1, 1], "1 entry a week on average in 2 weeks, 1 in the last"),
        ([4, 1], "2.5 entries a week on average in 2 weeks, 1 in the last"),
        ([0] * 25 + [1], "1 entry in 26 weeks, 1 in the last"),
        ([3000, 1234], "2,117 entries a week on average in 2 weeks, 1,234 in the last"),
    ],
)
def test_what_a_source_publishes_is_said_in_words(values: list[int], words: str) -> None:
    assert charts.weekly_words(values) == words


def test_numbers_are_written_for_people() -> None:
    assert [figures.size(count) for count in (0, 999, 1000, 9949, 12_345, 999_600, 5 * 10**9)] == [
        "0 B", "999 B", "1.0 kB", "9.9 kB", "12 kB", "1.0 MB", "5.0 GB",
    ]  # fmt: skip
    assert [figures.seconds(value) for value in (-1, 0.0421, 0.9999, 3.14, 59.6)] == [
        "", "42 ms", "1.0 s", "3.1 s", "60 s",
    ]  # fmt: skip
    assert [figures.short(count) for count in (0, 999, 1000, 20_000, 4 * 10**6, 10**12)] == [
        "0", "999", "1k", "20k", "4M", "1T",
    ]  # fmt: skip
    assert figures.counted(1, "entry", "entries") == "1 entry"
    assert figures.counted(2000, "visit") == "2,000 visits"
    assert figures.date(MONDAY) == "29 Dec 2025"

"""Dates: what publishers write, and what nobody can read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.dates import instant, period

TEN = "2021-11-09T10:00:00"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # RFC 822, as it should be and as it comes
        ("Tue, 09 Nov 2021 10:00:00 GMT", TEN),
        ("Tue, 9 Nov 2021 10:00 UT", TEN),
        ("Tue,09 Nov 2021 11:00:00 +01", TEN),
        ("Wed, 09 Nov 2021 10:00:00 GMT", TEN),  # it was a Tuesday
        ("Tuesday, 09-Nov-21 10:00:00 GMT", TEN),
        ("Tue, 09 Nov 2021 10:00:00.250 GMT", TEN),
        ("Tues, 09 November 2021 05:00:00 -0500 (EST)", TEN),
        ("Tue, 09 Nov 121 10:00:00 GMT", TEN),  # RFC 5322 §4.3
        ("Tue, 09 Nov 2021 24:00:00 GMT", "2021-11-10T00:00:00"),
        ("09 Nov 2021 23:59:60 GMT", "2021-11-10T00:00:00"),
        # RFC 3339
        (f"{TEN}Z", TEN),
        (f"{TEN.lower()}z", TEN),
        (f"{TEN}.123456789+00:00", TEN),
        (f"{TEN}-00:00", TEN),
        (f"{TEN} Z", TEN),
        ("2021-11-09 15:30:00 +0530 IST", TEN),
        ("2021-11-09T10:00", TEN),
        ("2021-11-9 10:00", TEN),
        ("2021-11-09T11:00+01:00[Europe/Berlin]", TEN),
        ("20211109T100000Z", TEN),
        ("20211109100000", TEN),
        ("2021-W45-2", "2021-11-09T00:00:00"),
        # year first, or with dots
        ("2021/11/09 10:00:00", TEN),
        ("2021.11.9 10:00", TEN),
        ("09.11.2021 10:00", TEN),
        ("09.11.2021, 10.00 Uhr", TEN),
        # slashes and hyphens that say which is the month
        ("11/19/2021", "2021-11-19T00:00:00"),
        ("19/11/2021", "2021-11-19T00:00:00"),
        ("19-11-2021", "2021-11-19T00:00:00"),
        ("11/11/2021", "2021-11-11T00:00:00"),
        ("Tue, 11/09/2021", "2021-11-09T00:00:00"),
        ("Sat, 11/09/2021", "2021-09-11T00:00:00"),
        ("11/9/2021 10:00:00 AM", TEN),
        ("9/11/2021 5:00 EST", "2021-09-11T10:00:00"),
        ("9/02/2021 3:15 PM", "2021-02-09T15:15:00"),  # as Australia writes
        # month first, clocks of twelve hours
        ("Nov 9, 2021", "2021-11-09T00:00:00"),
        ("Tuesday, November 9, 2021 - 10:00", TEN),
        ("November 9th, 2021 at 3pm", "2021-11-09T15:00:00"),
        ("9 Nov 2021 12:05 AM", "2021-11-09T00:05:00"),
        ("9 Nov 2021 12:05 p. m.", "2021-11-09T12:05:00"),
        ("9 Nov 2021 15:05 PM", "2021-11-09T15:05:00"),
        # what programs print
        ("Tue Nov  9 10:00:00 2021", TEN),
        ("Tue Nov 9 02:00:00 PST 2021", TEN),
        ("Tue Nov 09 2021 11:00:00 GMT+0100 (Central European Standard Time)", TEN),
        ("09/Nov/2021:10:00:00 +0000", TEN),
        ("1636452000", TEN),
        ("1636452000.5", TEN),
        ("1636452000123", TEN),
        # zones
        ("Tue, 09 Nov 2021 06:00:00 EDT", TEN),
        ("Tue, 09 Nov 2021 12:00:00 CEST", TEN),
        ("Tue, 09 Nov 2021 13:00:00 MSK", TEN),
        ("Tue, 09 Nov 2021 19:00:00 JST", TEN),
        ("Tue, 09 Nov 2021 06:30:00 NST", TEN),
        ("Tue, 09 Nov 2021 18:00:00 UTC+8", TEN),
        # languages
        ("mar. 9 novembre 2021 à 10:00", TEN),
        ("Dienstag, 9. November 2021 um 10:00 Uhr", TEN),
        ("9 de noviembre de 2021", "2021-11-09T00:00:00"),
        ("mar, 09 mar 2021 10:00:00 +0000", "2021-03-09T10:00:00"),
        ("Вт, 09 ноя 2021 13:00:00 +0300", TEN),
        ("9 ноября 2021 г.", "2021-11-09T00:00:00"),
        ("terça-feira, 9 novembro 2021 10h00", TEN),
        ("9 Kasım 2021", "2021-11-09T00:00:00"),
        ("9. prosince 2021", "2021-12-09T00:00:00"),
        ("2021年11月9日(火) 10:00", TEN),
        ("2021年11月9日 下午3:15", "2021-11-09T15:15:00"),
        ("2021년 11월 9일 오전 10:00", TEN),
    ],
)
def test_what_publishers_write(written: str, meant: str) -> None:
    assert datetime.fromtimestamp(instant(written), UTC).isoformat() == f"{meant}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "2 hours ago", "N/A", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"),
        *("03/05/2024", "3-5-2024", "03/04/05", "3/5/24", "5 March", "9 listopada 2021"),
        *("31 Feb 2024", "Tue, 05 Mar 2024 25:00:00 GMT", "Tue, 05 Mar 2024 10:61", "5 Mar 2024 15:00 AM"),
        *("Tue, 05 Mar 2024 10:00:00 XYZT", "Tue, 05 Mar 2024 10:00:00 +9900", "2024-03-05 and more", "1.10", "007"),
        *(
            "2024-03-05 2024-03-06",
            "10:00 11:00 5 Mar 2024",
            "5 Jun Apr 2024",
            "1" * 5000,
            "2024-03-05" + " " * 5000 + "x",
        ),
    ],
)
def test_what_nobody_can_read_is_no_date(text: str) -> None:
    assert instant(text) == 0


def test_a_year_or_a_month_is_a_date_where_a_journal_says_so() -> None:
    assert [period(text) for text in ("2024", "2024-03", "2024-13", "007", "March 2024")] == [
        1704067200, 1709251200, 0, 0, 0
    ]  # fmt: skip


@given(st.text(max_size=200) | st.from_regex(r"[0-9A-Za-z年月.,:/+ -]{1,60}"))
def test_nothing_but_an_instant_comes_of_any_text(text: str) -> None:
    assert isinstance(instant(text), int)


@given(st.datetimes(datetime(1600, 1, 1), datetime(2150, 1, 1)))  # noqa: DTZ001 - the test adds the zone
def test_what_python_writes_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    for form in ("%a, %d %b %Y %H:%M:%S +0000", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p"):
        assert instant(moment.strftime(form)) == int(moment.timestamp())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Mon, 23 Sep 2024 10:00:00 Europe/Berlin", "2024-09-23T08:00:00Z"),
        ("Tue, 23 Jan 2024 10:00:00 Europe/Berlin", "2024-01-23T09:00:00Z"),
        ("2024-09-23 10:00 (America/Argentina/Buenos_Aires)", "2024-09-23T13:00:00Z"),
        ("Sep 23, 2024 3:15 PM ET", "2024-09-23T19:15:00Z"),
        ("Jan 23, 2024 3:15 PM PT", "2024-01-23T23:15:00Z"),
        ("2024-09-23T10:00:00+02:00[Europe/Berlin]", "2024-09-23T08:00:00Z"),
    ],
)
def test_a_place_tells_its_zone_by_the_day(text: str, meant: str) -> None:
    assert instant(text) == instant(meant) > 0


@pytest.mark.parametrize("place", ["Europe/Atlantis", "America/Argentina", "Europe", "Europe/../Berlin"])
def test_of_a_place_that_nobody_knows_there_is_no_date(place: str) -> None:
    assert instant(f"Mon, 23 Sep 2024 10:00:00 {place}") == 0

"""The 53 rules of a well-mannered client, each played over simulated days against a loopback server.

The number of a rule is that of the project's list of manners; the standard or the incident behind it stands with it.
"""

from __future__ import annotations

import itertools
from email.utils import formatdate
from pathlib import Path

import pytest
from days import DAY, HOUR, START, Days, at
from world import HOSTS, Asked, Reply, World, item, rss

FEED = rss(*(f"<guid>{n}</guid><title>Undated {n}</title>" for n in range(2)))  # no dates: no rhythm to follow
PAGE = b"<!DOCTYPE html><html><title>Log in to the WLAN</title>"
QUARTER = 900


@pytest.fixture
def days(tmp_path: Path, world: World) -> Days:
    return Days(tmp_path, world)


def fed(body: bytes = FEED, **headers: str) -> Reply:
    """A feed with these headers; underscores in a name stand for hyphens."""
    return Reply(200, body, {name.replace("_", "-"): value for name, value in headers.items()})


def growing() -> "Script":  # noqa: F821, UP037
    """A server whose feed has another entry at every request."""
    count = itertools.count(1)
    return lambda _asked: fed(rss(*(item(n) for n in range(1, next(count) + 1))))


def conditional(tag: str = '"one"', **headers: str) -> object:
    """A server that knows its tag: 304 to those who have it."""

    def answer(asked: Asked) -> Reply:
        named = {"ETag": tag} | {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(304, headers=named) if asked.headers.get("if-none-match") == tag else Reply(200, FEED, named)

    return answer


# ── Validators ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_r01_the_first_request_is_unconditional(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", fed(ETag='"1"')), HOUR)
    assert not {"if-none-match", "if-modified-since"} & set(world.asked[0].headers)


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param('"5e-Strong/+=\\"', id="r02 strong"),
        pytest.param('W/"weak,with;marks"', id="r03 weak"),
        pytest.param("no-quotes", id="r04 without quotes"),
    ],
)
async def test_r02_r03_r04_the_etag_comes_back_as_it_was_given(days: Days, world: World, tag: str) -> None:
    await days.feed(world.plays("/f", fed(ETag=tag), Reply(304)), 2 * HOUR)
    assert {asked.headers["if-none-match"] for asked in world.asked[1:]} == {tag}


@pytest.mark.parametrize(
    "date",
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", id="r05 as in RFC 9110"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", id="r06 RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", id="r06 asctime"),
        pytest.param("yesterday, I think", id="r06 no date at all"),
    ],
)
async def test_r05_r06_last_modified_comes_back_as_it_was_given(days: Days, world: World, date: str) -> None:
    await days.feed(world.plays("/f", fed(Last_Modified=date), Reply(304)), 2 * HOUR)
    assert {asked.headers["if-modified-since"] for asked in world.asked[1:]} == {date}


async def test_r07_both_validators_go_out_when_both_were_given(days: Days, world: World) -> None:
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    await days.feed(world.plays("/f", fed(ETag='"1"', Last_Modified=date), Reply(304)), HOUR)
    assert world.asked[1].headers["if-none-match"] == '"1"'
    assert world.asked[1].headers["if-modified-since"] == date


async def test_r08_a_200_with_the_same_body_renews_the_validators(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", fed(ETag='"1"'), fed(ETag='"2"'), Reply(304)), 2 * HOUR)
    assert [asked.headers.get("if-none-match") for asked in world.asked[:3]] == [None, '"1"', '"2"']


async def test_r09_a_304_renews_the_validators_it_carries(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", fed(ETag='"1"'), Reply(304, headers={"ETag": '"2"'}), Reply(304)), 2 * HOUR)
    assert [asked.headers.get("if-none-match") for asked in world.asked[:3]] == [None, '"1"', '"2"']


async def test_r10_a_200_without_validators_leaves_none(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", fed(ETag='"1"'), fed(rss(item(3)))), 4 * HOUR)
    assert [asked.headers.get("if-none-match") for asked in world.asked[:3]] == [None, '"1"', None]


async def test_r11_validators_survive_a_500_and_a_restart(days: Days, world: World) -> None:
    url = world.plays("/f", fed(ETag='"1"'), Reply(500), Reply(304))
    await days.feed(url, HOUR // 2)
    await days.feed(url, 2 * HOUR)
    assert [asked.headers.get("if-none-match") for asked in world.asked[:3]] == [None, '"1"', '"1"']


async def test_r12_every_request_after_the_first_is_conditional(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", conditional()), 3 * DAY)
    assert len(world.asked) > 3
    assert all("if-none-match" in asked.headers for asked in world.asked[1:])


async def test_r13_validators_of_what_was_no_feed_are_not_used(days: Days, world: World) -> None:
    await days.feed(world.plays("/f", Reply(200, PAGE, {"ETag": '"page"'}), fed(ETag='"1"'), Reply(304)), 4 * HOUR)
    assert [asked.headers.get("if-none-match") for asked in world.asked[:3]] == [None, None, '"1"']


async def test_r14_a_validator_goes_only_to_the_url_that_gave_it(days: Days, world: World) -> None:
    world.plays("/new", fed(ETag='"new"'), Reply(304))
    await days.feed(world.plays("/f", Reply(302, headers={"Location": "/new", "ETag": '"old"'})), 2 * HOUR)
    assert {asked.headers.get("if-none-match") for asked in world.requests("/f")} == {None}
    assert [asked.headers.get("if-none-match") for asked in world.requests("/new")[:2]] == [None, '"new"']


# ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_r15_retry_after_in_seconds_is_waited_for(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", Reply(429, headers={"Retry-After": "30000"}), fed()), DAY)
    assert 30000 <= asked[1] <= 30000 + HOUR


async def test_r16_retry_after_as_a_date_is_waited_for(days: Days, world: World) -> None:
    until = formatdate(START + 30000, usegmt=True)
    asked = await days.feed(world.plays("/f", Reply(429, headers={"Retry-After": until}), fed()), DAY)
    assert 30000 <= asked[1] <= 30000 + HOUR


async def test_r16_the_date_is_read_by_the_server_s_own_clock(days: Days, world: World) -> None:
    headers = {"Retry-After": formatdate(1_000_030_000, usegmt=True), "Date": formatdate(1_000_000_000, usegmt=True)}
    asked = await days.feed(world.plays("/f", Reply(429, headers=headers), fed()), DAY)
    assert 30000 <= asked[1] <= 30000 + HOUR


async def test_r17_retry_after_of_a_503_is_waited_for(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", Reply(503, headers={"Retry-After": "30000"}), fed()), DAY)
    assert 30000 <= asked[1] <= 30000 + HOUR


async def test_r18_a_bare_429_is_an_hour_of_silence(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", Reply(429), fed()), DAY)
    assert HOUR <= asked[1] <= 5 * HOUR


async def test_r19_after_retry_after_the_feed_is_asked_again_within_a_day(days: Days, world: World) -> None:
    for _ in range(3):  # however often it came
        world.plays("/f", Reply(503, headers={"Retry-After": "7200"}))
    asked = await days.feed(world.url("/f"), 10 * DAY)
    assert max(later - before for before, later in itertools.pairwise(asked)) <= DAY


async def test_r20_a_retry_after_of_ten_years_is_cut(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", Reply(429, headers={"Retry-After": "315360000"}), fed()), 9 * DAY)
    assert 7 * DAY <= asked[1] <= 8 * DAY


async def test_r21_max_age_is_waited_for(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", fed(Cache_Control="public, max-age=20000")), DAY)
    assert 20000 <= asked[1] <= 20000 + HOUR


async def test_r22_expires_is_waited_for(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", fed(Expires=formatdate(START + 20000, usegmt=True))), DAY)
    assert 20000 <= asked[1] <= 20000 + HOUR


async def test_r23_a_max_age_of_a_year_is_cut(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", fed(Cache_Control="max-age=31536000")), 9 * DAY)
    assert 7 * DAY <= asked[1] <= 8 * DAY


async def test_r24_max_age_on_a_304_counts(days: Days, world: World) -> None:
    replies = fed(ETag='"1"'), Reply(304, headers={"Cache-Control": "max-age=40000"})
    asked = await days.feed(world.plays("/f", *replies), 2 * DAY)
    assert asked[2] - asked[1] >= 40000


async def test_r25_ttl_is_waited_for_also_while_304s_flow(days: Days, world: World) -> None:
    body = rss(item(1), channel="<ttl>300</ttl>")
    asked = await days.feed(world.plays("/f", fed(body, ETag='"1"'), Reply(304)), DAY)
    assert len(asked) > 2
    assert all(later - before >= 300 * 60 for before, later in itertools.pairwise(asked))


async def test_r26_skip_hours_are_gmt_and_respected(days: Days, world: World) -> None:
    skipped = "".join(f"<hour>{hour}</hour>" for hour in (*range(8, 20), 24))
    asked = await days.feed(world.plays("/f", fed(rss(item(1), channel=f"<skipHours>{skipped}</skipHours>"))), 3 * DAY)
    assert len(asked) > 5
    assert not {second % DAY // HOUR for second in asked[1:]} & {0, *range(8, 20)}


async def test_r27_skip_days_are_respected(days: Days, world: World) -> None:
    channel = "<skipDays><day>Tuesday</day><day>saturday</day><day>Sunday</day></skipDays>"
    asked = await days.feed(world.plays("/f", fed(rss(item(1), channel=channel))), 14 * DAY, 'max_interval = "5h"')
    assert {second // DAY % 7 for second in asked} == {0, 2, 3, 4}


async def test_r28_the_update_period_is_waited_for(days: Days, world: World) -> None:
    body = rss(item(1), channel="<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>3</sy:updateFrequency>")
    body = body.replace(b"<rss ", b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')
    asked = await days.feed(world.plays("/f", fed(body)), 2 * DAY)
    assert all(later - before >= 8 * HOUR for before, later in itertools.pairwise(asked))


# ── Moving, going, failing ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [pytest.param(301, id="r29"), pytest.param(308, id="r30")])
async def test_r29_r30_a_permanent_move_is_followed_at_once_and_stored_after_three_visits(
    days: Days, world: World, status: int
) -> None:
    world.plays("/new", conditional())
    await days.feed(world.plays("/f", Reply(status, headers={"Location": "/new"})), 7 * DAY)
    assert len(world.requests("/f")) == 3
    assert at(world.requests("/new"))[0] == 0
    assert len(world.requests("/new")) > 5


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_r31_a_temporary_redirect_never_moves_the_subscription(days: Days, world: World, status: int) -> None:
    world.plays("/new", fed())
    await days.feed(world.plays("/f", Reply(status, headers={"Location": "/new"})), 7 * DAY)
    assert len(world.requests("/f")) == len(world.requests("/new")) > 5


async def test_r32_a_301_to_what_is_no_feed_does_not_move_the_subscription(days: Days, world: World) -> None:
    world.plays("/login", Reply(200, PAGE))
    portal = [Reply(301, headers={"Location": "/login"})] * 4
    await days.feed(world.plays("/f", fed(), *portal, fed()), 7 * DAY)
    assert len(world.requests("/login")) == 4
    assert len(world.requests("/f")) > 8


async def test_r33_410_ends_the_visits(days: Days, world: World) -> None:
    url = world.plays("/f", fed(), Reply(410))
    standings = await days.live(30 * DAY, days.config(f'[[source]]\nurl = "{url}"'))
    assert len(world.asked) == 2
    assert (standings[0].state, standings[0].reason) == ("gone", "410 Gone: not visited any more")


async def test_r34_r35_errors_slow_the_visits_down_but_do_not_end_them(days: Days, world: World) -> None:
    for status in (404, 500):
        asked = await days.feed(world.plays(f"/{status}", Reply(status)), 10 * DAY)
        gaps = [later - before for before, later in itertools.pairwise(asked)]
        assert asked[1] >= QUARTER
        assert 4 <= len([second for second in asked if second < DAY]) <= 9
        assert gaps[1] > 1.5 * gaps[0] and gaps[2] > 1.5 * gaps[1], "the wait doubles"
        assert max(gaps) <= DAY and len(asked) >= 12, "up to a day"


async def test_r36_nothing_is_asked_again_at_once(days: Days, world: World) -> None:
    async def hang_up(writer: object) -> None:
        """Closes without a word."""

    for path, reply in (("/500", Reply(500)), ("/drop", Reply(raw=hang_up))):
        asked = await days.feed(world.plays(path, reply), HOUR)
        assert asked[1] - asked[0] >= QUARTER


async def test_r37_a_feed_that_recovers_is_read_again(days: Days, world: World) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(500) if asked.at < START + DAY else fed()

    url = world.plays("/f", answer)
    standings = await days.live(2 * DAY + HOUR, days.config(f'[[source]]\nurl = "{url}"'))
    assert (standings[0].state, standings[0].entries, standings[0].failures) == ("ok", 2, 0)


# ── The request ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_r38_to_r46_and_r53_what_a_request_says(days: Days, world: World) -> None:
    spelled = "/a%2Fb/%7e?x=%5B1%5D&utm_source=rss&&y"
    world.plays("/a%2Fb/%7e", Reply(302, headers={"Location": "/next", "Set-Cookie": "id=1"}))
    world.plays("/next", Reply(200, FEED, {"Set-Cookie": "id=1; Path=/"}))
    await days.feed(world.url(spelled), DAY)
    assert len(world.asked) > 6
    for asked in world.asked:
        headers = asked.headers
        assert not {"cookie", "referer", "a-im", "range"} & set(headers), "r38, r39, r53"
        assert asked.target in {spelled, "/next"}, "r40"
        product, _, contact = headers["user-agent"].partition(" ")
        assert product.partition("/")[0] == "aggregator" and product.partition("/")[2], "r41"
        assert "ops@site.example" in contact, "r42"
        assert "mozilla" not in headers["user-agent"].lower(), "r43"
        assert "gzip" in headers["accept-encoding"], "r44"
        assert "application/rss+xml" in headers["accept"] and "application/atom+xml" in headers["accept"], "r45"
        assert asked.method == "GET", "r46"


async def test_r47_one_connection_to_a_host_at_a_time(days: Days, world: World) -> None:
    urls = [world.plays(f"/{number}", fed(rss(item(number)))) for number in range(8)]
    await days.live(HOUR, days.config("".join(f'[[source]]\nurl = "{url}"\n' for url in urls)))
    assert world.most_open == 1


async def test_r48_an_address_that_is_configured_twice_is_asked_once(days: Days, world: World) -> None:
    url = world.plays("/f", fed())
    await days.live(60, days.config(f'[[source]]\nurl = "{url}"\n[[source]]\nurl = "{url}"\ncategory = "again"'))
    assert len(world.asked) == 1


async def test_r49_credentials_stay_with_their_host(days: Days, world: World) -> None:
    world.plays("/new", fed())
    url = world.plays("/f", Reply(301, headers={"Location": world.url("/new", HOSTS[1])}))
    await days.feed(url.replace("//", "//me:secret@"), 2 * DAY)
    assert all("authorization" in asked.headers for asked in world.requests("/f"))
    assert not any("authorization" in asked.headers for asked in world.requests("/new"))


async def test_r50_nothing_is_asked_but_the_feed(days: Days, world: World) -> None:
    channel = (
        '<link>{0}</link><image><url>{0}icon.png</url></image><atom:link xmlns:atom="http://www.w3.org/2005/Atom" '
        'rel="hub" href="{0}hub"/><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{0}self"/>'
    ).format(world.url("/"))
    await days.feed(world.plays("/f", fed(rss(item(1), channel=channel))), 2 * DAY)
    assert {asked.target for asked in world.asked} == {"/f"}


async def test_r51_a_restart_asks_nothing_again(days: Days, world: World) -> None:
    url = world.plays("/f", fed())
    await days.feed(url, 10)
    assert await days.feed(url, 10) == []


async def test_r52_no_feed_is_asked_faster_than_the_interval(days: Days, world: World) -> None:
    asked = await days.feed(world.plays("/f", growing()), DAY, 'min_interval = "30m"')
    assert min(later - before for before, later in itertools.pairwise(asked)) >= 1800
    url = world.plays("/own", growing())
    await days.live(DAY, days.config(f'[[source]]\nurl = "{url}"\ninterval = "2h"'))
    gaps = [later - before for before, later in itertools.pairwise(at(world.requests("/own")))]
    assert min(gaps) >= 7200 and max(gaps) <= 7200 * 1.25


# ── Beyond the list ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_retry_after_of_a_host_holds_for_its_other_feeds(days: Days, world: World) -> None:
    world.plays("/a", Reply(429, headers={"Retry-After": "20000"}), fed())
    paths = ["/a", *(f"/{number}" for number in range(5))]
    for number in range(5):
        world.plays(f"/{number}", fed(rss(item(number))))
    text = "".join(f'[[source]]\nurl = "{world.url(path)}"\n' for path in paths)
    elsewhere = world.url("/0", HOSTS[1])
    standings = await days.live(20000 - 60, days.config(f'{text}[[source]]\nurl = "{elsewhere}"\n'))
    assert [asked.path for asked in world.asked if asked.host == HOSTS[0]] == ["/a"]
    assert len([asked for asked in world.asked if asked.host == HOSTS[1]]) > 1
    assert {standing.reason for standing in standings if HOSTS[0] in standing.key} == {"Retry-After"}
    await days.live(2 * HOUR, days.config(text))
    assert {asked.path for asked in world.asked} == set(paths)


async def test_visits_follow_the_rhythm_of_the_source(days: Days, world: World) -> None:
    def weekly(asked: Asked) -> Reply:
        weeks = (asked.at - START) // (7 * DAY)
        dates = [START + week * 7 * DAY for week in range(-5, weeks + 1)]
        stamped = [f"<guid>{at}</guid><title>t{at}</title><pubDate>{formatdate(at)}</pubDate>" for at in dates]
        return fed(rss(*stamped))

    url = world.plays("/f", weekly)
    standings = await days.live(14 * DAY, days.config(f'[[source]]\nurl = "{url}"'))
    assert standings[0].reason == "publishes about every 7 days"
    gaps = [later - before for before, later in itertools.pairwise(at(world.asked))]
    assert min(gaps) >= DAY and max(gaps) <= DAY + HOUR, "max_interval, and the jitter"


async def test_sources_that_were_added_together_drift_apart(days: Days, world: World) -> None:
    urls = [world.plays(f"/{number}", fed(rss(item(number)))) for number in range(12)]
    config = days.config("".join(f'[[source]]\nurl = "{url}"\n' for url in urls))
    standings = await days.live(60, config)
    assert len({standing.next_visit for standing in standings}) > 8

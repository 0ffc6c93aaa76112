"""What headlines say of a site, and which tell two articles of a series apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.refine import headlines

HERALD = headlines.site_names(["The Coast Herald - All news"], ["https://www.coast-herald.example/feed"])


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("Cats sleep all day | The Coast Herald", "cats sleep all day"),
        ("Cats sleep all day - Coast Herald", "cats sleep all day"),
        ("Cats sleep all day — coast-herald.example", "cats sleep all day"),
        ("Cats sleep all day| Coast Herald", "cats sleep all day"),
        ("Coast Herald: Cats sleep all day", "cats sleep all day"),
        ("Cats sleep all day - Pets - Coast Herald", "cats sleep all day pets"),
        ("Cats sleep all day | Dog Weekly", "cats sleep all day dog weekly"),
        ("Coast Herald", "coast herald"),
        ("| Coast Herald", "coast herald"),
        ("", ""),
    ],
)
def test_a_headline_is_freed_of_its_own_site_s_name_only(title: str, form: str) -> None:
    assert headlines.headline(title, HERALD) == form


@pytest.mark.parametrize("title", ["The Morning Brief – Ports", "The Morning Brief – Elections", "Cats - dogs"])
def test_what_stands_behind_a_dash_is_no_name(title: str) -> None:
    assert headlines.headline(title) == " ".join(title.lower().replace("–", " ").replace("-", " ").split())


def test_what_most_headlines_of_a_document_end_with_is_its_name() -> None:
    listed = [f"{news} — Isle Post" for news in ("Ferry sails", "School opens", "Pier sinks", "Mayor sings")]

    assert (
        headlines.headline("Cats sleep — Isle Post", headlines.site_names([], [], [*listed, "Corrections"]))
        == "cats sleep"
    )
    assert (
        headlines.headline("Cats sleep — Isle Post", headlines.site_names([], [], listed[:3])) == "cats sleep isle post"
    )
    several = [f"{news} – The Morning Brief {number}" for number, news in enumerate(listed)]
    assert headlines.headline("Ports – The Morning Brief 1", headlines.site_names([], [], [*several, "x"])).endswith(
        "brief 1"
    )


@pytest.mark.parametrize(
    "title",
    ["UPDATE 2-Cats sleep all day", "CORRECTED - Cats sleep all day", "(Corrected) - Cats sleep all day",
     "RPT-Cats sleep all day", "Cats sleep all day (updated)", "Updated: cats sleep all day"],
)  # fmt: skip
def test_a_headline_is_freed_of_a_wire_s_marks(title: str) -> None:
    assert headlines.headline(title) == "cats sleep all day"


SERIES = [
    ("Notes #12", "Notes #13"),
    ("Tern v1.2", "Tern v1.3"),
    ("Tern 1.2.3", "Tern 1.2.4 is out"),
    ("Tern 1.2 is out", "Tern 1.2.1 is out"),
    ("Tern 2 beta 1 is out", "Tern 2 rc 1 is out"),
    ("Tern 2 alpha", "Tern 2 beta"),
    ("Tern 8.5 is out", "Tern 8.5 rc 1 is out"),
    ("August 2024 in the garden", "August 2025 in the garden"),
    ("The garden in August", "The garden in September"),
    ("Fourth public session on the harbour", "Fifth public session on the harbour"),
    ("Money market given 97 million help", "Money market given 115 million help"),
    ("Treasury rose on March 6", "Treasury rose on March 12"),
    ("Photos of Monday", "Photos of Tuesday"),
    ("Building a boat, part one", "Building a boat, part two"),
    ("Folge 7: Die Hafenstadt", "Folge 8: Die Hafenstadt"),
    ("Changeset 159682247 - Added new roads", "Changeset 159681868 - Moved a river"),
]


@pytest.mark.parametrize(("one", "other"), SERIES)
def test_figures_tell_two_of_a_series_apart(one: str, other: str) -> None:
    a, b = headlines.headline(one), headlines.headline(other)

    assert headlines.serial(a, b)
    assert headlines.serial(b, a)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nine dead in flood", "Nine dead in flood"),
        ("Cats sleep all day", "Cats sleep all night"),
        ("Notes #12", "Notes #12: cats"),
        ("No oil for four months, official says", "No oil for 4 months, official says"),
        ("Housing completions fell in Jan", "Housing completions fell in January"),
        ("The 1st of its kind", "The first of its kind"),
        ("Quake kills 12 in the south", "Thousands homeless after 6.1 tremor"),
        ("", ""),
    ],
)
def test_what_says_the_same_of_one_event_is_no_series(one: str, other: str) -> None:
    assert not headlines.serial(headlines.headline(one), headlines.headline(other))


@pytest.mark.parametrize(
    ("one", "other", "numbered"),
    [
        ("Annual meeting", "Annual meeting 2021", True),
        ("Réunion annuelle", "Réunion annuelle 2021", True),
        ("How I built a boat", "How I built a boat, part 2", True),
        ("Gold sales rising", "Gold sales rising 22 percent", False),
        ("Notes #12", "Notes #13", False),
        ("Cats sleep", "Cats sleep", False),
    ],
)
def test_one_of_two_headlines_may_say_which_of_a_series_it_is(one: str, other: str, numbered: bool) -> None:
    a, b = headlines.headline(one), headlines.headline(other)

    assert headlines.numbered(a, b) is headlines.numbered(b, a) is numbered


def test_a_pattern_stands_for_all_headlines_of_a_series() -> None:
    forms = ["Weekly notes 12", "Weekly notes 13.1", "Weekly notes March 3rd"]

    assert {headlines.pattern(headlines.headline(title)) for title in forms} == {"weekly notes #"}
    assert headlines.pattern("weekly notes") == headlines.pattern("notes 12") == headlines.pattern("") == ""


_TITLES = st.lists(
    st.sampled_from(["cats", "sleep", "all", "day", "12", "13", "v1", "beta", "march", "two", "2024", "part"]),
    max_size=8,
).map(" ".join)


@given(_TITLES | st.text(max_size=40), _TITLES | st.text(max_size=40))
def test_headlines_are_compared_both_ways(one: str, other: str) -> None:
    one, other = headlines.headline(one), headlines.headline(other)
    for question in (headlines.titles_like, headlines.titles_same, headlines.serial, headlines.numbered):
        assert question(one, other) is question(other, one)


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=7), st.text(max_size=30))
def test_any_title_has_a_form_whatever_its_site_is_called(title: str, listed: list[str], name: str) -> None:
    names = headlines.site_names([name], [name, f"https://{name}/"], listed)
    form = headlines.headline(title, names)

    assert form == " ".join(form.split())
    assert bool(form) == bool(headlines.headline(title)) or not form


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cats sleep all day", "cats sleep all day", True),
        ("cats sleep all day", "cats sleep all day the example times", True),
        ("cats sleep all day", "cats sleep all night", False),
        ("cats", "cats sleep", False),
        ("", "", False),
        ("cats sleep", "", False),
    ],
)
def test_titles_are_the_same_if_one_holds_the_other(one: str, other: str, same: bool) -> None:
    assert headlines.titles_same(one, other) is headlines.titles_same(other, one) is same

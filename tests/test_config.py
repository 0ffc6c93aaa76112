"""The operator's file: what it may say, and how exactly it is told what it mustn't."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config
from aggregator.config import schema, tables, values
from aggregator.model import ConfigError, Keep

ROOT = Path(__file__).parents[1]
FILE = Path("/etc/news/aggregator.toml")


def parsed(text: str) -> schema.Config:
    return config.parse(text, FILE)


def outcome(text: str) -> tuple[schema.Config | None, tuple[str, ...]]:
    try:
        return parsed(text), ()
    except ConfigError as error:
        return None, error.problems


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        parsed(text)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


# ── What is right ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_file_is_a_config_of_defaults() -> None:
    made = parsed("")

    assert made.site.model_dump() == {
        "title": "River of news",
        "link": "http://localhost:8000/",
        "description": "",
        "language": "en",
        "notice": "",
        "icon": "",
        "images": True,
        "static": "rivers",
    }
    assert made.polling.model_dump() == {
        "min_interval": 900,
        "max_interval": 86400,
        "timeout": 60,
        "concurrency": 64,
        "workers": "auto",
        "contact": "",
        "allow_networks": [],
    }
    assert made.serve.model_dump() == {
        "host": ("127.0.0.1",),
        "port": 8000,
        "socket": "",
        "admin_token": "",
        "admin_token_file": "",
        "private": False,
    }
    assert made.log.model_dump() == {"level": "info", "format": "text"}
    assert made.sources == ()


def test_without_an_output_there_is_one_of_everything_named_feed() -> None:
    (only,) = parsed("").outputs

    assert (only.name, only.categories, only.sources, only.limit) == ("feed", [], [], 100)


def test_a_source_carries_all_that_was_written_of_it() -> None:
    (source,) = parsed("""
        [[source]]
        url = "https://Example.org/Feed?a=%41"
        name = "Example"
        category = "science"
        interval = "1h30m"
        enabled = false
        priority = -3
    """).sources

    assert source.key == "https://Example.org/Feed?a=%41", "servers see the address as the operator wrote it"
    assert source.path is None
    assert (source.name, source.category, source.interval) == ("Example", "science", 5400)
    assert (source.enabled, source.priority) == (False, -3)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("24h", 86400), ("7d", 604800), ("2w", 1209600), ("366d", 31622400)],
)
def test_durations_are_numbers_with_units(written: str, seconds: int) -> None:
    assert values.duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", "15", "m", "15 m", "-1m", "1.5h", "1y", "15M", "15m ", "٣m", "367d", "9" * 9 + "w", "9" * 5000 + "m", 900, 9.5,
     True, None, ["15m"]],
)  # fmt: skip
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"must be a duration|at most a year"):
        values.duration(written)


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from("smh")), min_size=1, max_size=4))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    written = "".join(f"{number}{unit}" for number, unit in parts)

    assert values.duration(written) == sum(n * {"s": 1, "m": 60, "h": 3600}[unit] for n, unit in parts)


def test_a_path_is_relative_to_the_file_and_its_key_is_as_written(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "aggregator.toml"
    file.parent.mkdir()
    file.write_text('[[source]]\npath = "../articles"\n[[source]]\npath = "/srv/feeds"\n', "utf-8")

    below, absolute = config.load(file).sources

    assert (below.key, below.path) == ("../articles", tmp_path / "articles")
    assert (absolute.key, absolute.path) == ("/srv/feeds", Path("/srv/feeds"))


def test_a_path_may_begin_with_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")

    (source,) = parsed('[[source]]\npath = "~/articles"').sources

    assert (source.key, source.path) == ("~/articles", Path("/home/ann/articles"))


def test_an_address_that_is_configured_twice_is_one_source_as_it_stands_first() -> None:
    one, other = parsed("""
        [[source]]
        url = "https://example.org/feed"
        name = "first"
        [[source]]
        url = "https://example.org/feed"
        name = "second"
        [[source]]
        url = "https://example.org/FEED"
    """).sources

    assert (one.name, other.key) == ("first", "https://example.org/FEED")


def test_the_site_s_link_ends_with_a_slash() -> None:
    assert parsed('[site]\nlink = "https://news.example.org/river"').site.link == "https://news.example.org/river/"


@pytest.mark.parametrize(("written", "read"), [('"auto"', "auto"), ("1", 1), ("64", 64)])
def test_workers_are_auto_or_a_number(written: str, read: str | int) -> None:
    assert parsed(f"[polling]\nworkers = {written}").polling.workers == read


def test_networks_are_kept_in_their_usual_form() -> None:
    made = parsed('[polling]\nallow_networks = ["127.0.0.0/8", "10.1.2.3", "FE80::/10"]')

    assert made.polling.allow_networks == ["127.0.0.0/8", "10.1.2.3/32", "fe80::/10"]


# ── What is wrong, one by one ────────────────────────────────────────────────────────────────────────────────────────

WRONG = [
    # the file, the line and key it must name, what is wrong or allowed
    (
        "colour = 1",
        ":1: colour:",
        "unknown key; allowed here: site, polling, limits, storage, dedupe, serve, websub, log, defaults, source",
    ),
    ("[sit]\ntitle = 'x'", ":1: sit:", "did you mean site?"),
    ("\n\n[site]\ntitel = 'x'", ":4: site.titel:", "did you mean title? allowed here: title, link, description"),
    ("[site]\ntitle = ''", ":2: site.title:", "must not be empty"),
    ("[site]\ntitle = 5", ":2: site.title:", "must be text in quotes"),
    ("[site]\nlink = 'localhost'", ":2: site.link:", "must be an address like"),
    ("[site]\nlanguage = 'english language'", ":2: site.language:", 'must be a language tag like "en"'),
    ("site = 5", ":1: site:", "must be a table"),
    ("folder = 'x'", ":1: folder:", "unknown key"),
    ("[polling]\nmin_interval = 900", ":2: polling.min_interval:", 'like "90s", "15m"'),
    ("[polling]\nmin_interval = '0s'", ":2: polling.min_interval:", "greater than or equal to 1"),
    ("[polling]\nmin_interval = '2h'\nmax_interval = '1h'", ":1: polling:", "must not be longer than max_interval"),
    ("[polling]\ntimeout = '9999w'", ":2: polling.timeout:", "at most a year"),
    ("[polling]\nconcurrency = '64'", ":2: polling.concurrency:", "must be a whole number, not '64'"),
    ("[polling]\nconcurrency = 1.5", ":2: polling.concurrency:", "must be a whole number, not 1.5"),
    ("[polling]\nconcurrency = true", ":2: polling.concurrency:", "must be a whole number, not true"),
    ("[polling]\nconcurrency = 0", ":2: polling.concurrency:", "greater than or equal to 1, not 0"),
    ("[polling]\nworkers = 0", ":2: polling.workers:", 'must be "auto" or a number from 1 to 64, not 0'),
    ("[polling]\nworkers = true", ":2: polling.workers:", 'must be "auto" or a number from 1 to 64, not true'),
    ("[polling]\nworkers = 'many'", ":2: polling.workers:", 'must be "auto" or a number from 1 to 64'),
    ("[polling]\ncontact = 'Ann (ann@x)'", ":2: polling.contact:", "mail address like"),
    ("[polling]\ncontact = 'a\tb'", ":2: polling.contact:", "mail address like"),
    ('[polling]\ncontact = "a\\u0000b"', ":2: polling.contact:", "mail address like"),
    ("[polling]\nallow_networks = ['10.0.0.1/8']", ":2: polling.allow_networks.1:", "must be a network like"),
    ("[polling]\nallow_networks = '10.0.0.0/8'", ":2: polling.allow_networks:", "must be a list like"),
    ("[serve]\nport = 65536", ":2: serve.port:", "less than or equal to 65535, not 65536"),
    ("[serve]\nhost = ''", ":2: serve.host:", "must be a name or an address"),
    ("source = 'x'", ":1: source:", "must be written [[source]]"),
    ("[source]\nurl = 'http://x/'", ":1: source:", "must be written [[source]]"),
    ("[output]\nname = 'x'", ":1: output:", "must be written [[output]]"),
    ("[defaults]\nbearer = 'x'", ":1: defaults:", "must be written [[defaults]]"),
    ("[[defaults]]\ncategroy = 'x'", ":2: [[defaults]] 1, categroy:", "did you mean category?"),
    ("[[source]]\npath = 'x'\ncookie = 'a=b'\nbearer = 'c'", ":1: [[source]] 1:", "bearer and cookie are for a url"),
    (
        "[[source]]\nurl = 'http://x/'\nheaders = {Host = 'y'}",
        ":3: [[source]] 1, headers",
        "one that isn't for us to set",
    ),
    ("[[source]]\nurl = 'http://x/'\nheaders = {'a b' = 'y'}", ":3: [[source]] 1, headers", "must be a header's name"),
    (
        "[[source]]\nurl = 'http://x/'\nheaders = {Cookie = 'y'}",
        ":3: [[source]] 1, headers",
        "a key of its own: cookie",
    ),
    ("[[source]]\nurl = 'http://x/'\nheaders = {A = 'y', a = 'z'}", ":1: [[source]] 1:", "name each of them once"),
    ("[[source]]\nurl = 'http://x/'\nheaders = {A = 1}", ":3: [[source]] 1, headers", "must be one line of text"),
    ('[[source]]\nurl = "http://x/"\ncookie = "a\\r\\nb: c"', ":3: [[source]] 1, cookie:", "must be one line of text"),
    (
        "[[source]]\nurl = 'http://x/'\nbearer = 'y'\nusername = 'z'",
        ":1: [[source]] 1:",
        "one way to sign in: username or bearer",
    ),
    ("[[source]]\nname = 'x'", ":1: [[source]] 1:", "must have either url or path"),
    ("[[source]]\nurl = 'http://x/'\npath = 'x'", ":1: [[source]] 1:", "must have either url or path"),
    ("[[source]]\nurl = 'http://x/'\n[[source]]\nulr = 'x'", ":4: [[source]] 2, ulr:", "did you mean url?"),
    ("[[source]]\nurl = 'ftp://x/'", ":2: [[source]] 1, url:", "must be an address like"),
    ("[[source]]\nurl = 'http:///x'", ":2: [[source]] 1, url:", "must be an address like"),
    ("[[source]]\nurl = 'http://[::1/'", ":2: [[source]] 1, url:", "must be an address like"),
    ("[[source]]\nurl = 'http://x:99999/'", ":2: [[source]] 1, url:", "must be an address like"),
    ("[[source]]\nurl = 'http://a b/'", ":2: [[source]] 1, url:", "must be an address like"),
    ("[[source]]\npath = ''", ":2: [[source]] 1, path:", 'must be a path like "articles"'),
    ('[[source]]\npath = "a\\u0000b"', ":2: [[source]] 1, path:", 'must be a path like "articles"'),
    ("[[source]]\npath = '~nobody-of-this-name/x'", ":2: [[source]] 1, path:", "user (~) who isn't known"),
    ("[[source]]\npath = 'x'\ninterval = '59s'", ":3: [[source]] 1, interval:", "greater than or equal to 60"),
    ("[[source]]\npath = 'x'\ninterval = '99999999w'", ":3: [[source]] 1, interval:", "at most a year"),
    ("[[source]]\npath = 'x'\nenabled = 'yes'", ":3: [[source]] 1, enabled:", "must be true or false, not 'yes'"),
    ("[[source]]\npath = 'x'\npriority = 99999999999999999999", ":3: [[source]] 1, priority:", "or equal to 1000000"),
    ("[[output]]\ntitle = 'x'", ":1: [[output]] 1, name:", "is required"),
    ("[[output]]\nname = '../x'", ":2: [[output]] 1, name:", "letters, digits, - and _"),
    ("[[output]]\nname = 'a'\nlimit = 0", ":3: [[output]] 1, limit:", "greater than or equal to 1, not 0"),
    ("[[output]]\nname = 'a'\ncategories = 'x'", ":3: [[output]] 1, categories:", 'must be a list like ["one", "two"]'),
    ("[[output]]\nname = 'a'\nmatch = 'a OR'", ":3: [[output]] 1, match:", "ends too early, at character 5"),
    ("[[output]]\nname = 'a'\nexclude = 5", ":3: [[output]] 1, exclude:", "must be text in quotes"),
    ("[[output]]\nname = 'a'\nlanguages = ['english']", ":3: [[output]] 1, languages, 1:", "must be a language tag"),
    ("[[output]]\nname = 'a'\nmax_age = '0s'", ":3: [[output]] 1, max_age:", "greater than or equal to 1"),
    ("[[output]]\nname = 'a'\nper_source = -1", ":3: [[output]] 1, per_source:", "greater than or equal to 0"),
    ("[[output]]\nname = 'a'\nbackfill = 'all'", ":3: [[output]] 1, backfill:", "must be a whole number"),
    ("[[output]]\nname = 'a'\ncontent = 'title'", ":3: [[output]] 1, content:", "must be 'full' or 'summary'"),
    ("[[output]]\nname = 'a'\nformats = []", ":3: [[output]] 1, formats:", "must not be empty"),
    ("[[output]]\nname = 'a'\nformats = ['rss']", ":3: [[output]] 1, formats, 1:", "must be 'xml', 'atom' or 'json'"),
    ("[[output]]\nname = 'a'\nformats = ['xml', 'xml']", ":3: [[output]] 1, formats:", "must name each of them once"),
    ("[[output]]\nname = 'a'\n[[output]]\nname = 'a'", ":4: [[output]] 2, name:", 'two outputs are named "a"'),
    ("[[output]]\nname = 'Feed'\n[[output]]\nname = 'feed'", ":4: [[output]] 2, name:", "names must differ"),
]


@pytest.mark.parametrize(("text", "place", "said"), WRONG, ids=[place for _, place, _ in WRONG])
def test_a_mistake_is_told_with_file_line_key_and_what_is_allowed(text: str, place: str, said: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(f"{FILE}{place}")
    assert said in problem
    assert "\n" not in problem


def test_all_mistakes_are_told_at_once_each_on_a_line() -> None:
    told = problems("""
folder = "/"
[site]
title = ""
colour = "red"
[polling]
timeout = 60
[serve]
port = "80"
[[source]]
url = "ftp://x"
enabled = 1
[[output]]
name = "a"
[[output]]
name = "a"
limit = 0
[[output]]
name = "a b"
""")

    places = {problem.removeprefix(f"{FILE}:").partition(": ")[0] for problem in told}
    assert places == {"2", "4", "5", "7", "9", "11", "12", "16", "17", "19"}


@pytest.mark.parametrize(
    "text",
    ["x = [1", "x = ", "[a]\n[a]", "x = 1\nx = 2", "x = 2020-13-45", "\x00", "x = " + "[" * 5000 + "]" * 5000,
     "x = " + "1" * 5000],
    ids=["list", "value", "table twice", "key twice", "date", "NUL", "nested", "long number"],
)  # fmt: skip
def test_what_is_not_toml_is_one_problem_that_names_the_file(text: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(f"{FILE}: not valid TOML: ")


def test_a_mistake_in_an_inline_table_is_told_without_a_line() -> None:
    (problem,) = problems('source = [{url = "http://x/"}, {url = "x"}]')

    assert problem.startswith(f"{FILE}: [[source]] 2, url: must be an address")


def test_keys_with_any_characters_are_told_too() -> None:
    assert {problem.rpartition(": unknown")[0] for problem in problems('"(" = 1\n[site]\n"a [b" = 2')} == {
        f"{FILE}:1: (",
        f"{FILE}:3: site.a [b",
    }


@pytest.mark.parametrize("kind", ["absent", "folder", "latin-1"])
def test_a_file_that_can_t_be_read_is_one_problem_with_the_reason(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "aggregator.toml"
    if kind == "folder":
        file.mkdir()
    elif kind == "latin-1":
        file.write_bytes("[site]\ntitle = 'é'".encode("latin-1"))

    with pytest.raises(ConfigError) as raised:
        config.load(file)

    (problem,) = raised.value.problems
    reason = {"absent": "No such file or directory", "folder": "Is a directory", "latin-1": "is not UTF-8"}[kind]
    assert problem == f"{file}: can't be read: {reason}"


_KEYS = st.sampled_from([*schema.Config.model_fields, "url", "path", "name", "interval", "port", "x", "a b", "(", ""])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1h", "http://x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


def _toml(value: object) -> str:
    """The value as TOML; None, which TOML lacks, as a date."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else "2026-01-01" if value is None else repr(value)


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text if not 0xD800 <= ord(c) < 0xE000) + '"'


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_whatever_the_tables_hold_it_is_a_config_or_a_list_of_problems(tables: dict[str, object]) -> None:
    text = "\n".join(f"{_quoted(key)} = {_toml(value)}" for key, value in tables.items())
    made, told = outcome(text)

    assert (made is None) == bool(told)
    assert all(problem.startswith(str(FILE)) for problem in told)
    if made is not None:
        assert made.outputs
        assert len(made.sources) <= len(made.source)


@given(st.text(max_size=60))
def test_whatever_is_in_the_file_it_is_a_config_or_a_list_of_problems(text: str) -> None:
    made, told = outcome(text)

    assert (made is None) == bool(told)


# ── The file that we ship ────────────────────────────────────────────────────────────────────────────────────────────

SHIPPED = ROOT / "config" / "aggregator.toml"


def test_the_shipped_config_loads_with_feeds_in_categories_and_a_folder_of_articles() -> None:
    made = config.load(SHIPPED)

    feeds = [source for source in made.sources if source.path is None]
    (folder,) = [source for source in made.sources if source.path is not None]
    assert len(feeds) >= 8
    assert len({source.category for source in feeds}) in {2, 3}
    assert folder.path == ROOT / "config" / "articles"
    assert {file.suffix for file in folder.path.iterdir()} >= {".txt", ".md", ".html"}
    assert len(made.sources) == len(made.source), "no address twice"


@pytest.mark.parametrize(
    "key",
    [
        *(f"[{table}]" for table in ("site", "polling", "serve", "[source]", "[output]", "[defaults]")),
        *(
            key
            for table in (
                tables.Site,
                tables.Polling,
                tables.Serve,
                tables.SourceTable,
                tables.DefaultsTable,
                tables.OutputTable,
            )
            for key in table.model_fields
        ),
    ],
)
def test_the_shipped_config_mentions_every_key(key: str) -> None:
    said = SHIPPED.read_text("utf-8")

    assert key in said if key.startswith("[") else f"{key} = " in said


def test_the_defaults_that_the_shipped_config_shows_are_the_defaults() -> None:
    """Every "# key = value" line of a table, put in force, changes nothing."""
    table, shown = "", []
    for line in SHIPPED.read_text("utf-8").splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif table in {"site", "polling", "serve"} and re.match(r"# [a-z_]+ = ", line):
            shown.append((table, line.removeprefix("# ")))
    assert len(shown) > 5

    defaults = parsed("")
    for table, line in shown:
        assert parsed(f"[{table}]\n{line}") == defaults, line


def test_a_path_that_is_a_link_in_a_circle_is_the_visit_s_to_tell(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (source,) = config.parse('[[source]]\npath = "loop"', tmp_path / "aggregator.toml").sources
    assert source.path is not None


def test_a_copy_with_other_tables_has_other_sources() -> None:
    made = parsed('[[source]]\nurl = "https://a.example/feed"')
    assert len(made.sources) == 1
    assert made.model_copy(update={"source": []}).sources == ()
    assert made == parsed('[[source]]\nurl = "https://a.example/feed"')


@pytest.mark.parametrize(
    "address", ["http://a.example:70000/", "http://a.example:0/", "http:///x", "https://a b.example/"]
)
def test_an_address_nearly_like_the_usual_ones_is_looked_at_closely(address: str) -> None:
    with pytest.raises(ConfigError, match="must be an address like"):
        parsed(f'[[source]]\nurl = "{address}"')


def test_what_a_source_keeps_is_what_it_says_and_else_what_is_said_of_all() -> None:
    made = parsed(
        """[storage]
        keep_age = "2y"
        keep_entries = 500
        max_size = "20 GB"
        [[source]]
        url = "https://a.example/"
        keep_age = "1y6w"
        [[source]]
        url = "https://b.example/"
        keep_entries = 0
        keep_age = "0d"
        """,
    )
    year = 365 * 86400
    kept = [source.keep.or_else(made.keep) for source in made.sources]
    assert kept == [Keep(year + 6 * 7 * 86400, 500), Keep(0, 0)]
    assert made.keep == Keep(2 * year, 500)
    assert made.storage.max_size == 20_000_000_000
    without = parsed("")
    assert (without.keep, without.storage.max_size, without.limits.kept) == (Keep(0, 0), None, 2000)

"""Passwords and keys: where they may stand, who gets them, and that they are shown nowhere."""

from __future__ import annotations

import base64
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from house import POLLING, SERVED, House, until
from world import Asked, Reply, World, item, rss

from aggregator.config import load
from aggregator.model import Access, ConfigError, Source
from aggregator.store import packing

TOKEN = "nobody-guesses-this-token"
FILED = "pässword-in-a-file"
NAMED = "password:in/the@environment"
IN_ADDRESS = "hunter2-in-the-address"
IN_KEY = "5ecret-in-a-key"


def _source(url: str, more: str = "") -> str:
    return f'[[source]]\nurl = "{url}"\n{more}'


def _basic(username: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _for(username: str, password: str, body: bytes) -> Reply:
    """A feed for who has the password."""

    def script(asked: Asked) -> Reply:
        known = asked.headers.get("authorization") == _basic(username, password)
        return Reply(200, body) if known else Reply(401)

    return script  # type: ignore[return-value]


# ── Where they stand ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_passwords_from_the_environment_files_and_credentials_reach_their_server_alone(
    house: House, world: World, tmp_path: Path
) -> None:
    (house.folder / "password").write_text(f"{FILED}\n", "utf-8")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/of-the-service").write_text(FILED, "utf-8")
    elsewhere = world.plays("/moved", Reply(200, rss(item(3)))).replace("127.0.0.1", "127.0.0.2")
    urls = [
        world.plays("/env", _for("me", NAMED, rss(item(1)))),
        world.plays("/file", _for("me", FILED, rss(item(2)))),
        world.plays("/credential", _for("me", FILED, rss(item(4)))),
        world.plays("/redirected", Reply(302, headers={"Location": elsewhere})),
    ]
    keys = ['password = "env:NEWS"', 'password_file = "password"', 'password_file = "of-the-service"']
    tables = [_source(url, f'username = "me"\n{key}\n') for url, key in zip(urls, [*keys, keys[0]], strict=True)]
    house.write(POLLING + "".join(tables))
    done = house.run("once", NEWS=NAMED, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))
    assert "0 failed; 4 new entries" in done.stdout, done.stderr
    (moved,) = [asked for asked in world.asked if asked.path == "/moved"]
    assert "authorization" not in moved.headers


@pytest.mark.parametrize("way", ["env", "file"])
def test_an_operator_signs_in_with_a_token_that_stands_elsewhere(house: House, way: str) -> None:
    (house.folder / "token").write_text(f"{TOKEN}\n")
    key = 'admin_token = "env:ADMIN"' if way == "env" else 'admin_token_file = "token"'
    house.write(f"{SERVED}{key}\n")
    with house.daemon(ADMIN=TOKEN) as running:
        assert running.get("/sign-in").status == 200
        assert running.stop() == 0


WRONG = {
    'password = "env:NOWHERE"': "password: the environment has no variable NOWHERE",
    'password_file = "nowhere"': "password_file: {folder}/nowhere can't be read: No such file or directory",
    'password_file = "lines"': "password_file: {folder}/lines must hold one line: the secret",
    'password_file = "empty"': "password_file: {folder}/empty must hold one line: the secret",
    'password_file = "binary"': "password_file: {folder}/binary can't be read: is not UTF-8",
}


@pytest.mark.parametrize("key", WRONG)
def test_what_can_t_be_had_is_a_line_and_exit_2_and_check_says_so(house: House, key: str) -> None:
    for name, body in {"lines": b"one\ntwo\n", "empty": b"\n", "binary": b"\xff\xfe"}.items():
        (house.folder / name).write_bytes(body)
    house.write(_source("https://example.org/feed", f'username = "me"\n{key}\n'))
    done = house.run("once", status=2, NOTHING="")
    said = f"{house.config}:4: [[source]] 1, {WRONG[key].format(folder=house.folder)}"
    assert done.stderr.splitlines() == [f"aggregator: {said}"]
    assert f"{said} (here: the service may have it)." in house.run("check").stdout
    house.run("export", "--opml")  # who only reads needs none


def test_a_token_that_is_too_short_is_told_without_it(house: House) -> None:
    (house.folder / "token").write_text("hunter2")
    house.write('[serve]\nport = 0\nadmin_token_file = "token"\n')
    done = house.run("run", status=2, NOTHING="")
    assert "serve.admin_token_file: what stands there must be text of 16 to 200" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[[source]]\nurl = "https://a.example/"\nusername = "me"\n', "a username and a password"),
        ('[[source]]\nurl = "https://a.example/"\npassword = "x"\n', "a username and a password"),
        ('[[source]]\npath = "x"\nusername = "me"\npassword = "x"\n', "are for a url"),
        ('[[source]]\nurl = "https://a.example/"\nusername = "me"\npassword = "x"\npassword_file = "y"\n', "either"),
        ('[[source]]\nurl = "https://me:x@a.example/"\nusername = "me"\npassword = "x"\n', "not both"),
        ('[serve]\nadmin_token = "0123456789abcdef"\nadmin_token_file = "y"\n', "either"),
    ],
)
def test_two_places_or_half_a_login_are_mistakes(house: House, table: str, said: str) -> None:
    house.write(table)
    with pytest.raises(ConfigError, match=said):
        load(house.config)


def test_an_old_config_means_what_it_meant(house: House) -> None:
    house.write('[serve]\nadmin_token = "0123456789abcdef"\n')
    assert load(house.config, {}).serve.admin_token == "0123456789abcdef"


def test_no_value_shows_them_when_it_is_printed(house: House) -> None:
    house.write(
        f'[serve]\nadmin_token = "{TOKEN}"\n'
        + _source("https://a.example/", f'username = "me"\npassword = "{FILED}"\n')
    )
    config = load(house.config, {})
    (source,) = config.sources
    assert source.access.password == FILED
    assert FILED not in repr(config) + repr(source) and TOKEN not in repr(config)
    assert FILED not in repr(Source("https://a.example/", access=Access(password=FILED)))


# ── Nowhere shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _furnish(house: House, world: World) -> list[str]:
    """A town with all kinds of secrets, some well, some failing, some moved: the sources' addresses."""
    (house.folder / "password").write_text(FILED, "utf-8")
    (house.folder / "token").write_text(TOKEN, "utf-8")

    def secret(path: str, *replies: Reply) -> str:
        return (
            world.plays(path, *replies).replace("http://", f"http://me:{IN_ADDRESS}@") + f"?key={IN_KEY}&token={IN_KEY}"
        )

    moved = world.plays("/new", Reply(200, rss(item(7)))) + f"?token={IN_KEY}"
    own = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{world.plays("/self")}?key={IN_KEY}"/>'
    urls = [
        secret("/well", Reply(200, rss(item(1), item(2)).replace(b"<item>", own.encode() + b"<item>", 1))),
        secret("/failing", Reply(500)),
        secret("/refused", Reply(401)),
        secret("/gone", Reply(410)),
        secret("/html", Reply(200, b"<html><title>Sign in</title></html>")),
        secret("/moved", Reply(301, headers={"Location": moved})),
        secret("/loop", Reply(302, headers={"Location": f"/loop?key={IN_KEY}"})),
        f"http://me:{IN_ADDRESS}@127.0.0.1:1/nobody?token={IN_KEY}",
    ]
    filed = world.plays("/filed", _for("me", FILED, rss(item(5))))
    named = world.plays("/named", Reply(500))
    tables = [_source(url) for url in urls]
    tables.append(_source(filed, 'username = "me"\npassword_file = "password"\n'))
    tables.append(_source(named, 'username = "me"\npassword = "env:NEWS"\n'))
    house.write(f'{SERVED}admin_token_file = "token"\n[log]\nlevel = "debug"\n' + "".join(tables))
    return [*urls, filed, named]


SECRETS = (TOKEN, FILED, NAMED, IN_ADDRESS, IN_KEY)


def _leaks(text: bytes | str) -> list[str]:
    """The secrets in it, as they are or as they travel."""
    body = text.encode("utf-8", "replace") if isinstance(text, str) else text
    spelled = [(secret, base64.b64encode(f"me:{secret}".encode())) for secret in SECRETS]
    return [secret for secret, travelling in spelled if secret.encode() in body or travelling in body]


PAGES = (
    *("/", "/sources", "/feed.xml", "/feed.atom", "/feed.json", "/status.xml", "/status.json", "/healthz"),
    *("/subscriptions.opml", "/feed/", "/?q=title", *(f"/source/{n}" for n in range(1, 11))),
)
COMMANDS = (
    *(["sources"], ["status", "--json"], ["export", "--jsonl"], ["export", "--opml"], ["search", "title"]),
    ["explain", "https://example.org/1"],
)


def test_no_output_log_page_or_file_shows_a_secret(house: House, world: World) -> None:
    urls = _furnish(house, world)
    said: list[str] = []

    def tell(done: subprocess.CompletedProcess[str]) -> None:
        said.extend((done.stdout, done.stderr))

    tell(house.run("check"))
    tell(house.run("once", NEWS=NAMED))
    with house.daemon(NEWS=NAMED) as running:
        said.extend(running.get(path).text for path in PAGES)
        tell(house.run("visit", urls[0], urls[1], urls[9], status=1))
        tell(house.run("visit", "--failing", status=1))
        tell(house.run("status"))
        house.config.write_text(house.config.read_text() + 'x = "')
        tell(house.run("reload", status=2))
        house.config.write_text(house.config.read_text().removesuffix('x = "'))
        tell(house.run("reload"))
        running.send(signal.SIGHUP)
        until(lambda: sum("config was read again" in line for line in running.log) >= 2)
        assert running.stop() == 0
    said += [*running.log, *running.out]
    for command in COMMANDS:
        done = subprocess.run(house.argv(*command), capture_output=True, encoding="utf-8", cwd=house.folder)  # noqa: PLW1510
        tell(done)
    tell(house.run("add", f"http://me:{IN_ADDRESS}@127.0.0.1:1/?key={IN_KEY}", status=1))
    assert [line for line in said if _leaks(line)] == []
    files = [path for path in house.data.rglob("*") if path.is_file() and not path.name.startswith("aggregator.db")]
    assert len(files) > 10
    assert [path for path in files if _leaks(path.read_bytes())] == []


def test_the_database_has_a_password_only_as_a_part_of_the_address_that_it_is_configured_in(
    house: House, world: World
) -> None:
    """`source.key` is that address, and `location` where a move led; a secret that stands elsewhere is not in it."""
    _furnish(house, world)
    house.run("once", NEWS=NAMED)
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database:
        database.create_function("cut", 1, lambda text: text)
        packing.register(database)
        places = {place for place, value in _values(database) if _leaks(value)}
    assert places <= {"source.key", "source.location", "source.moved_to", "document.validators_from"}, places
    whole = (house.data / "aggregator.db").read_bytes()
    assert [secret for secret in (TOKEN, FILED, NAMED) if secret in _leaks(whole)] == []


def _values(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    for data, text in database.execute("SELECT unpack(data), unpack_text(text, data) FROM entry"):
        yield from (("entry.data", data.encode()), ("entry.text", text.encode()))
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        cursor = database.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield from ((f"{table}.{name}", str(value).encode()) for name, value in zip(names, row, strict=True))


# ── Who may read the files ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_new_is_its_owners_alone_and_what_is_published_is_everybodys(house: House, world: World) -> None:
    house.run("init", "own.toml", NOTHING="")
    house.write(POLLING + _source(world.plays("/f", Reply(body=rss(item(1))))))
    house.run("once")
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database:  # its log has the database's mode
        database.execute("UPDATE source SET next_visit = 0")
        database.commit()
        private = ["own.toml", "data/aggregator.db", "data/aggregator.db-wal", "data/aggregator.db-shm"]
        assert {name: _mode(house.folder / name) for name in private} == dict.fromkeys(private, 0o600)
    for path in (house.data / "public").rglob("*"):
        assert _mode(path) & 0o444 == 0o444, path


def test_a_database_that_is_there_keeps_its_mode(house: House) -> None:
    house.write("")
    house.run("once")
    (house.data / "aggregator.db").chmod(0o640)
    house.run("once")
    assert _mode(house.data / "aggregator.db") == 0o640


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)

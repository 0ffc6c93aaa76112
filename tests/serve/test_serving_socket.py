"""HTTP at a Unix socket, for a web server in front; and what goes before [serve] of the config."""

from __future__ import annotations

import http.client
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest
from house import SERVED, House, Running, environment, until
from world import Reply, World, item, rss

from aggregator.model import StoreError
from aggregator.serve.listening import listening


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


def _get(path: Path, target: str) -> tuple[int, bytes]:
    with closing(_Connection(path)) as connection:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("way", ["option", "environment", "config"])
def test_a_daemon_serves_at_a_socket_alone(house: House, world: World, way: str) -> None:
    feed = world.plays("/f", Reply(body=rss(item(1))))
    path = house.folder / "http.sock"
    key = 'socket = "http.sock"\n' if way == "config" else ""
    house.write(f'[site]\nlink = "https://news.example/"\n{SERVED}{key}[[source]]\nurl = "{feed}"\n')
    arguments = ["--socket", "http.sock"] if way == "option" else []
    variables = {"AGGREGATOR_SOCKET": "http.sock"} if way == "environment" else {}
    running = Running(house.argv("run", *arguments), environment(**variables), house.folder)
    try:
        running.printed(rf"Serving unix:{path} ")
        running.printed(r"^  https://news\.example/feed\.xml$")
        assert _get(path, "/healthz")[0] == 200
        assert until(lambda: b"Item 1" in _get(path, "/feed.json")[1])
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        assert not any("http://127" in line for line in running.out)
        assert running.stop() == 0
    finally:
        running.kill()
    assert not path.exists()


def test_options_and_the_environment_go_before_the_config_also_at_a_reload(house: House) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house.write('[serve]\nport = 1\nhost = "192.0.2.1"\n')
    with house.daemon("--port", str(port), AGGREGATOR_HOST="127.0.0.1", AGGREGATOR_PORT="2") as running:
        assert running.port == port
        assert until(lambda: f"http://localhost:{port}/" in running.get("/feed.xml").text)
        assert "nothing has changed" in house.run("reload").stdout
        assert running.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["--port", "65536"], {}, "--port"),
        ([], {"AGGREGATOR_PORT": "http"}, "--port"),
        (["--host", ""], {"NOTHING": ""}, "serve.host: must be a name or an address"),
    ],
)
def test_a_mistake_in_them_is_exit_2(house: House, arguments: list[str], variables: dict[str, str], said: str) -> None:
    house.write(SERVED)
    assert said in house.run("run", *arguments, status=2, **variables).stderr


def test_what_a_crash_left_is_replaced_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    other = listening(str(path), Path())
    with listening("http.sock", tmp_path), pytest.raises(StoreError, match="another program does"), other:
        pass
    assert not path.exists()


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="there is a file, and no socket"), listening("notes.txt", tmp_path):
        pass
    with pytest.raises(StoreError, match="No such file"), listening("nowhere/http.sock", tmp_path):
        pass
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_path_longer_than_the_kernel_takes(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    with listening("http.sock", folder):
        assert stat.S_ISSOCK((folder / "http.sock").stat().st_mode)

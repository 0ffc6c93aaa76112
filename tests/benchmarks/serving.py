"""How fast a feed of 500 items is served, beside nginx serving the same bytes; prints one table.

    python tests/benchmarks/serving.py [--rounds 5] [--seconds 3] [--connections 16]

500 articles lie in a folder; `aggregator once` reads and publishes them, and `aggregator run` serves them. nginx (one
worker, sendfile, gzip_static with the gzip bytes that we sent) serves a copy of the file. wrk, or else ab, asks both
in turns over connections that are kept: for a 304 (If-None-Match with the current ETag, Accept-Encoding: gzip), and
for the whole feed in gzip. "CPU" is what the server's process spent on a request: it tells more than requests a second
where other programs run, or where the load takes more of the machine than the server.

Needs nginx and wrk or ab in the PATH; all of it happens on loopback. Takes a minute.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from house import House, until  # noqa: E402

ITEMS = 500
TARGET = 0.30
CONFIG = f"""[serve]
port = 0
[polling]
workers = 1
[[source]]
path = "articles"
interval = "1d"
[[output]]
name = "feed"
limit = {ITEMS}
"""
NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; types {{ application/rss+xml xml; }}
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; gzip_static on; gzip_vary on; }}
}}
"""


@dataclass(frozen=True)
class Server:
    """Where one listens, and the process that does the work."""

    name: str
    port: int
    pid: int

    def get(self, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest("GET", "/feed.xml", skip_accept_encoding=True)
            for name, value in ({"Accept-Encoding": "gzip"} | headers).items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def spent(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_articles(folder: Path) -> None:
    """Random words with the frequencies of a language's, so that they pack about as well."""
    rng = random.Random(1)
    words = ["".join(rng.choices("etaoinshrdlucmfwypvbg", k=rng.randint(2, 10))) for _ in range(8000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    folder.mkdir()
    for number in range(ITEMS):
        title = " ".join(rng.choices(words[200:], k=8)).capitalize()
        paragraphs = (" ".join(rng.choices(words, weights, k=90)) + "." for _ in range(5))
        (folder / f"{number:03}.md").write_text(f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n")


@contextlib.contextmanager
def nginx(folder: Path, body: bytes, packed: bytes) -> Iterator[Server]:
    (folder / "www").mkdir(parents=True)
    (folder / "www" / "feed.xml").write_bytes(body)
    (folder / "www" / "feed.xml.gz").write_bytes(packed)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        worker = until(lambda: children.read_text().split())
        server = Server("nginx", port, int(worker[0]))
        until(lambda: _answers(server))
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(server: Server) -> bool:
    with contextlib.suppress(ConnectionError):
        return server.get()[0] == 200
    return False


def load(server: Server, headers: dict[str, str], arguments: argparse.Namespace) -> tuple[float, float]:
    """Requests a second, and microseconds of the server's processor time for each."""
    url, wrk = f"http://127.0.0.1:{server.port}/feed.xml", shutil.which("wrk")
    seconds, connections = str(arguments.seconds), str(arguments.connections)
    if wrk:
        command = [wrk, "-t1", "-c", connections, "-d", seconds]
    else:
        command = ["ab", "-k", "-q", "-c", connections, "-t", seconds, "-n", "10000000"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = server.spent()
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    spent = server.spent() - before
    number = re.search(r"(\d+) requests in|Complete requests:\s+(\d+)", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)|Requests per second:\s+([\d.]+)", done.stdout)
    assert number and rate and "Socket errors" not in done.stdout, done.stdout
    return float(rate[1] or rate[2]), spent / int(number[1] or number[2]) * 1e6


def compare(ours: Server, theirs: Server, arguments: argparse.Namespace) -> bool:
    """Prints the table; whether the target is met."""
    print(f"{'':>10} {'nginx/s':>9} {'ours/s':>9} {'ratio':>6}   {'nginx CPU':>9} {'our CPU':>9} {'ratio':>6}")
    met = True
    for status in (304, 200):
        found: dict[str, list[tuple[float, float]]] = {"nginx": [], "ours": []}
        for _ in range(arguments.rounds):
            for server in (theirs, ours):
                headers = {"Accept-Encoding": "gzip"}
                if status == 304:
                    headers["If-None-Match"] = server.get()[1]["etag"]
                assert server.get(**headers)[0] == status
                found[server.name].append(load(server, headers, arguments))
        (rate, spent), (our_rate, our_spent) = (
            tuple(statistics.median(column) for column in zip(*found[name], strict=True)) for name in ("nginx", "ours")
        )
        print(
            f"{f'{status}, gzip':>10} {rate:9,.0f} {our_rate:9,.0f} {our_rate / rate:6.0%}   "
            f"{spent:6.1f} µs {our_spent:6.1f} µs {spent / our_spent:6.0%}"
        )
        met = met and our_rate >= TARGET * rate
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    if not shutil.which("nginx") or not (shutil.which("wrk") or shutil.which("ab")):
        print("needs nginx, and wrk or ab", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)  # nginx' worker may be another user's
        house = House(Path(made))
        write_articles(house.folder / "articles")
        house.write(CONFIG)
        house.run("once")
        with house.daemon() as running:
            ours = Server("ours", running.port, running.process.pid)
            body = (house.data / "public" / "feed.xml").read_bytes()
            status, headers, packed = ours.get()
            assert (status, headers["content-encoding"]) == (200, "gzip")
            print(f"{body.count(b'<item>')} items, {len(body):,} bytes, {len(packed):,} in gzip")
            with nginx(house.folder / "nginx", body, packed) as theirs:
                met = compare(ours, theirs, arguments)
            running.stop()
    print(f"The target, {TARGET:.0%} of nginx' requests/s, is {'met' if met else 'missed'}.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

"""How much memory it takes, all processes together, to visit feeds with very long bodies at once.

    python tests/benchmarks/bodies.py [--feeds 60] [--items 300] [--megabytes 10]

Every feed is on a host of its own (127.0.y.z) and answers at once: nothing but our own bounds keeps all bodies from
being here at the same time. `once` visits all of them; the memory is that of `once` and its processes, looked at ten
times a second. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
from pathlib import Path

import costs

_WORDS = ("river", "spring", "town", "boats", "landing", "moved", "nobody", "thought")


def body(feed: int, items: int, size: int) -> bytes:
    """A feed of just about so many bytes; no two feeds have an entry in common."""
    each = size // items - 300
    listed = []
    for number in range(items):
        paragraph = " ".join(f"{_WORDS[(feed + n) % 8]}{feed}x{number}x{n}" for n in range(60))
        text = f"&lt;p&gt;{paragraph}&lt;/p&gt;" * (each // (len(paragraph) + 14) + 1)
        listed.append(
            f"<item><guid>f{feed}-{number}</guid><title>Item {number} of {feed}</title>"
            f"<link>http://site{feed}.example/{number}</link><description>{text[:each]}</description>"
            f"<pubDate>Sun, 01 Nov 2026 08:{number // 60 % 60:02}:{number % 60:02} GMT</pubDate></item>"
        )
    head = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {feed}</title>'
    return (head + "".join(listed) + "</channel></rss>").encode()


class Serving:
    """Serves the bodies on loopback, from a thread of its own; each is made when it is asked for."""

    def __init__(self, items: int, size: int) -> None:
        self._items, self._size = items, size
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    async def _start(self) -> int:
        server = await asyncio.start_server(self._answer, "0.0.0.0", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        made = body(int(head.split(b" ", 2)[1].rpartition(b"/")[2]), self._items, self._size)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(made) + made)
        await writer.drain()
        writer.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=60)
    options.add_argument("--items", type=int, default=300)
    options.add_argument("--megabytes", type=float, default=10)
    chosen = options.parse_args()
    costs.adopt_orphans()
    serving = Serving(chosen.items, int(chosen.megabytes * 1e6))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [
            f'[[source]]\nurl = "http://127.0.{feed // 250 + 1}.{feed % 250 + 1}:{serving.port}/{feed}"\n'
            for feed in range(chosen.feeds)
        ]
        polling = '[polling]\nallow_networks = ["127.0.0.0/8"]\ntimeout = "600s"\n'
        (folder / "aggregator.toml").write_text(polling + "".join(sources))
        command = [sys.executable, "-m", "aggregator", "--config", str(folder / "aggregator.toml"), "once", "--json"]
        cost = costs.run([*command, "--data-dir", str(folder / "data")], folder)
    print(f"{chosen.feeds} bodies of {chosen.megabytes:g} MB: {cost.peak / 1e6:.0f} MB of memory at most,")
    print(
        f"{cost.wall:.1f} s, {cost.cpu:.1f} s of CPU, {cost.parent:.1f} of them the main process's; {cost.out.strip()}"
    )


if __name__ == "__main__":
    main()

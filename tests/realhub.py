"""A WebSub hub that is not ours: Flask-WebSub with its SQLite storage, run by Celery in one process.

python tests/realhub.py FOLDER        prints the hub's address when it listens
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHORTEST, LONGEST = 20, 1200  # seconds of lease that it grants


def main(folder: Path) -> None:
    """Listens on a port of its own until it is killed."""
    from celery import Celery
    from celery.contrib.testing.worker import start_worker
    from flask import Flask
    from flask_websub.hub import Hub, SQLite3HubStorage
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    queue = Celery("hub", broker="memory://", backend="cache+memory://")
    queue.conf.worker_hijack_root_logger = False
    app = Flask("hub")
    app.config |= {
        "PUBLISH_SUPPORTED": True,
        "HUB_MIN_LEASE_SECONDS": SHORTEST,
        "HUB_DEFAULT_LEASE_SECONDS": LONGEST,
        "HUB_MAX_LEASE_SECONDS": LONGEST,
    }
    hub = Hub(
        SQLite3HubStorage(str(folder / "hub.db")), queue, SIGNATURE_ALGORITHM="sha256", BACKOFF_BASE=0.1, MAX_ATTEMPTS=3
    )
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with start_worker(queue, pool="solo", perform_ping_check=False, loglevel="warning"):
        print(f"http://127.0.0.1:{server.port}/hub", flush=True)
        threading.Event().wait()


@contextmanager
def real_hub(folder: Path) -> Iterator[str]:
    """The hub as a process; its address."""
    log = (folder / "hub.log").open("wb")
    started = subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdout=subprocess.PIPE, stderr=log, cwd=folder, env=dict(os.environ)
    )
    try:
        assert started.stdout
        address = started.stdout.readline().decode().strip()
        assert address.startswith("http"), (folder / "hub.log").read_text()
        yield address
    finally:
        started.kill()
        started.wait()
        if started.stdout:
            started.stdout.close()
        log.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

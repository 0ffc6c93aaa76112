"""health: one line and an exit status, for what watches the daemon."""

from __future__ import annotations

import shutil

from house import SERVED, House, until


def test_it_tells_whether_a_daemon_runs_and_is_well(house: House) -> None:
    house.write(SERVED)
    assert "no daemon runs" in house.run("health", status=1).stderr
    with house.daemon() as running:
        assert house.run("health").stdout == "running\n"
        shutil.rmtree(house.data / "public")
        (house.data / "public").write_text("no folder")
        house.write(f'{SERVED}[[output]]\nname = "other"\n')
        house.run("reload")
        until(lambda: running.get("/healthz").status == 503)
        (line,) = house.run("health", status=1).stderr.splitlines()
        assert line.startswith("aggregator: publishing failed")
        assert running.stop() == 0

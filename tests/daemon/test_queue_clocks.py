"""Workers and a scheduler whose clocks are minutes apart: each place is looked at once in its interval."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.acting import acting_for_all
from monitor.clock import exact_now
from tests.daemon.queue_process import Play
from tests.daemon.test_nothing_lost import Troupe
from tests.daemon.test_nothing_lost import folder as folder
from tests.serving.postgres import the_server


@pytest.mark.long
def test_no_place_is_looked_at_twice_in_its_interval(folder: Path) -> None:
    server = the_server()
    database = server.create(f"clocks_{os.getpid()}")
    troupe = Troupe(Play(0.0, cases=4, places=12, every_s=3600, most=1), server, database, folder)
    troupe.begin(workers=0)
    try:
        troupe.workers += [troupe.start(f"worker {wrong_by_s}") for wrong_by_s in (-120, -40, 40, 120)]
        troupe.schedulers.append(troupe.start("scheduler second 100"))
        troupe.until(lambda: troupe.seen_by_all_since(0) and is_at_rest(troupe))
        troupe.kill_the_scheduler()  # the next one's clock is wrong, and it reads the rows anew
        moment = exact_now()
        troupe.until(lambda: exact_now() - moment > timedelta(seconds=15))
    finally:
        troupe.end()
    asked = Counter(host for _, _, host in troupe.asked())
    assert asked == Counter({host: 1 for host in troupe.hosts()}), (folder / "log").read_text()[-3000:]
    assert len({pid for _, pid, _ in troupe.asked()}) > 1, "more than one worked"
    assert "action=clock_off" in (folder / "log").read_text()
    assert list(troupe.faults()) == []
    troupe.store.close()


def is_at_rest(troupe: Troupe) -> bool:
    with acting_for_all():
        rows = troupe.store.visits.all()
    soon = exact_now() + timedelta(minutes=30)
    return len(rows) == len(troupe.play.watches()) and all(not row.held_by and row.at > soon for row in rows)

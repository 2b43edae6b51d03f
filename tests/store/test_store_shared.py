"""Two sessions decide on the same finds while a daemon writes: each find is decided once, no word is lost, and nobody
is told that the store is locked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.model.deciding import DecisionAct
from monitor.model.ids import SightingId
from monitor.model.sighting import Status
from tests.patience import WITHIN_S
from tests.store.store_values import CASE, a_sighting, opened

STANDS = {DecisionAct.CONFIRM: Status.CONFIRMED, DecisionAct.DISMISS: Status.DISMISSED}


def started(folder: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.shared_store", str(folder), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("many", [pytest.param(25, id="a few"), pytest.param(1_000, id="many", marks=pytest.mark.long)])
def test_each_is_decided_once_and_none_is_lost(tmp_path: Path, many: int) -> None:
    store = opened(tmp_path)
    with store.transaction():
        for number in range(many):
            store.sightings.save(a_sighting(number, id=SightingId(f"s{number:05}")))
    store.close()
    writer = started(tmp_path, "write")
    deciders = [started(tmp_path, act.value) for act in STANDS]
    try:
        for one in deciders:
            assert one.stdout is not None and one.stdout.readline() == "ready\n"
        for one in deciders:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        ended = [one.communicate(timeout=20 * WITHIN_S) for one in deciders]
        rounds, complaint = writer.communicate(timeout=WITHIN_S)
    finally:
        for one in (writer, *deciders):
            one.kill()
            one.communicate()
    assert [complaint, *(said for _, said in ended)] == [""] * 3
    assert int(rounds) > 0
    counts = [tuple(map(int, told.split())) for told, _ in ended]
    assert sum(made for made, _ in counts) == many, "each once"
    assert all(made + changed == many for made, changed in counts), "who came too late is told so"

    store = opened(tmp_path)
    finds = store.sightings.all(CASE)
    rows = store.made_decisions.of(CASE, [find.id for find in finds])
    assert sorted(row.sighting for row in rows) == [find.id for find in finds]
    assert {row.sighting: STANDS[row.act] for row in rows} == {find.id: find.status for find in finds}
    store.close()

"""What `status` and `doctor` say of the daemon itself, and of the time in which it stood still."""

from __future__ import annotations

import ast
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import monitor
from monitor import config
from monitor.clock import utc_now
from monitor.documents.checks import WHY
from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive, Standstill, StoodBecause
from monitor.store.store import open_store
from tests.cli.cli_program import Program


def noted(program: Program, alive: LastAlive | None, stood: Standstill | None = None) -> None:
    store = open_store(config.load(program.home / "config.toml"))
    if alive is not None:
        store.machine.note_alive(alive)
    if stood is not None:
        store.standstills.note(stood)
    store.close()


def alive(at: datetime) -> LastAlive:
    return LastAlive(at, "b", 5.0, "1", did={Loop.SCHEDULE: at, Loop.OUTBOX: at - timedelta(minutes=1)})


def test_status_says_what_each_loop_did_last_and_when_nothing_was_looked_at(ready: Program) -> None:
    assert ready("status", "--json").json["loops"] is None
    now = utc_now()
    noted(ready, LastAlive(now, "b", 5.0, "1", did={Loop.SCHEDULE: now, Loop.STORE: now}))
    told = ready("status")
    assert "what its parts did is noted within a minute" in told.out and "not since its start" not in told.out
    since = now - timedelta(hours=3)
    noted(ready, alive(now), Standstill(since, now - timedelta(hours=1), StoodBecause.HUNG, Loop.STORE))
    told = ready("status")
    assert "the schedule was looked at:" in told.out and "not since its start" in told.out
    assert "As far as is known: a part of this program hung (store)." in " ".join(told.out.split())
    document = ready("status", "--json").json
    assert set(document["loops"]["did"]) == {loop.value for loop in Loop}
    assert document["loops"]["did"]["schedule"] and document["loops"]["did"]["fetcher"] is None
    assert (document["stood_still"]["because"], document["stood_still"]["part"]) == ("hung", "store")


@pytest.mark.parametrize(
    ("because", "state"),
    [
        pytest.param(StoodBecause.ASLEEP, None, id="what a person does with a machine", marks=pytest.mark.long),
        pytest.param(StoodBecause.HUNG, "warning", id="what is to be looked after"),
    ],
)
def test_doctor_looks_at_the_daemon_and_the_backups(
    ready: Program, monkeypatch: pytest.MonkeyPatch, because: StoodBecause, state: str | None
) -> None:
    monkeypatch.setattr("monitor.services.checks._confinement", lambda _: iter(()))  # it starts a reader each time
    now = utc_now()
    noted(ready, alive(now), Standstill(now - timedelta(hours=3), now - timedelta(hours=1), because))
    checks = ready("doctor", "--json").json["checks"]
    assert all(one["why"] for one in checks), "each says why it matters"
    daemon = [one for one in checks if one["name"] == "daemon"]
    assert "it does not run; it was alive last" in daemon[0]["message"] and daemon[0]["remedy"]
    assert [one["state"] for one in daemon[1:]] == ([state] if state else [])
    (backup,) = [one["message"] for one in checks if one["name"] == "backup"]
    assert backup.startswith("there is none yet")
    told = ready("doctor").out
    assert "Why it matters: " in told and "make one now: reupload-monitor backup FILE" in told


def test_every_check_of_the_program_says_why_it_matters() -> None:
    named = set[str]()
    for path in sorted(Path(monitor.__file__).parent.glob("services/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Check":
                if isinstance(node.args[0], ast.Constant):
                    named.add(node.args[0].value)
    assert len(named) > 20 and named - set(WHY) == set()

"""What `doctor` says of the reserve, and of parts that the daemon told to fail again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from monitor.model.check import FAULT, OK, WARNING
from monitor.model.limits import EVIDENCE_STOPS_BELOW, LEAST_FREE_BYTES
from monitor.pipeline.hindrances import PART_KEY
from monitor.ports.machine import StandingTold
from monitor.services import checks
from monitor.store.reserve import RESERVE_BYTES
from monitor.store.store import SqlStore
from monitor.tracking.falls import FallingPart
from tests.alerts.alert_helpers import NOW, settings
from tests.stores import a_store


@pytest.mark.parametrize(
    ("held", "free", "level"),
    [
        pytest.param(RESERVE_BYTES, LEAST_FREE_BYTES, OK, id="there"),
        pytest.param(RESERVE_BYTES, 0, OK, id="there, on a full disk"),
        pytest.param(0, LEAST_FREE_BYTES, OK, id="the daemon never ran yet"),
        pytest.param(0, LEAST_FREE_BYTES - 1, WARNING, id="not made again yet"),
        pytest.param(0, EVIDENCE_STOPS_BELOW - 1, FAULT, id="used up"),
    ],
)
def test_the_reserve(held: int, free: int, level: str) -> None:
    check = checks._reserve(held, free)
    assert (check.name, check.state) == ("reserve", level)
    assert bool(check.remedy) is (level != OK)


@dataclass
class Opened:
    store: SqlStore


def told(store: SqlStore) -> list[str]:
    @contextlib.contextmanager
    def opened() -> Iterator[Opened]:
        yield Opened(store)

    here = checks.Installation(settings("json://127.0.0.1/x"), opened, None, lambda _: [])  # type: ignore[arg-type]
    return [f"{check.state}: {check.message}" for check in checks._parts(here)]


def test_parts_that_fail_again_and_again() -> None:
    store = a_store()
    assert told(store) == []
    store.machine.tell_standing(StandingTold(NOW, frozenset({"case:x", f"{PART_KEY}browser"})))
    (one,) = told(store)
    assert one.startswith(f"{FAULT}: {FallingPart.BROWSER.value} failed again and again in the daemon")
    store.machine.tell_standing(None)
    assert told(store) == []

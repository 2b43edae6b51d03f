"""What `ports.HostGate` promises, asked of the store and of both that stand in for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.ports import HostGate
from tests.outbound.polite_world import World
from tests.sources.loopback import Memory
from tests.stores import a_store

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
GAP = timedelta(seconds=5)


@pytest.fixture(params=["the store", "the polite world", "the sources' memory"])
def gate(request: pytest.FixtureRequest) -> HostGate:
    return {"the store": lambda: a_store().hosts, "the polite world": World}.get(request.param, Memory)()


class TestHostGate:
    def test_a_claim_takes_the_slot(self, gate: HostGate) -> None:
        assert [gate.claim("a.example", GAP, NOW) for _ in range(3)] == [0, 5, 10]
        assert gate.claim("b.example", GAP, NOW) == 0
        assert gate.claim("a.example", GAP, NOW + timedelta(minutes=1)) == 0

    def test_who_asks_for_time_gets_it(self, gate: HostGate) -> None:
        gate.back_off("a.example", NOW + timedelta(minutes=10), 2)
        assert (gate.failures("a.example"), gate.failures("b.example")) == (2, 0)
        assert gate.claim("a.example", GAP, NOW) == 600

    def test_less_time_than_is_taken_already_takes_none_back(self, gate: HostGate) -> None:
        gate.back_off("a.example", NOW + timedelta(minutes=10), 1)
        gate.back_off("a.example", NOW + timedelta(minutes=1), 2)
        assert gate.claim("a.example", GAP, NOW) == 600

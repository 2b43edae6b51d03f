"""What `ports.HostGate` promises, asked of the store and of both that stand in for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.ports import HostGate
from monitor.ports.host_gate import HostTurn
from tests.outbound.polite_world import World
from tests.sources.loopback import Memory
from tests.stores import a_store

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
GAP = timedelta(seconds=5)
LEASE = timedelta(seconds=80)


@pytest.fixture(params=["the store", "the polite world", "the sources' memory"])
def gate(request: pytest.FixtureRequest) -> HostGate:
    return {"the store": lambda: a_store().hosts, "the polite world": World}.get(request.param, Memory)()


def waits(gate: HostGate, host: str, now: datetime = NOW) -> float:
    return gate.claim(host, GAP, LEASE, now).wait_s


class TestHostGate:
    def test_a_claim_takes_the_slot(self, gate: HostGate) -> None:
        assert [waits(gate, "a.example") for _ in range(3)] == [0, 5, 10]
        assert waits(gate, "b.example") == 0
        assert waits(gate, "a.example", NOW + timedelta(minutes=1)) == 0

    def test_who_asks_for_time_gets_it(self, gate: HostGate) -> None:
        gate.back_off("a.example", timedelta(minutes=10), 2, NOW)
        assert gate.claim("a.example", GAP, LEASE, NOW) == HostTurn(600, failures=2)
        assert gate.claim("b.example", GAP, LEASE, NOW) == HostTurn(0, failures=0)

    def test_less_time_than_is_taken_already_takes_none_back(self, gate: HostGate) -> None:
        gate.back_off("a.example", timedelta(minutes=10), 1, NOW)
        gate.back_off("a.example", timedelta(minutes=1), 2, NOW)
        assert waits(gate, "a.example") == 600

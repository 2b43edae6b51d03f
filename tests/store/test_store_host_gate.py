"""One host, many machines: in one worker's hands at a time, by the database's own clock. Time passes here by moving
the rows back."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import BigInteger, select, type_coerce

from monitor.acting import acting_for, acting_for_all, fenced
from monitor.errors import LeaseLost
from monitor.ports.host_gate import HostTurn
from monitor.store.postgres.host_gate import SharedHostGate
from monitor.store.store import SqlStore
from monitor.store.tables import hosts
from tests.stores import a_postgres_store

WRONG = datetime(1999, 12, 31, tzinfo=UTC)  # what a worker's own clock says: nobody asks it
GAP, LEASE = timedelta(seconds=100), timedelta(seconds=300)
HOST = "a.example"
WORKERS, HOSTS, GAPS = st.integers(0, 2), st.sampled_from([HOST, "b.example"]), st.sampled_from([0, 100, 300])


def passes(store: SqlStore, by: timedelta) -> None:
    moved = {
        name: type_coerce(hosts.c[name], BigInteger) - by // timedelta(microseconds=1)
        for name in ("free_at", "held_until")
    }
    with acting_for_all():
        store._db.run(hosts.update().values(**moved))


def gates(store: SqlStore, many: int = 2) -> list[SharedHostGate]:
    return [SharedHostGate(store._db) for _ in range(many)]


def is_given(gate: SharedHostGate, host: str = HOST, *, gap: timedelta = GAP) -> bool:
    return gate.claim(host, gap, LEASE, WRONG).is_given


@pytest.fixture
def store() -> SqlStore:
    return a_postgres_store()


class TestTurns:
    def test_a_store_of_many_machines_has_such_a_gate(self, store: SqlStore) -> None:
        assert isinstance(store.hosts, SharedHostGate) and store.hosts.is_shared

    def test_a_turn_is_one_workers_until_it_is_given_back_and_then_the_gap_runs(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert one.claim(HOST, GAP, LEASE, WRONG) == HostTurn(0.0)
        passes(store, 2 * GAP)
        assert not is_given(other), "the gap is over, the answer is not in"
        one.give_back(HOST, GAP)
        assert 90 < other.claim(HOST, GAP, LEASE, WRONG).wait_s <= 100, "a gap lies between the answer and what follows"
        passes(store, GAP)
        assert is_given(other) and not is_given(one)

    def test_another_host_waits_for_nobody(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert is_given(one) and is_given(other, "b.example")

    def test_who_is_gone_keeps_a_host_for_as_long_as_his_lease(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert is_given(one)
        passes(store, LEASE - timedelta(seconds=30))
        assert not is_given(other)
        passes(store, timedelta(seconds=31))
        assert is_given(other)
        one.give_back(HOST, GAP)
        assert not is_given(one), "what is not his any more he gives nobody"

    def test_whoever_has_it_may_make_it_last_longer(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert is_given(one)
        passes(store, LEASE - timedelta(seconds=30))
        assert is_given(one)
        passes(store, timedelta(seconds=60))
        assert not is_given(other)

    def test_what_a_host_asked_for_is_kept_by_all(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert is_given(one)
        one.back_off(HOST, timedelta(seconds=600), 2, WRONG)
        one.give_back(HOST, GAP)
        for gate in (one, other):
            told = gate.claim(HOST, GAP, LEASE, WRONG)
            assert (told.is_given, told.failures) == (False, 2) and 550 < told.wait_s <= 600
        other.back_off(HOST, timedelta(0), 0, WRONG)
        assert 550 < one.claim(HOST, GAP, LEASE, WRONG).wait_s <= 600, "less takes nothing back"

    @pytest.mark.parametrize(("days", "failures"), [(2, 1), (1, 0), (4000, 9)])
    def test_a_row_that_reaches_further_than_any_was_written_by_a_wrong_clock(
        self, store: SqlStore, days: int, failures: int
    ) -> None:
        (gate,) = gates(store, 1)
        gate.back_off(HOST, timedelta(days=days), failures, WRONG)
        assert is_given(gate)

    def test_what_was_free_for_long_is_forgotten_and_what_is_held_is_not(self, store: SqlStore) -> None:
        one, _ = gates(store)
        assert is_given(one) and is_given(one, "b.example")
        one.give_back("b.example", GAP)
        passes(store, timedelta(seconds=250))
        assert one.forget_before(datetime.now(UTC)) == 1
        assert not is_given(gates(store, 1)[0])

    def test_it_is_of_the_installation_whoever_it_is_done_for(self, store: SqlStore) -> None:
        one, other = gates(store)
        with acting_for("default"):
            assert is_given(one) and not is_given(other)
            one.give_back(HOST, GAP)

    def test_who_has_lost_what_he_looks_at_claims_nothing_and_gives_back_what_he_has(self, store: SqlStore) -> None:
        one, other = gates(store)
        assert is_given(one, gap=timedelta(0))
        with fenced("nobody's"):
            with pytest.raises(LeaseLost):
                is_given(one, "b.example")
            one.back_off(HOST, timedelta(seconds=-1), 1, WRONG)
            one.give_back(HOST, timedelta(0))
        assert is_given(other)

    def test_the_leap_of_one_machines_clock_moves_nothing(self, store: SqlStore) -> None:
        (gate,) = gates(store, 1)
        assert is_given(gate)
        before = held_until(store)
        store.clock_set_back(timedelta(days=1), WRONG)
        store.visits.clock_moved(timedelta(days=-1))
        assert held_until(store) == before

    def test_of_many_at_once_one_has_it(self, store: SqlStore) -> None:
        given, at_once, most, wrong = [0], [0], [0], list[BaseException]()

        def work(gate: SharedHostGate) -> None:
            try:
                for _ in range(40):
                    if not gate.claim(HOST, timedelta(0), LEASE, WRONG).is_given:
                        continue
                    at_once[0] += 1
                    most[0] = max(most[0], at_once[0])
                    given[0] += 1
                    at_once[0] -= 1
                    gate.give_back(HOST, timedelta(0))
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=(gate,)) for gate in gates(store, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong and most == [1] and given[0] >= 4


def held_until(store: SqlStore) -> list[datetime]:
    with acting_for_all():
        return list(store._db.run(select(hosts.c.held_until)).scalars())


@dataclass
class Known:
    """Of one host, as it ought to be. Seconds from now."""

    free_in: float = 0.0
    holder: int | None = None
    held_for: float = 0.0


class Workers(RuleBasedStateMachine):
    """Three workers and two hosts; compared with what a page of plain code says."""

    shared: SqlStore | None = None  # of all examples

    def __init__(self) -> None:
        super().__init__()
        if Workers.shared is None:
            Workers.shared = a_postgres_store()
        self.store = Workers.shared
        with acting_for_all():
            self.store._db.run(hosts.delete())
        self.gates = gates(self.store, 3)
        self.known = {"a.example": Known(), "b.example": Known()}

    @rule(worker=WORKERS, host=HOSTS, gap=GAPS)
    def claim(self, worker: int, host: str, gap: int) -> None:
        known = self.known[host]
        is_held = known.holder is not None and known.held_for > 0
        ought = known.holder == worker if is_held else known.free_in <= 0
        turn = self.gates[worker].claim(host, timedelta(seconds=gap), LEASE, WRONG)
        assert turn.is_given == ought
        if ought:
            self.known[host] = Known(gap, worker, LEASE.total_seconds())
        else:
            assert abs(turn.wait_s - max(known.free_in, 0.0)) < 50

    @rule(worker=WORKERS, host=HOSTS, gap=GAPS)
    def give_back(self, worker: int, host: str, gap: int) -> None:
        self.gates[worker].give_back(host, timedelta(seconds=gap))
        known = self.known[host]
        if known.holder == worker:
            self.known[host] = Known(max(known.free_in, gap))

    @rule(host=HOSTS, wait=st.sampled_from([-100, 500, 3000]))
    def back_off(self, host: str, wait: int) -> None:
        self.gates[0].back_off(host, timedelta(seconds=wait), 1, WRONG)
        self.known[host].free_in = max(self.known[host].free_in, wait)

    @rule(seconds=st.sampled_from([50, 150, 250, 1000]))
    def later(self, seconds: int) -> None:
        passes(self.store, timedelta(seconds=seconds))
        for known in self.known.values():
            known.free_in, known.held_for = known.free_in - seconds, known.held_for - seconds

    @rule(worker=WORKERS)
    def dies(self, worker: int) -> None:
        self.gates[worker] = SharedHostGate(self.store._db)
        for known in self.known.values():
            if known.holder == worker:
                known.holder = -1  # until its lease has passed

    @invariant()
    def one_holder_each(self) -> None:
        with acting_for_all():
            rows = self.store._db.run(select(hosts.c.holder)).scalars().all()
        assert len(rows) <= 2


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)

"""What PostgreSQL adds: for whom a transaction is, what waits for what, and a server that is gone."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import func, select, text

from monitor.acting import acting_for, acting_for_all, fenced
from monitor.aside import stepping_tasks
from monitor.clock import utc_now
from monitor.errors import LeaseLost, NewerStore, StoreAway, StoreError
from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.store.postgres import pool
from monitor.store.postgres.connecting import PausingConnection
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.store import SqlStore, open_store
from monitor.store.tables import HEAD
from tests.patience import WITHIN_S
from tests.serving.postgres import PostgresServer, the_server
from tests.store.store_values import KEY, NOW, a_case, a_sighting, an_alert
from tests.stores import a_folder, a_postgres_store, when_the_test_ends

A, B = CaseId("a"), CaseId("b")


@pytest.fixture
def two() -> SqlStore:
    """A store with the cases a and b, a find of each."""
    made = a_postgres_store()
    with acting_for_all():
        for number, case in enumerate((A, B)):
            made.cases.save(a_case(case))
            made.sightings.save(a_sighting(number, case))
    return made


class TestForWhom:
    @pytest.mark.parametrize(
        ("whom", "seen"),
        [
            pytest.param(nullcontext(), [], id="nobody said"),
            pytest.param(acting_for(A), ["a"], id="one case"),
            pytest.param(acting_for(B, A), ["a", "b"], id="several"),
            pytest.param(acting_for("no such"), [], id="a case that is not there"),
            pytest.param(acting_for("a,b"), [], id="a name that is two"),
            pytest.param(acting_for("*"), [], id="a name that means all elsewhere"),
            pytest.param(acting_for("'; SELECT 1; --"), [], id="a name that ends the text"),
            pytest.param(acting_for_all(), ["a", "b", "default"], id="all"),
        ],
    )
    def test_no_row_of_another_case_is_seen(
        self, two: SqlStore, whom: AbstractContextManager[None], seen: list[str]
    ) -> None:
        with whom:
            assert [case.id for case in two.cases.all()] == seen
            assert {find.case for find in two.sightings.all()} == set(seen) - {"default"}

    def test_nothing_is_written_for_another(self, two: SqlStore) -> None:
        with acting_for(A):
            with pytest.raises(StoreError, match="nobody was acting for"):
                two.sightings.save(a_sighting(7, B))
            two.references.fold(B, "ref1", NOW)  # of no row that is seen
        with acting_for_all():
            assert len(two.sightings.all(B)) == 1

    def test_a_transaction_may_go_on_for_fewer_and_not_for_others(self, two: SqlStore) -> None:
        with acting_for_all(), two.transaction():
            with acting_for(A):
                assert [case.id for case in two.cases.all()] == ["a"]
            assert len(two.cases.all()) == 3
        with acting_for(A), two.transaction():
            with pytest.raises(RuntimeError, match="for others"), acting_for(B):
                two.cases.all()
            with pytest.raises(RuntimeError, match="for others"), acting_for_all():
                two.cases.all()

    def test_nothing_of_it_is_left_on_the_connection(self, two: SqlStore) -> None:
        with acting_for_all():
            assert len(two.cases.all()) == 3
        assert two.cases.all() == []


class TestWhatWaitsForWhat:
    def _order(self, store: SqlStore, first: str, second: str, *, second_is_all: bool = False) -> list[str]:
        """A transaction for `first` waits until that for `second` has written, or is seen to wait."""
        order, began = list[str](), threading.Event()

        def other() -> None:
            with acting_for_all() if second_is_all else acting_for(second):
                began.set()
                with store.transaction():
                    order.append("second")

        thread = threading.Thread(target=other)
        with acting_for(first), store.transaction():
            thread.start()
            assert began.wait(WITHIN_S)
            thread.join(0.2 if first == second or second_is_all else WITHIN_S)
            order.append("first")
        thread.join(WITHIN_S)
        return order

    def test_two_of_one_case_write_one_after_the_other(self, two: SqlStore) -> None:
        assert self._order(two, A, A) == ["first", "second"]

    def test_those_of_two_cases_write_at_once(self, two: SqlStore) -> None:
        assert self._order(two, A, B) == ["second", "first"]

    def test_what_is_for_all_waits_for_each(self, two: SqlStore) -> None:
        assert self._order(two, A, "", second_is_all=True) == ["first", "second"]

    async def test_the_loop_goes_on_while_a_task_waits_for_another_ones_transaction(self, two: SqlStore) -> None:
        asyncio.get_running_loop().set_task_factory(stepping_tasks)  # type: ignore[arg-type]
        order = []

        async def writes(name: str) -> None:
            with acting_for(A), two.transaction():
                order.append(f"{name} in")
                two._db.run(text("SELECT pg_sleep(0.1)"))
                two.alerts.save(an_alert(case=A, id=name, message_id=name, number=len(order)))
                order.append(f"{name} out")

        async def counts() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                order.append("beside")

        await asyncio.gather(*(asyncio.ensure_future(one) for one in (writes("x"), writes("y"), counts())))
        written = [one for one in order if one != "beside"]
        assert written in (["x in", "x out", "y in", "y out"], ["y in", "y out", "x in", "x out"])
        assert order.index("beside") < order.index(written[-1]), "the loop went on meanwhile"


class TestTheLease:
    def test_who_lost_it_saves_nothing(self, two: SqlStore) -> None:
        visit = DueVisit("forum", A, NOW, VisitReason.SCHEDULE, NOW, "")
        with acting_for(A):
            now = utc_now()
            assert two.visits.claim(
                replace(visit, held_by="me"), now + timedelta(hours=1), now, furthest=now + timedelta(days=1)
            )
            with fenced("me"), two.transaction():
                two.cases.save(Case(A, "kept"))
            with pytest.raises(LeaseLost), fenced("another"), two.transaction():
                two.cases.save(Case(A, "not kept"))
            two.visits.hold(A, "forum", "me", now - timedelta(seconds=1))
            with pytest.raises(LeaseLost), fenced("me"):
                two.cases.save(Case(A, "not kept"))
            assert [case.name for case in two.cases.all()] == ["kept"]


class TestAnUpgradeMeanwhile:
    def test_what_is_in_hand_is_finished_and_nothing_else_is_begun(self, two: SqlStore) -> None:
        database = two._db
        assert isinstance(database, PostgresDatabase)
        with acting_for(A):
            now = utc_now()
            visit = DueVisit("forum", A, NOW, VisitReason.SCHEDULE, NOW, "", held_by="me")
            assert two.visits.claim(visit, now + timedelta(hours=1), now, furthest=now + timedelta(days=1))
            with the_server().connect(_database_of(database)) as owner:
                owner.execute("UPDATE alembic_version SET version_num = '9998'")
                try:
                    with pytest.raises(NewerStore, match="9998"):
                        two.cases.all()
                    with fenced("me"):
                        two.cases.save(Case(A, "finished"))
                        assert [case.name for case in two.cases.all()] == ["finished"]
                    owner.execute("UPDATE alembic_version SET version_num = '0001'")
                    with pytest.raises(NewerStore), fenced("me"):
                        two.cases.all()
                finally:
                    owner.execute(f"UPDATE alembic_version SET version_num = '{HEAD}'")


def _database_of(database: PostgresDatabase) -> str:
    with acting_for_all():
        found: str = database.run(select(func.current_database())).scalar_one()
    return found


class TestAServerThatIsGone:
    def test_is_tried_in_growing_gaps_and_told_once(
        self, two: SqlStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        now, dialled = [1000.0], list[float]()

        def refused(_: str) -> PausingConnection:
            dialled.append(now[0] - 1000)
            raise psycopg.OperationalError("connection refused")

        database = two._db
        assert isinstance(database, PostgresDatabase)
        caplog.set_level(logging.INFO)
        with acting_for_all():
            database._pool.drop_free()
            with monkeypatch.context() as patch:
                patch.setattr(pool, "connected", refused)
                patch.setattr(pool, "monotonic", lambda: now[0])
                for _ in range(200):
                    with pytest.raises(StoreAway):
                        two.cases.all()
                    now[0] += 0.25
            gaps = [round(after - before, 2) for before, after in pairwise(sorted(set(dialled)))]
            assert gaps == sorted(gaps) and gaps[0] < 1 and gaps[-1] == pool.LONGEST_GAP_S
            assert len(two.cases.all()) == 3
        said = [record.action for record in caplog.records if hasattr(record, "action")]
        assert said == ["store_away", "store_back"]

    def test_that_only_stands_still_is_given_up_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stopped, it still takes bytes: nothing of the system says that nobody answers."""
        monkeypatch.setattr("monitor.store.postgres.connecting._ANSWER_S", 0.2)
        server = PostgresServer().begin()
        when_the_test_ends(server.end)
        folder = a_folder()
        database = DatabaseSettings(key=KEY, url=Secret(server.url(server.create("one"))))
        store = open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=database))
        when_the_test_ends(store.close)
        monkeypatch.setattr("monitor.store.postgres.connecting.DIAL_S", 1)
        with acting_for(A):
            server.signal(signal.SIGSTOP)
            try:
                with pytest.raises(StoreAway, match="does not answer"), store.transaction():
                    pass
            finally:
                server.signal(signal.SIGCONT)

    def test_is_said_and_found_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool, "FIRST_GAP_S", 0.0)
        server = PostgresServer().begin()
        when_the_test_ends(server.end)
        folder = a_folder()
        database = DatabaseSettings(key=KEY, url=Secret(server.url(server.create("one"))))
        store = open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=database))
        when_the_test_ends(store.close)
        with acting_for(A):
            store.cases.save(a_case(A))
            server.kill()
            with pytest.raises(StoreAway, match="does not answer"):
                store.cases.all()
            with pytest.raises(StoreAway), store.transaction():
                pass
            server.start()
            assert [case.id for case in store.cases.all()] == ["a"]
            with pytest.raises(StoreAway), store.transaction():
                store.cases.save(Case(A, "half"))
                server.kill()
            server.start()
            assert [case.name for case in store.cases.all()] == ["A Person"]

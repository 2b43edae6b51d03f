"""What it costs that due visits are rows: `python -m bench.due_rows`. CPU of a wake at which nothing is due (every ten
seconds, at least), and of a look's claim and settling, for few watches and for as many as may be."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.clock import computed
from monitor.model.ids import CaseId
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.visiting import FURTHEST_VISIT, Visit, let_go_of_the_dead
from monitor.store.store import SqlStore, open_store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROUNDS = 300


def wake(store: SqlStore) -> None:
    let_go_of_the_dead(store)
    store.visits.due(NOW, furthest=NOW + FURTHEST_VISIT)
    store.visits.soonest(NOW)


def look(store: SqlStore, settings: Settings) -> None:
    visit = Visit(Watch("w1", Kind.PAGE, Every(3600)), settings, store, lambda: NOW)
    visit.claim()
    visit.settle(None)


def ms(work: Callable[[], None]) -> float:
    began = computed()
    for _ in range(ROUNDS):
        work()
    return (computed() - began) / ROUNDS * 1000


def main() -> None:
    for count in (50, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            key = DatabaseSettings(key=Secret("ab" * 32))
            settings = Settings(path=None, data_dir=Path(folder, "data"), watchlist_dir=Path(folder), database=key)
            store = open_store(settings, new=True)
            with store.transaction():
                for number in range(count):
                    at = NOW + timedelta(seconds=number + 1)
                    row = DueVisit(f"w{number}", CaseId("default"), at, VisitReason.SCHEDULE, at, "every 3600")
                    store.visits.plan(row)
            a_wake, a_look = ms(lambda: wake(store)), ms(lambda: look(store, settings))  # noqa: B023
            print(f"{count} watches: a wake {a_wake:.2f} ms of CPU, claim and settling of a look {a_look:.2f} ms")
            store.close()


if __name__ == "__main__":
    main()

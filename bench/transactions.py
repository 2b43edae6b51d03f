"""What a transaction for one case costs on PostgreSQL over a Unix socket (scope, locks, revision, time), beside what
the server takes for no more than its beginning, scope and end, and beside a store in a file: `python -m
bench.transactions`. Medians of wall time, and CPU of this process alone, in ms."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from sqlalchemy import text

from monitor.acting import acting_for
from monitor.clock import computed, monotonic
from monitor.store.store import SqlStore
from tests.serving.postgres import the_server
from tests.stores import a_postgres_store, a_store, close_stores

CASE = "default"
TIMES = 1500
_ONE = text("SELECT 1")


def empty(store: SqlStore) -> None:
    with store.transaction():
        pass


def read(store: SqlStore) -> None:
    store._db.run(_ONE)


def read_two_in_one(store: SqlStore) -> None:
    with store.transaction():
        store._db.run(_ONE)
        store._db.run(_ONE)


def cost(work: Callable[[], object]) -> tuple[float, float]:
    for _ in range(50):
        work()
    walls, began = list[float](), computed()
    for _ in range(TIMES):
        start = monotonic()
        work()
        walls.append(monotonic() - start)
    return statistics.median(walls) * 1000, (computed() - began) / TIMES * 1000


def main() -> None:
    on_server, in_file = a_postgres_store(), a_store()
    bare = the_server().connect("postgres")

    def plainly() -> None:
        bare.execute("BEGIN; SELECT set_config('monitor.cases', 'default', true)", prepare=False)
        bare.execute("COMMIT", prepare=False)

    with acting_for(CASE):
        rows: dict[str, Callable[[], object]] = {
            "the server alone: begin, scope, end": plainly,
            "PostgreSQL: a transaction with nothing in it": lambda: empty(on_server),
            "PostgreSQL: one statement": lambda: read(on_server),
            "PostgreSQL: a transaction with two statements": lambda: read_two_in_one(on_server),
            "in a file: a transaction with nothing in it": lambda: empty(in_file),
            "in a file: one statement": lambda: read(in_file),
            "in a file: a transaction with two statements": lambda: read_two_in_one(in_file),
        }
        for name, work in rows.items():
            wall, own = cost(work)
            print(f"{name:50} {wall:6.3f} ms, {own:6.3f} ms of CPU here")
    bare.close()
    close_stores()


if __name__ == "__main__":
    main()

"""A queue on a real PostgreSQL: procrastinate's tables, as `database prepare` makes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg

from monitor.daemon.queue.asked import AskedQueue
from monitor.store.postgres.queue_tables import prepare_queue
from tests.serving.postgres import OWNER, PROGRAM, PostgresServer, the_server

_TABLES = "procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers"
_JOBS = "SELECT lock, status::text FROM procrastinate_jobs ORDER BY id"


@cache
def _database() -> str:
    server = the_server()
    name = server.create("queue", template="template0")
    with server.connect(name, OWNER) as connection:
        assert prepare_queue(connection, PROGRAM)
    return name


class Queue:
    """An empty one."""

    def __init__(self, server: PostgresServer | None = None, database: str = "") -> None:
        self.server, self.database = server or the_server(), database or _database()
        self.empty()

    def empty(self) -> None:
        self.run(f"TRUNCATE {_TABLES}", role=OWNER)

    def run(self, statement: str, *values: object, role: str = PROGRAM) -> list[Any]:
        with self.server.connect(self.database, role) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @property
    def url(self) -> str:
        return self.server.url(self.database)

    def asked(self) -> AskedQueue:
        async def connect() -> psycopg.AsyncConnection[Any]:
            return await psycopg.AsyncConnection.connect(self.url, autocommit=True)

        return AskedQueue(connect)

    def cut(self) -> None:
        """Every connection of the program."""
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", PROGRAM, role="postgres")

    def silent(self, seconds: float) -> None:
        """No worker was heard of for so long."""
        self.run("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)", seconds)

    def begun(self, seconds: float) -> None:
        """What is in hand was begun so long ago."""
        self.run("UPDATE procrastinate_events SET at = now() - make_interval(secs => %s)", seconds, role=OWNER)

    def jobs(self) -> list[tuple[str, str]]:
        return [
            (lock, status) for lock, status in self.run("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id")
        ]

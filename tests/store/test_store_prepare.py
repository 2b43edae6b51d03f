"""`database prepare`, and what the program refuses to start with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import create_engine

from monitor.acting import acting_for_all
from monitor.errors import MonitorError, NewerStore, StoreError, UsageError
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.store import tables
from monitor.store.postgres.address import conninfo_of
from monitor.store.postgres.failures import store_error_of
from monitor.store.postgres.preparing import Preparation, PreparedTables, prepare_tables
from monitor.store.store import SqlStore, open_store
from tests.serving.postgres import OWNER, PROGRAM, PostgresServer, the_server
from tests.store.store_values import KEY, a_case
from tests.stores import a_folder, when_the_test_ends


@pytest.fixture
def server() -> PostgresServer:
    return the_server()


@pytest.fixture
def empty(server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    yield server.create("bare", template="template0")
    server.drop("bare")


@pytest.fixture
def ready(server: PostgresServer) -> Iterator[str]:
    yield server.create("ready")
    server.drop("ready")


def prepared(server: PostgresServer, database: str, owner: str = OWNER, program: str = PROGRAM) -> PreparedTables:
    return prepare_tables(Secret(server.url(database, owner)), program)


def opened(server: PostgresServer, database: str, role: str = PROGRAM) -> SqlStore:
    folder = a_folder()
    url = DatabaseSettings(key=KEY, url=Secret(server.url(database, role)))
    store = open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=url))
    when_the_test_ends(store.close)
    return store


class TestPreparing:
    def test_makes_the_tables_once(self, server: PostgresServer, empty: str) -> None:
        with pytest.raises(StoreError, match="never made") as caught:
            opened(server, empty)
        assert "database prepare" in caught.value.remedy
        assert prepared(server, empty) == PreparedTables(Preparation.MADE, "", tables.HEAD, PROGRAM)
        with acting_for_all():
            opened(server, empty).cases.save(a_case("kept"))
        assert prepared(server, empty).what is Preparation.CHECKED
        with acting_for_all():
            assert [case.id for case in opened(server, empty).cases.all()] == ["kept"]

    def test_gives_back_a_grant_that_was_taken_away(self, server: PostgresServer, ready: str) -> None:
        with server.connect(ready) as connection:
            connection.execute(f"REVOKE INSERT ON cases FROM {PROGRAM}")
        with acting_for_all(), pytest.raises(StoreError, match="lacks a grant") as caught:
            opened(server, ready).cases.save(a_case("new"))
        assert "database prepare" in caught.value.remedy
        prepared(server, ready)
        with acting_for_all():
            opened(server, ready).cases.save(a_case("new"))

    def test_takes_away_a_rule_that_stands_beside_its_own(self, server: PostgresServer, ready: str) -> None:
        with server.connect(ready) as connection:
            connection.execute('CREATE POLICY "of all" ON sightings USING (true)')
        prepared(server, ready)
        opened(server, ready)

    @pytest.mark.parametrize(
        ("owner", "program", "said", "remedy"),
        [
            pytest.param(OWNER, "nobody_here", "no role nobody_here", "CREATE ROLE", id="a role that is not there"),
            pytest.param(OWNER, OWNER, "would own the tables", "--owner", id="the owner itself"),
            pytest.param(OWNER, "postgres", "may go past row security", "NOSUPERUSER", id="one that may do all"),
        ],
    )
    def test_refuses_a_role_that_row_security_would_not_hold(
        self, server: PostgresServer, empty: str, owner: str, program: str, said: str, remedy: str
    ) -> None:
        with pytest.raises(StoreError, match=said) as caught:
            prepared(server, empty, owner, program)
        assert remedy in caught.value.remedy

    def test_leaves_the_tables_of_a_newer_version_alone(self, server: PostgresServer, ready: str) -> None:
        with server.connect(ready) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(NewerStore, match="9999"):
            prepared(server, ready)
        with pytest.raises(NewerStore, match="9999") as caught:
            opened(server, ready)
        assert "database prepare" in caught.value.remedy

    def test_refuses_tables_of_another_program_and_a_database_that_sorts_otherwise(
        self, server: PostgresServer, empty: str
    ) -> None:
        with server.connect(empty, OWNER) as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE cases (x int)")
        with pytest.raises(StoreError, match="not this program's"):
            prepared(server, empty)
        with server.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE latin OWNER {OWNER} TEMPLATE template0 ENCODING 'LATIN1'")
        with pytest.raises(StoreError, match="LATIN1") as caught:
            prepared(server, "latin")
        server.drop("latin")
        assert "LOCALE 'C'" in caught.value.remedy

    def test_every_table_with_a_case_is_under_row_security(self, server: PostgresServer, ready: str) -> None:
        """As the catalogue of the server has it, whatever the program believes."""
        with server.connect(ready) as connection:
            open_to_all = connection.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'case' "
                "WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
            ).fetchall()
        assert open_to_all == []


MIGHTY = [
    pytest.param(f"ALTER ROLE {PROGRAM} BYPASSRLS", f"ALTER ROLE {PROGRAM} NOBYPASSRLS", "NOBYPASSRLS", id="bypasses"),
    pytest.param(
        f"ALTER ROLE {PROGRAM} SUPERUSER", f"ALTER ROLE {PROGRAM} NOSUPERUSER", "NOSUPERUSER", id="may do all"
    ),
    pytest.param(f"GRANT {OWNER} TO {PROGRAM}", f"REVOKE {OWNER} FROM {PROGRAM}", "REVOKE", id="member of the owner"),
    pytest.param(
        f"ALTER TABLE cases OWNER TO {PROGRAM}", f"ALTER TABLE cases OWNER TO {OWNER}", "CREATE ROLE", id="owns a table"
    ),
    pytest.param(f"GRANT TRUNCATE ON sightings TO {PROGRAM}", "SELECT 1", "REVOKE TRUNCATE", id="may empty a table"),
    pytest.param("ALTER TABLE sightings DISABLE ROW LEVEL SECURITY", "SELECT 1", "prepare", id="security off"),
    pytest.param("ALTER TABLE sightings NO FORCE ROW LEVEL SECURITY", "SELECT 1", "prepare", id="not for the owner"),
    pytest.param("DROP POLICY of_cases ON sightings", "SELECT 1", "prepare", id="no policy"),
    pytest.param(
        "ALTER POLICY of_cases ON sightings USING (true) WITH CHECK (true)",
        "SELECT 1",
        "prepare",
        id="a policy that lets all through",
    ),
    pytest.param(
        "ALTER POLICY of_cases ON sightings WITH CHECK (true)", "SELECT 1", "prepare", id="one that lets all be written"
    ),
    pytest.param(
        "COMMENT ON POLICY of_cases ON sightings IS NULL", "SELECT 1", "prepare", id="of which nothing is noted"
    ),
    pytest.param(
        'CREATE POLICY "of all" ON sightings USING (true)',
        'DROP POLICY "of all" ON sightings',
        "prepare",
        id="a second policy",
    ),
]


class TestRights:
    def test_of_many_tables_a_few_are_named(self, server: PostgresServer, ready: str) -> None:
        with server.connect(ready) as connection:
            found = connection.execute("SELECT relname FROM pg_class WHERE relforcerowsecurity").fetchall()
            for (name,) in found:
                connection.execute(f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY'.encode())
        with pytest.raises(StoreError, match=rf"and {len(found) - 4} more") as refused:
            opened(server, ready)
        assert len(str(refused.value)) < 300

    @pytest.mark.parametrize(("given", "taken", "remedy"), MIGHTY)
    def test_a_role_that_could_see_every_case_is_refused(
        self, server: PostgresServer, ready: str, given: str, taken: str, remedy: str
    ) -> None:
        opened(server, ready)
        with server.connect(ready) as connection:
            connection.execute(given)
            try:
                with pytest.raises(StoreError, match="every case at once") as caught:
                    opened(server, ready)
            finally:
                connection.execute(taken)
        assert remedy in caught.value.remedy


def _refuses_tls(listening: socket.socket) -> None:
    line, _ = listening.accept()
    with line:
        line.recv(8)  # the wish for TLS, eight bytes by the protocol
        line.sendall(b"N")
        line.recv(1)


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "has", "has_not"),
        [
            pytest.param("postgresql:///m?host=/run/postgresql&user=x", ("host=/run/postgresql",), (), id="a socket"),
            pytest.param("postgresql:///m?user=x", ("sslmode=verify-full",), (), id="no host: the environment's"),
            pytest.param(
                "postgresql://x@db.example/m", ("sslmode=verify-full", "sslrootcert=system"), (), id="a network"
            ),
            pytest.param("postgresql://x@127.0.0.1/m", ("sslmode=verify-full",), (), id="this machine by TCP"),
            pytest.param(
                "postgresql://x@db.example/m?sslrootcert=/etc/ca.pem",
                ("sslrootcert=/etc/ca.pem",),
                ("system",),
                id="own CA",
            ),
            pytest.param(
                "postgresql:///m?host=/run/postgresql,db.example&user=x", ("verify-full",), (), id="one of several"
            ),
            pytest.param(
                "postgresql://x@db.example/m?options=-c%20geqo%3Doff", ("geqo=off", "lock_timeout"), (), id="options"
            ),
        ],
    )
    def test_what_libpq_gets(self, url: str, has: tuple[str, ...], has_not: tuple[str, ...]) -> None:
        conninfo = conninfo_of(Secret(url))
        assert all(word in conninfo for word in (*has, "connect_timeout=5", "statement_timeout=5s"))
        assert not any(word in conninfo for word in has_not)

    def test_an_environment_that_names_a_host_is_not_asked_without_tls(
        self, server: PostgresServer, ready: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server of the tests has no TLS: what it says of itself over TCP is not believed."""
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            monkeypatch.setenv("PGHOST", "127.0.0.1")
            monkeypatch.setenv("PGPORT", str(nobody.getsockname()[1]))
            monkeypatch.setenv("PGSSLMODE", "disable")
            accepted = threading.Thread(target=_refuses_tls, args=(nobody,), daemon=True)
            accepted.start()
            with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
                psycopg.connect(conninfo_of(Secret(f"postgresql:///{ready}?user={PROGRAM}")))
            accepted.join()

    def test_a_service_is_refused(self) -> None:
        with pytest.raises(UsageError, match="names a service"):
            conninfo_of(Secret("postgresql:///m?service=x"))

    @pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
    def test_a_way_that_others_could_read_is_refused(self, mode: str) -> None:
        with pytest.raises(UsageError, match=mode) as caught:
            conninfo_of(Secret(f"postgresql://me:hunter2@db.example/m?sslmode={mode}"))
        assert "hunter2" not in str(caught.value) + caught.value.remedy

    @pytest.mark.parametrize(
        ("database", "role", "said"),
        [
            pytest.param("not_there", PROGRAM, "let nobody in.*not_there", id="no such database"),
            pytest.param("postgres", "not_there", "let nobody in.*not_there", id="no such role"),
        ],
    )
    def test_who_is_not_let_in_is_not_told_that_nobody_answers(
        self, server: PostgresServer, database: str, role: str, said: str
    ) -> None:
        with pytest.raises(StoreError, match=said):
            opened(server, database, role)


def test_no_error_of_the_database_repeats_a_value(server: PostgresServer, ready: str) -> None:
    engine = create_engine(server.url(ready, "postgres").replace("postgresql:", "postgresql+psycopg:"))
    said: list[MonitorError] = []
    with engine.connect() as connection:
        for statement in (
            "INSERT INTO cases (id, name) VALUES ('hunter2', 'x'), ('hunter2', 'x')",
            "INSERT INTO draft_files VALUES ('hunter2', 'hunter2', 'hunter2')",
            "SELECT 'hunter2'::int",
            "SELECT hunter2",
        ):
            try:
                connection.exec_driver_sql(statement)
            except Exception as error:
                said.append(store_error_of(getattr(error, "orig", error)))
            connection.rollback()
    engine.dispose()
    assert len(said) == 4 and not any("hunter2" in f"{error} {error.remedy}" for error in said)

"""`database prepare`: makes the tables, or brings those of an earlier version up to date, as their owner. The program
itself never does: its role owns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor.errors import NewerStore, StoreError
from monitor.model.settings import Secret
from monitor.store import tables
from monitor.store.postgres.address import conninfo_of
from monitor.store.postgres.failures import store_error_of
from monitor.store.postgres.queue_tables import prepare_queue
from monitor.store.postgres.schema import create_all, name_quoted, secure_all

OLDEST_SERVER = 14
_PATIENCE = "SET statement_timeout = 0; SET lock_timeout = '30s'"
"""To change a table of millions of rows may take minutes; to wait for whoever uses it, half a minute at most: all
others would wait behind."""


class Preparation(Enum):
    MADE = "made"
    UPGRADED = "upgraded"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class PreparedTables:
    """before, now: the revisions; before is empty where there were no tables. role: the program's."""

    what: Preparation
    before: str
    now: str
    role: str


def prepare_tables(owner: Secret, role: str) -> PreparedTables:
    """owner: the address of the database as who is to own the tables. role: as whom the program connects. All of it in
    one transaction: the tables are as before or as this version has them. Raises StoreError, UsageError."""
    with _as_owner(owner) as connection:
        _refuse_server(connection)
        _refuse_role(connection, role)
        before = _revision(connection)
        if before == tables.HEAD:
            done = Preparation.CHECKED
        elif before == "":
            done = Preparation.MADE
        elif before in tables.OLDER:
            done = Preparation.UPGRADED
            _upgrade(connection)
        else:
            raise NewerStore(
                f"the tables in the database are of revision {before}, and this version knows {tables.HEAD}",
                remedy="Use the version that the others use.",
            )
        create_all(connection, role) if done is Preparation.MADE else secure_all(connection, role)
        prepare_queue(owners_driver(connection), role)
    return PreparedTables(done, before, tables.HEAD, role)


@contextmanager
def _as_owner(url: Secret) -> Iterator[Connection]:
    conninfo = conninfo_of(url)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(conninfo),
        poolclass=NullPool,
        hide_parameters=True,
        use_native_hstore=False,
    )
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(_PATIENCE)
            yield connection
    except DBAPIError as error:
        raise store_error_of(error.orig) from error
    except psycopg.Error as error:
        raise store_error_of(error) from error


def owners_driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise RuntimeError("it is another driver's")
    return driver


def _refuse_server(connection: Connection) -> None:
    version, encoding, sorts, name = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), "
            "'B' < 'a' AND 'a-b' < 'aa' AND 'z' < '~', current_database()"
        )
    ).one()
    if version < OLDEST_SERVER * 10_000:
        raise StoreError(
            f"the server is PostgreSQL {version // 10_000}, and {OLDEST_SERVER} or later is needed",
            remedy="Upgrade the server.",
        )
    if encoding != "UTF8" or not sorts:
        raise StoreError(
            f"the database {name} is in {encoding}, or sorts texts as a language does, by rules that change between "
            "versions of the system",
            remedy=f"Make it anew, empty: CREATE DATABASE {name_quoted(name)} TEMPLATE template0 ENCODING 'UTF8' "
            "LOCALE 'C';",
        )


def _refuse_role(connection: Connection, role: str) -> None:
    found = connection.execute(
        text(
            "SELECT rolsuper OR rolbypassrls, rolname = current_user OR pg_has_role(oid, current_user, 'MEMBER') "
            "FROM pg_roles WHERE rolname = :role"
        ),
        {"role": role},
    ).first()
    name = name_quoted(role)
    if found is None:
        raise StoreError(
            f"there is no role {role} in the database, as whom the program is to connect",
            remedy=f"CREATE ROLE {name} LOGIN; (with a PASSWORD, where it comes over a network)",
        )
    if found[0]:
        raise StoreError(
            f"the program's role {role} may go past row security",
            remedy=f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS;",
        )
    if found[1]:
        raise StoreError(
            f"the program's role {role} would own the tables, and row security would hold nothing back",
            remedy="Give this command the address of another role, who is to own them (--owner); or make a role for "
            "the program that owns nothing, and name that in [database] url.",
        )


def _revision(connection: Connection) -> str:
    """'' for a database without tables. Raises StoreError for one that is another program's."""
    names = set(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    if tables.schema_version.name not in names:
        if names & set(tables.metadata.tables):
            raise StoreError(
                "there are tables in the database that are not this program's", remedy="Take an empty database for it."
            )
        return ""
    return str(connection.execute(tables.schema_version.select()).scalar_one())


def _upgrade(connection: Connection) -> None:
    from alembic import command

    from monitor.store.upgrade import migrations

    command.upgrade(migrations(connection), "head")

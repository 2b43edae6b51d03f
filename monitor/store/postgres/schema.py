"""The tables on PostgreSQL, as their owner makes them: row security on whatever is of a case, and what the program's
role may do."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table

from monitor.store import every_table, tables
from monitor.store.postgres.beginning import EVERY_CASE

OF_ALL_TOO = frozenset({"channel_health"})
"""Tables whose rows of no case are what all cases have in common, and see."""

_EVERY = f"chr({ord(EVERY_CASE)})"
_POLICY = "of_cases"
_SPELLED = """encode(sha256(convert_to(
 pg_get_expr(polqual, polrelid) || ' ' || pg_get_expr(polwithcheck, polrelid), 'UTF8')), 'hex')"""
IS_AS_MADE = f"""(polname = '{_POLICY}' AND polpermissive AND polcmd = '*' AND polroles = '{{0}}'
 AND obj_description(oid, 'pg_policy') = {_SPELLED})"""
"""Of a row of pg_policy: whether what it lets through was changed since. How a server spells it differs between
versions, so what this one made of it is noted beside it."""
_NOTED = f"""DO $$ DECLARE noted text; BEGIN
 FOR noted IN SELECT 'COMMENT ON POLICY {_POLICY} ON ' || polrelid::regclass || ' IS ' || quote_literal({_SPELLED})
  FROM pg_policy WHERE polname = '{_POLICY}' AND polrelid IN (
   SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
 LOOP EXECUTE noted; END LOOP; END $$"""  # noqa: S608 - of constants
_SEEN = f"""(SELECT current_setting('monitor.cases', true)) = {_EVERY}
 OR {{case}} = ANY ((SELECT string_to_array(current_setting('monitor.cases', true), {_EVERY}))::text[])"""
"""What is asked once a statement stands in a query of its own; what is asked of a row is no more than a comparison."""


def create_all(connection: Connection, role: str) -> None:
    """All tables at HEAD, row security, grants. Within the caller's transaction."""
    every_table.metadata.create_all(connection)
    if connection.execute(tables.schema_version.select()).first() is None:
        connection.execute(tables.schema_version.insert(), {"version_num": tables.HEAD})
    secure_all(connection, role)


def secure_all(connection: Connection, role: str) -> None:
    """On tables that are there. Within the caller's transaction."""
    for statement in (*securing(), *granting(role)):
        connection.exec_driver_sql(statement)


def condition(table: Table) -> str:
    """Which rows of it a transaction sees; '' for a table that is of no case."""
    if table.name == "cases":
        return _SEEN.format(case="id")
    if "case" in table.columns:
        seen = _SEEN.format(case='"case"')
        return f"""("case" = '' OR {seen})""" if table.name in OF_ALL_TOO else seen
    return ""


_ONLY_OURS = """DO $$ DECLARE dropped text; BEGIN
 FOR dropped IN SELECT 'DROP POLICY ' || quote_ident(polname) || ' ON ' || polrelid::regclass
  FROM pg_policy WHERE polrelid IN ({tables})
 LOOP EXECUTE dropped; END LOOP; END $$"""
"""Of rules that stand beside each other it takes one that lets a row through."""


def securing() -> Iterator[str]:
    """Also for the owner (FORCE): a program that is run with the wrong role sees nothing instead of everything."""
    secured = [table.name for table in every_table.metadata.sorted_tables if condition(table)]
    yield _ONLY_OURS.format(tables=", ".join(f"'{name}'::regclass" for name in secured))
    for table in every_table.metadata.sorted_tables:
        if seen := condition(table):
            yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY"
            yield f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY"
            yield f"CREATE POLICY {_POLICY} ON {table.name} USING ({seen}) WITH CHECK ({seen})"
    yield _NOTED


def granting(role: str) -> Iterator[str]:
    name = name_quoted(role)
    for table in every_table.metadata.sorted_tables:
        rights = "SELECT" if table is tables.schema_version else "SELECT, INSERT, UPDATE, DELETE"
        yield f"GRANT {rights} ON {table.name} TO {name}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"


def name_quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

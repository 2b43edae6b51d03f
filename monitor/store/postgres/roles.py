"""What the program's role may not be able to do: row security is worth something only where it cannot go past it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from monitor.errors import StoreError
from monitor.store.every_table import metadata
from monitor.store.postgres.failures import store_error_of
from monitor.store.postgres.schema import IS_AS_MADE, condition, name_quoted

_MOST_NAMED = 4
_ASKED = f"""
SELECT current_user::text,
 ARRAY(SELECT rolname::text FROM pg_roles WHERE (rolsuper OR rolbypassrls)
  AND (rolname = current_user OR pg_has_role(current_user, oid, 'MEMBER')) ORDER BY 1),
 ARRAY(SELECT DISTINCT rolname::text FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
  WHERE c.relname = ANY(%(tables)s) AND c.relnamespace = 'public'::regnamespace
  AND (rolname = current_user OR pg_has_role(current_user, r.oid, 'MEMBER')) ORDER BY 1),
 ARRAY(SELECT relname::text FROM pg_class WHERE relname = ANY(%(tables)s) AND relnamespace = 'public'::regnamespace
  AND relkind = 'r' AND (has_table_privilege(oid, 'TRUNCATE') OR has_table_privilege(oid, 'TRIGGER')) ORDER BY 1),
 ARRAY(SELECT relname::text FROM pg_class WHERE relname = ANY(%(tables)s) AND relnamespace = 'public'::regnamespace
  AND NOT (relrowsecurity AND relforcerowsecurity
   AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid)) ORDER BY 1),
 ARRAY(SELECT quote_ident(polname) || ' ON ' || relname FROM pg_policy JOIN pg_class c ON c.oid = polrelid
  WHERE relname = ANY(%(tables)s) AND relnamespace = 'public'::regnamespace AND relrowsecurity
  AND (SELECT {IS_AS_MADE} FROM pg_policy p WHERE p.oid = pg_policy.oid) IS NOT TRUE ORDER BY 1)
"""  # noqa: S608 - of constants


def refuse_mighty_role(connection: psycopg.Connection[Any]) -> None:
    """Raises StoreError for a role that row security does not hold, with the statements that mend it."""
    if wrong := mighty(connection):
        said, statements = zip(*wrong, strict=True)
        raise StoreError(
            f"the database would show this program every case at once: {'; '.join(said)}",
            remedy=f"As the owner of the database, or who made the roles: {' '.join(statements)}",
        )


def mighty(connection: psycopg.Connection[Any]) -> Sequence[tuple[str, str]]:
    """What is wrong, and what mends it."""
    secured = sorted(table.name for table in metadata.sorted_tables if condition(table))
    try:
        row = connection.execute(_ASKED, {"tables": secured}).fetchone()
    except psycopg.Error as error:
        raise store_error_of(error) from error
    assert row is not None  # noqa: S101 - it has no WHERE
    me, above, owners, emptied, open_to_all, changed = row
    name = name_quoted(me)
    wrong = []
    for role in above:
        if role == me:
            wrong.append((f"the role {me} may go past row security", f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS;"))
        else:
            wrong.append(
                (
                    f"the role {me} is a member of {role}, which may go past row security",
                    f"REVOKE {name_quoted(role)} FROM {name};",
                )
            )
    for role in owners:
        if role == me:
            wrong.append(
                (
                    f"the role {me} owns the tables",
                    "Make a role for the program that owns nothing (CREATE ROLE monitor LOGIN;), prepare the database "
                    "for it, and name it in [database] url.",
                )
            )
        elif role not in above:
            wrong.append(
                (
                    f"the role {me} is a member of {role}, which owns the tables",
                    f"REVOKE {name_quoted(role)} FROM {name};",
                )
            )
    if emptied and not above and not owners:
        wrong.append(
            (
                f"the role {me} may empty tables ({emptied[0]})",
                f"REVOKE TRUNCATE, TRIGGER ON ALL TABLES IN SCHEMA public FROM {name}, PUBLIC;",
            )
        )
    again = "Prepare the database once more: reupload-monitor database prepare --owner URL"
    if open_to_all:
        wrong.append((f"row security is off on {_some(open_to_all)}", again))
    if changed:
        said = f"rules of row security are not as this program makes them ({_some(changed)})"
        wrong.append((said, again))
    return wrong


def _some(names: Sequence[str]) -> str:
    """Of an older version's database it may be each table."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

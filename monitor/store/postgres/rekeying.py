"""New keys. What was sealed by the old one is sealed anew, in one transaction that holds the case; other processes read
keys anew as their next transaction begins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, bindparam, select, type_coerce

from monitor.acting import acting_for, acting_for_all
from monitor.clock import utc_now
from monitor.model.settings import Secret
from monitor.model.staff import INSTALLATION
from monitor.store.engine import in_lots
from monitor.store.every_table import metadata
from monitor.store.key_tables import KEYS_CHANGED, case_keys
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.sealed_types import KeptType, opened_value
from monitor.store.sealing_cipher import CaseKey, key_id_of, key_unwrapped, key_wrapped, new_case_key
from monitor.store.tables import cases

_AT_ONCE = 200


def renew_key(database: PostgresDatabase, case: str) -> int:
    """case: '' = of what is of no case; then nobody else writes meanwhile. How many values were sealed anew. The key of
    before stays until the next time: a round's single statement that was on its way may have sealed a value by it."""
    with _acting(case), database.transaction():
        keys = database.keys
        old = keys.key_of(case)
        new = new_case_key(case, old.number + 1)
        sealed = sum(_renewed_in(database, table, case, old, new) for table in metadata.sorted_tables)
        database.run(case_keys.delete().where(case_keys.c.case == case, case_keys.c.number < old.number))
        row = {"id": new.id, "case": case, "number": new.number, "wrapped": keys.wrapped(new), "made_at": utc_now()}
        database.run(case_keys.insert(), row)
        database.run(KEYS_CHANGED)
    keys.forget()
    return sealed


def wrap_anew(database: PostgresDatabase, old: Secret, new: Secret) -> int:
    """All keys by another store key, which opens them from then on. How many there are."""
    with acting_for_all(), database.transaction():
        rows = database.run(select(case_keys)).all()
        for row in rows:
            key = key_unwrapped(row.wrapped, bytes.fromhex(old.value), key_id=row.id, case=row.case, number=row.number)
            content = key_wrapped(key, bytes.fromhex(new.value))
            database.run(case_keys.update().where(case_keys.c.id == row.id).values(wrapped=content))
        database.run(KEYS_CHANGED)
    return len(rows)


def _acting(case: str) -> AbstractContextManager[None]:
    return acting_for(case) if case else acting_for_all()


def _renewed_in(database: PostgresDatabase, table: Table, case: str, old: CaseKey, new: CaseKey) -> int:
    kept = [column for column in table.columns if isinstance(column.type, KeptType)]
    of_all = [column for column in kept if _kind(column).of_all]
    of_cases = [column for column in kept if not _kind(column).of_all]
    whose = table.c.id if table is cases else table.c.get("case")
    done = _renewed(database, table, of_all, None, (old, new)) if case == INSTALLATION else 0
    return done + (_renewed(database, table, of_cases, whose == case, (old, new)) if whose is not None else 0)


def _renewed(
    database: PostgresDatabase,
    table: Table,
    columns: Sequence[Column[Any]],
    which: ColumnElement[bool] | None,
    keys: tuple[CaseKey, CaseKey],
) -> int:
    if not columns:
        return 0
    old, new = keys
    own = list(table.primary_key.columns)
    asked = select(*(_raw(column, f"old_{column.name}") for column in own), *(_raw(one, one.name) for one in columns))
    rows = database.run(asked if which is None else asked.where(which)).all()
    the_row = [_raw(column) == bindparam(f"was_{column.name}", type_=_type_of(column)) for column in own]
    fresh = {one.name: bindparam(f"new_{one.name}", type_=LargeBinary()) for one in columns}
    of_it = {column.name for column in columns}  # two columns that are sealed cannot be compared, not even to find one
    changes, doubles = _told_apart(rows, own, columns, old, new, [one.name for one in own if one.name in of_it])
    for lot in in_lots(doubles, _AT_ONCE):
        gone = [{name: value for name, value in one.items() if name.startswith("was_")} for one in lot]
        database.run(table.delete().where(*the_row), gone)
    for lot in in_lots(changes, _AT_ONCE):
        database.run(table.update().where(*the_row).values(fresh), lot)
    return len(changes) * len(columns)


def _told_apart(
    rows: Sequence[Any],
    own: Sequence[Column[Any]],
    columns: Sequence[Column[Any]],
    old: CaseKey,
    new: CaseKey,
    named: Sequence[str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is sealed anew, and what goes: it was written late, by the key of before, beside the row that there was."""
    changes, doubles, taken = list[dict[str, Any]](), list[dict[str, Any]](), set[tuple[Any, ...]]()
    for row in sorted(rows, key=lambda row: any(key_id_of(row._mapping[name]) != old.id for name in named)):
        values = _change(row, own, columns, new)
        place = tuple(values.get(f"new_{one.name}", values[f"was_{one.name}"]) for one in own)
        (doubles if named and place in taken else changes).append(values)
        taken.add(place)
    return changes, doubles


def _change(row: Any, own: Sequence[Column[Any]], columns: Sequence[Column[Any]], new: CaseKey) -> dict[str, Any]:
    values = {f"was_{column.name}": row._mapping[f"old_{column.name}"] for column in own}
    for column in columns:
        kind, sealed = _kind(column), row._mapping[column.name]
        if sealed:
            content = opened_value(sealed, kind.column)
            sealed = (new.looked_up if kind.is_looked_up else new.sealed)(content, kind.column)
        values[f"new_{column.name}"] = sealed
    return values


def _kind(column: Column[Any]) -> KeptType:
    kind: Any = column.type
    assert isinstance(kind, KeptType)  # noqa: S101 - for who reads types
    return kind


def _raw(column: Column[Any], name: str = "") -> Any:
    """As it lies there."""
    found = type_coerce(column, _type_of(column))
    return found.label(name) if name else found


def _type_of(column: Column[Any]) -> Any:
    return LargeBinary() if isinstance(column.type, KeptType) else column.type

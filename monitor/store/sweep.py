"""Forgetting what is old, among very many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, select

from monitor.store.engine import Database

_SWEPT_AT_ONCE = 2_000  # rows looked through in one statement: some milliseconds


def sweep(
    database: Database,
    table: Table,
    key: Column[Any],
    where: ColumnElement[bool],
    old: Sequence[ColumnElement[bool]],
) -> int:
    """Deletes what is `old`, in slices of the key, so that others are let in between even among millions of rows.
    Looking through all once a day is cheaper than an index on the time, which every look would have to keep."""
    gone, after = 0, None
    while True:
        rest = where if after is None else where & (key > after)
        end = database.run(select(key).where(rest).order_by(key).offset(_SWEPT_AT_ONCE).limit(1)).scalar_one_or_none()
        upto = rest if end is None else rest & (key <= end)
        gone += database.run(table.delete().where(upto, *old)).rowcount
        if end is None:
            return gone
        after = end

"""Forgetting what is old, among very many rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, select

from monitor.clock import monotonic
from monitor.store.engine import Database

_SWEPT_AT_FIRST, _SWEPT_LEAST, _SWEPT_MOST = 200, 20, 2_000
"""Rows looked through in one statement. After a clock that went on by a year all of them may be old, and each is
overwritten where it stands, all over the file: 2,000 took seconds, and nobody else came to the store meanwhile."""

_SLICE_S = 0.03
"""As long as one slice may keep the store for itself; the next is made smaller or larger by what this one took."""

_LONGEST_REST_S = 1.0


def sweep(
    database: Database,
    table: Table,
    key: Column[Any],
    where: ColumnElement[bool],
    old: Sequence[ColumnElement[bool]],
) -> int:
    """Deletes what is `old`, in slices of the key, so that others are let in between even among millions of rows.
    Looking through all once a day is cheaper than an index on the time, which every look would have to keep."""
    gone, after, size = 0, None, _SWEPT_AT_FIRST
    while True:
        began = monotonic()
        rest = where if after is None else where & (key > after)
        end = database.run(select(key).where(rest).order_by(key).offset(size).limit(1)).scalar_one_or_none()
        upto = rest if end is None else rest & (key <= end)
        gone += database.run(table.delete().where(upto, *old)).rowcount
        if end is None:
            return gone
        after, took = end, monotonic() - began
        size = next_slice(size, took)
        # The store's lock knows no turns: who lets go of it and asks again at once has it again, for minutes.
        time.sleep(min(took, _LONGEST_REST_S))


def next_slice(size: int, took: float) -> int:
    """Rows, after a slice of `size` took so many seconds."""
    if took > _SLICE_S:
        return max(size // 2, _SWEPT_LEAST)
    return min(size * 2, _SWEPT_MOST) if took < _SLICE_S / 3 else size

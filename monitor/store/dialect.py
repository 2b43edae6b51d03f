"""Where the databases differ in their words. SQLAlchemy's Core has no word for "unless it is there already": each
dialect brings its own `insert`. One made here is understood by SQLite and by PostgreSQL."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite


class Insert(sqlite.Insert):
    inherit_cache = True

    def on_conflict_do_update(self, *args: Any, **values: Any) -> Self:
        return super().on_conflict_do_update(*args, **values)._for_both()

    def on_conflict_do_nothing(self, *args: Any, **values: Any) -> Self:
        return super().on_conflict_do_nothing(*args, **values)._for_both()

    def _for_both(self) -> Self:
        """PostgreSQL asks which constraint is meant: there it can be named."""
        self._post_values_clause.constraint_target = None  # type: ignore[union-attr]
        return self


def insert(table: Table) -> Insert:
    return Insert(table)

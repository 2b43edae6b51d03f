"""The one place that knows which database it is. SQLAlchemy's Core has no word for "unless it is there already": each
dialect brings its own `insert`, alike in SQLite and PostgreSQL (`on_conflict_do_update`, `on_conflict_do_nothing`)."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite


def insert(table: Table) -> sqlite.Insert:
    return sqlite.insert(table)

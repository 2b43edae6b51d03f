"""How it stands with each alert channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from monitor.model.channel_health import ChannelHealth
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import channel_health

_KEPT = ("target", "name", "tried_at", "taken_at", "failing_since", "said", "let_in", "told_at", "case")


class SqlChannelHealth:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, target: str) -> ChannelHealth | None:
        row = self._db.run(select(channel_health).where(channel_health.c.target == target)).first()
        return None if row is None else _health(row)

    def all(self, case: str | None = None) -> Sequence[ChannelHealth]:
        statement = select(channel_health).order_by(channel_health.c.name)
        if case is not None:
            statement = statement.where(channel_health.c.case == case)
        return [_health(row) for row in self._db.run(statement)]

    def save(self, health: ChannelHealth) -> None:
        self._db.run(upsert(channel_health), {name: getattr(health, name) for name in _KEPT})

    def remove(self, target: str) -> None:
        self._db.run(channel_health.delete().where(channel_health.c.target == target))


def _health(row: Row[Any]) -> ChannelHealth:
    return ChannelHealth(**{name: getattr(row, name) for name in _KEPT})

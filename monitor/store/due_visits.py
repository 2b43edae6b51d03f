"""When each watch is visited next, and in whose hands it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, func, or_, select, type_coerce

from monitor.model.ids import CaseId
from monitor.model.visit import DueVisit, VisitReason
from monitor.store.dialect import insert
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import due_visits

_HANDS = ("held_by", "held_until")


class SqlDueVisits:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> DueVisit | None:
        return next(iter(self._read(select(due_visits).where(*_one(case, watch)))), None)

    def all(self) -> Sequence[DueVisit]:
        return self._read(select(due_visits).order_by(due_visits.c.at, due_visits.c.watch))

    def due(self, now: datetime, *, furthest: datetime) -> Sequence[DueVisit]:
        is_due = (due_visits.c.at <= now, _is_free(now, furthest))
        return self._read(select(due_visits).where(*is_due).order_by(due_visits.c.at, due_visits.c.watch))

    def held(self) -> Sequence[DueVisit]:
        return self._read(select(due_visits).where(due_visits.c.held_by != ""))

    def soonest(self, after: datetime) -> datetime | None:
        found: datetime | None = self._db.run(
            select(func.min(due_visits.c.at)).where(due_visits.c.at > after)
        ).scalar_one()
        return found

    def plan(self, visit: DueVisit) -> None:
        self._db.run(upsert(due_visits, keep=_HANDS), _values(visit) | {"held_by": "", "held_until": None})

    def claim(self, visit: DueVisit, until: datetime, now: datetime, *, furthest: datetime) -> bool:
        with self._db.transaction():
            values = _values(visit) | {"held_by": "", "held_until": None}
            self._db.run(insert(due_visits).on_conflict_do_nothing(), values)
            return self._changed(
                (*_one(visit.case, visit.watch), _is_free(now, furthest)),
                {"held_by": visit.held_by, "held_until": until},
            )

    def hold(self, case: str, watch: str, holder: str, until: datetime) -> bool:
        return self._changed((*_one(case, watch), due_visits.c.held_by == holder), {"held_until": until})

    def settle(self, visit: DueVisit, holder: str) -> bool:
        is_his = (*_one(visit.case, visit.watch), due_visits.c.held_by == holder)
        return self._changed(is_his, _values(visit) | {"held_by": "", "held_until": None})

    def let_go(self, case: str, watch: str, holder: str) -> None:
        self._changed((*_one(case, watch), due_visits.c.held_by == holder), {"held_by": "", "held_until": None})

    def clock_moved(self, by: timedelta) -> None:
        step = by // timedelta(microseconds=1)
        moved = type_coerce(due_visits.c.held_until, BigInteger) + step
        self._db.run(due_visits.update().where(due_visits.c.held_until.is_not(None)).values(held_until=moved))

    def drop(self, case: str, watch: str) -> None:
        self._db.run(due_visits.delete().where(*_one(case, watch), due_visits.c.held_by == ""))

    def _changed(self, where: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> bool:
        return self._db.run(due_visits.update().where(*where).values(**values)).rowcount == 1

    def _read(self, statement: Select[Any]) -> list[DueVisit]:
        return [_visit(row) for row in self._db.run(statement)]


def _one(case: str, watch: str) -> tuple[ColumnElement[bool], ...]:
    return (due_visits.c.case == case, due_visits.c.watch == watch)


def _is_free(now: datetime, furthest: datetime) -> ColumnElement[bool]:
    until = due_visits.c.held_until
    return or_(until.is_(None), until <= now, until > furthest)


def _values(visit: DueVisit) -> dict[str, Any]:
    return {
        "case": visit.case,
        "watch": visit.watch,
        "at": visit.at,
        "why": visit.why.value,
        "beat": visit.beat,
        "rhythm": visit.rhythm,
    }


def _visit(row: Row[Any]) -> DueVisit:
    return DueVisit(
        row.watch,
        CaseId(row.case),
        row.at,
        VisitReason(row.why),
        row.beat,
        row.rhythm,
        row.held_by,
        row.held_until,
    )

"""When each watch is visited next, and in whose hands it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.sql.base import Executable

from monitor.model.ids import CaseId
from monitor.model.visit import DueVisit, VisitReason
from monitor.store.dialect import insert
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import due_visits
from monitor.store.tables import UtcTime

_HANDS = ("held_by", "held_until", "deaths", "set_aside_at")
_FREE: dict[str, Any] = {"held_by": "", "held_until": None}
MOST_DEATHS = 3
SET_ASIDE_FIRST = timedelta(minutes=10)  # it may have been the machines, and not the place
SET_ASIDE_FOR = timedelta(days=1)  # where it was the place: it may be another one by then


class SqlDueVisits:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> DueVisit | None:
        found = self._db.run(_getting(), {"of_case": case, "of_watch": watch}).first()
        return _visit(found) if found is not None else None

    def all(self) -> Sequence[DueVisit]:
        return _in_turn(self._read(select(due_visits)))

    def due(self, now: datetime, *, furthest: datetime) -> Sequence[DueVisit]:
        is_due = (due_visits.c.at <= now, _is_free(now, furthest), _is_not_aside(now))
        return _in_turn(self._read(select(due_visits).where(*is_due)))

    def held(self) -> Sequence[DueVisit]:
        return self._read(select(due_visits).where(due_visits.c.held_by != ""))

    def due_groups(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        is_due = (due_visits.c.grp != "", due_visits.c.at <= now, _is_out_of_hand(now), _is_not_aside(now))
        first = func.min(due_visits.c.at).label("since")
        found = select(due_visits.c.grp, first).where(*is_due).group_by(due_visits.c.grp)
        return [(row.grp, row.since) for row in self._db.run(found.order_by(first, due_visits.c.grp).limit(limit))]

    def held_groups(self, now: datetime) -> frozenset[str]:
        held = select(due_visits.c.grp).where(due_visits.c.held_by != "", due_visits.c.held_until > now)
        return frozenset(self._db.run(held).scalars())

    def set_aside(self) -> Sequence[DueVisit]:
        return self._read(select(due_visits).where(due_visits.c.set_aside_at.is_not(None)).order_by(due_visits.c.at))

    def soonest(self, after: datetime) -> datetime | None:
        found: datetime | None = self._db.run(
            select(func.min(due_visits.c.at)).where(due_visits.c.at > after)
        ).scalar_one()
        return found

    def plan(self, visit: DueVisit) -> None:
        if visit.grp:
            is_other = (*_one(visit.case, visit.watch), due_visits.c.grp != visit.grp)
            self._changed(is_other, {"deaths": 0, "set_aside_at": None})
        keep = _HANDS if visit.grp else (*_HANDS, "grp")
        self._db.run(upsert(due_visits, keep=keep), _values(visit) | _FREE | {"grp": visit.grp})

    def claim(self, visit: DueVisit, until: datetime, now: datetime, *, furthest: datetime) -> bool:
        with self._db.transaction():
            values = _values(visit) | _FREE | {"grp": visit.grp}
            self._db.run(insert(due_visits).on_conflict_do_nothing(), values)
            return self._changed(
                (*_one(visit.case, visit.watch), _is_free(now, furthest)),
                {"held_by": visit.held_by, "held_until": until},
            )

    def claim_group(self, grp: str, holder: str, lasts: timedelta, now: datetime) -> Sequence[DueVisit]:
        given = {"of_grp": grp, "by": holder, "until": now + lasts, "now": now, "first": now - SET_ASIDE_FIRST}
        given["later"] = now - SET_ASIDE_FOR
        # Where others write beside it, no transaction is around it: that would be one for all cases.
        with nullcontext() if self._db.is_shared else self._db.transaction():
            found = self._db.run(_claiming(), given).all()
        return [_visit(one) for one in found if one.held_by == holder]

    def hold_all(self, holder: str, lasts: timedelta, now: datetime) -> int:
        held = due_visits.update().where(due_visits.c.held_by == holder, due_visits.c.held_until > now)
        return self._db.run(held.values(held_until=now + lasts)).rowcount

    def take_away(self, grp: str, now: datetime) -> None:
        is_held = (due_visits.c.grp == grp, due_visits.c.held_by != "", due_visits.c.held_until > now)
        self._db.run(due_visits.update().where(*is_held).values(held_until=now))

    def let_go_all(self, holder: str) -> None:
        self._db.run(due_visits.update().where(due_visits.c.held_by == holder).values(**_FREE))

    def hold(self, case: str, watch: str, holder: str, until: datetime) -> bool:
        return self._changed((*_one(case, watch), due_visits.c.held_by == holder), {"held_until": until})

    def settle(self, visit: DueVisit, holder: str) -> bool:
        at = {"at": visit.at, "why": visit.why.value, "beat": visit.beat, "rhythm": visit.rhythm}
        given = {"of_case": visit.case, "of_watch": visit.watch, "by": holder}
        return self._db.run(_settling(), given | at).rowcount == 1

    def let_go(self, case: str, watch: str, holder: str) -> None:
        self._changed((*_one(case, watch), due_visits.c.held_by == holder), _FREE)

    def clock_moved(self, by: timedelta) -> None:
        if self._db.is_shared:  # it is the clock of one machine, and not the one that these times are by
            return
        step = by // timedelta(microseconds=1)
        moved = type_coerce(due_visits.c.held_until, BigInteger) + step
        self._db.run(due_visits.update().where(due_visits.c.held_until.is_not(None)).values(held_until=moved))

    def drop(self, case: str, watch: str) -> None:
        self._db.run(due_visits.delete().where(*_one(case, watch), due_visits.c.held_by == ""))

    def _changed(self, where: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> bool:
        return self._db.run(due_visits.update().where(*where).values(**values)).rowcount == 1

    def _read(self, statement: Executable) -> list[DueVisit]:
        return [_visit(row) for row in self._db.run(statement)]


_OF_ONE = (due_visits.c.case == bindparam("of_case"), due_visits.c.watch == bindparam("of_watch"))
"""Made once, as the statements below: a pass makes few others, and to make one takes longer than to run it."""


@cache
def _getting() -> Executable:
    return select(due_visits).where(*_OF_ONE)


@cache
def _settling() -> Executable:
    changed = ("at", "why", "beat", "rhythm")
    values = {name: bindparam(name, type_=due_visits.c[name].type) for name in changed}
    is_his = (*_OF_ONE, due_visits.c.held_by == bindparam("by"))
    return due_visits.update().where(*is_his).values(**values, **_FREE, deaths=0, set_aside_at=None)


@cache
def _claiming() -> Executable:
    row, one_more = due_visits.c, due_visits.alias()
    grp: ColumnElement[str] = bindparam("of_grp", type_=row.grp.type)
    now = bindparam("now", type_=UtcTime)
    has_died = row.held_by != ""
    is_spent = and_(has_died, row.deaths >= MOST_DEATHS - 1)

    def is_not_aside(rows: FromClause) -> ColumnElement[bool]:
        first, later = (bindparam(name, type_=UtcTime) for name in ("first", "later"))
        return _is_tried(rows, first, later)

    is_due = (one_more.c.grp == grp, one_more.c.at <= now, is_not_aside(one_more))
    is_free = or_(row.held_until.is_(None), row.held_until <= now)
    return (
        due_visits.update()
        .where(row.grp == grp, is_free, is_not_aside(due_visits), select(one_more.c.grp).where(*is_due).exists())
        .values(
            held_by=case((is_spent, ""), else_=bindparam("by", type_=row.held_by.type)),
            held_until=case((is_spent, None), else_=bindparam("until", type_=UtcTime)),
            deaths=row.deaths + case((has_died, 1), else_=0),
            set_aside_at=case((or_(is_spent, row.set_aside_at.is_not(None)), now), else_=None),
        )
        .returning(*due_visits.c)
    )


def _in_turn(visits: list[DueVisit]) -> list[DueVisit]:
    return sorted(visits, key=lambda visit: (visit.at, visit.watch))


def _one(case: str, watch: str) -> tuple[ColumnElement[bool], ...]:
    return (due_visits.c.case == case, due_visits.c.watch == watch)


def _is_free(now: datetime, furthest: datetime) -> ColumnElement[bool]:
    until = due_visits.c.held_until
    return or_(until.is_(None), until <= now, until > furthest)


def _is_out_of_hand(now: datetime) -> ColumnElement[bool]:
    """By a clock that is the same for all who hold: no allowance for one that stood wrong."""
    until = due_visits.c.held_until
    return or_(until.is_(None), until <= now)


def _is_not_aside(now: datetime) -> ColumnElement[bool]:
    first, later = (literal(now - gap, UtcTime) for gap in (SET_ASIDE_FIRST, SET_ASIDE_FOR))
    return _is_tried(due_visits, first, later)


def _is_tried(rows: FromClause, first: ColumnElement[Any], later: ColumnElement[Any]) -> ColumnElement[bool]:
    """Soon after it was set aside, and where that was no better, once a day."""
    since, is_first = rows.c.set_aside_at, rows.c.deaths <= MOST_DEATHS
    return or_(since.is_(None), and_(is_first, since <= first), since <= later)


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
        row.grp,
        row.deaths,
        row.set_aside_at,
    )

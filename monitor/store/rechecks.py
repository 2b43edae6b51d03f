"""When each truth of a find is looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, not_, or_, select

from monitor.model.ids import SightingId
from monitor.model.presence import PlannedLook, ServerMark, Truth
from monitor.model.sighting import Status
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.fact_tables import rechecks
from monitor.store.sightings import HEARSAY
from monitor.store.tables import sightings


class SqlRechecks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def cases_due(self, now: datetime, *, furthest: datetime, removed_since: datetime) -> frozenset[str]:
        is_due = or_(rechecks.c.due_at <= now, rechecks.c.due_at > furthest)
        found = (
            select(rechecks.c.case)
            .join(sightings, and_(sightings.c.id == rechecks.c.sighting, sightings.c.case == rechecks.c.case))
            .where(is_due, *_is_looked_at(removed_since))
        )
        return frozenset(self._db.run(found.distinct()).scalars())

    def due(
        self,
        case: str,
        now: datetime,
        *,
        furthest: datetime,
        removed_since: datetime,
        limit: int,
        after: PlannedLook | None = None,
    ) -> Sequence[PlannedLook]:
        statement = (
            select(rechecks)
            .join(sightings, sightings.c.id == rechecks.c.sighting)
            .where(rechecks.c.case == case, sightings.c.case == case, *_is_looked_at(removed_since))
            .order_by(rechecks.c.due_at, rechecks.c.sighting, rechecks.c.truth)
        )
        if after is not None:
            statement = statement.where(rechecks.c.due_at >= after.due_at, _is_behind(after))
        found = list[PlannedLook]()
        for is_due in (rechecks.c.due_at <= now, rechecks.c.due_at > furthest):  # one by one, each by the index
            if len(found) < limit:
                found += [_look(row) for row in self._db.run(statement.where(is_due).limit(limit - len(found)))]
        return found

    def of(self, case: str, sighting: str) -> Sequence[PlannedLook]:
        statement = select(rechecks).where(rechecks.c.case == case, rechecks.c.sighting == sighting)
        return [_look(row) for row in self._db.run(statement.order_by(rechecks.c.truth))]

    def of_truth(self, case: str, truth: Truth, *, until: datetime) -> Sequence[PlannedLook]:
        is_due = (rechecks.c.case == case, rechecks.c.due_at <= until, rechecks.c.truth == truth.value)
        rows = self._db.run(select(rechecks).where(*is_due).order_by(rechecks.c.due_at, rechecks.c.sighting))
        return [_look(row) for row in rows]

    def save(self, case: str, looks: Iterable[PlannedLook]) -> None:
        rows = [
            {
                "case": case,
                "sighting": look.sighting,
                "truth": look.truth.value,
                "due_at": look.due_at,
                "etag": look.mark.etag,
                "last_modified": look.mark.last_modified,
                "way": look.mark.way,
            }
            for look in looks
        ]
        if rows:
            self._db.run(upsert(rechecks), rows)

    def sooner(self, case: str, sightings: Iterable[str], at: datetime) -> None:
        later = rechecks.update().where(rechecks.c.case == case, rechecks.c.due_at > at).values(due_at=at)
        for lot in in_lots(sightings):
            self._db.run(later.where(rechecks.c.sighting.in_(lot)))

    def drop(self, case: str, sighting: str, truth: Truth | None = None) -> None:
        statement = rechecks.delete().where(rechecks.c.case == case, rechecks.c.sighting == sighting)
        self._db.run(statement if truth is None else statement.where(rechecks.c.truth == truth.value))

    def unplanned(self, case: str, *, removed_since: datetime, limit: int) -> Sequence[SightingId]:
        has_row = exists().where(rechecks.c.case == case, rechecks.c.sighting == sightings.c.id)
        statement = select(sightings.c.id).where(sightings.c.case == case, not_(has_row))
        rows = self._db.run(statement.where(*_is_looked_at(removed_since)).order_by(sightings.c.id).limit(limit))
        return list(rows.scalars())

    def forget_before(self, case: str, before: datetime) -> int:
        statement = rechecks.delete().where(rechecks.c.case == case, rechecks.c.due_at < before)
        return self._db.run(statement).rowcount

    def forget(self, case: str) -> None:
        self._db.run(rechecks.delete().where(rechecks.c.case == case))


def _is_looked_at(removed_since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        sightings.c.status != Status.DISMISSED.value,
        not_(sightings.c.under_18),
        not_(HEARSAY),
        or_(sightings.c.status != Status.REMOVED.value, sightings.c.removed_at >= removed_since),
    )


def _is_behind(after: PlannedLook) -> ColumnElement[bool]:
    same = rechecks.c.due_at == after.due_at
    same_find = and_(same, rechecks.c.sighting == after.sighting)
    return or_(
        rechecks.c.due_at > after.due_at,
        and_(same, rechecks.c.sighting > after.sighting),
        and_(same_find, rechecks.c.truth > after.truth.value),
    )


def _look(row: Row[Any]) -> PlannedLook:
    mark = ServerMark(row.etag, row.last_modified, row.way)
    return PlannedLook(SightingId(row.sighting), Truth(row.truth), row.due_at, mark)

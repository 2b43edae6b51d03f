"""Alerts as they wait, and how far each came with each recipient."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select

from monitor.model.alert import (
    FURTHEST,
    MOST_COPIES,
    Alert,
    AlertKind,
    Answer,
    Delivery,
    Outstanding,
    Part,
)
from monitor.model.ids import CaseId
from monitor.store.engine import Database, upsert
from monitor.store.tables import alert_parts, alerts

_SAVE_ALERT = upsert(alerts, keep=("retry_at",))  # a claim outlives what its sender saves
_SAVE_PART = upsert(alert_parts)
_WAITING = alerts.c.delivery == Delivery.WAITING.value
_PARTLY = alerts.c.delivery == Delivery.PARTLY.value
SAME_TIME = timedelta(minutes=15)  # between the clocks of two processes, and for a flush ahead of time
_OPEN = or_(_WAITING, _PARTLY)
# Urgent ones first, digests last, each in the order in which they were made.
_IN_ORDER = (
    alerts.c.urgent.desc(),
    (alerts.c.kind == AlertKind.DIGEST.value),
    alerts.c.created_at,
    alerts.c.id,
)
_UNTRIED = (
    select(alerts)
    .where(
        alerts.c.case == bindparam("of_case"),
        alerts.c.subject == bindparam("of_subject"),
        _WAITING,
        alerts.c.attempts == 0,
    )
    .order_by(alerts.c.created_at.desc(), alerts.c.id.desc())
    .limit(1)
)


class SqlAlerts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, alert: str) -> Alert | None:
        row = self._db.run(select(alerts).where(alerts.c.case == case, alerts.c.id == alert)).first()
        return _alert(row) if row is not None else None

    def waiting(self, case: CaseId, subject: str) -> Alert | None:
        row = self._db.run(_UNTRIED, {"of_case": case, "of_subject": subject}).first()
        return _alert(row) if row is not None else None

    def due(self, now: datetime, limit: int = 50, *, urgent: bool | None = None) -> Sequence[Alert]:
        statement = select(alerts).where(
            _OPEN,
            # One that is yet to be made, or waits for longer than any can, was written by a clock that stood wrong.
            or_(
                alerts.c.not_before <= now,
                alerts.c.not_before > now + FURTHEST,
                alerts.c.created_at > now + SAME_TIME,
            ),
            _free(now),
        )
        if urgent is not None:
            statement = statement.where(alerts.c.urgent == urgent)
        return [_alert(row) for row in self._db.run(statement.order_by(*_IN_ORDER).limit(limit))]

    def open(
        self, case: CaseId | None = None, limit: int = 10_000, *, free_at: datetime | None = None
    ) -> Sequence[Alert]:
        statement = select(alerts).where(_OPEN)
        if case is not None:
            statement = statement.where(alerts.c.case == case)
        if free_at is not None:
            statement = statement.where(_free(free_at))
        return [_alert(row) for row in self._db.run(statement.order_by(*_IN_ORDER).limit(limit))]

    def all(self, case: CaseId | None = None, *, newest: int | None = None) -> Sequence[Alert]:
        statement = select(alerts).order_by(alerts.c.created_at.desc(), alerts.c.id.desc()).limit(newest)
        if case is not None:
            statement = statement.where(alerts.c.case == case)
        return [_alert(row) for row in self._db.run(statement)]

    def outstanding(self, case: CaseId | None = None) -> Outstanding:
        here = () if case is None else (alerts.c.case == case,)
        counted = select(
            func.count().filter(_WAITING).label("waiting"),
            func.count().filter(_WAITING, alerts.c.attempts > 0).label("tried"),
            func.count().filter(_PARTLY).label("partly"),
            func.count().filter(alerts.c.delivery == Delivery.FAILED.value).label("failed"),
            func.min(alerts.c.created_at).filter(_WAITING).label("oldest"),
        ).where(*here)
        row = self._db.run(counted).mappings().one()
        untold = select(alerts.c.sightings).where(*here, or_(_WAITING, alerts.c.delivery == Delivery.FAILED.value))
        finds = frozenset(name for found in self._db.run(untold).scalars() for name in json.loads(found))
        return Outstanding(**row, finds=finds)

    def sent_since(self, since: datetime, until: datetime) -> int:
        taken, at = alert_parts.c.answer == Answer.TAKEN.value, alert_parts.c.changed_at
        statement = select(func.count(alert_parts.c.alert.distinct())).where(taken, at > since, at <= until)
        return int(self._db.run(statement).scalar_one())

    def save(self, alert: Alert) -> None:
        self._db.run(
            _SAVE_ALERT,
            {
                "id": alert.id,
                "case": alert.case,
                "kind": alert.kind.value,
                "subject": alert.subject,
                "message_id": alert.message_id,
                "created_at": alert.created_at,
                "not_before": alert.not_before,
                "urgent": alert.urgent,
                "count": alert.count,
                "sightings": json.dumps(alert.sightings),
                "attempts": alert.attempts,
                "delivery": alert.delivery.value,
                "sent_at": alert.sent_at,
                "last_error": alert.last_error,
                "retry_at": None,
            },
        )

    def claim(self, alert: str, attempt: int, retry_at: datetime) -> bool:
        statement = (
            alerts.update()
            .where(alerts.c.id == alert, alerts.c.attempts == attempt, _OPEN)
            .values(attempts=attempt + 1, retry_at=retry_at)
        )
        return self._db.run(statement).rowcount == 1

    def renew(self, alert: str, attempt: int, retry_at: datetime) -> bool:
        statement = (
            alerts.update().where(alerts.c.id == alert, alerts.c.attempts == attempt, _OPEN).values(retry_at=retry_at)
        )
        return self._db.run(statement).rowcount == 1

    def parts(self, alert: str) -> Sequence[Part]:
        rows = self._db.run(select(alert_parts).where(alert_parts.c.alert == alert).order_by(alert_parts.c.name))
        return [_part(row) for row in rows]

    def save_part(self, part: Part) -> None:
        same = ("alert", "target", "name", "tries", "handed", "changed_at", "said")
        values = {name: getattr(part, name) for name in same}
        self._db.run(_SAVE_PART, values | {"answer": part.answer.value, "retry_at": part.retry_at})

    def refusing(self, case: CaseId | None = None) -> Sequence[Part]:
        last = (
            select(
                alert_parts,
                func.row_number()
                .over(partition_by=alert_parts.c.target, order_by=alert_parts.c.changed_at.desc())
                .label("back"),
            )
            .join(alerts, alerts.c.id == alert_parts.c.alert)
            .where(*(() if case is None else (alerts.c.case == case,)))
        ).subquery()
        spent = and_(last.c.answer != Answer.TAKEN.value, last.c.handed >= MOST_COPIES)
        statement = select(last).where(last.c.back == 1, or_(last.c.answer == Answer.REFUSED.value, spent))
        return [_part(row) for row in self._db.run(statement.order_by(last.c.name))]


def _free(now: datetime) -> Any:
    """Nobody has it in hand, and its next try has come. A time further ahead than can be was written by a clock that
    stood wrong."""
    return or_(alerts.c.retry_at.is_(None), alerts.c.retry_at <= now, alerts.c.retry_at > now + FURTHEST)


def _part(row: Row[Any]) -> Part:
    return Part(
        alert=row.alert,
        target=row.target,
        name=row.name,
        answer=Answer(row.answer),
        tries=row.tries,
        handed=row.handed,
        changed_at=row.changed_at,
        retry_at=row.retry_at,
        said=row.said,
    )


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        case=row.case,
        kind=AlertKind(row.kind),
        subject=row.subject,
        message_id=row.message_id,
        created_at=row.created_at,
        not_before=row.not_before,
        urgent=row.urgent,
        count=row._mapping["count"],  # `row.count` is the tuple's method
        sightings=tuple(json.loads(row.sightings)),
        attempts=row.attempts,
        delivery=Delivery(row.delivery),
        sent_at=row.sent_at,
        last_error=row.last_error,
    )

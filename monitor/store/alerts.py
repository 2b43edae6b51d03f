"""Alerts as they wait, and how far each came with each recipient."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, or_, select

from monitor.model.alert import (
    FURTHEST,
    Alert,
    AlertKind,
    Delivery,
    Outstanding,
    counted_of,
    letters_in,
    number_of,
)
from monitor.model.ids import CaseId
from monitor.run_names import current_run
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import case_settings
from monitor.store.tables import alert_parts, alerts, cases

_NUMBERED = alerts.alias()
_NEXT_NUMBER = (
    select(func.coalesce(func.max(_NUMBERED.c.number), 0) + 1)
    .where(_NUMBERED.c.case == bindparam("of_case"))
    .scalar_subquery()
)
# A claim outlives what its sender saves; a number is given once.
_SAVE_ALERT = upsert(alerts, keep=("retry_at", "number", "run"), number=_NEXT_NUMBER)
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
_ABOUT_FINDS = (
    select(alerts)
    .where(
        alerts.c.case == bindparam("of_case"),
        alerts.c.kind.in_([AlertKind.NEW.value, AlertKind.REAPPEARED.value]),
        alerts.c.created_at >= bindparam("since"),
    )
    .order_by(alerts.c.created_at.desc(), alerts.c.id.desc())
    .limit(500)
)
_HAVE_OWN = select(case_settings.c.case).where(case_settings.c.name == "alerts.urls")


_TWO_CASES = select(func.count()).select_from(select(cases.c.id).limit(2).subquery())


class SqlAlerts:
    """letters: of a case, as `model.alert.case_letters` has them."""

    def __init__(self, database: Database, letters: Callable[[CaseId], str]) -> None:
        self._db, self._letters = database, letters

    def get(self, case: CaseId, alert: str) -> Alert | None:
        row = self._db.run(select(alerts).where(alerts.c.case == case, alerts.c.id == alert)).first()
        return self._alert(row) if row is not None else None

    def by_number(self, case: CaseId, number: str) -> Alert | None:
        counted = counted_of(number)
        if letters_in(number) not in ("", self._letters(case)):
            return None
        row = self._db.run(select(alerts).where(alerts.c.case == case, alerts.c.number == counted)).first()
        return self._alert(row) if row is not None else None

    def waiting(self, case: CaseId, subject: str) -> Alert | None:
        row = self._db.run(_UNTRIED, {"of_case": case, "of_subject": subject}).first()
        return self._alert(row) if row is not None else None

    def due(
        self, now: datetime, limit: int = 50, *, urgent: bool | None = None, outlet: CaseId | None = None
    ) -> Sequence[Alert]:
        statement = select(alerts).where(*_due(now), *of_outlet(outlet))
        if urgent is not None:
            statement = statement.where(alerts.c.urgent == urgent)
        return self._alerts(self._db.run(statement.order_by(*_IN_ORDER).limit(limit)))

    def due_outlets(self, now: datetime) -> frozenset[CaseId]:
        statement = select(alerts.c.case).where(*_due(now), alerts.c.case.in_(_HAVE_OWN)).distinct()
        return frozenset(self._db.run(statement).scalars())

    def cases_due(self, now: datetime) -> frozenset[str]:
        return frozenset(self._db.run(select(alerts.c.case).where(*_due(now)).distinct()).scalars())

    def open(
        self, case: CaseId | None = None, limit: int = 10_000, *, free_at: datetime | None = None
    ) -> Sequence[Alert]:
        statement = select(alerts).where(_OPEN)
        if case is not None:
            statement = statement.where(alerts.c.case == case)
        if free_at is not None:
            statement = statement.where(_free(free_at))
        return self._alerts(self._db.run(statement.order_by(*_IN_ORDER).limit(limit)))

    def recent(self, case: CaseId, limit: int) -> Sequence[Alert]:
        statement = select(alerts).where(alerts.c.case == case).order_by(alerts.c.created_at.desc(), alerts.c.id.desc())
        return self._alerts(self._db.run(statement.limit(limit)))

    def about_finds(self, case: CaseId, since: datetime) -> Sequence[Alert]:
        rows = self._db.run(_ABOUT_FINDS, {"of_case": case, "since": since})
        return self._alerts(rows)

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

    def save(self, alert: Alert) -> None:
        self._db.run(
            _SAVE_ALERT,
            {
                "id": alert.id,
                "case": alert.case,
                "of_case": alert.case,
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
                "run": alert.run or current_run(),
            },
        )

    def claim(self, case: CaseId, alert: str, attempt: int, retry_at: datetime) -> bool:
        statement = (
            alerts.update()
            .where(alerts.c.case == case, alerts.c.id == alert, alerts.c.attempts == attempt, _OPEN)
            .values(attempts=attempt + 1, retry_at=retry_at)
        )
        return self._db.run(statement).rowcount == 1

    def renew(self, case: CaseId, alert: str, attempt: int, retry_at: datetime) -> bool:
        held = (alerts.c.case == case, alerts.c.id == alert, alerts.c.attempts == attempt, _OPEN)
        return self._db.run(alerts.update().where(*held).values(retry_at=retry_at)).rowcount == 1

    def forget_before(self, case: CaseId, before: datetime) -> int:
        newest = select(func.max(_NUMBERED.c.number)).where(_NUMBERED.c.case == case).scalar_subquery()
        done = alerts.c.delivery.in_([Delivery.SENT.value, Delivery.FOLDED.value])
        old = (alerts.c.case == case) & done & (alerts.c.created_at < before) & (alerts.c.number < newest)
        with self._db.transaction():
            self._db.run(alert_parts.delete().where(alert_parts.c.alert.in_(select(alerts.c.id).where(old))))
            return self._db.run(alerts.delete().where(old)).rowcount

    def _alert(self, row: Row[Any]) -> Alert:
        return self._alerts((row,))[0]

    def _alerts(self, rows: Iterable[Row[Any]]) -> list[Alert]:
        found = list(rows)
        # In a database of many, a transaction for one case sees no other: what is sent must not depend on who looks.
        if not found or not (self._db.is_shared or self._db.run(_TWO_CASES).scalar_one() > 1):
            return [_alert(row, "") for row in found]
        letters = {case: self._letters(case) for case in {row.case for row in found}}
        return [_alert(row, letters[row.case]) for row in found]

    def free_claims(self, now: datetime) -> int:
        held = (_OPEN, alerts.c.attempts > 0, alerts.c.retry_at > now)
        return self._db.run(alerts.update().where(*held).values(retry_at=now)).rowcount


def of_outlet(outlet: CaseId | None) -> tuple[ColumnElement[bool], ...]:
    """As `ports.found.Alerts.due` has it."""
    if outlet is None:
        return ()
    return (alerts.c.case == outlet,) if outlet else (alerts.c.case.not_in(_HAVE_OWN),)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    # One that is yet to be made, or waits for longer than any can, was written by a clock that stood wrong.
    has_come = or_(
        alerts.c.not_before <= now,
        alerts.c.not_before > now + FURTHEST,
        alerts.c.created_at > now + SAME_TIME,
    )
    return _OPEN, has_come, _free(now)


def _free(now: datetime) -> Any:
    """Nobody has it in hand, and its next try has come. A time further ahead than can be was written by a clock that
    stood wrong."""
    return or_(alerts.c.retry_at.is_(None), alerts.c.retry_at <= now, alerts.c.retry_at > now + FURTHEST)


def _alert(row: Row[Any], letters: str) -> Alert:
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
        number=number_of(row.number, letters),
        run=row.run,
    )

"""Alerts as they wait, and the runs that say what was covered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select

from monitor.model.alert import Alert, AlertKind, Delivery
from monitor.model.run import LimitReached, RunError, RunReport, RunStatus
from monitor.store.engine import Database, upsert
from monitor.store.tables import alerts, runs

_SAVE_ALERT = upsert(alerts, keep=("retry_at",))  # a claim outlives what its sender saves
_WAITING = alerts.c.delivery == Delivery.WAITING.value
_COUNTS = (
    "pages",
    "images",
    "new_images",
    "not_modified",
    "matches",
    "new_sightings",
    "bytes",
    "pages_seen",
    "images_seen",
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

    def get(self, case: str, alert: str) -> Alert | None:
        row = self._db.run(select(alerts).where(alerts.c.case == case, alerts.c.id == alert)).first()
        return _alert(row) if row is not None else None

    def waiting(self, case: str, subject: str) -> Alert | None:
        row = self._db.run(_UNTRIED, {"of_case": case, "of_subject": subject}).first()
        return _alert(row) if row is not None else None

    def due(self, now: datetime, limit: int = 50) -> Sequence[Alert]:
        statement = select(alerts).where(
            _WAITING,
            alerts.c.not_before <= now,
            or_(alerts.c.retry_at.is_(None), alerts.c.retry_at <= now),
        )
        rows = self._db.run(
            statement.order_by(alerts.c.urgent.desc(), alerts.c.not_before, alerts.c.created_at).limit(limit)
        )
        return [_alert(row) for row in rows]

    def all(self, case: str | None = None, limit: int = 200) -> Sequence[Alert]:
        statement = select(alerts).order_by(alerts.c.created_at.desc(), alerts.c.id.desc()).limit(limit)
        if case is not None:
            statement = statement.where(alerts.c.case == case)
        return [_alert(row) for row in self._db.run(statement)]

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
            .where(alerts.c.id == alert, alerts.c.attempts == attempt, _WAITING)
            .values(attempts=attempt + 1, retry_at=retry_at)
        )
        return self._db.run(statement).rowcount == 1


class SqlRuns:
    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, run: RunReport) -> None:
        values = {
            "case": run.case,
            "watch": run.watch,
            "status": run.status.value,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "errors": json.dumps([asdict(error) for error in run.errors]),
            "limits": json.dumps([asdict(limit) for limit in run.limits]),
        }
        self._db.run(runs.insert(), values | {name: getattr(run, name) for name in _COUNTS})

    def last(self, case: str, watch: str) -> RunReport | None:
        statement = select(runs).where(runs.c.case == case, runs.c.watch == watch)
        row = self._db.run(statement.order_by(runs.c.number.desc()).limit(1)).first()
        return _run(row) if row is not None else None

    def last_good(self, case: str, watch: str) -> datetime | None:
        statement = select(func.max(runs.c.finished_at)).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.status != RunStatus.FAILED.value
        )
        found: datetime | None = self._db.run(statement).scalar_one()
        return found

    def last_seeing(self, case: str, watch: str) -> RunReport | None:
        statement = select(runs).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.status != RunStatus.FAILED.value, runs.c.images_seen > 0
        )
        row = self._db.run(statement.order_by(runs.c.number.desc()).limit(1)).first()
        return _run(row) if row is not None else None

    def failed_in_a_row(self, case: str, watch: str) -> tuple[int, datetime | None]:
        here = (runs.c.case == case, runs.c.watch == watch)
        good = select(func.max(runs.c.number)).where(*here, runs.c.status != RunStatus.FAILED.value).scalar_subquery()
        statement = select(func.count().label("failed"), func.min(runs.c.finished_at).label("since")).where(
            *here, runs.c.number > func.coalesce(good, 0)
        )
        found = self._db.run(statement).mappings().one()
        return found["failed"], found["since"]

    def most_images(self, case: str, watch: str, since: datetime) -> int:
        statement = select(func.max(runs.c.images_seen)).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.finished_at >= since
        )
        return self._db.run(statement).scalar_one() or 0

    def since(self, case: str, since: datetime) -> Sequence[RunReport]:
        statement = select(runs).where(runs.c.case == case, runs.c.finished_at >= since)
        return [_run(row) for row in self._db.run(statement.order_by(runs.c.number))]

    def forget_before(self, case: str, before: datetime) -> int:
        statement = runs.delete().where(runs.c.case == case, runs.c.finished_at < before)
        return self._db.run(statement).rowcount


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


def _run(row: Row[Any]) -> RunReport:
    return RunReport(
        watch=row.watch,
        case=row.case,
        status=RunStatus(row.status),
        started_at=row.started_at,
        finished_at=row.finished_at,
        errors=tuple(RunError(**error) for error in json.loads(row.errors)),
        limits=tuple(LimitReached(**limit) for limit in json.loads(row.limits)),
        **{name: row._mapping[name] for name in _COUNTS},
    )

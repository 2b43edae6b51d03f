"""How far each alert came with each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Subquery, and_, func, or_, select

from monitor.model.alert import MOST_COPIES, Answer, Delivery, Part
from monitor.model.ids import CaseId
from monitor.store.alerts import of_outlet
from monitor.store.engine import Database, upsert
from monitor.store.tables import alert_parts, alerts

_SAVE_PART = upsert(alert_parts)


class SqlAlertParts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, case: CaseId, alert: str) -> Sequence[Part]:
        of_it = (alert_parts.c.case == case, alert_parts.c.alert == alert)
        rows = self._db.run(select(alert_parts).where(*of_it).order_by(alert_parts.c.name))
        return [_part(row) for row in rows]

    def save(self, case: CaseId, part: Part) -> None:
        of_alert = (alerts.c.case == case, alerts.c.id == part.alert)
        if self._db.run(select(alerts.c.id).where(*of_alert)).first() is None:
            return
        same = ("alert", "target", "name", "tries", "handed", "changed_at", "said")
        values = {name: getattr(part, name) for name in same}
        self._db.run(_SAVE_PART, values | {"case": case, "answer": part.answer.value, "retry_at": part.retry_at})

    def refusing(self, case: CaseId | None = None) -> Sequence[Part]:
        last = _last(case)
        spent = and_(last.c.answer != Answer.TAKEN.value, last.c.handed >= MOST_COPIES)
        statement = select(last).where(last.c.back == 1, or_(last.c.answer == Answer.REFUSED.value, spent))
        return [_part(row) for row in self._db.run(statement.order_by(last.c.name))]

    def last(self, case: CaseId | None = None) -> Sequence[Part]:
        last = _last(case)
        return [_part(row) for row in self._db.run(select(last).where(last.c.back == 1).order_by(last.c.name))]

    def unsure(self) -> int:
        is_open = alerts.c.delivery.in_([Delivery.WAITING.value, Delivery.PARTLY.value])
        statement = select(func.count()).select_from(alert_parts.join(alerts, alert_parts.c.alert == alerts.c.id))
        found = self._db.run(statement.where(is_open, alert_parts.c.answer == Answer.UNSURE.value))
        return int(found.scalar_one())

    def taken_between(self, since: datetime, until: datetime, outlet: CaseId | None = None) -> int:
        taken, at = alert_parts.c.answer == Answer.TAKEN.value, alert_parts.c.changed_at
        statement = select(func.count(alert_parts.c.alert.distinct())).where(taken, at > since, at <= until)
        if outlet is not None:
            statement = statement.where(alert_parts.c.alert.in_(select(alerts.c.id).where(*of_outlet(outlet))))
        return int(self._db.run(statement).scalar_one())


def _last(case: CaseId | None) -> Subquery:
    """With `back` = 1 for the newest row of each target."""
    newest = func.row_number().over(partition_by=alert_parts.c.target, order_by=alert_parts.c.changed_at.desc())
    of_case = () if case is None else (alert_parts.c.case == case,)
    return select(alert_parts, newest.label("back")).where(*of_case).subquery()


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

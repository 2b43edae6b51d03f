"""What waits for a time, when the clock is set back under it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, select, type_coerce

from monitor.model.alert import Delivery
from monitor.store.engine import Database
from monitor.store.tables import alerts, hosts, notes

CHECKS = "recheck:"  # notes: when a sighting is checked next


def set_back(database: Database, by: timedelta, now: datetime) -> None:
    """by: how far, positive. Everything that waits goes on waiting for as long as it would have, no longer. now: by
    the new clock. What was recorded stays as it was noted."""
    with database.transaction():
        step = by // timedelta(microseconds=1)
        for table, columns in ((hosts, (hosts.c.free_at,)), (alerts, (alerts.c.not_before, alerts.c.retry_at))):
            for column in columns:
                statement = table.update().where(column > now)
                if table is alerts:
                    statement = statement.where(alerts.c.delivery != Delivery.SENT.value)
                database.run(statement.values({column.name: type_coerce(column, BigInteger) - step}))
        checks = select(notes.c.key, notes.c.value).where(notes.c.key.startswith(CHECKS, autoescape=True))
        for row in database.run(checks).all():
            due = datetime.fromisoformat(row.value) - by
            database.run(notes.update().where(notes.c.key == row.key).values(value=due.isoformat()))

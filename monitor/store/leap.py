"""What waits for a time, when the clock is set back under it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, or_, select, type_coerce

from monitor.model.alert import Delivery
from monitor.store.engine import Database
from monitor.store.tables import alerts, hosts, notes

NOTES = ("recheck:", "digest:last:")  # when a sighting is checked next; the window of the next digest


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
        moved = or_(*(notes.c.key.startswith(prefix, autoescape=True) for prefix in NOTES))
        for row in database.run(select(notes.c.key, notes.c.value).where(moved)).all():
            at = datetime.fromisoformat(row.value)
            if at > now:
                value = (at - by).isoformat()
                database.run(notes.update().where(notes.c.key == row.key).values(value=value))

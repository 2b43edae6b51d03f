"""What waits for a time, when the clock is set back under it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, type_coerce

from monitor.model.alert import Delivery
from monitor.store.capture_tables import captures
from monitor.store.engine import Database
from monitor.store.fact_tables import digests, rechecks
from monitor.store.hosting_tables import hostings
from monitor.store.own_tables import wishes
from monitor.store.tables import alerts, hosts


def set_back(database: Database, by: timedelta, now: datetime) -> None:
    """by: how far, positive. Everything that waits goes on waiting for as long as it would have, no longer. now: by
    the new clock. What was recorded stays as it was noted."""
    with database.transaction():
        step = by // timedelta(microseconds=1)
        waiting = (hosts.c.free_at, rechecks.c.due_at, digests.c.last_at, hostings.c.ask_again_at)
        for column in (*waiting, wishes.c.held_until, alerts.c.not_before, alerts.c.retry_at, captures.c.retry_at):
            statement = column.table.update().where(column > now)
            if column.table is alerts:
                statement = statement.where(alerts.c.delivery != Delivery.SENT.value)
            database.run(statement.values({column.name: type_coerce(column, BigInteger) - step}))

"""How an installation stands as a whole: counted over all cases, and naming none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, not_, or_, select

from monitor.acting import acting_for_all
from monitor.ports.installation import InstallationStanding
from monitor.store.engine import Database
from monitor.store.fact_tables import due_visits
from monitor.store.tables import hosts


class SqlInstallation:
    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self, now: datetime) -> InstallationStanding:
        is_held = and_(due_visits.c.held_by != "", due_visits.c.held_until > now)
        is_aside = due_visits.c.set_aside_at.is_not(None)
        is_free = or_(due_visits.c.held_until.is_(None), due_visits.c.held_until <= now)
        waits = and_(due_visits.c.at <= now, is_free, not_(is_aside))
        visits = select(
            func.count().filter(waits).label("due"),
            func.min(due_visits.c.at).filter(waits).label("first"),
            func.count().filter(is_held).label("in_hand"),
            func.count().filter(is_aside).label("aside"),
        )
        paced = select(
            func.count().filter(hosts.c.held_until > now).label("held"),
            func.count().filter(hosts.c.failures > 0, hosts.c.free_at > now).label("resting"),
        )
        with acting_for_all():
            seen, asked = self._db.run(visits).one(), self._db.run(paced).one()
        late_s = (now - seen.first).total_seconds() if seen.first is not None else 0.0
        return InstallationStanding(seen.due, late_s, seen.in_hand, seen.aside, asked.held, asked.resting)

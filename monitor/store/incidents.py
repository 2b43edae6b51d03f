"""What waits for the person's word. The first question is answered from one index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from monitor.model.ids import CaseId
from monitor.model.incident import WaitingFinds, WaitingIncident, WaitingIncidents
from monitor.model.match import Tier
from monitor.model.sighting import Sighting, Status
from monitor.store.engine import Database
from monitor.store.sightings import SqlSightings
from monitor.store.tables import evidence, sightings

_UNDECIDED = (Status.NEW.value, Status.REAPPEARED.value)
_IS_SURE = sightings.c.tier == Tier.MATCH.value
_IS_BACK = sightings.c.status == Status.REAPPEARED.value
_NOT_SURE = case((_IS_SURE, 0), else_=1)
_OTHERS = sightings.alias()
_NAMED_ACCOUNT = case((sightings.c.account != "", sightings.c.account))


def _many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _undecided(of: CaseId) -> ColumnElement[bool]:
    """Neither hearsay nor closed as under 18."""
    asked = sightings.c.status.in_(_UNDECIDED), sightings.c.under_18.is_(False), sightings.c.only_said.is_(False)
    return and_(sightings.c.case == of, *asked)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(sightings.c.later_until.is_(None), sightings.c.later_until <= now)


def _holds(typed: str, *texts: str | None) -> bool:
    return any(typed.casefold() in (text or "").casefold() for text in texts)


_TOLD = ("incident", "tier", "status", "host", "account", "label", "first_seen")


def _waiting(incident: str, rows: Sequence[Row[Any]]) -> WaitingIncident:
    """Without its copies."""
    seen = [row.first_seen for row in rows]
    return WaitingIncident(
        incident=incident,
        waits=len(rows),
        sure=sum(row.tier == Tier.MATCH.value for row in rows),
        back=sum(row.status == Status.REAPPEARED.value for row in rows),
        copies=0,
        accounts=len({row.account for row in rows if row.account}),
        first_seen=min(seen),
        newest=max(seen),
    )


def _turn(one: WaitingIncident) -> tuple[bool, bool, float, str]:
    return not one.back, not one.sure, -one.newest.timestamp(), one.incident


class SqlIncidents:
    def __init__(self, database: Database, finds: SqlSightings) -> None:
        self._db, self._finds = database, finds

    def waiting(self, of: CaseId, now: datetime, *, limit: int, offset: int = 0, holding: str = "") -> WaitingIncidents:
        if holding:
            return self._holding(of, now, holding, limit=limit, offset=offset)
        sure, back = _many(_IS_SURE), _many(_IS_BACK)
        newest = func.max(sightings.c.first_seen)
        asked = (
            select(
                sightings.c.incident,
                func.count().label("waits"),
                sure.label("sure"),
                back.label("back"),
                func.count(_NAMED_ACCOUNT.distinct()).label("accounts"),
                func.min(sightings.c.first_seen).label("first_seen"),
                newest.label("newest"),
                func.count().over().label("every"),
                func.sum(func.count()).over().label("finds"),
            )
            .where(_undecided(of), _is_due(now))
            .group_by(sightings.c.incident)
            .order_by((back > 0).desc(), (sure > 0).desc(), newest.desc(), sightings.c.incident)
            .limit(limit)
            .offset(offset)
            .subquery()
        )
        every = _OTHERS.c.case == of, _OTHERS.c.incident == asked.c.incident, _OTHERS.c.under_18.is_(False)
        copies = select(func.count()).select_from(_OTHERS).where(*every).correlate(asked)
        rows = self._db.run(select(asked, copies.scalar_subquery().label("copies"))).all()
        found = tuple(
            WaitingIncident(
                incident=row.incident,
                waits=row.waits,
                sure=row.sure,
                back=row.back,
                copies=row.copies,
                accounts=row.accounts,
                first_seen=row.first_seen,
                newest=row.newest,
            )
            for row in rows
        )
        return WaitingIncidents(
            found, rows[0].every if rows else 0, rows[0].finds if rows else 0, self._put_aside_count(of, now)
        )

    def _holding(self, of: CaseId, now: datetime, typed: str, *, limit: int, offset: int) -> WaitingIncidents:
        """`waiting`, looked through here: what the finds say is sealed in a shared database."""
        asked = select(*(sightings.c[name] for name in _TOLD)).where(_undecided(of), _is_due(now))
        finds: dict[str, list[Row[Any]]] = {}
        for row in self._db.run(asked):
            if _holds(typed, row.host, row.account, row.label):
                finds.setdefault(row.incident, []).append(row)
        every = sorted((_waiting(incident, rows) for incident, rows in finds.items()), key=_turn)
        shown = every[offset : offset + limit]
        those = sightings.c.incident.in_([one.incident for one in shown])
        copies = (
            select(sightings.c.incident, func.count().label("many"))
            .where(sightings.c.case == of, sightings.c.under_18.is_(False), those)
            .group_by(sightings.c.incident)
        )
        known = {row.incident: row.many for row in self._db.run(copies)}
        return WaitingIncidents(
            tuple(replace(one, copies=known.get(one.incident, 0)) for one in shown),
            len(every) if shown else 0,
            sum(one.waits for one in every) if shown else 0,
            self._put_aside_count(of, now),
        )

    def first_of(
        self, of: CaseId, incidents: Iterable[str], now: datetime, many: int
    ) -> Mapping[str, Sequence[Sighting]]:
        sure_first = (_NOT_SURE, sightings.c.first_seen.desc(), sightings.c.id.desc())
        place = func.row_number().over(partition_by=sightings.c.incident, order_by=sure_first).label("place")
        ranked = (
            select(sightings.c.id, sightings.c.incident, place)
            .where(_undecided(of), _is_due(now), sightings.c.incident.in_([*incidents]))
            .subquery()
        )
        chosen = select(ranked).where(ranked.c.place <= many).order_by(ranked.c.incident, ranked.c.place)
        rows = self._db.run(chosen).all()
        known = {one.id: one for one in self._finds.of_ids(of, [row.id for row in rows])}
        found: dict[str, list[Sighting]] = {}
        for row in rows:
            found.setdefault(row.incident, []).append(known[row.id])
        return found

    def lacking(self, of: CaseId, incidents: Iterable[str], now: datetime) -> Mapping[str, int]:
        kept = select(evidence.c.id).where(evidence.c.sighting == sightings.c.id).exists()
        asked = (
            select(sightings.c.incident, func.count().label("many"))
            .where(_undecided(of), _is_due(now), sightings.c.incident.in_([*incidents]), ~kept)
            .group_by(sightings.c.incident)
        )
        return {row.incident: row.many for row in self._db.run(asked)}

    def finds_waiting(self, of: CaseId, now: datetime, incident: str, *, host: str = "", limit: int) -> WaitingFinds:
        where = [_undecided(of), _is_due(now), sightings.c.incident == incident]
        if host:
            where.append(sightings.c.host == host)
        every = int(self._db.run(select(func.count()).select_from(sightings).where(*where)).scalar_one())
        ids = self._db.run(select(sightings.c.id).where(*where).order_by(sightings.c.id).limit(limit)).scalars().all()
        return WaitingFinds(tuple(self._finds.of_ids(of, ids)), every)

    def is_known(self, of: CaseId, incident: str) -> bool:
        own = sightings.c.case == of, sightings.c.incident == incident
        return self._db.run(select(sightings.c.id).where(*own).limit(1)).first() is not None

    def put_aside(self, of: CaseId, now: datetime, *, limit: int) -> Sequence[Sighting]:
        asked = select(sightings.c.id).where(_undecided(of), sightings.c.later_until > now)
        soonest = asked.order_by(sightings.c.later_until, sightings.c.id).limit(limit)
        ids = self._db.run(soonest).scalars().all()
        known = {one.id: one for one in self._finds.of_ids(of, ids)}
        return [known[one] for one in ids]

    def _put_aside_count(self, of: CaseId, now: datetime) -> int:
        aside = select(func.count()).select_from(sightings).where(_undecided(of), sightings.c.later_until > now)
        return int(self._db.run(aside).scalar_one())

"""Requests to desks about sightings, from draft to answer; and addresses of desks that are dead."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select

from monitor.model.ids import CaseId, SightingId
from monitor.model.report import FURTHEST_DUE, WAITING, Frozen, Report, ReportEvent, ReportState
from monitor.model.sighting import Status
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.failures import belongs_to_nothing
from monitor.store.report_tables import dead_addresses, report_events, report_sightings, reports
from monitor.store.tables import sightings

_ABOUT = (
    select(report_sightings)
    .where(report_sightings.c.report.in_(bindparam("ids", expanding=True)))
    .order_by(report_sightings.c.place)
)
_STEPS = (
    select(report_events)
    .where(report_events.c.report.in_(bindparam("ids", expanding=True)))
    .order_by(report_events.c.step)
)
_FORGET_ABOUT = report_sightings.delete().where(
    report_sightings.c.case == bindparam("of_case"), report_sightings.c.report == bindparam("of_report")
)
_FORGET_STEPS = report_events.delete().where(
    report_events.c.case == bindparam("of_case"), report_events.c.report == bindparam("of_report")
)
_STILL_OPEN = exists(
    select(report_sightings.c.report)
    .join(sightings, sightings.c.id == report_sightings.c.sighting)
    .where(
        report_sightings.c.report == reports.c.id,
        sightings.c.status.not_in([Status.REMOVED.value, Status.DISMISSED.value]),
    )
)
_FROZEN = frozenset(field.name for field in fields(Frozen))


def _named(ids: Sequence[str]) -> Select[Any]:
    return select(reports).where(reports.c.id.in_(ids))


class SqlReports:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, report: str) -> Report | None:
        found = self._where(reports.c.case == case, reports.c.id == report)
        return found[0] if found else None

    def all(self, case: CaseId | None = None) -> Sequence[Report]:
        return self._where(*(() if case is None else (reports.c.case == case,)))

    def listed(self, case: CaseId, *, limit: int, after: str = "") -> Sequence[Report]:
        statement = select(reports).where(reports.c.case == case, reports.c.id > after)
        return self._read(self._db.run(statement.order_by(reports.c.id).limit(limit)).all())

    def counts(self, case: CaseId) -> Mapping[ReportState, int]:
        statement = select(reports.c.state, func.count().label("many")).where(reports.c.case == case)
        rows = self._db.run(statement.group_by(reports.c.state).order_by(func.min(reports.c.id)))
        return {ReportState(row.state): row.many for row in rows}

    def of_sighting(self, case: CaseId, sighting: SightingId) -> Sequence[Report]:
        return self.of_sightings(case, [sighting])

    def of_sightings(self, case: CaseId, wanted: Iterable[SightingId]) -> Sequence[Report]:
        found: dict[str, Report] = {}
        for lot in in_lots(dict.fromkeys(wanted)):
            about = select(report_sightings.c.report).where(report_sightings.c.sighting.in_(lot))
            rows = self._db.run(select(reports).where(reports.c.id.in_(about))).all()  # a few, whosever they are
            found |= {one.id: one for one in self._read([row for row in rows if row.case == case])}
        return [found[name] for name in sorted(found)]

    def at_incidents(self, case: CaseId, incidents: Iterable[str]) -> Mapping[str, Sequence[Report]]:
        statement = (
            select(sightings.c.incident, report_sightings.c.report)
            .join(report_sightings, report_sightings.c.sighting == sightings.c.id)
            .where(sightings.c.case == case, sightings.c.incident.in_([*incidents]))
            .distinct()
            .order_by(report_sightings.c.report)
        )
        rows = self._db.run(statement).all()
        about = [row for lot in in_lots({row.report for row in rows}) for row in self._db.run(_named(lot)).all()]
        known = {one.id: one for one in self._read(about)}
        found: dict[str, list[Report]] = {}
        for row in rows:
            found.setdefault(row.incident, []).append(known[row.report])
        return found

    def due(self, case: CaseId, now: datetime) -> Sequence[Report]:
        waiting = reports.c.state.in_([state.value for state in WAITING])
        is_time = or_(reports.c.look_at < now, reports.c.look_at > now + FURTHEST_DUE)
        return self._where(_of(case), waiting, is_time, _STILL_OPEN)

    def following(self, case: CaseId, report: str) -> Sequence[Report]:
        return self._where(_of(case), reports.c.follows == report)

    def proposed(self, case: CaseId) -> Sequence[Report]:
        return self._where(_of(case), reports.c.follows > "", reports.c.state == ReportState.DRAFT.value)

    def of_file(self, case: CaseId, file: str) -> Sequence[Report]:
        return self._where(_of(case), reports.c.file == file)

    def save(self, report: Report) -> None:
        own = {"of_case": report.case, "of_report": report.id}
        with self._db.transaction():
            if not self._db.run(upsert(reports), _row(report)).rowcount:
                raise belongs_to_nothing()
            self._db.run(_FORGET_ABOUT, own)
            about = enumerate(report.sightings)
            self._db.run(
                report_sightings.insert(),
                [{"report": report.id, "case": report.case, "sighting": one, "place": place} for place, one in about],
            )
            self._db.run(_FORGET_STEPS, own)
            self._db.run(
                report_events.insert(),
                [
                    asdict(event) | {"case": report.case, "step": step, "state": event.state.value}
                    for step, event in enumerate((*report.events, *report.undone))
                ],
            )

    def _where(self, *conditions: ColumnElement[bool]) -> list[Report]:
        """By id; sorted here, since SQLite would rather walk through the whole case in that order than sort a few."""
        return sorted(self._read(self._db.run(select(reports).where(*conditions)).all()), key=lambda report: report.id)

    def _read(self, rows: Sequence[Row[Any]]) -> list[Report]:
        about: dict[str, list[SightingId]] = {}
        steps: dict[str, list[ReportEvent]] = {}
        for ids in in_lots(row.id for row in rows):
            for row in self._db.run(_ABOUT, {"ids": ids}):
                about.setdefault(row.report, []).append(SightingId(row.sighting))
            for row in self._db.run(_STEPS, {"ids": ids}):
                steps.setdefault(row.report, []).append(_event(row))
        return [_report(row, about[row.id], steps[row.id]) for row in rows]


class SqlDeadAddresses:
    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, address: str, at: datetime) -> None:
        self._db.run(upsert(dead_addresses), {"address": address, "at": at})

    def revive(self, address: str) -> None:
        self._db.run(dead_addresses.delete().where(dead_addresses.c.address == address))

    def all(self) -> Mapping[str, datetime]:
        return {row.address: row.at for row in self._db.run(select(dead_addresses))}


def _of(case: CaseId) -> ColumnElement[bool]:
    return reports.c.case == case


def _row(report: Report) -> dict[str, object]:
    return {
        "id": report.id,
        "case": report.case,
        "channel": report.channel,
        "route": report.route,
        "lane": report.lane,
        "file": report.file,
        "frozen": json.dumps({name: value for name, value in asdict(report.frozen).items() if value}),
        "follows": report.follows,
        "state": report.state.value,
        "look_at": report.look_at,
    }


def _report(row: Row[Any], about: Sequence[SightingId], steps: Sequence[ReportEvent]) -> Report:
    frozen = {name: value for name, value in json.loads(row.frozen).items() if name in _FROZEN}
    return Report(
        id=row.id,
        case=row.case,
        sightings=tuple(about),
        channel=row.channel,
        route=row.route,
        events=tuple(step for step in steps if step.undone_at is None),
        undone=tuple(step for step in steps if step.undone_at is not None),
        lane=row.lane,
        file=row.file,
        frozen=Frozen(**frozen),
        follows=row.follows,
    )


def _event(row: Row[Any]) -> ReportEvent:
    return ReportEvent(
        report=row.report,
        at=row.at,
        noted_at=row.noted_at,
        state=ReportState(row.state),
        text=row.text,
        number=row.number,
        due_at=row.due_at,
        undone_at=row.undone_at,
    )

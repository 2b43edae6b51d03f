"""The runs that say what was covered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from monitor.model.ids import CaseId
from monitor.model.observation import Covers, Observation, RunStatus, Weight, error_kind
from monitor.model.run import LimitKind, LimitReached, Run
from monitor.model.visit import LooksBefore
from monitor.store.engine import Database
from monitor.store.tables import runs

_ONLINE = or_(  # as `Run.is_offline` has it
    runs.c.status != RunStatus.FAILED.value, runs.c.pages_seen > 0, runs.c.met_offline.is_not(True)
)
_WHOLE = runs.c.status == RunStatus.OK.value  # whatever was cut or blind in part is not `ok`
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
    "appeared",
    "appeared_hers",
    "requests",
)


class SqlRuns:
    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, run: Run) -> None:
        values = {
            "case": run.case,
            "watch": run.watch,
            "status": run.status.value,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "errors": json.dumps([asdict(error) for error in run.errors]),
            "limits": json.dumps([asdict(limit) for limit in run.limits]),
            "sight": run.sight,
            "met_offline": run.lost_network,
        }
        self._db.run(runs.insert(), values | {name: getattr(run, name) for name in _COUNTS})

    def last(self, case: CaseId, watch: str) -> Run | None:
        statement = select(runs).where(runs.c.case == case, runs.c.watch == watch)
        row = self._db.run(statement.order_by(runs.c.number.desc()).limit(1)).first()
        return _run(row) if row is not None else None

    def last_look(self, case: CaseId, watch: str) -> datetime | None:
        statement = select(runs.c.finished_at).where(runs.c.case == case, runs.c.watch == watch, _ONLINE)
        found: datetime | None = self._db.run(statement.order_by(runs.c.number.desc()).limit(1)).scalar_one_or_none()
        return found

    def last_good(self, case: CaseId, watch: str) -> datetime | None:
        statement = select(func.max(runs.c.finished_at)).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.status != RunStatus.FAILED.value
        )
        found: datetime | None = self._db.run(statement).scalar_one()
        return found

    def last_seeing(self, case: CaseId, watch: str) -> Run | None:
        statement = select(runs).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.status != RunStatus.FAILED.value, runs.c.images_seen > 0
        )
        row = self._db.run(statement.order_by(runs.c.number.desc()).limit(1)).first()
        return _run(row) if row is not None else None

    def failed_in_a_row(self, case: CaseId, watch: str) -> tuple[int, datetime | None]:
        here = (runs.c.case == case, runs.c.watch == watch)
        good = select(func.max(runs.c.number)).where(*here, runs.c.status != RunStatus.FAILED.value).scalar_subquery()
        statement = select(func.count().label("failed"), func.min(runs.c.finished_at).label("since")).where(
            *here, runs.c.number > func.coalesce(good, 0), _ONLINE
        )
        found = self._db.run(statement).mappings().one()
        return found["failed"], found["since"]

    def looks_before(self, case: CaseId, watch: str, sight: str) -> LooksBefore:
        here = (runs.c.case == case, runs.c.watch == watch)
        whole = select(runs.c.number, runs.c.finished_at, runs.c.sight).where(*here, _WHOLE)
        last = self._db.run(whole.order_by(runs.c.number.desc()).limit(1)).first()
        if last is None or not sight or last.sight != sight:
            return LooksBefore()
        columns = (func.coalesce(func.sum(runs.c[name]), 0).label(name) for name in ("appeared", "appeared_hers"))
        since = select(*columns).where(*here, runs.c.number > last.number, runs.c.sight == sight)
        met = self._db.run(since).mappings().one()
        return LooksBefore(last.finished_at, met["appeared"], met["appeared_hers"])

    def most_images(self, case: CaseId, watch: str, since: datetime) -> int:
        statement = select(func.max(runs.c.images_seen)).where(
            runs.c.case == case, runs.c.watch == watch, runs.c.finished_at >= since
        )
        return self._db.run(statement).scalar_one() or 0

    def since(self, case: CaseId, since: datetime) -> Sequence[Run]:
        statement = select(runs).where(runs.c.case == case, runs.c.finished_at >= since)
        return [_run(row) for row in self._db.run(statement.order_by(runs.c.number))]

    def forget_before(self, case: CaseId, before: datetime) -> int:
        statement = runs.delete().where(runs.c.case == case, runs.c.finished_at < before)
        return self._db.run(statement).rowcount


def _run(row: Row[Any]) -> Run:
    counts: dict[str, Any] = {name: row._mapping[name] or 0 for name in _COUNTS}
    return Run(
        watch=row.watch,
        case=row.case,
        status=RunStatus(row.status),
        started_at=row.started_at,
        finished_at=row.finished_at,
        errors=tuple(_observation(kept) for kept in json.loads(row.errors)),
        limits=tuple(LimitReached(**{**limit, "what": LimitKind(limit["what"])}) for limit in json.loads(row.limits)),
        sight=row.sight or "",
        **counts,
    )


def _observation(kept: dict[str, str]) -> Observation:
    """Of a version that did not say how much it covers: of a page, and in part."""
    covers, weight = Covers(kept.get("covers", Covers.PAGE)), Weight(kept.get("weight", Weight.PART))
    return Observation(kept["url"], error_kind(kept["kind"]), kept["message"], kept["remedy"], covers, weight)

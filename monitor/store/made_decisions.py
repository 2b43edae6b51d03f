"""What the person said about finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from monitor.model.deciding import DecisionAct, DecisionVia, MadeDecision, SaidBefore
from monitor.model.ids import CaseId, SightingId
from monitor.model.sighting import Decision, Status
from monitor.store.engine import Database, in_lots
from monitor.store.own_tables import made_decisions


class SqlMadeDecisions:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, made: MadeDecision) -> int:
        before = made.before
        result = self._db.run(
            made_decisions.insert(),
            {
                "case": made.case,
                "sighting": made.sighting,
                "act": made.act.value,
                "at": made.at,
                "via": made.via.value,
                "batch": made.batch,
                "until": made.until,
                "text": made.text,
                "undone_at": made.undone_at,
                "was_status": before.status.value,
                "was_before": before.before_dismissal.value if before.before_dismissal else None,
                "was_decision": before.decision.value if before.decision else None,
                "was_decided_at": before.decided_at,
                "was_later_until": before.later_until,
            },
        )
        return int((result.inserted_primary_key or (0,))[0])

    def of(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[MadeDecision]:
        asked = select(made_decisions).where(made_decisions.c.case == case)
        lots = in_lots(dict.fromkeys(sightings))
        rows = [row for lot in lots for row in self._db.run(asked.where(made_decisions.c.sighting.in_(lot)))]
        return [_made(row) for row in sorted(rows, key=lambda row: row.number)]

    def of_batch(self, case: CaseId, batch: str) -> Sequence[MadeDecision]:
        of_it = made_decisions.c.case == case, made_decisions.c.batch == batch
        rows = self._db.run(select(made_decisions).where(*of_it).order_by(made_decisions.c.number))
        return [_made(row) for row in rows]

    def recent(self, case: CaseId, limit: int) -> Sequence[MadeDecision]:
        newest = select(made_decisions).where(made_decisions.c.case == case).order_by(made_decisions.c.number.desc())
        return [_made(row) for row in self._db.run(newest.limit(limit))]

    def since(self, case: CaseId, since: datetime, via: DecisionVia) -> int:
        counted = select(func.count(made_decisions.c.batch.distinct())).where(
            made_decisions.c.case == case,
            made_decisions.c.at >= since,
            made_decisions.c.via == via.value,
            made_decisions.c.undone_at.is_(None),
        )
        return int(self._db.run(counted).scalar_one())

    def take_back(self, case: CaseId, number: int, at: datetime) -> bool:
        own = made_decisions.c.case == case, made_decisions.c.number == number, made_decisions.c.undone_at.is_(None)
        return self._db.run(made_decisions.update().where(*own).values(undone_at=at, text="")).rowcount > 0

    def drop(self, case: CaseId, sighting: SightingId) -> None:
        of_it = made_decisions.c.case == case, made_decisions.c.sighting == sighting
        self._db.run(made_decisions.delete().where(*of_it))


def _made(row: Row[Any]) -> MadeDecision:
    return MadeDecision(
        case=row.case,
        sighting=SightingId(row.sighting),
        act=DecisionAct(row.act),
        at=row.at,
        via=DecisionVia(row.via),
        batch=row.batch,
        before=SaidBefore(
            Status(row.was_status),
            Status(row.was_before) if row.was_before else None,
            Decision(row.was_decision) if row.was_decision else None,
            row.was_decided_at,
            row.was_later_until,
        ),
        until=row.until,
        text=row.text,
        undone_at=row.undone_at,
        number=row.number,
    )

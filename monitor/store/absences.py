"""When finds were gone, and when they were back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from monitor.model.course import Absence
from monitor.model.ids import CaseId, SightingId
from monitor.model.sighting import Sighting, Status
from monitor.store.dialect import insert
from monitor.store.engine import Database, in_lots
from monitor.store.tables import absences

_GONE = insert(absences).on_conflict_do_nothing()
_INSERT = insert(absences)
_BACK = _INSERT.on_conflict_do_update(
    index_elements=["sighting", "gone_at"],
    set_={"back_at": func.coalesce(absences.c.back_at, _INSERT.excluded.back_at)},
)


class SqlAbsences:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, case: CaseId, sightings: Iterable[SightingId]) -> Mapping[SightingId, Sequence[Absence]]:
        found: dict[SightingId, list[Absence]] = defaultdict(list)
        statement = select(absences).where(absences.c.case == case).order_by(absences.c.gone_at)
        for lot in in_lots(dict.fromkeys(sightings)):
            for row in self._db.run(statement.where(absences.c.sighting.in_(lot))):
                found[row.sighting].append(Absence(row.sighting, row.gone_at, row.back_at))
        return found

    def note(self, sighting: Sighting) -> None:
        """What its status says, with every saving. Of what is closed as under 18 nothing stays."""
        if sighting.under_18:
            self._db.run(absences.delete().where(absences.c.sighting == sighting.id))
        elif sighting.removed_at is not None and sighting.status in (Status.REMOVED, Status.REAPPEARED):
            is_back = sighting.status is Status.REAPPEARED
            row = {
                "case": sighting.case,
                "sighting": sighting.id,
                "gone_at": sighting.removed_at,
                "back_at": max(sighting.last_seen, sighting.removed_at) if is_back else None,
            }
            self._db.run(_BACK if is_back else _GONE, row)

"""A case that is removed: nothing of it is left in any table, and nothing of another case is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from monitor.acting import acting_for, acting_for_all
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind, Answer, Part
from monitor.model.case import Attestation, Authority, Case
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import CaseId
from monitor.model.removal import DraftFile, FileKind, Removal
from monitor.model.staff import Role, StaffMember, StaffName
from monitor.store import every_table
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import run, sighting
from tests.stores import a_postgres_store, a_store

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CASES = FIRST, ANNA = CaseId("default"), CaseId("anna")
STAYS = {"cases": 1, "removals": 1}


@pytest.fixture(params=[a_store, a_postgres_store])
def two(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    made: Callable[[], SqlStore] = request.param
    with acting_for_all():
        store = made()
        store.cases.save(Case(ANNA, "Anna", Attestation(Authority.SELF, NOW), NOW))
    for case in CASES:
        with acting_for(case):
            _fill(store, case)
    with acting_for_all():
        yield store


def _fill(store: SqlStore, case: CaseId) -> None:
    found = replace(sighting(1), id=f"{case}-find", case=case)
    store.sightings.save(found)
    sealed = SealedFile(f"{case}.age", "aa" * 32, "bb" * 32, 10)
    store.evidence.save(EvidenceItem(f"{case}-item", case, found.id, EvidenceKind.PAGE, NOW, "text/html", sealed))
    alert = new_alert(AlertKind.NEW, case=case, subject="inc1", now=NOW, not_before=NOW)
    store.alerts.save(alert)
    store.alert_parts.save(case, Part(alert.id, "ab" * 16, "1 (json)", Answer.TAKEN, 1, NOW))
    store.draft_files.add(DraftFile(case, found.id, f"/nowhere/{case}.txt"))
    store.removals.add(Removal(case, FileKind.DRAFT, f"/nowhere/{case}-old.txt"))
    with store.transaction():
        store.custody.note(case, CustodyAct.EXPORT, {"what": "words"}, NOW)
    store.runs.save(run(case=case))
    store.case_settings.save(case, "name", "Anna", NOW)
    store.kept_watches.save(case, "forum", "{}", NOW)
    store.logins.save(case, "forum", "{}")
    with acting_for_all():
        store.staff.save(StaffMember(case, StaffName("kim"), Role.READS, NOW, StaffName("kim")))


def rows(store: SqlStore, case: CaseId) -> dict[str, int]:
    found = {}
    for table in every_table.metadata.sorted_tables:
        column = table.c.id if table.name == "cases" else table.c.get("case")
        if column is not None and table.name != "case_keys":
            count = store._db.run(select(func.count()).select_from(table).where(column == case)).scalar_one()
            found |= {table.name: count} if count else {}
    return found


def test_a_case_is_cleared_and_then_removed(two: SqlStore) -> None:
    others = rows(two, FIRST)
    assert len(others) >= 10 and rows(two, ANNA) == others, "or it proves nothing"
    with acting_for(ANNA):
        two.cases.clear(ANNA)
    assert rows(two, ANNA) == STAYS
    left = two.cases.get(ANNA)
    assert left == Case(ANNA, created_at=NOW), "nothing is looked at for it meanwhile"
    with acting_for(ANNA):
        two.cases.clear(ANNA)  # where the files were away
        two.cases.remove(ANNA)
    assert rows(two, ANNA) == {} and two.cases.get(ANNA) is None
    assert rows(two, FIRST) == others
    two.cases.save(Case(ANNA, "", Attestation(Authority.SELF, NOW), NOW))
    with acting_for(ANNA):
        two.case_settings.save(ANNA, "name", "Another", NOW)  # of the same name, later
        assert two.case_settings.of(ANNA) == {"name": "Another"}

"""The staff and the audit trail, as the store keeps them."""

from __future__ import annotations

import pytest

from monitor.acting import acting_for
from monitor.errors import StoreError
from monitor.evidence.audit import audit_details, audit_faults
from monitor.model.audit import AuditAct
from monitor.model.custody import NO_HEAD
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Role, StaffMember, StaffName
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case, later

HERE = CaseId(CASE)
OTHER = CaseId("other")

ANNA, BEN = StaffName("anna@help.example"), StaffName("system:ben")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def both(request: pytest.FixtureRequest) -> SqlStore:
    made: SqlStore = request.getfixturevalue("store" if request.param == "SQLite" else "pg_store")
    made.cases.save(a_case(OTHER))
    return made


def member(case: CaseId, person: StaffName, role: Role = Role.READS) -> StaffMember:
    return StaffMember(case, person, role, NOW, BEN)


def test_nobody_is_named_at_first(both: SqlStore) -> None:
    assert not both.staff.is_any()
    assert both.staff.roles(ANNA) == {}
    both.staff.save(member(INSTALLATION, BEN, Role.ADMINISTERS))
    assert both.staff.is_any()


def test_a_person_has_a_role_in_each_case(both: SqlStore) -> None:
    both.staff.save(member(HERE, ANNA))
    both.staff.save(member(OTHER, ANNA, Role.WORKS))
    both.staff.save(member(HERE, BEN))
    both.staff.save(member(HERE, ANNA, Role.ADMINISTERS))  # in the place of the first
    assert both.staff.roles(ANNA) == {HERE: Role.ADMINISTERS, OTHER: Role.WORKS}
    assert [one.person for one in both.staff.of_case(HERE)] == [ANNA, BEN]
    assert both.staff.of_case(HERE)[1] == member(HERE, BEN)
    assert [both.staff.remove(HERE, ANNA), both.staff.remove(HERE, ANNA)] == [True, False]
    assert both.staff.roles(ANNA) == {OTHER: Role.WORKS}


@pytest.mark.parametrize("name", ["Anna@help.example", "anna@help.example ", "anna", "system:anna@help.example"])
def test_a_name_is_meant_to_the_letter(both: SqlStore, name: str) -> None:
    both.staff.save(member(HERE, ANNA))
    assert both.staff.roles(StaffName(name)) == {}


def test_entries_follow_each_other_in_each_trail(both: SqlStore) -> None:
    assert both.audit.head(HERE) == NO_HEAD == both.audit.noted_head(HERE)
    for place, case in enumerate([HERE, OTHER, INSTALLATION, HERE]):
        both.audit.note(case, AuditAct.VIEW, {"who": ANNA, "what": "sightings list"}, later(place))
    assert [len(both.audit.all(case)) for case in (HERE, OTHER, INSTALLATION)] == [2, 1, 1]
    for case in (HERE, OTHER, INSTALLATION):
        assert list(audit_faults(both.audit.all(case), both.audit.noted_head(case))) == []
    assert audit_details(both.audit.all(HERE, after=1)[0]) == {"who": ANNA, "what": "sightings list"}


def test_an_entry_goes_with_the_transaction_that_it_is_in(both: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), both.transaction():
        both.audit.note(HERE, AuditAct.VIEW, {}, NOW)
        raise ZeroDivisionError
    assert both.audit.all(HERE) == []


SPOILT = {
    "a row is gone": "DELETE FROM audit WHERE number = 2",
    "the last is gone": "DELETE FROM audit WHERE number = 3",
    "all are gone": "DELETE FROM audit",
    "another did it": "UPDATE audit SET details = replace(details, 'anna', 'ben') WHERE number = 2",
    "another time": "UPDATE audit SET at = at + 1 WHERE number = 1",
    "another act": "UPDATE audit SET act = 'work' WHERE number = 3",
    "one comes in again": 'INSERT INTO audit SELECT "case", 4, at, act, details, salt, commitment, previous, digest '
    "FROM audit WHERE number = 2",
    "its head is gone": "DELETE FROM audit_heads",
}


@pytest.mark.parametrize("sql", SPOILT.values(), ids=SPOILT)
@pytest.mark.of_a_file
def test_what_was_changed_is_found(store: SqlStore, sql: str) -> None:
    for number in range(3):
        store.audit.note(HERE, AuditAct.VIEW, {"who": ANNA}, later(number))
    store._db.connection.exec_driver_sql(sql)
    assert list(audit_faults(store.audit.all(HERE), store.audit.noted_head(HERE))) != []
    for number in range(3, 6):  # as the next look does, that at the trail itself before all
        store.audit.note(HERE, AuditAct.VIEW, {"who": ANNA}, later(number))
    assert 0 < len(list(audit_faults(store.audit.all(HERE), store.audit.noted_head(HERE)))) < 4


@pytest.mark.of_a_file
def test_a_trail_that_was_cut_off_with_what_tells_its_end_is_found_too(store: SqlStore) -> None:
    for number in range(3):
        store.audit.note(HERE, AuditAct.VIEW, {"who": ANNA}, later(number))
    store._db.connection.exec_driver_sql("DELETE FROM audit WHERE number > 1")
    store._db.connection.exec_driver_sql("DELETE FROM audit_heads")
    store.audit.note(HERE, AuditAct.VIEW, {"who": ANNA}, later(3))
    (fault,) = audit_faults(store.audit.all(HERE), store.audit.noted_head(HERE))
    assert "entry 2 should stand here" in fault


def test_a_trail_is_read_by_who_acts_for_its_case_alone(pg_store: SqlStore) -> None:
    """Also on PostgreSQL itself: what is of another case is not there."""
    pg_store.cases.save(a_case(OTHER))
    for case in (HERE, OTHER, INSTALLATION):
        pg_store.audit.note(case, AuditAct.VIEW, {"who": ANNA}, NOW)
        pg_store.staff.save(member(case, ANNA, Role.ADMINISTERS))
    with acting_for(HERE):
        assert [len(pg_store.audit.all(case)) for case in (HERE, OTHER, INSTALLATION)] == [1, 0, 0]
        assert set(pg_store.staff.roles(ANNA)) == {HERE}
        assert not pg_store.staff.remove(OTHER, ANNA)
        with pytest.raises(StoreError):
            pg_store.staff.save(member(OTHER, BEN, Role.ADMINISTERS))
    assert set(pg_store.staff.roles(ANNA)) == {HERE, OTHER, INSTALLATION}

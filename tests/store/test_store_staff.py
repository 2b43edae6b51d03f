"""The staff and the audit trail, as the store keeps them."""

from __future__ import annotations

import pytest

from monitor.evidence.audit import audit_details, audit_faults
from monitor.model.audit import AuditAct
from monitor.model.custody import NO_HEAD
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Role, StaffMember, StaffName
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, later

HERE = CaseId(CASE)
OTHER = CaseId("other")
ANNA, BEN = StaffName("anna@help.example"), StaffName("system:ben")


def member(case: CaseId, person: StaffName, role: Role = Role.READS) -> StaffMember:
    return StaffMember(case, person, role, NOW, BEN)


def test_nobody_is_named_at_first(store: SqlStore) -> None:
    assert not store.staff.is_any()
    assert store.staff.roles(ANNA) == {}
    store.staff.save(member(INSTALLATION, BEN, Role.ADMINISTERS))
    assert store.staff.is_any()


def test_a_person_has_a_role_in_each_case(store: SqlStore) -> None:
    store.staff.save(member(HERE, ANNA))
    store.staff.save(member(OTHER, ANNA, Role.WORKS))
    store.staff.save(member(HERE, BEN))
    store.staff.save(member(HERE, ANNA, Role.ADMINISTERS))  # in the place of the first
    assert store.staff.roles(ANNA) == {HERE: Role.ADMINISTERS, OTHER: Role.WORKS}
    assert [one.person for one in store.staff.of_case(HERE)] == [ANNA, BEN]
    assert store.staff.of_case(HERE)[1] == member(HERE, BEN)
    assert [store.staff.remove(HERE, ANNA), store.staff.remove(HERE, ANNA)] == [True, False]
    assert store.staff.roles(ANNA) == {OTHER: Role.WORKS}


@pytest.mark.parametrize("name", ["Anna@help.example", "anna@help.example ", "anna", "system:anna@help.example"])
def test_a_name_is_meant_to_the_letter(store: SqlStore, name: str) -> None:
    store.staff.save(member(HERE, ANNA))
    assert store.staff.roles(StaffName(name)) == {}


def test_entries_follow_each_other_in_each_trail(store: SqlStore) -> None:
    assert store.audit.head(HERE) == NO_HEAD == store.audit.noted_head(HERE)
    for place, case in enumerate([HERE, OTHER, INSTALLATION, HERE]):
        store.audit.note(case, AuditAct.VIEW, {"who": ANNA, "what": "sightings list"}, later(place))
    assert [len(store.audit.all(case)) for case in (HERE, OTHER, INSTALLATION)] == [2, 1, 1]
    for case in (HERE, OTHER, INSTALLATION):
        assert list(audit_faults(store.audit.all(case), store.audit.noted_head(case))) == []
    assert audit_details(store.audit.all(HERE, after=1)[0]) == {"who": ANNA, "what": "sightings list"}


def test_an_entry_goes_with_the_transaction_that_it_is_in(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.audit.note(HERE, AuditAct.VIEW, {}, NOW)
        raise ZeroDivisionError
    assert store.audit.all(HERE) == []


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
def test_what_was_changed_is_found(store: SqlStore, sql: str) -> None:
    for number in range(3):
        store.audit.note(HERE, AuditAct.VIEW, {"who": ANNA}, later(number))
    store._db.connection.exec_driver_sql(sql)
    assert list(audit_faults(store.audit.all(HERE), store.audit.noted_head(HERE))) != []

"""How an installation stands as a whole, in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.model.ids import CaseId
from monitor.model.visit import DueVisit, VisitReason
from monitor.ports.installation import InstallationStanding
from monitor.store.store import SqlStore
from tests.store.store_values import NOW, later

DUE = DueVisit("w", CaseId("case-1"), NOW, VisitReason.NEW, NOW, "r")


def test_nothing_is_due_where_nothing_is(store: SqlStore) -> None:
    assert store.installation.standing(NOW) == InstallationStanding()


def test_what_waits_what_is_in_hand_and_which_hosts_rest(store: SqlStore) -> None:
    for name, at in (("late", -90), ("later", -30), ("held", -200), ("was held", -60), ("not yet", 60)):
        store.visits.plan(replace(DUE, watch=name, at=later(at)))
    for name, until in (("held", 100), ("was held", -1)):
        claimed = replace(DUE, watch=name, at=later(-200), held_by="one")
        assert store.visits.claim(claimed, later(until), later(-100), furthest=later(3600))
    store.hosts.back_off("resting.example", timedelta(minutes=5), 2, NOW)
    store.hosts.back_off("rested.example", timedelta(minutes=-5), 2, NOW)
    store.hosts.claim("asked.example", timedelta(seconds=5), timedelta(seconds=60), NOW)
    stands = store.installation.standing(NOW)
    assert (stands.due, stands.in_hand, stands.hosts_resting) == (3, 1, 1)
    assert stands.late_s == 90

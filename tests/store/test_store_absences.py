"""When a find was gone and when it was back is kept as it is saved, and of its case alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.model.case import Case
from monitor.model.course import Absence
from monitor.model.ids import CaseId
from monitor.model.sighting import Status
from monitor.store import opening
from monitor.store.engine import connect
from monitor.store.store import SqlStore, open_store
from tests.store.store_values import CASE, KEY, NOW, a_sighting, settings
from tests.store.test_store_migrations import add_row, old_store

DAY = timedelta(days=1)


def test_it_is_kept_from_going_to_coming_back_and_once(store: SqlStore) -> None:
    find = a_sighting(1)
    store.sightings.save(find)
    assert store.sightings.absences(CASE, [find.id]) == {}
    gone = replace(find, status=Status.REMOVED, removed_at=NOW + DAY)
    for one in (gone, replace(gone, last_seen=NOW)):
        store.sightings.save(one)
    assert store.sightings.absences(CASE, [find.id]) == {find.id: [Absence(find.id, NOW + DAY)]}
    back = replace(gone, status=Status.REAPPEARED, last_seen=NOW + 3 * DAY)
    store.sightings.save(back)
    store.sightings.save(replace(back, last_seen=NOW + 9 * DAY))
    first = Absence(find.id, NOW + DAY, NOW + 3 * DAY)
    store.sightings.save(replace(back, status=Status.REPORTED, last_seen=NOW + 9 * DAY))
    assert store.sightings.absences(CASE, [find.id]) == {find.id: [first]}
    store.sightings.save(replace(back, status=Status.REMOVED, removed_at=NOW + 12 * DAY))
    assert store.sightings.absences(CASE, [find.id]) == {find.id: [first, Absence(find.id, NOW + 12 * DAY)]}


def test_a_clock_that_was_set_back_makes_no_absence_end_before_it_began(store: SqlStore) -> None:
    find = replace(a_sighting(1), status=Status.REMOVED, removed_at=NOW + DAY)
    store.sightings.save(find)
    store.sightings.save(replace(find, status=Status.REAPPEARED, last_seen=NOW))
    assert store.sightings.absences(CASE, [find.id]) == {find.id: [Absence(find.id, NOW + DAY, NOW + DAY)]}


def test_of_what_is_closed_as_under_18_nothing_stays_and_each_case_has_its_own(store: SqlStore) -> None:
    other = CaseId("other")
    store.cases.save(Case(other))
    finds = [replace(a_sighting(number), status=Status.REMOVED, removed_at=NOW) for number in (1, 2)]
    finds.append(replace(a_sighting(3), case=other, status=Status.REMOVED, removed_at=NOW))
    for find in finds:
        store.sightings.save(find)
    ids = [find.id for find in finds]
    assert set(store.sightings.absences(CASE, ids)) == set(ids[:2])
    assert set(store.sightings.absences(other, ids)) == {ids[2]}
    store.sightings.save(replace(finds[0], under_18=True))
    assert set(store.sightings.absences(CASE, ids)) == {ids[1]}


def test_an_older_store_has_the_last_absence_of_each(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0026")
    writer = connect(tmp_path / "data" / opening.FILE, KEY)
    add_row(writer, "cases", id=CASE)
    rows = [("removed", 5, 9, 0), ("reported", 5, 9, 0), ("new", None, 9, 0), ("dismissed", 5, 9, 1)]
    for number, (status, removed_at, last_seen, under_18) in enumerate(rows):
        add_row(
            writer,
            "sightings",
            id=f"s{number}",
            case=CASE,
            spot=bytes([number]),
            status=status,
            removed_at=removed_at,
            last_seen=last_seen,
            under_18=under_18,
        )
    writer.close()
    store = open_store(settings(tmp_path))
    found = store.sightings.absences(CASE, [f"s{number}" for number in range(4)])
    store.close()
    assert {name: [one.back_at is None for one in absences] for name, absences in found.items()} == {
        "s0": [True],
        "s1": [False],
    }

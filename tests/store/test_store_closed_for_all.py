"""What one case closed as under 18 is closed for all, and no row says whose it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from monitor.acting import acting_for, acting_for_all
from monitor.model.ids import CaseId
from monitor.model.sighting import Place, Sighting
from monitor.store.fact_tables import closed_for_all
from monitor.store.store import SqlStore
from tests.store.store_values import a_case, a_sighting

OTHER = CaseId("other")
PAGE, LIST, PICTURE = "https://a.example/1", "https://a.example/", "https://cdn.example/1.jpg"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def both(request: pytest.FixtureRequest) -> SqlStore:
    store: SqlStore = request.getfixturevalue("store" if request.param == "SQLite" else "pg_store")
    with acting_for_all():
        store.cases.save(a_case(OTHER))
    return store


def closed(**place: str) -> Sighting:
    where = replace(Place(PAGE, PICTURE, seen_in=LIST), **place)
    return replace(a_sighting(1), under_18=True, place=where)


def test_the_picture_is_closed_for_other_cases_and_the_page_for_its_own(both: SqlStore) -> None:
    with acting_for("default"):
        both.sightings.save(closed())
        assert both.sightings.closed_addresses(CaseId("default")) == {PAGE, PICTURE}
    with acting_for(OTHER):
        assert both.sightings.closed_addresses(OTHER) == {PICTURE} == both.closed_for_all.media()
        assert both.closed_for_all.media_among([PICTURE, PAGE, "https://b.example/"]) == {PICTURE}
        assert both.closed_for_all.pages_among([PICTURE, PAGE, LIST]) == {PAGE, LIST}


def test_it_is_known_at_once_and_stays(both: SqlStore) -> None:
    with acting_for("default"):
        assert both.closed_for_all.media() == frozenset()
        one = closed()
        both.sightings.save(one)
        both.sightings.save(one)
    with acting_for(OTHER):
        assert both.closed_for_all.media() == {PICTURE}


def test_of_one_that_was_taken_back_nothing_stays(both: SqlStore) -> None:
    with acting_for("default"):
        with pytest.raises(ZeroDivisionError), both.transaction():
            both.sightings.save(closed())
            assert both.closed_for_all.media() == {PICTURE}
            raise ZeroDivisionError
        assert both.closed_for_all.media() == frozenset()
        both.closed_for_all.add(["https://b.example/2.jpg"], [])
        assert both.closed_for_all.media() == {"https://b.example/2.jpg"}


@pytest.mark.parametrize("image", ["data:", "data:image/png;base64,AAAA", ""])
def test_what_was_written_into_a_page_has_no_address(store: SqlStore, image: str) -> None:
    store.sightings.save(closed(image_url=image))
    assert store.closed_for_all.media() == frozenset() and store.closed_for_all.pages_among([PAGE]) == {PAGE}


def test_no_row_says_whose_it_is(both: SqlStore) -> None:
    with acting_for("default"):
        both.sightings.save(closed())
    with acting_for_all():
        rows = both._db.run(select(closed_for_all)).all()
    assert {name for row in rows for name in row._fields} == {"key", "address", "is_page"} and len(rows) == 3


def test_the_installations_mark_is_the_same_for_all_and_another_elsewhere(store: SqlStore, pg_store: SqlStore) -> None:
    assert store.mark_for_all(b"one") == store.mark_for_all(b"one") != store.mark_for_all(b"two")
    assert store.mark_for_all(b"one") != pg_store.mark_for_all(b"one")

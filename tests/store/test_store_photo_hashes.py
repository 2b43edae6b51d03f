"""Hashes in lots: always those of what is enrolled, and read without reading anything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from monitor.acting import acting_for, acting_for_all
from monitor.errors import StoreError
from monitor.model.fingerprint import Fingerprint, Hash, HashAlgorithm, Reference, Version
from monitor.model.hash_lot import LotKey
from monitor.model.ids import CaseId, ReferenceId
from monitor.store import photo_hashes
from monitor.store.hash_lots import PhotoRows, dump_lot, load_hashes, load_lot
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case
from tests.stores import a_postgres_store, a_store

SECOND = CaseId("second")


@pytest.fixture(params=[a_store, a_postgres_store], ids=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    with acting_for_all():
        yield request.param()


def a_print(number: int) -> Fingerprint:
    bits = Random(number).randbytes(32)
    return Fingerprint(Hash(HashAlgorithm.PDQ, bits, "reduced-512/1"), number % 101, None, 640, 480)


def a_photo(number: int, case: CaseId = CASE, *, versions: int = 0) -> Reference:
    """With hashes `number`, and `number + 1000` and so on of its other versions."""
    further = tuple(Version(a_print(number + 1000 * (at + 1)), f"copy {at}", NOW) for at in range(versions))
    return Reference(ReferenceId(f"photo{number}"), case, f"photo {number}", a_print(number), NOW, further=further)


def lots_of(store: SqlStore) -> list[LotKey]:
    hashes = store.references.hashes
    return sorted(key for known in hashes.revisions(hashes.stamps()).values() for key in known)


def kept(store: SqlStore) -> dict[CaseId, list[tuple[int, bytes]]]:
    """By case, quality and hash of each, sorted."""
    found = dict[CaseId, list[tuple[int, bytes]]]()
    for lot in store.references.hashes.lots(lots_of(store)):
        rows = [lot.rows[at : at + 32] for at in range(0, len(lot.rows), 32)]
        found.setdefault(lot.key.case, []).extend(zip(lot.qualities, rows, strict=True))
    return {case: sorted(rows) for case, rows in found.items()}


def of(*photos: Reference) -> list[tuple[int, bytes]]:
    prints = [version.fingerprint for photo in photos for version in photo.versions]
    return sorted((item.pdq_quality, item.pdq.bits) for item in prints)


def test_they_follow_what_is_enrolled(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_hashes, "LOT_PHOTOS", 3)
    store.cases.save(a_case(SECOND))
    photos = [a_photo(number, versions=number % 3) for number in range(8)]
    for photo in photos:
        store.references.add(photo)
    other = a_photo(70, SECOND)
    store.references.add(other)
    assert kept(store) == {CASE: of(*photos), SECOND: of(other)}
    lots = [*(LotKey(CASE, number) for number in range(3)), LotKey(SECOND, 0)]
    assert lots_of(store) == lots

    photos[4] = replace(a_photo(4, versions=2), label="read anew")
    store.references.add(photos[4])
    for gone in (photos.pop(5), photos.pop(0)):
        store.references.remove(CASE, gone.id)
    assert kept(store)[CASE] == of(*photos)
    store.references.add(a_photo(9))
    assert len(lots_of(store)) == 4, "a new one takes the room that is left"

    for photo in (*photos, a_photo(9)):
        store.references.remove(CASE, photo.id)
    assert kept(store) == {SECOND: of(other)}


def test_a_case_takes_nothing_out_of_another(store: SqlStore) -> None:
    store.cases.save(a_case(SECOND))
    store.references.add(a_photo(1))
    assert not store.references.remove(SECOND, ReferenceId("photo1"))
    assert kept(store) == {CASE: of(a_photo(1))}


def test_on_postgresql_only_the_cases_in_hand_are_read_and_nothing_in_clear() -> None:
    store = a_postgres_store()
    with acting_for_all():
        store.cases.save(a_case(SECOND))
        store.references.add(a_photo(1))
        store.references.add(a_photo(2, SECOND))
        assert len(lots_of(store)) == 2
    with acting_for(SECOND):
        assert lots_of(store) == [LotKey(SECOND, 0)]
        assert store.references.hashes.lots([LotKey(CASE, 0)]) == []
        (kept,) = store._db.run(text("SELECT hashes FROM photo_hashes")).scalars()
    assert a_print(2).pdq.bits not in bytes(kept) and b"photo2" not in bytes(kept)
    assert lots_of(store) == [], "nobody said for whom"


def test_the_stamp_moves_with_every_change(store: SqlStore) -> None:
    hashes = store.references.hashes
    seen = [dict(hashes.stamps())]
    store.references.add(a_photo(1))
    seen.append(dict(hashes.stamps()))
    store.references.add(a_photo(2))
    seen.append(dict(hashes.stamps()))
    store.references.add(replace(a_photo(2, versions=1), label="another version"))
    seen.append(dict(hashes.stamps()))
    store.references.remove(CASE, ReferenceId("photo2"))
    store.references.add(a_photo(3))
    seen.append(dict(hashes.stamps()))
    assert all(one not in seen[:at] for at, one in enumerate(seen))
    store.references.fold(CASE, ReferenceId("photo1"), NOW)
    assert dict(hashes.stamps()) == seen[-1]


def test_those_that_went_meanwhile_are_left_out(store: SqlStore) -> None:
    store.references.add(a_photo(1))
    assert [lot.key for lot in store.references.hashes.lots([LotKey(CASE, 7), LotKey(CASE, 0)])] == [LotKey(CASE, 0)]
    assert store.references.hashes.lots([]) == []


def test_nothing_is_kept_of_what_is_rolled_back(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.references.add(a_photo(1))
        raise ZeroDivisionError
    assert kept(store) == {} and store.references.hashes.stamps() == {}


names = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=16)
rows = st.integers(1, 33).flatmap(
    lambda count: st.builds(
        PhotoRows, st.binary(min_size=count, max_size=count), st.binary(min_size=32 * count, max_size=32 * count)
    )
)


@given(st.dictionaries(names, rows, max_size=6))
def test_a_lot_comes_back_as_it_was_written(photos: dict[str, PhotoRows]) -> None:
    data = dump_lot(photos)
    assert load_lot(data) == photos
    everything = load_hashes(data)
    assert everything.qualities == b"".join(photo.qualities for photo in photos.values())
    assert everything.rows == b"".join(photo.rows for photo in photos.values())


@given(st.dictionaries(names, rows, max_size=3), st.data())
def test_of_what_was_damaged_it_is_said(photos: dict[str, PhotoRows], data: st.DataObject) -> None:
    whole = dump_lot(photos)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for damaged in (whole[:cut], whole + b"\0", b"RMH2" + whole[4:]):
        _refused(damaged)


@given(st.binary(max_size=200))
def test_anything_else_is_refused(data: bytes) -> None:
    _refused(data)
    _refused(b"RMH1\x02\x00\x01\x00\x00\x00" + data)


def _refused(data: bytes) -> None:
    """Or it is one: then it is read without more ado."""
    try:
        photos = load_lot(data)
    except StoreError as error:
        assert "backup" in error.remedy
    else:
        assert dump_lot(photos) == data

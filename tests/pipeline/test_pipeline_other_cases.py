"""Which other cases a picture may be of: what is enrolled anywhere is asked, within seconds, and asking waits for no
rebuilding."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from random import Random

import numpy as np
import pytest
from sqlalchemy import text

from monitor.acting import acting, acting_for, acting_for_all
from monitor.errors import StoreError
from monitor.matching import all_cases
from monitor.model.case import Case
from monitor.model.fingerprint import Fingerprint, Frame, Hash, HashAlgorithm, ImageReading, Reference, Version
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId, ReferenceId
from monitor.model.settings import MatchSettings
from monitor.pipeline import other_cases
from monitor.pipeline.other_cases import IndexOverCases
from monitor.ports.other_cases import PhotoHashes
from monitor.store.store import SqlStore
from monitor.store.tables import photo_hashes
from tests.patience import WITHIN_S
from tests.store.store_values import NOW
from tests.stores import a_postgres_store, a_store

HERS, OTHER, THIRD = CaseId("default"), CaseId("other"), CaseId("third")


@pytest.fixture(params=[a_store, a_postgres_store], ids=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    made: SqlStore = request.param()
    with acting_for_all():
        for case in (OTHER, THIRD):
            made.cases.save(Case(case))
    return made


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def index(store: SqlStore, time: Time) -> AsyncIterator[IndexOverCases]:
    """Told of nothing."""
    made = IndexOverCases(Counted(store.references.hashes), MatchSettings(), time)
    yield made
    await made.aclose()


def bits(number: int, *, off: int = 0) -> bytes:
    """off: the same, so many bits away."""
    whole = np.unpackbits(np.frombuffer(Random(number).randbytes(32), dtype=np.uint8))
    whole[Random(off).sample(range(256), off)] ^= 1
    return np.packbits(whole).tobytes()


def a_print(number: int) -> Fingerprint:
    return Fingerprint(Hash(HashAlgorithm.PDQ, bits(number), "reduced-512/1"), 90, None, 640, 480)


def enrol(store: SqlStore, case: CaseId, number: int, *versions: int) -> None:
    further = tuple(Version(a_print(other), str(other), NOW) for other in versions)
    with acting_for(case):
        name = ReferenceId(f"{case}{number}")
        store.references.add(Reference(name, case, "", a_print(number), NOW, further=further))


def shown(number: int, *, off: int = 0, turn: int = 3) -> ImageReading:
    """A picture that is that photo in one of its turns."""
    turns = [Random(f"{number} {at}").randbytes(32) for at in range(8)]
    turns[turn] = bits(number, off=off)
    return ImageReading("JPEG", 640, 480, (Frame(b"".join(turns), 90),))


async def test_whose_it_may_be(store: SqlStore, index: IndexOverCases) -> None:
    enrol(store, HERS, 1)
    enrol(store, OTHER, 2, 3)
    enrol(store, THIRD, 2)
    with acting_for(HERS):
        assert await index.near(shown(1), beside=[HERS]) == [], "the case in hand compares by itself"
        assert await index.near(shown(3, off=31), beside=[HERS]) == [(OTHER, 31)]
        assert await index.near(shown(3, off=32), beside=[HERS]) == []
        assert [near.case for near in await index.near(shown(2), beside=[HERS])] == [OTHER, THIRD]
        assert await index.near(shown(2), beside=[HERS, OTHER]) == [(THIRD, 0)]
        assert await index.near(ImageReading("GIF", 1, 1), beside=[HERS]) == []
        assert acting().cases == (HERS,), "who asks is who they were"
    assert index.standing().photos == 4


async def test_what_changes_is_noticed_within_seconds(store: SqlStore, index: IndexOverCases, time: Time) -> None:
    enrol(store, OTHER, 1)
    assert await index.near(shown(1), beside=()) == [(OTHER, 0)]
    enrol(store, THIRD, 2)
    assert await index.near(shown(2), beside=()) == [], "not looked after yet"
    time.now += other_cases.LOOKED_AFTER_S + 1
    assert await index.near(shown(2), beside=()) == [], "begun beside this one"
    await until_up_to_date(index)
    assert await index.near(shown(2), beside=()) == [(THIRD, 0)]

    with acting_for(THIRD):
        store.references.remove(THIRD, ReferenceId("third2"))
    enrol(store, OTHER, 1, 7)
    time.now += other_cases.AWAY_S + 1
    assert await index.near(shown(2), beside=()) == [], "after a while this one waits"
    assert await index.near(shown(7), beside=()) == [(OTHER, 0)]
    assert index.standing().photos == 2


async def test_who_rings_is_heard_at_once(store: SqlStore, index: IndexOverCases) -> None:
    index.rung()
    assert index.standing().stamp == "", "nobody has asked for it yet"
    await index.near(shown(1), beside=())
    enrol(store, OTHER, 1)
    index.rung()
    index.rung()
    await until_up_to_date(index)
    assert await index.near(shown(1), beside=()) == [(OTHER, 0)]


async def test_a_ring_in_the_midst_of_a_look_is_not_lost(store: SqlStore, time: Time) -> None:
    rings: list[int] = []

    class Ringing(Counted):
        def revisions(self, buckets: Iterable[int]) -> Mapping[int, Mapping[LotKey, int]]:
            found = super().revisions(buckets)
            if not rings:  # enrolled right after these were read
                rings.append(1)
                enrol(store, OTHER, 2)
                made.rung()
            return found

    made = IndexOverCases(Ringing(store.references.hashes), MatchSettings(), time)
    await made.near(shown(1), beside=())
    rings.clear()
    enrol(store, OTHER, 1)
    rings.append(1)
    rings.clear()
    made.rung()
    await until_up_to_date(made)
    assert await made.near(shown(1), beside=()) == [(OTHER, 0)]
    assert await made.near(shown(2), beside=()) == [(OTHER, 0)]


class Counted:
    """Hashes of a store, and how often it was asked what."""

    def __init__(self, hashes: PhotoHashes) -> None:
        self.hashes, self.read = hashes, list[LotKey]()
        self.away = False

    def stamps(self) -> Mapping[int, tuple[int, int]]:
        if self.away:
            raise StoreError("the database does not answer", remedy="Wait.")
        return self.hashes.stamps()

    def revisions(self, buckets: Iterable[int]) -> Mapping[int, Mapping[LotKey, int]]:
        return self.hashes.revisions(buckets)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Nobody rings here but the test."""

    def lots(self, keys: Iterable[LotKey]) -> Sequence[HashLot]:
        asked = list(keys)
        self.read += asked
        return self.hashes.lots(asked)


async def test_another_machine_enrols_and_is_heard(time: Time) -> None:
    """On PostgreSQL, without anybody looking: the clock stands."""
    with acting_for_all():
        store = a_postgres_store()
        store.cases.save(Case(OTHER))
    index = IndexOverCases(store.references.hashes, MatchSettings(), time)

    async def up_to(photos: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while index.standing().photos != photos:
                await asyncio.sleep(0.001)

    assert await index.near(shown(1), beside=()) == []
    enrol(store, OTHER, 1)
    await up_to(1)
    with acting_for(OTHER):
        store.references.remove(OTHER, ReferenceId("other1"))
    await up_to(0)
    await index.aclose()


async def test_only_what_changed_is_read(store: SqlStore, time: Time) -> None:
    counted = Counted(store.references.hashes)
    made = IndexOverCases(counted, MatchSettings(), time)
    for case in (HERS, OTHER, THIRD):
        enrol(store, case, 1)
    await made.near(shown(1), beside=())
    assert len(counted.read) == 3
    enrol(store, OTHER, 2)
    time.now += other_cases.AWAY_S + 1
    await made.near(shown(2), beside=())
    time.now += other_cases.AWAY_S + 1
    await made.near(shown(2), beside=())
    assert counted.read[3:] == [LotKey(OTHER, 0)]


async def test_by_what_is_there_while_the_database_is_away(
    store: SqlStore, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    counted = Counted(store.references.hashes)
    made = IndexOverCases(counted, MatchSettings(), time)
    enrol(store, OTHER, 1)
    await made.near(shown(1), beside=())
    counted.away = True
    time.now += other_cases.LOOKED_AFTER_S + 1
    with caplog.at_level(logging.WARNING):
        assert await made.near(shown(1), beside=()) == [(OTHER, 0)]
        await until_up_to_date(made)
    assert [record.action for record in caplog.records] == ["index_behind"]  # type: ignore[attr-defined]
    counted.away = False
    enrol(store, OTHER, 2)
    time.now += other_cases.LOOKED_AFTER_S + 1
    await made.near(shown(2), beside=())
    await until_up_to_date(made)
    assert await made.near(shown(2), beside=()) == [(OTHER, 0)]


@pytest.mark.parametrize("damage", [b"", b"RMH1", b"nothing of ours, and long enough to be sealed"])
async def test_what_is_damaged_of_one_case_harms_no_other(
    store: SqlStore, index: IndexOverCases, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for case in (HERS, OTHER, THIRD):
        enrol(store, case, 1)
    with acting_for_all():
        broken = text("UPDATE photo_hashes SET hashes = :damage WHERE \"case\" = 'other'")
        store._db.run(broken.bindparams(damage=damage))
    with caplog.at_level(logging.WARNING):
        found = await index.near(shown(1), beside=())
    assert [near.case for near in found] == [HERS, THIRD]
    assert [record.action for record in caplog.records] == ["index_lacks_a_case"]  # type: ignore[attr-defined]
    assert OTHER not in caplog.records[0].getMessage()
    with acting_for(OTHER):
        store._db.run(photo_hashes.delete().where(photo_hashes.c.case == OTHER))
    enrol(store, OTHER, 2)
    index.rung()
    await until_up_to_date(index)
    assert [near.case for near in await index.near(shown(2), beside=())] == [OTHER], "mended, it is in it again"


async def test_large_sets_are_read_in_segments(
    store: SqlStore, index: IndexOverCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_cases, "SEGMENT", 4)
    monkeypatch.setattr(other_cases, "_PAGE", 1)
    monkeypatch.setattr(other_cases, "_BESIDE_THE_LOOP", 0)
    for number in range(9):
        enrol(store, (HERS, OTHER, THIRD)[number % 3], number)
    for number in range(9):
        (near,) = await index.near(shown(number), beside=())
        assert near == ((HERS, OTHER, THIRD)[number % 3], 0)
    await index.aclose()


async def until_up_to_date(index: IndexOverCases) -> None:
    """What was begun beside others is done."""
    assert index._beside is not None
    async with asyncio.timeout(WITHIN_S):
        await index._beside

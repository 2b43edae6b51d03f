"""Enrolled photos go out whole and sealed, and come back: to whose store, and what else is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Locked, MonitorError, UsageError
from monitor.matching.carried import CARRIED_FORMAT, dump_carried, load_carried
from monitor.matching.reading.fingerprint import read_photo
from monitor.model.enrolment import TakenIn
from monitor.model.fingerprint import SELF, Fingerprint, Reference, ReferenceOrigin, Version, VersionKind
from monitor.model.settings import Secret
from monitor.services.carrying import SealingWish, open_sealed_set, take_in_carried, write_sealed
from monitor.store.store import SqlStore
from monitor.vault import identity as age
from monitor.vault import passphrase
from tests.matching.test_matching_inside import photo
from tests.store.store_values import a_case, opened

NOW = datetime(2026, 11, 29, tzinfo=UTC)
WORDS = Secret("six words that nobody else knows")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 8)


@cache
def printed(name: str, side: int = 400) -> Fingerprint:
    file = io.BytesIO()
    photo(name).resize((side, side * 3 // 4)).save(file, "PNG")
    return read_photo(file.getvalue(), features=True).fingerprint


def pictures(case: str = "default") -> list[Reference]:
    """Two of one session, the first with a version more."""
    copy = Version(printed("bison", 300), "copy", NOW, VersionKind.FILE, SELF)
    bison = Reference("bison1", case, "bison", printed("bison"), NOW, further=(copy,))
    return [bison, Reference("cat1", case, "cat", printed("cat"), NOW, session="bison1")]


def mark(content: bytes) -> str:
    return f"{len(content):064x}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    found = opened(tmp_path / "one")
    for picture in pictures():
        found.references.add(picture)
    yield found
    found.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[SqlStore]:
    """A store that is set up anew, on another machine."""
    found = opened(tmp_path / "other")
    yield found
    found.close()


def points(references: Sequence[Reference]) -> list[int]:
    found = [version.fingerprint.features for item in references for version in item.versions]
    return [len(item.keypoints) if item is not None else -1 for item in found]


def taken(store: SqlStore, path: Path, *, case: str = "default", foreign: bool = False, **ways: object) -> TakenIn:
    identity = ways.get("identity")
    found = open_sealed_set(
        store,
        path,
        identity=identity if isinstance(identity, Path) else None,
        ask=lambda _: WORDS if ways.get("words", True) else None,
        clock=lambda: NOW,
    )
    logged: list[int] = []
    done = take_in_carried(store, found, case, may_be_foreign=foreign, log=logged.append, now=NOW)
    assert bool(logged) is (foreign and bool(done.references))
    return done


def test_all_of_it_goes_out_and_comes_back() -> None:
    before = pictures()
    back = load_carried(dump_carried("default", before, mark))
    assert back.case == "default" and back.is_of(mark) and not back.is_of(lambda _: "0" * 64)
    for one, other in zip(before, back.pictures, strict=True):
        assert (one.id, one.label, one.session, one.kind) == (other.id, other.label, other.session, other.kind)
        for mine, theirs in zip(one.versions, other.versions, strict=True):
            assert mine.fingerprint.pdq == theirs.fingerprint.pdq
            assert (mine.name, mine.onto_best, mine.kind) == (theirs.name, theirs.onto_best, theirs.kind)
    assert points(before) == points(back.pictures)


def test_under_a_passphrase_it_comes_back_whole_into_any_store(
    store: SqlStore, elsewhere: SqlStore, tmp_path: Path
) -> None:
    out = tmp_path / "photos.age"
    assert write_sealed(store, "default", out, SealingWish(passphrase=WORDS)) == 2
    assert b"bison" not in out.read_bytes()
    done = taken(elsewhere, out)
    assert [label for _, label in done.references] == ["bison", "copy", "cat"]
    found = {item.label: item for item in elsewhere.references.all("default")}
    assert points([found["bison"], found["cat"]]) == points(pictures())
    assert found["cat"].session == found["bison"].id != "bison1", "another store's ids say nothing here"
    assert {item.origin for item in found.values()} == {ReferenceOrigin.OWN_LIST}
    assert taken(elsewhere, out).references == ()
    with pytest.raises(Locked, match="no terminal"):
        taken(elsewhere, out, words=False)


def test_sealed_to_a_key_it_comes_back_whole_here_and_by_hashes_elsewhere(
    store: SqlStore, elsewhere: SqlStore, tmp_path: Path
) -> None:
    secret, public = age.new_identity()
    identity, out = tmp_path / "identity.txt", tmp_path / "photos.age"
    identity.write_bytes(age.identity_file(secret))
    write_sealed(store, "default", out, SealingWish(recipients=[public]))
    before = list(store.references.all("default"))
    for picture in before:
        store.references.remove("default", picture.id)
    taken(store, out, identity=identity)
    assert {item.id for item in store.references.all("default")} == {item.id for item in before}
    assert points(store.references.all("default")) == points(before)
    with pytest.raises(UsageError, match="another store wrote it"):
        taken(elsewhere, out, identity=identity)
    assert elsewhere.references.all("default") == []
    taken(elsewhere, out, identity=identity, foreign=True)
    found = elsewhere.references.all("default")
    assert points(found) == [-1, -1, -1]
    assert {item.origin for item in found} == {ReferenceOrigin.FOREIGN_LIST}
    with pytest.raises(UsageError, match="sealed to a key"):
        taken(store, out)


def test_what_is_enrolled_stays_and_gains_what_it_had_not(store: SqlStore, tmp_path: Path) -> None:
    out = tmp_path / "photos.age"
    write_sealed(store, "default", out, SealingWish(passphrase=WORDS))
    bison, cat = pictures()
    plain = replace(bison.fingerprint, features=None, luma=None)
    store.references.add(replace(bison, label="mine", fingerprint=plain, further=()))
    taken(store, out)
    found = {item.id: item for item in store.references.all("default")}
    assert found["bison1"].label == "mine"
    assert points([found["bison1"]])[0] == points([bison])[0]
    assert points([found["cat1"]]) == points([cat])


def test_another_case_s_photos_are_not_taken_for_this_one_nor_its_ids(store: SqlStore, tmp_path: Path) -> None:
    store.cases.save(a_case("second"))
    out = tmp_path / "photos.age"
    write_sealed(store, "default", out, SealingWish(passphrase=WORDS))
    with pytest.raises(UsageError, match="of the case 'default'"):
        taken(store, out, case="second")
    taken(store, out, case="second", foreign=True)
    assert points(store.references.all("default")) == points(pictures()), "nothing of the other case is overwritten"
    assert points(store.references.all("second")) == [-1, -1, -1]


def test_nothing_is_overwritten(store: SqlStore, tmp_path: Path) -> None:
    out = tmp_path / "photos.age"
    out.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        write_sealed(store, "default", out, SealingWish(passphrase=WORDS))
    assert out.read_bytes() == b"mine"


@cache
def good() -> bytes:
    return dump_carried("default", pictures(), mark)


def changed(**fields: object) -> bytes:
    """The first picture's first version with other fields."""
    first, body = good().split(b"\n", 1)
    document = json.loads(body)
    document["pictures"][0]["versions"][0] |= fields
    return first + b"\n" + json.dumps(document).encode()


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(lambda: CARRIED_FORMAT.encode(), id="its name alone"),
        pytest.param(lambda: good()[:-1], id="cut short"),
        pytest.param(lambda: good().replace(b"photos/1", b"photos/2", 1), id="another format"),
        pytest.param(lambda: good().split(b"\n")[0] + b"\n" + b"[" * 100_000, id="endless brackets"),
        pytest.param(lambda: changed(onto_best=[1, 0, 0, 1, 0, 0]), id="a version that lies nowhere"),
        pytest.param(lambda: changed(onto_best=[1e300, 0, 0, 0, 1e300, 0]), id="a version far away"),
        pytest.param(lambda: changed(fingerprint="AAAA"), id="no fingerprint"),
        pytest.param(lambda: changed(kind="film"), id="no kind"),
        pytest.param(lambda: changed(enrolled_at="2026-11-29T00:00:00"), id="a time without its zone"),
        pytest.param(lambda: changed(name="x" * 2000), id="an endless name"),
    ],
)
def test_what_is_no_set_is_refused_as_a_whole(made: Callable[[], bytes]) -> None:
    with pytest.raises(UsageError, match="no set of photos") as refused:
        load_carried(made())
    assert refused.value.remedy


@given(st.floats(0, 1, exclude_max=True), st.binary(max_size=40), st.integers(0, 40))
def test_any_change_ends_in_a_refusal_or_in_a_set_without_its_mark(share: float, more: bytes, gone: int) -> None:
    at = int(share * len(good()))
    untrusted = good()[:at] + more + good()[at + gone :]
    by_content = {good().split(b"\n", 1)[1]: "f" * 64}
    try:
        found = load_carried(untrusted)
    except MonitorError:
        return
    for picture in found.pictures:
        assert len(picture.fingerprint.pdq.bits) == 32
    if untrusted != good():
        assert not found.is_of(lambda content: by_content.get(content.removeprefix(b"photos\n"), "0" * 64))

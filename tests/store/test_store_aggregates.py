"""One class for each aggregate: what `ports.py` promises of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from monitor.errors import StoreError, UnreadableKind
from monitor.model.case import Case
from monitor.model.fingerprint import Detail, Frame, ReferenceOrigin
from monitor.model.observation import RunStatus
from monitor.model.sighting import Dismissal
from monitor.ports import Store
from monitor.store.candidates import _FIRST_REVISION, _NEXT_REVISION, _OF_REVISION
from monitor.store.store import SqlStore
from tests.store.store_values import (
    CASE,
    NOW,
    a_candidate,
    a_case,
    a_fingerprint,
    a_reference,
    a_run,
    a_seen_url,
    a_sighting,
    later,
    opened,
)


def test_the_store_is_what_the_ports_promise(store: SqlStore) -> None:
    promised: Store = store  # mypy's word, not only ours
    assert list(promised.rechecks.of(CASE, "nothing")) == []


class TestCases:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.cases.save(Case("bare"))
        assert store.cases.get("second") == a_case("second")
        assert store.cases.get("bare") == Case("bare")
        assert store.cases.get("unknown") is None
        assert [case.id for case in store.cases.all()] == ["bare", CASE, "second"]

    def test_saving_again_changes_what_is_kept_and_what_belongs_to_it_stays(self, store: SqlStore) -> None:
        store.sightings.save(a_sighting())
        store.cases.save(Case(CASE, "Another Name"))
        assert store.cases.get(CASE) == Case(CASE, "Another Name")
        assert len(store.sightings.all(CASE)) == 1

    def test_what_belongs_to_an_unknown_case_is_refused(self, store: SqlStore) -> None:
        with pytest.raises(StoreError, match="not in the store") as caught:
            store.runs.save(a_run(case="unknown"))
        assert "init" in caught.value.remedy


class TestReferences:
    @pytest.mark.parametrize("features", [False, True])
    def test_are_given_back_as_added(self, store: SqlStore, features: bool) -> None:
        added = a_reference(
            fingerprint=a_fingerprint(features=features), origin=ReferenceOrigin.OWN_LIST, folded_at=NOW
        )
        store.references.add(added)
        (found,) = store.references.all(CASE)
        assert replace(found, fingerprint=added.fingerprint) == added
        assert found.fingerprint.pdq == added.fingerprint.pdq
        assert found.fingerprint.kinds == added.fingerprint.kinds

    def test_of_other_cases_stay_apart(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.references.add(a_reference("ref1"))
        store.references.add(a_reference("ref2", "second"))
        assert [reference.id for reference in store.references.all("second")] == ["ref2"]
        assert not store.references.remove("second", "ref1")
        assert [reference.id for reference in store.references.all(CASE)] == ["ref1"]

    def test_are_removed_with_what_was_dismissed_for_them(self, store: SqlStore) -> None:
        store.references.add(a_reference())
        store.sightings.save(a_sighting())
        store.dismissals.add(CASE, "ref1", Dismissal("aa" * 32, None, None))
        assert store.references.remove(CASE, "ref1")
        assert not store.references.remove(CASE, "ref1")
        assert store.references.all(CASE) == []
        assert store.dismissals.of(CASE, "ref1") == []
        assert len(store.sightings.all(CASE)) == 1

    def test_the_revision_follows_the_set(self, store: SqlStore) -> None:
        def revision() -> str:
            return store.references.revision(CASE)

        revisions = [revision()]
        store.references.add(a_reference("ref1"))
        revisions.append(revision())
        store.references.add(a_reference("ref2"))
        revisions.append(revision())
        store.references.add(a_reference("ref2", fingerprint=a_fingerprint(2)))  # made anew
        revisions.append(revision())
        assert len(set(revisions)) == 4

        store.references.fold(CASE, "ref2", NOW)
        assert revision() == revisions[3], "what is folded goes on matching"
        assert store.references.all(CASE)[1].folded_at == NOW
        store.references.fold(CASE, "ref2", None)
        assert revision() == revisions[3]
        store.references.add(replace(store.references.all(CASE)[0], label="renamed"))
        assert revision() == revisions[3], "a label does not change what matches"


class TestCandidates:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        for saved in (
            a_candidate(1),
            a_candidate(2, frames=(), unreadable=UnreadableKind.BROKEN, detail=Detail.FEATURES),
        ):
            store.candidates.save(saved)
            assert store.candidates.get(CASE, [saved.digest]).get(saved.digest) == saved
        assert store.candidates.get(CASE, ["ff" * 32]).get("ff" * 32) is None

    @pytest.mark.parametrize(
        ("joined", "turns"),
        [
            pytest.param(bytes(range(256)), tuple(bytes(range(at, at + 32)) for at in range(0, 256, 32)), id="eight"),
            pytest.param(bytes(255), (), id="a byte is missing"),
            pytest.param(b"", (), id="none"),
        ],
    )
    def test_the_turns_of_a_kept_frame(self, store: SqlStore, joined: bytes, turns: tuple[bytes, ...]) -> None:
        saved = a_candidate(1, frames=(Frame(joined, 80),))
        store.candidates.save(saved)
        (frame,) = store.candidates.get(CASE, [saved.digest])[saved.digest].frames
        assert frame.pdq_turns == turns

    def test_one_picture_in_two_cases_is_two(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.candidates.save(a_candidate(1))
        assert store.candidates.get("second", [a_candidate(1).digest]).get(a_candidate(1).digest) is None

    def test_stale_ones_come_newest_first(self, store: SqlStore) -> None:
        for number, revision in enumerate(["rev1", "aaa", "zzz", "rev1", ""]):
            store.candidates.save(a_candidate(number, matched_against=revision))
        stale = store.candidates.stale(CASE, "rev1", 10)
        assert [candidate.matched_against for candidate in stale] == ["", "zzz", "aaa"]
        assert len(store.candidates.stale(CASE, "rev1", 2)) == 2
        assert store.candidates.stale("unknown", "rev1", 10) == []

    @pytest.mark.parametrize("statement", [_FIRST_REVISION, _NEXT_REVISION, _OF_REVISION])
    @pytest.mark.of_a_file
    def test_looking_for_stale_ones_walks_through_nothing(self, store: SqlStore, statement: Select[Any]) -> None:
        sql = str(statement.compile(dialect=sqlite.dialect()))
        asked = sql.count("?")
        plan = store._db.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * asked).all()
        said = " ".join(row.detail for row in plan)
        assert "ix_candidates_case_matched_against_last_seen" in said
        assert "TEMP B-TREE" not in said

    def test_one_is_forgotten(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        for case in (CASE, "second"):
            store.candidates.save(a_candidate(1, case=case))
        store.candidates.forget(CASE, a_candidate(1).digest)
        store.candidates.forget(CASE, a_candidate(1).digest)
        assert store.candidates.get(CASE, [a_candidate(1).digest]).get(a_candidate(1).digest) is None
        assert store.candidates.get("second", [a_candidate(1).digest]).get(a_candidate(1).digest) is not None

    def test_old_ones_are_forgotten(self, store: SqlStore) -> None:
        for number in range(4):
            store.candidates.save(a_candidate(number))
        assert store.candidates.forget_before(CASE, later(2)) == 2
        assert store.candidates.get(CASE, [a_candidate(1).digest]).get(a_candidate(1).digest) is None
        assert store.candidates.get(CASE, [a_candidate(2).digest]).get(a_candidate(2).digest) is not None


class TestSeenUrls:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        first, second = a_seen_url(), a_seen_url("https://b.example/", etag=None, digest="", remembered=b"")
        store.seen.save(CASE, first)
        store.seen.save(CASE, second)
        asked = [first.url, second.url, "https://c.example/"]
        assert store.seen.get(CASE, asked) == {first.url: first, second.url: second}
        changed = replace(first, outcome="gone", checked_at=later(5))
        store.seen.save(CASE, changed)
        assert store.seen.get(CASE, [first.url]) == {first.url: changed}

    def test_some_are_forgotten(self, store: SqlStore) -> None:
        urls = [f"https://a.example/{number}" for number in range(4)]
        for url in urls:
            store.seen.save(CASE, a_seen_url(url))
        store.seen.forget(CASE, [*urls[:2], "https://unknown.example/"])
        store.seen.forget(CASE, [])
        assert list(store.seen.get(CASE, urls)) == urls[2:]

    def test_of_another_case_are_not_seen(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.seen.save(CASE, a_seen_url())
        assert store.seen.get("second", [a_seen_url().url]) == {}

    def test_two_urls_with_one_key_are_told_apart(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store.seen, "_key", lambda case, url: (7, url.encode()[-8:]))
        store.seen.save(CASE, a_seen_url("https://a.example/aaaaaaaa"))
        assert store.seen.get(CASE, ["https://a.example/bbbbbbbb"]) == {}, "not taken for the other"
        store.seen.save(CASE, a_seen_url("https://a.example/bbbbbbbb"))
        assert list(store.seen.get(CASE, ["https://a.example/bbbbbbbb"])) == ["https://a.example/bbbbbbbb"]

    def test_keys_differ_from_store_to_store(self, store: SqlStore, tmp_path: Path) -> None:
        other = opened(tmp_path / "other")
        assert store.seen._key(CASE, "https://a.example/") != other.seen._key(CASE, "https://a.example/")
        other.close()

    @pytest.mark.parametrize("url", ["", "x" * 300_000, "https://a.example/\ud800", "https://a.example/\0ü"])
    def test_any_text_can_be_a_url(self, store: SqlStore, url: str) -> None:
        store.seen.save(CASE, a_seen_url(url))
        assert store.seen.get(CASE, [url]) == {url: a_seen_url(url)}

    def test_thousands_at_once(self, store: SqlStore) -> None:
        with store.transaction():
            for number in range(1_500):
                store.seen.save(CASE, a_seen_url(f"https://a.example/{number}"))
        started = time.process_time()
        found = store.seen.get(CASE, (f"https://a.example/{number}" for number in range(3_000)))
        assert len(found) == 1_500
        assert time.process_time() - started < 1.0

    @pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 20])
    def test_old_ones_are_forgotten_in_slices(
        self, store: SqlStore, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        monkeypatch.setattr("monitor.store.sweep._SWEPT_AT_FIRST", 7)
        monkeypatch.setattr("monitor.store.sweep._SWEPT_MOST", 7)
        monkeypatch.setattr("monitor.store.sweep._LONGEST_REST_S", 0)
        for number in range(count):
            url = f"https://a.example/{number}"
            store.seen.save(CASE, replace(a_seen_url(url), checked_at=later(number % 3)))
            store.candidates.save(replace(a_candidate(number), last_seen=later(number % 3)))
        old = sum(number % 3 == 0 for number in range(count))
        for aggregate in (store.seen, store.candidates):
            assert aggregate.forget_before(CASE, later(1)) == old
            assert aggregate.forget_before(CASE, later(1)) == 0
            assert aggregate.forget_before("other", later(9)) == 0
        assert len(store.seen.get(CASE, (f"https://a.example/{number}" for number in range(count)))) == count - old


class TestRuns:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        store.runs.save(a_run())
        assert store.runs.last(CASE, "forum") == a_run()
        assert store.runs.last(CASE, "other") is None

    def test_two_in_one_second_are_two(self, store: SqlStore) -> None:
        store.runs.save(a_run(new_sightings=1))
        store.runs.save(a_run(new_sightings=0))
        assert [run.new_sightings for run in store.runs.since(CASE, NOW)] == [1, 0]
        last = store.runs.last(CASE, "forum")
        assert last is not None and last.new_sightings == 0

    def test_the_last_good_one_is_not_a_failed_one(self, store: SqlStore) -> None:
        assert store.runs.last_good(CASE, "forum") is None
        store.runs.save(a_run(status=RunStatus.FAILED, finished_at=later(1)))
        assert store.runs.last_good(CASE, "forum") is None
        store.runs.save(a_run(status=RunStatus.PARTIAL, finished_at=later(2)))
        store.runs.save(a_run(status=RunStatus.FAILED, finished_at=later(3)))
        assert store.runs.last_good(CASE, "forum") == later(2)

    def test_the_last_one_that_saw_pictures(self, store: SqlStore) -> None:
        assert store.runs.last_seeing(CASE, "forum") is None
        seen = a_run(images_seen=3, finished_at=later(1))
        store.runs.save(seen)
        store.runs.save(a_run(images_seen=0, finished_at=later(2)))
        store.runs.save(a_run(images_seen=9, status=RunStatus.FAILED, finished_at=later(3)))
        store.runs.save(a_run("other", images_seen=99, finished_at=later(4)))
        assert store.runs.last_seeing(CASE, "forum") == seen
        assert store.runs.most_images(CASE, "forum", later(1)) == 9
        assert store.runs.most_images(CASE, "forum", later(4)) == 0

    def test_blind_ones_in_a_row(self, store: SqlStore) -> None:
        assert store.runs.failed_in_a_row(CASE, "forum") == (0, None)
        statuses = [RunStatus.FAILED, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.FAILED]
        for seconds, status in enumerate(statuses):
            store.runs.save(a_run(status=status, finished_at=later(seconds)))
            store.runs.save(a_run("other", status=RunStatus.OK))
        assert store.runs.failed_in_a_row(CASE, "forum") == (2, later(2))
        store.runs.save(a_run(status=RunStatus.OK))
        assert store.runs.failed_in_a_row(CASE, "forum") == (0, None)

    def test_since_is_by_when_they_ended(self, store: SqlStore) -> None:
        for seconds in (1, 2, 3):
            store.runs.save(a_run(finished_at=later(seconds)))
        assert [run.finished_at for run in store.runs.since(CASE, later(2))] == [later(2), later(3)]


class TestIncidentIds:
    def test_are_stable_and_tell_the_two_apart(self, store: SqlStore, tmp_path: Path) -> None:
        asked = [(CASE, "a.example"), (CASE, "b.example"), ("x", "a.example")]
        ids = [store.incident_id(*two) for two in asked]
        assert len(set(ids)) == 3
        store.close()
        again = opened(tmp_path)
        assert [again.incident_id(*two) for two in asked] == ids
        again.close()

    def test_tell_nothing_outside(self, store: SqlStore, tmp_path: Path) -> None:
        other = opened(tmp_path / "other")
        assert other.incident_id(CASE, "a.example") != store.incident_id(CASE, "a.example")
        other.close()

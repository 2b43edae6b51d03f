"""Looks at pages: kept with the sightings on them, offered when they are due, claimed by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model.capture import FURTHEST_TRY, Capture, CaptureCause, CaptureState, Missing
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaptureId
from monitor.store import opening
from monitor.store.sqlite import connect
from monitor.store.store import SqlStore, open_store
from tests.store.store_values import CASE, KEY, NOW, a_case, a_sighting, an_item, later, settings
from tests.store.test_store_migrations import old_store


def a_capture(name: str = "c1", **values: object) -> Capture:
    made = Capture(CaptureId(name), CASE, "https://forum.example/1", CaptureState.WANTED, CaptureCause.RETROACTIVE, NOW)
    return replace(made, **values)  # type: ignore[arg-type]


def test_comes_back_as_it_was_saved(store: SqlStore) -> None:
    one, two = sorted((a_sighting(1), a_sighting(2)), key=lambda sighting: sighting.id)
    store.sightings.save(one)
    store.sightings.save(two)
    missing = (Missing(EvidenceKind.SCREENSHOT, "No browser here."), Missing(EvidenceKind.WARC, "\u201cfull\u201d"))
    kept = a_capture(
        state=CaptureState.PARTIAL,
        taken_at=later(3),
        tries=2,
        retry_at=later(9),
        why="Cut off.",
        missing=missing,
        sightings=(one.id, two.id),
    )
    store.captures.save(kept)
    assert store.captures.get(CASE, kept.id) == kept
    assert store.captures.get("second", kept.id) is None
    assert store.captures.of(CASE, [two.id]) == [kept]
    assert store.captures.on_pages(CASE, ["https://forum.example/1", "https://b.example/"]) == [kept]
    fewer = replace(kept, sightings=(two.id,))
    store.captures.save(fewer)
    assert store.captures.all() == [fewer] and store.captures.of(CASE, [one.id]) == []
    store.captures.remove(CASE, kept.id)
    assert store.captures.all() == []


@pytest.mark.parametrize(
    ("values", "is_due"),
    [
        pytest.param({}, True, id="never tried"),
        pytest.param({"retry_at": NOW}, True, id="its time has come"),
        pytest.param({"retry_at": NOW + timedelta(seconds=1)}, False, id="a second early"),
        pytest.param({"retry_at": NOW + FURTHEST_TRY + timedelta(days=1)}, True, id="of a clock that stood wrong"),
        pytest.param({"state": CaptureState.WHOLE}, False, id="done"),
        pytest.param({"state": CaptureState.GIVEN_UP}, False, id="given up"),
        pytest.param({"state": CaptureState.CLOSED}, False, id="closed"),
    ],
)
def test_which_are_due(store: SqlStore, values: dict[str, object], is_due: bool) -> None:
    store.captures.save(a_capture(**values))
    assert bool(store.captures.due(CASE, NOW)) is is_due


def test_one_of_two_gets_it(store: SqlStore) -> None:
    store.captures.save(a_capture())
    store.captures.save(a_capture("c2", state=CaptureState.WHOLE))
    assert store.captures.claim(CASE, CaptureId("c1"), 0, later(10))
    assert not store.captures.claim(CASE, CaptureId("c1"), 0, later(10))
    assert not store.captures.claim(CASE, CaptureId("c2"), 0, later(10))
    assert store.captures.due(CASE, NOW) == []
    (again,) = store.captures.due(CASE, later(10))
    assert (again.tries, again.retry_at) == (1, later(10))
    assert store.captures.wanted(CASE) == [again]


@pytest.mark.of_a_file
def test_its_wait_is_no_longer_when_the_clock_is_set_back(store: SqlStore) -> None:
    store.captures.save(a_capture(retry_at=NOW + timedelta(hours=3)))
    store.clock_set_back(timedelta(hours=2), NOW)
    (moved,) = store.captures.wanted()
    assert moved.retry_at == NOW + timedelta(hours=1)


def test_what_a_capture_has_as_a_whole_is_evidence_of_each_sighting_on_it(store: SqlStore) -> None:
    one, two = sorted((a_sighting(1), a_sighting(2)), key=lambda sighting: sighting.id)
    for sighting in (one, two):
        store.sightings.save(sighting)
    store.captures.save(a_capture(sightings=(one.id, two.id)))
    page = replace(an_item("", "page"), kind=EvidenceKind.PAGE, capture=CaptureId("c1"))
    own = replace(an_item(one.id, "image"), capture=CaptureId("c1"))
    words = replace(an_item("", "words"), kind=EvidenceKind.OWN)
    for item in (page, own, words):
        store.evidence.save(item)
    assert store.evidence.of_capture(CASE, CaptureId("c1")) == [own, page]
    assert store.evidence.all(CASE, one.id) == [own, page]
    assert store.evidence.all(CASE, two.id) == [page]
    assert store.evidence.all(sighting="") == [words]
    assert [sighting.evidence for sighting in store.sightings.all(CASE)] == [("image", "page"), ("page",)]


def test_what_an_older_version_sealed_becomes_captures(tmp_path: Path) -> None:
    old_store(tmp_path, rows=False, revision="0016")
    path = tmp_path / "data" / opening.FILE
    fill_0016(path)
    store = open_store(settings(tmp_path))
    found = store.captures.all(CASE)
    assert [(one.id, one.page_url, one.sightings, one.taken_at) for one in found] == [
        ("a1", "https://forum.example/t", ("s1",), NOW),
        ("b1", "https://forum.example/t", ("s1",), later(60)),
        ("c1", "https://forum.example/t", ("s2",), NOW),
    ]
    assert {one.state for one in found} == {CaptureState.PARTIAL}
    assert [one.kind.value for one in found[0].missing] == ["screenshot", "warc"]
    assert {item.id: item.capture for item in store.evidence.all()} == {
        "a1": "a1",
        "a2": "a1",
        "b1": "b1",
        "c1": "c1",
        "own": "",
    }
    assert store.captures.due(CASE, later(9_999)) == []
    store.close()


def fill_0016(path: Path) -> None:
    """Two sightings that share a page's file; one was sealed twice."""
    writer = connect(path, KEY)
    writer.execute("INSERT INTO cases (id, name) VALUES ('default', '')")
    columns = [row[1:4] for row in writer.execute("PRAGMA table_info(sightings)")]
    for name in ("s1", "s2"):
        values = {"id": name, "spot": name.encode(), "case": "default", "page_url": "https://forum.example/t"}
        filled = {
            column: values.get(column, "" if kind in ("TEXT", "VARCHAR") else 0)
            for column, kind, is_needed in columns
            if is_needed
        }
        places = ", ".join("?" for _ in filled)
        names = ", ".join(f'"{column}"' for column in filled)
        writer.execute(f"INSERT INTO sightings ({names}) VALUES ({places})", tuple(filled.values()))
    at, then = (int(moment.timestamp()) * 1_000_000 for moment in (NOW, later(60)))
    for item, sighting, kind, taken, file in (
        ("a1", "s1", "record", at, "1.age"),
        ("a2", "s1", "page", at, "2.age"),
        ("b1", "s1", "image", then, "3.age"),
        ("c1", "s2", "page", at, "2.age"),
        ("own", None, "record", at, "4.age"),
    ):
        writer.execute(
            "INSERT INTO evidence VALUES (?, 'default', ?, ?, ?, 'text/html', ?, 'aa', 'bb', 5)",
            (item, sighting, kind, taken, file),
        )
    writer.close()


@pytest.mark.parametrize(
    "ask",
    [lambda store: store.captures.all("second"), lambda store: store.captures.wanted("second")],
    ids=["all", "wanted"],
)
def test_of_another_case_nothing_is_told(store: SqlStore, ask: Callable[[SqlStore], object]) -> None:
    store.cases.save(a_case("second"))
    store.captures.save(a_capture())
    assert ask(store) == []

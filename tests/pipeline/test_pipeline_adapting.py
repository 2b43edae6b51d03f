"""Watches that adapt, by their rows: what a look teaches, what a find raises, and that nothing is known elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.crawl.adapting.kept import memory_of, text_of
from monitor.crawl.adapting.memory import UNKNOWN_PLACE, PlaceMemory
from monitor.model.visit import DueVisit, VisitCount, VisitReason
from monitor.model.watch import Adapt, Every, Kind, Watch
from monitor.pipeline.adapting_visits import (
    RAISED_FOR,
    adapting_rows,
    bring_forward,
    hold_back,
    needed_budget,
    next_adapting,
    raise_places,
    why_they_go,
)
from monitor.ports.places import BudgetLeft, TaughtPlace
from monitor.store.store import SqlStore
from monitor.tracking.due import adapt_of, rhythm_of
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page, small
from tests.pipeline.test_pipeline_drafts import added, draft
from tests.stores import a_store

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOUNDS = Adapt(900, 86_400)


def a_watch(name: str) -> Watch:
    return Watch(name, Kind.PAGE, BOUNDS, urls=("https://x.example/",))


ONE = replace(a_watch("one"), schedule=BOUNDS, urls=("https://example.org/x",))
TWO = replace(a_watch("two"), schedule=BOUNDS, urls=("https://www.example.org/y", "https://else.example/"))
FAR = replace(a_watch("far"), schedule=BOUNDS, urls=("https://far.example/",))


@pytest.fixture
def store() -> Iterator[SqlStore]:
    found = a_store()
    yield found
    found.close()


def row(watch: Watch, at: datetime = NOW, why: VisitReason = VisitReason.ADAPTS) -> DueVisit:
    return DueVisit(watch.name, watch.case, at, why, at, rhythm_of(watch, UTC))


def look(
    store: SqlStore,
    watch: Watch,
    at: datetime,
    appeared: int | None = 1,
    ours: int = 0,
    cost: int = 2,
    budget: int = 500,
) -> DueVisit:
    since = at - HOUR if appeared is not None else None
    planned = next_adapting(
        row(watch, at), watch, VisitCount(at, since, appeared, ours, None, cost), store, budget, UTC
    )
    store.visits.plan(planned)
    return planned


def memory(store: SqlStore, watch: Watch) -> PlaceMemory:
    found = next(place for place in store.places.all() if place.watch == watch.name)
    return memory_of(found.memory) or UNKNOWN_PLACE


def test_a_look_is_written_down_with_what_it_cost(store: SqlStore) -> None:
    first = look(store, ONE, NOW, appeared=None)
    assert (first.why, first.rhythm, first.beat) == (VisitReason.ADAPTS, "adapt 900 86400", first.at)
    assert NOW + timedelta(minutes=15) <= first.at <= NOW + timedelta(days=1)
    look(store, ONE, NOW + HOUR, appeared=4, ours=1, cost=7)
    kept = memory(store, ONE)
    assert (kept.looks, kept.all_new, kept.all_ours) == (2, 4, 1)
    left = store.places.budget()
    assert left is not None and left.tokens == pytest.approx(500 / 8 - 2 - 7 + 500 / 24, rel=0.01)
    assert [place.domains for place in store.places.all()] == [("example.org",)]


def test_where_more_is_hers_is_looked_at_sooner(store: SqlStore) -> None:
    for hour in range(30):
        for watch, ours in ((ONE, 2), (FAR, 0)):
            look(store, watch, NOW + HOUR * hour, appeared=2 if hour else None, ours=ours if hour else 0, budget=120)
    soon, late = (store.visits.get("default", watch.name) for watch in (ONE, FAR))
    assert soon is not None and late is not None and soon.at < late.at


def test_others_are_planned_anew_where_it_matters(store: SqlStore) -> None:
    look(store, ONE, NOW, appeared=None)
    waiting = row(FAR, NOW + 20 * HOUR, VisitReason.OWED)
    store.visits.plan(waiting)
    store.visits.plan(row(TWO, NOW + 23 * HOUR))
    look(store, ONE, NOW + HOUR)
    moved = store.visits.get("default", "two")
    assert moved is not None and moved.at < NOW + 2 * HOUR, "nobody has looked there yet"
    assert store.visits.get("default", "far") == waiting, "owed for a reason of its own"


@pytest.mark.parametrize(
    ("tokens", "goes"),
    [pytest.param(100.0, {"one", "two", "far"}, id="enough"), pytest.param(2.0, {"two"}, id="for the highest alone")],
)
def test_the_highest_goes_while_the_budget_lasts(store: SqlStore, tokens: float, goes: set[str]) -> None:
    for watch, postings in ((ONE, 30.0), (TWO, 300.0), (FAR, 20.0)):
        known = replace(UNKNOWN_PLACE, at=NOW - 12 * HOUR, looks=50, postings=postings, days=30.0, requests=2.0)
        store.places.save(TaughtPlace("default", watch.name, text_of(known), (), NOW))
        store.visits.plan(row(watch))
    store.places.save_budget(BudgetLeft(tokens, NOW))
    hold_back(store, 50, UTC, NOW)
    assert {one.watch for one in store.visits.due(NOW, furthest=NOW + HOUR)} == goes
    for one in store.visits.all():
        assert one.at <= NOW + 12 * HOUR, "their ceilings"


def test_what_its_ceiling_makes_go_goes_in_debt(store: SqlStore) -> None:
    known = replace(UNKNOWN_PLACE, at=NOW - 24 * HOUR, looks=50, days=30.0, requests=2.0)
    store.places.save(TaughtPlace("default", "one", text_of(known), (), NOW))
    store.visits.plan(row(ONE))
    store.places.save_budget(BudgetLeft(-49.0, NOW))
    hold_back(store, 50, UTC, NOW)
    assert [one.watch for one in store.visits.due(NOW, furthest=NOW + HOUR)] == ["one"]


def test_a_budget_that_grew_brings_forward_what_waited_for_it(store: SqlStore) -> None:
    for hour in range(30):
        for watch in (ONE, FAR):
            look(store, watch, NOW + HOUR * hour, appeared=2 if hour else None, cost=9, budget=20)
    now, waits = NOW + 30 * HOUR, replace(row(TWO, NOW + 40 * HOUR), why=VisitReason.OWED)
    store.visits.plan(waits)
    before = {one.watch: one.at for one in store.visits.all()}
    bring_forward(store, 20, UTC, now)
    assert {one.watch: one.at for one in store.visits.all()} == before, "nothing has changed"
    bring_forward(store, 20_000, UTC, now)
    at = {one.watch: one.at for one in store.visits.all()}
    assert now <= at["one"] < now + HOUR < before["one"] - 5 * HOUR and at["two"] == waits.at
    bring_forward(store, 20, UTC, now)
    assert {one.watch: one.at for one in store.visits.all()} == at, "it is asked for the budget when it is due"


def test_a_find_raises_its_place_and_its_domain_for_two_days(store: SqlStore) -> None:
    for watch in (ONE, TWO, FAR):
        look(store, watch, NOW, appeared=None)
    for watch in (ONE, TWO, FAR):
        store.visits.plan(row(watch, NOW + 9 * HOUR))
    store.places.save(TaughtPlace("other", "one", text_of(UNKNOWN_PLACE), ("example.org",), NOW))
    raise_places(store, "default", ["https://m.example.org/p.jpg"], NOW + HOUR, watch="none")
    at = {one.watch: one.at for one in store.visits.all()}
    assert at == {"one": NOW + 3 * HOUR, "two": NOW + 3 * HOUR, "far": NOW + 9 * HOUR}
    assert memory(store, ONE).raised_until == NOW + HOUR + RAISED_FOR
    assert [place.memory for place in store.places.all() if place.case == "other"] == [text_of(UNKNOWN_PLACE)]
    raise_places(store, "default", [], NOW, watch="far")
    moved = store.visits.get("default", "far")
    assert moved is not None and (moved.at, moved.why) == (NOW + 3 * HOUR, VisitReason.RAISED), "its own place"


def test_a_restart_forgets_nothing(store: SqlStore) -> None:
    for hour in range(12):
        look(store, ONE, NOW + HOUR * hour, appeared=hour % 3 if hour else None)
        look(store, FAR, NOW + HOUR * hour, appeared=0 if hour else None)
    now = NOW + 12 * HOUR
    one, other = (adapting_rows(store, 500, now).planner(UTC, now).plans for _ in range(2))
    assert one == other and len(one) == 2


def test_a_memory_that_is_damaged_begins_anew(store: SqlStore) -> None:
    store.places.save(TaughtPlace("default", "one", '{"form":1,"looks":', ("example.org",), NOW))
    assert look(store, ONE, NOW).at > NOW and memory(store, ONE).looks == 1


def test_why_is_told_of_those_that_adapt_alone(store: SqlStore) -> None:
    look(store, ONE, NOW, appeared=None)
    whys = why_they_go(store, 500, UTC, NOW, [ONE, replace(a_watch("fixed"), schedule=Every(3600))])
    assert list(whys) == [("default", "one")] and whys["default", "one"].a_day is None


@pytest.mark.parametrize(
    ("budget", "is_spent"),
    [pytest.param(24 * 3 * 4, True, id="by the ceilings alone"), pytest.param(24 * 3 * 4 + 1, False, id="one more")],
)
def test_a_budget_that_ceilings_spend(budget: int, is_spent: bool) -> None:
    hourly = [replace(a_watch(f"w{at}"), schedule=Adapt(900, 3600)) for at in range(4)]
    paused = replace(a_watch("paused"), schedule=Adapt(60, 60), enabled=False)
    needed = needed_budget([*hourly, paused, replace(a_watch("fixed"), schedule=Every(60))], {}, budget)
    assert (needed.watches, needed.least, needed.would_do, needed.is_spent) == (4, 288, 870, is_spent)
    known = {("default", "w0"): replace(UNKNOWN_PLACE, requests=30.0)}
    assert needed_budget(hourly, known, budget).least == 24 * (30 + 9)


@pytest.mark.parametrize(
    "text", ["", "every 900", "cron * * * * * in UTC", "adapt", "adapt 1", "adapt x y", "adapt -1 5"]
)
def test_no_other_rhythm_adapts(text: str) -> None:
    assert adapt_of(text) is None


async def test_a_find_of_a_pass_raises_its_place(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    site, forum = bench.site, replace(FORUM, schedule=BOUNDS)
    site.put(forum.urls[0], page("https://board.example/a.jpg"))
    site.put("https://board.example/a.jpg", small(OTHERS[0]), "image/jpeg")
    await bench.run(forum)
    assert memory(bench.store, forum).raised_until is None
    site.put(forum.urls[0], page("https://board.example/a.jpg", "https://board.example/b.jpg"))
    site.put("https://board.example/b.jpg", small(PHOTOS[0]), "image/jpeg")
    bench.clock.forward(hours=2)
    await bench.run(forum)
    kept, planned = memory(bench.store, forum), bench.store.visits.get("default", forum.name)
    assert (kept.all_new, kept.all_ours) == (1, 1)
    assert kept.raised_until is not None and kept.raised_until > bench.clock() + timedelta(hours=47)
    assert planned is not None and planned.why is VisitReason.RAISED
    left = bench.store.places.budget()
    assert left is not None and 5000 / 8 + 2 * 5000 / 24 - left.tokens == pytest.approx(4, abs=0.2)


async def test_a_report_that_is_sent_raises_the_place(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    sighting = added(bench, "https://board.example/t/9")
    bench.store.places.save(TaughtPlace("default", "w", text_of(UNKNOWN_PLACE), ("board.example",), bench.clock()))
    draft(bench, sighting)
    assert memory(bench.store, replace(ONE, name="w")).raised_until is None
    for report in bench.store.reports.all("default"):
        bench.reports.mark_sent(report.id, case="default", at=bench.clock(), number="")
    raised = memory(bench.store, replace(ONE, name="w")).raised_until
    assert raised == bench.clock() + RAISED_FOR

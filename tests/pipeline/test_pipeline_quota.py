"""A case is held to its quota, and told; nobody else waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acting import acting_for
from monitor.errors import QuotaReached, UsageError
from monitor.model.alert import Alert, AlertKind
from monitor.model.capture import CaptureState
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.page import OutcomeKind, Request
from monitor.model.quota import QUOTA_DAY, QuotaKind, QuotaUse, granted
from monitor.model.run import LimitKind
from monitor.model.settings import QuotaSettings
from monitor.model.visitor import Visitor
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.quota import QUOTA_LOT, CaseQuota, QuotaFetcher
from monitor.pipeline.recheck import recheck
from monitor.pipeline.scan import run_watch
from monitor.pipeline.wanted_captures import take_wanted
from monitor.services.case_limits import hold_watches, refuse_one_more
from monitor.store.store import SqlStore
from tests.fakes import FakeClock
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, copy_of, page
from tests.stores import a_postgres_store, a_store, every_alert

CASE, ANNA = CaseId("default"), CaseId("anna")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
THREAD = "https://forum.example/t/1"
ASKED = Request("https://forum.example/", visitor=Visitor("anna"))


def told(store: SqlStore | object, case: CaseId = CASE) -> list[str]:
    alerts: list[Alert] = every_alert(store, case)  # type: ignore[arg-type]
    return [alert.subject for alert in alerts if alert.kind is AlertKind.QUOTA]


def quota(store: object, clock: FakeClock, **most: int) -> CaseQuota:
    return CaseQuota(CASE, QuotaSettings(**most), store, clock)  # type: ignore[arg-type]


def dependencies(bench: Bench, **most: int) -> Dependencies:
    held = quota(bench.store, bench.clock, **most)
    base = bench.dependencies()
    return replace(base, fetcher=QuotaFetcher(bench.site, held, bench.clock), quota=held)


async def test_a_pass_ends_when_its_case_has_asked_for_all_that_it_may_and_goes_on_the_day_after(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(*(f"https://cdn.example/{number}.jpg" for number in range(40))))
    for number in range(40):
        bench.site.put(f"https://cdn.example/{number}.jpg", copy_of(PHOTOS[0], quality=40 + number), "image/jpeg")
    deps = dependencies(bench, requests=20)
    run = await run_watch(FORUM, deps)
    assert len(bench.site.asked) <= 20 + 8, "a lot that is under way may end"
    assert any(limit.what is LimitKind.REQUESTS for limit in run.limits)
    assert told(bench.store) == ["requests"]
    with pytest.raises(QuotaReached):
        await run_watch(FORUM, deps)
    before = len(bench.site.asked)
    assert (await recheck(CASE, {FORUM.name: FORUM}, deps)).looked == 0
    assert len(bench.site.asked) == before and told(bench.store) == ["requests"], "told once a day"
    bench.clock.forward(hours=25)
    await run_watch(FORUM, deps)
    assert len(bench.site.asked) > before


async def test_others_are_not_held_to_it(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page())
    bench.store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, NOW), NOW))
    spent = CaseQuota(ANNA, QuotaSettings(requests=1), bench.store, bench.clock)
    fetcher = QuotaFetcher(bench.site, spent, bench.clock)
    assert (await fetcher.fetch(ASKED)).outcome.kind is not OutcomeKind.BUDGET
    assert (await fetcher.fetch(ASKED)).outcome.kind is OutcomeKind.BUDGET
    run = await run_watch(FORUM, dependencies(bench, requests=20))
    assert run.pages_seen == 1 and not told(bench.store) and told(bench.store, ANNA) == ["requests"]


@pytest.mark.parametrize("kept", [a_store, a_postgres_store])
def test_two_processes_take_of_one_quota(kept: Callable[[], SqlStore]) -> None:
    store, clock = kept(), FakeClock(NOW)
    two = [quota(store, clock, requests=300) for _ in range(2)]
    sent = 0
    while any(one.may_ask() for one in two):
        for one in two:
            if one.may_ask():
                one.asked(1)
                sent += 1
    assert 300 - QUOTA_LOT < sent <= 300
    with acting_for(CASE):
        assert told(store) == ["requests"]
    two[0].follow(QuotaSettings(requests=400))
    assert two[0].may_ask(), "what is raised counts at once"


def test_what_one_page_asked_for_beyond_the_lot_is_counted_with_the_next() -> None:
    store, clock = a_store(), FakeClock(NOW)
    held = quota(store, clock, requests=100)
    assert held.may_ask()
    held.asked(90)  # a rendered page
    assert held.may_ask()
    held.asked(15)
    assert not held.may_ask()


def test_nothing_is_counted_where_nothing_is_set() -> None:
    store, clock = a_store(), FakeClock(NOW)
    held = quota(store, clock, watches=1)
    state = store.writings()
    for _ in range(200):
        assert held.may_ask()
        held.asked(1)
    assert held.take_captures(7) == 7 and held.has_captures() and held.evidence_left() is None
    assert store.writings() == state


@given(
    st.lists(st.tuples(st.integers(0, 60 * 24 * 3), st.integers(0, 40)), max_size=40),
    st.integers(1, 100),
)
def test_no_day_that_was_begun_has_more_than_the_quota(steps: list[tuple[int, int]], most: int) -> None:
    now, use, of_day = NOW, QuotaUse(NOW), 0
    for minutes, wanted in steps:
        now += timedelta(minutes=minutes)
        later = use.at(now)
        of_day = 0 if later.began != use.began else of_day
        given_now = granted(later, wanted, most)
        use, of_day = replace(later, used=later.used + given_now), of_day + given_now
        assert 0 <= given_now <= wanted and use.used == of_day <= most
        assert now - use.began < QUOTA_DAY


def test_a_day_that_a_clock_ahead_of_time_began_is_begun_anew() -> None:
    ahead = QuotaUse(NOW + timedelta(days=30), 500, NOW + timedelta(days=30))
    assert ahead.at(NOW) == QuotaUse(NOW, 0, ahead.told_at) and ahead.is_to_tell(NOW)


# --- evidence


async def found_two(bench: Bench, deps: Dependencies) -> None:
    await bench.enroll(PHOTOS[:2])
    for number in (1, 2):
        url = f"https://forum.example/t/{number}"
        bench.site.put(url, page(f"https://cdn.example/{number}.jpg"))
        bench.site.put(f"https://cdn.example/{number}.jpg", copy_of(PHOTOS[number - 1]), "image/jpeg")
        await run_watch(replace(FORUM, name=f"w{number}", urls=(url,)), with_matcher(bench, deps))


def with_matcher(bench: Bench, deps: Dependencies) -> Dependencies:
    fresh = bench.dependencies()
    return replace(deps, matcher=fresh.matcher, revision=fresh.revision)


async def test_beyond_its_evidence_finds_are_recorded_without_it(bench: Bench) -> None:
    deps = dependencies(bench, evidence_bytes=2000)
    await found_two(bench, deps)
    assert len(bench.store.sightings.all(CASE)) == 2
    assert bench.store.evidence.bytes_of(CASE) <= 2000
    assert told(bench.store) == ["evidence_bytes"]
    missing = [
        one.why
        for capture in bench.store.captures.of(CASE, [s.id for s in bench.store.sightings.all(CASE)])
        for one in capture.missing
    ]
    assert any("quota" in why for why in missing)


async def test_a_look_beyond_those_of_the_day_is_kept_the_day_after(bench: Bench) -> None:
    deps = dependencies(bench, captures=1)
    await found_two(bench, deps)
    first, second = sorted(bench.store.sightings.all(CASE), key=lambda one: one.number)
    assert any(item.is_media for item in bench.store.evidence.all(CASE, first.id))
    assert not any(item.is_media for item in bench.store.evidence.all(CASE, second.id))
    assert told(bench.store) == ["captures"]
    wanted = bench.store.captures.wanted(CASE)
    assert [capture.state for capture in wanted] == [CaptureState.WANTED]
    bench.clock.forward(hours=2)
    asked = len(bench.site.asked)
    await take_wanted(CASE, {}, with_matcher(bench, deps))
    assert len(bench.site.asked) == asked, "nothing is fetched that could not be kept"
    bench.clock.forward(hours=23)
    await take_wanted(CASE, {}, with_matcher(bench, deps))
    assert any(item.is_media for item in bench.store.evidence.all(CASE, second.id))


# --- watches


def watches(*names: str, case: str = "default") -> list[Watch]:
    return [replace(FORUM, name=name, case=CaseId(case)) for name in names]


def test_the_first_watches_run_and_the_case_is_told(bench: Bench) -> None:
    bench.store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, NOW), NOW))
    bench.store.case_settings.save(ANNA, "quota.watches", 1, NOW)
    paused = replace(watches("paused", case="anna")[0], enabled=False)
    every = [*watches("a", "b"), paused, *watches("c", "d", "e", case="anna")]
    assert hold_watches(every, bench.settings, bench.store, bench.clock) == {"d", "e"}  # type: ignore[arg-type]
    assert (told(bench.store), told(bench.store, ANNA)) == ([], ["watches"])
    hold_watches(every, bench.settings, bench.store, bench.clock)
    assert told(bench.store, ANNA) == ["watches"]
    bench.store.case_settings.drop(ANNA, "quota.watches")
    assert not hold_watches(every, bench.settings, bench.store, bench.clock)


def test_one_more_is_refused_before_it_is_written(bench: Bench) -> None:
    settings = replace(bench.settings, quota=QuotaSettings(watches=2))
    refuse_one_more(watches("a"), CASE, settings, bench.store)
    with pytest.raises(UsageError, match="has 2 watches"):
        refuse_one_more(watches("a", "b"), CASE, settings, bench.store)
    refuse_one_more(watches("a", "b"), ANNA, settings, bench.store)


@pytest.mark.parametrize("kind", list(QuotaKind))
def test_each_quota_has_words(kind: QuotaKind) -> None:
    from monitor.alerts.outbox import new_alert
    from monitor.alerts.wording import quota_words

    alert = new_alert(AlertKind.QUOTA, case=CASE, subject=kind.value, now=NOW, not_before=NOW)
    assert kind.value not in quota_words(alert).split("_") and " " in quota_words(alert)

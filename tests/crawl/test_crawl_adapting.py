"""Adaptive visits: what a place teaches, what a visit is worth, what the budget lets go."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.adaptive.simulate import adaptive, equal
from bench.adaptive.worlds import WORLDS, Bursts
from monitor.crawl.adapting import surges
from monitor.crawl.adapting.budget import Bucket, opened_at
from monitor.crawl.adapting.index import outlook, reaches
from monitor.crawl.adapting.kept import memory_of, text_of
from monitor.crawl.adapting.learning import after_visit
from monitor.crawl.adapting.memory import UNKNOWN_PLACE, PlaceMemory
from monitor.crawl.adapting.planning import Planned, Planner, gap_at_most, least_spent
from monitor.crawl.adapting.pooled import Pooled, pooled
from monitor.crawl.adapting.shape import EVEN, DayShape, local_hour, shaped
from monitor.crawl.adapting.words import gap_words, why_so_often, why_words
from monitor.model.visit import VisitCount
from monitor.model.watch import Adapt

T0 = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
BOUNDS = Adapt(900, 86_400)


def counted(
    at: datetime, gap: timedelta, appeared: int | None, ours: int = 0, changed: bool | None = None
) -> VisitCount:
    return VisitCount(at, at - gap, appeared, ours, changed, 1)


def taught(visits: int, appeared: int, *, gap: timedelta = HOUR, ours: int = 0) -> PlaceMemory:
    memory = after_visit(UNKNOWN_PLACE, VisitCount(T0, None, None, 0, None, 1), Pooled(), UTC)
    for visit in range(1, visits + 1):
        memory = after_visit(memory, counted(T0 + gap * visit, gap, appeared, ours), Pooled(), UTC)
    return memory


# --- what a place teaches


@pytest.mark.parametrize(("appeared", "a_day"), [(0, 0.0), (1, 24.0), (5, 120.0)])
def test_the_rate_is_learned(appeared: int, a_day: float) -> None:
    assert Pooled().rate_of(taught(200, appeared)) == pytest.approx(a_day, rel=0.1, abs=0.3)


def test_half_is_forgotten_in_three_weeks() -> None:
    before = taught(24 * 40, 2)
    assert before.at is not None
    later = before
    for hour in range(1, 24 * 21 + 1):
        later = after_visit(later, counted(before.at + HOUR * hour, HOUR, 0), Pooled(), UTC)
    assert later.postings == pytest.approx(before.postings / 2, rel=0.01)


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(VisitCount(T0 + 9 * HOUR, None, None, 0, None, 3), id="the first look's backlog"),
        pytest.param(VisitCount(T0 + 9 * HOUR, T0, None, 0, None, 3), id="cut by a cap, or failed"),
        pytest.param(VisitCount(T0 + 9 * HOUR, T0 + 10 * HOUR, 5, 0, None, 3), id="the clock ran backwards"),
        pytest.param(VisitCount(T0 + timedelta(days=400), T0, 5, 0, None, 3), id="more than a month ago"),
    ],
)
def test_what_says_nothing_teaches_nothing(count: VisitCount) -> None:
    before = taught(5, 1)
    later = after_visit(before, count, Pooled(), UTC)
    assert (later.postings, later.days, later.new, later.told_looks) == (
        before.postings,
        before.days,
        before.new,
        before.told_looks,
    )
    assert (later.at, later.looks) == (count.at, before.looks + 1)


def test_changed_or_not_ends_at_the_likeliest_rate() -> None:
    """Cho and Garcia-Molina, for uneven looks: the sum of gap/(exp(rate gap) - 1) over those that saw a change is the
    sum of the gaps that saw none."""
    rng, a_day, at, memory = random.Random(4), 6.0, T0, UNKNOWN_PLACE
    changed, same = [], 0.0
    for _ in range(3000):
        gap = rng.choice([1, 2, 4, 8])
        at += HOUR * gap
        is_changed = rng.random() < -math.expm1(-a_day * gap / 24)
        memory = after_visit(memory, counted(at, HOUR * gap, None, changed=is_changed), Pooled(), UTC)
        if is_changed:
            changed.append(gap / 24)
        else:
            same += gap / 24
    low, high = 0.01, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(gap / math.expm1(middle * gap) for gap in changed) > same else (low, middle)
    assert Pooled().rate_of(memory) == pytest.approx(low, rel=0.25)  # it forgets, the likelihood does not


def test_what_looks_in_part_saw_is_not_counted_twice() -> None:
    """The next whole look counts from the last whole one."""
    before = taught(20, 1)
    assert before.at is not None
    half, whole = before.at + HOUR / 2, before.at + HOUR
    in_part = after_visit(before, VisitCount(half, before.at, None, 0, True, 1), Pooled(), UTC)
    later = after_visit(in_part, VisitCount(whole, before.at, 4, 1, True, 1), Pooled(), UTC)
    at_once = after_visit(before, VisitCount(whole, before.at, 4, 1, True, 1), Pooled(), UTC)
    assert later.postings == pytest.approx(at_once.postings, rel=0.01)
    assert later.days == pytest.approx(at_once.days, rel=0.01)
    assert later.new == pytest.approx(at_once.new, rel=0.01)


def test_always_changed_stays_finite() -> None:
    memory = UNKNOWN_PLACE
    for hour in range(1, 2000):
        memory = after_visit(memory, counted(T0 + HOUR * hour, HOUR, None, changed=True), Pooled(), UTC)
    assert 24 <= Pooled().rate_of(memory) < 1000


@pytest.mark.parametrize(
    ("new", "ours", "share"),
    [
        pytest.param(0, 0, 0.05, id="nothing known: as all"),
        pytest.param(200, 0, 0.0, id="never hers"),
        pytest.param(200, 200, 1.0, id="always hers"),
    ],
)
def test_the_chance_that_it_is_hers(new: int, ours: int, share: float) -> None:
    assert Pooled().share_of(replace(UNKNOWN_PLACE, new=new, ours=ours)) == pytest.approx(share, abs=0.05)


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    """Evenings, by a Berlin clock, through the night that summer time begins."""
    memory, now = UNKNOWN_PLACE, datetime(2026, 3, 20, tzinfo=UTC)
    for _ in range(24 * 20):
        now += HOUR
        wall = now.astimezone(BERLIN).hour
        memory = after_visit(
            memory, counted(now, HOUR, 6 if wall == 21 else 0), Pooled(), BERLIN
        )  # posted from 20 to 21
    assert max(range(24), key=lambda hour: memory.hours[hour]) == 20
    assert memory.hours[20] > 0.95 * sum(memory.hours)


def test_another_time_zone_turns_the_day() -> None:
    memory = replace(UNKNOWN_PLACE, hours=tuple(float(hour == 20) for hour in range(24)), standard_h=1)
    tokyo = after_visit(memory, VisitCount(T0, None, None, 0, None, 1), Pooled(), ZoneInfo("Asia/Tokyo"))
    assert [hour for hour in range(24) if tokyo.hours[hour]] == [4]  # eight hours further on


@pytest.mark.parametrize(("shape", "begin"), [(EVEN, 3.5), (shaped([1 + hour % 5 for hour in range(24)]), 22.25)])
def test_waiting_is_the_integral(shape: DayShape, begin: float) -> None:
    length, steps = 53.5, 20_000
    step = length / steps
    by_hand = sum(
        shape.factors[int(begin + step * (at + 0.5)) % 24] * (length - step * (at + 0.5)) * step for at in range(steps)
    )
    assert shape.waiting(begin, length) == pytest.approx(by_hand, rel=1e-3)


def test_no_hour_is_lost_or_doubled_where_clocks_change() -> None:
    before_the_change = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert local_hour(before_the_change, BERLIN) == 0
    assert EVEN.amount(local_hour(before_the_change, BERLIN), 24) == 24


# --- what a visit is worth


def test_gaps_go_with_the_root_of_the_rate() -> None:
    slow, fast = (replace(UNKNOWN_PLACE, at=T0, looks=9, postings=posted, days=40.0) for posted in (40.0, 400.0))
    known = Pooled()
    gaps = [outlook(memory, known, UTC, 1e9).gap_h(1.0, T0) for memory in (slow, fast)]
    assert gaps[0] / gaps[1] == pytest.approx(math.sqrt(10), rel=0.05)


def test_more_than_was_expected_lifts_and_fades() -> None:
    lifted = surges.surged(surges.CALM, (0.3, 0.3, 0.3), 1.0, 10.0, 1.0, 1.0, 1.0)
    soon, later = (surges.to_come(lifted, (0.3,) * 3, 1.0, hours, hours) / hours for hours in (1.0, 100.0))
    assert soon > 1.5 * later > 1.5


def test_a_raise_brings_forward_for_its_time_alone() -> None:
    raised = taught(50, 1).raised(T0 + 60 * HOUR)
    place = outlook(raised, Pooled(), UTC, 100.0)
    assert place.weight(T0 + 59 * HOUR) == pytest.approx(9 * place.weight(T0 + 61 * HOUR))


hours_ago = st.floats(0, 800)
sums = st.floats(0, 1e6)


@st.composite
def memories(draw: st.DrawFn) -> PlaceMemory:
    return PlaceMemory(
        at=T0 + timedelta(hours=draw(st.floats(-1e4, 1e4))),
        looks=draw(st.integers(1, 10**6)),
        postings=draw(sums),
        days=draw(st.floats(0, 40)),
        hours=tuple(draw(st.lists(sums, min_size=24, max_size=24))),
        hours_expected=tuple(draw(st.lists(sums, min_size=24, max_size=24))),
        surges=tuple(
            surges.Surge(draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e6, 1e6)), draw(sums)) for _ in range(3)
        ),
        stir=draw(st.floats(-1e6, 1e6)),
        scatter=draw(sums),
        scatter_expected=draw(sums),
        new=draw(sums),
        ours=draw(sums),
        requests=draw(st.floats(0, 1e6)),
        raised_until=draw(st.none() | st.just(T0)),
    )


@given(memories(), hours_ago, hours_ago)
@settings(max_examples=60, deadline=None)
def test_an_index_never_falls_while_a_place_waits(memory: PlaceMemory, one: float, other: float) -> None:
    memory = replace(memory, raised_until=None)
    place = outlook(memory, pooled([memory]), BERLIN, 3.0)
    assert memory.at is not None
    sooner, later = sorted((one, other))
    below, above = (place.index(memory.at + timedelta(hours=hours)) for hours in (sooner, later))
    assert 0 <= below <= above * (1 + 1e-9) + 1e-12
    assert math.isfinite(above)


@given(memories())
@settings(max_examples=60, deadline=None)
def test_a_memory_is_written_and_read_back(memory: PlaceMemory) -> None:
    assert memory_of(text_of(memory)) == memory


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"form":2}', '{"form":1}', text_of(UNKNOWN_PLACE)[:-9]])
def test_what_is_no_memory_is_none(text: str) -> None:
    assert memory_of(text) is None


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-1", "1e999", '"9"', "null", "true", "[]"])
def test_no_number_that_is_none_comes_in(wrong: str) -> None:
    assert memory_of(text_of(UNKNOWN_PLACE).replace('"postings":0.0', f'"postings":{wrong}')) is None


@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.integers(0, 10**12), st.integers(-5, 10**9)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_count_and_no_clock_makes_nonsense(visits: list[tuple[float, int, int]]) -> None:
    memory, last = UNKNOWN_PLACE, T0
    for hours, appeared, requests in visits:
        at = T0 + timedelta(hours=hours)
        memory = after_visit(
            memory, VisitCount(at, last, appeared, min(appeared, 7), None, requests), pooled([memory]), BERLIN
        )
        last = at
    place = outlook(memory, pooled([memory]), BERLIN, 2.0)
    for value in (place.rate, place.share, place.cost, *place.carries, *place.shape.factors):
        assert math.isfinite(value)
        assert value >= 0
    assert memory_of(text_of(memory)) == memory


# --- the budget, and who goes


def test_a_bucket_pays_its_debts_first() -> None:
    bucket = Bucket(1, T0, 240).spent(21)
    assert bucket.enough_for(1) == T0 + timedelta(hours=2.1)
    assert bucket.until(T0 - HOUR).tokens == bucket.tokens  # a clock that ran backwards brings nothing
    assert bucket.until(T0 + timedelta(days=90)).tokens == 60
    assert bucket.until(T0, 24).tokens == -20  # a smaller budget: the room shrinks, the debt stays


@given(
    st.lists(st.tuples(st.integers(60, 7200), st.integers(0, 200), st.integers(0, 40)), min_size=2, max_size=6),
    st.integers(1, 400),
    st.randoms(use_true_random=False),
)
@settings(max_examples=15, deadline=None)
def test_bounds_and_budget_are_kept(places: list[tuple[int, int, int]], per_day: int, rng: random.Random) -> None:
    """floor, how many times the ceiling is it, pictures a visit: whatever comes."""
    bounds = {key: Adapt(floor, floor * (1 + times)) for key, (floor, times, _) in enumerate(places)}
    planner = Planner(dict.fromkeys(bounds, UNKNOWN_PLACE), bounds, opened_at(T0, per_day), BERLIN)
    planner.plan(T0)
    last: dict[int, datetime] = {}
    now, free, end = T0, 0.0, T0 + timedelta(days=2)
    for _ in range(400):
        now = max(now, planner.next_at())
        if now >= end:
            break
        key = planner.goes(now)
        if key is None:
            continue
        asked, bucket = rng.randint(1, 4), planner.bucket.until(now)
        if key in last:
            gap = now - last[key]
            assert timedelta(seconds=bounds[key].floor_s) <= gap <= timedelta(seconds=bounds[key].ceiling_s)
            if gap < gap_at_most(bounds[key]):
                free += asked
                assert bucket.tokens > 0
        count = VisitCount(now, last.get(key), rng.randint(0, places[key][2]) if key in last else None, 0, None, asked)
        planner.looked(key, count)
        last[key] = now
    assert free <= per_day * (now - T0) / timedelta(days=1) + per_day * 0.25 + 4 + 1


def test_a_restart_comes_to_the_same() -> None:
    """From what is written down alone."""
    rng, keys = random.Random(7), range(6)
    bounds = dict.fromkeys(keys, BOUNDS)
    planner = Planner(dict.fromkeys(keys, UNKNOWN_PLACE), bounds, opened_at(T0, 100), BERLIN)
    planner.plan(T0)
    last: dict[int, datetime] = {}
    now = T0
    for _ in range(200):
        now = max(now, planner.next_at())
        if (key := planner.goes(now)) is not None:
            planner.looked(
                key, VisitCount(now, last.get(key), rng.randint(0, key) if key in last else None, 0, None, 1)
            )
            last[key] = now
    texts = {key: text_of(planner.memory(key)) for key in keys}

    def plans_after_start() -> dict[int, Planned]:
        read = {key: memory_of(text) for key, text in texts.items()}
        again = Planner({key: memory or UNKNOWN_PLACE for key, memory in read.items()}, bounds, planner.bucket, BERLIN)
        again.plan(now)
        return again.plans

    planner.plans.clear()
    planner.plan(now)
    assert plans_after_start() == plans_after_start() == planner.plans


@pytest.mark.parametrize(
    ("floor", "ceiling", "gap"),
    [(300, 600, 540), (300, 86_400, 86_340), (60, 100, 90), (600, 600, 600), (580, 600, 580)],
)
def test_a_look_is_planned_a_little_before_its_ceiling(floor: int, ceiling: int, gap: int) -> None:
    assert gap_at_most(Adapt(floor, ceiling)) == timedelta(seconds=gap)
    memory = replace(UNKNOWN_PLACE, at=T0, looks=50, days=30.0, requests=2.0)
    planner = Planner({"a": memory}, {"a": Adapt(floor, ceiling)}, Bucket(0.0, T0, 1), UTC)
    planner.plan(T0)
    assert planner.plans["a"].at == planner.latest("a", T0) == T0 + timedelta(seconds=gap)


def test_what_the_ceilings_spend() -> None:
    assert least_spent([(2.0, Adapt(60, 3600)), (1.0, Adapt(60, 86_400))]) == 49.0


def test_reaching_a_price() -> None:
    place = outlook(taught(100, 1), Pooled(), UTC, 1e9)
    assert place.memory.at is not None
    earliest, latest = place.memory.at + HOUR / 4, place.memory.at + 24 * HOUR
    for price in (1e-9, 0.01, 1.0, 1e9):
        at = reaches(place, price, earliest, latest)
        assert earliest <= at <= latest
        assert at == latest or place.index(at) >= price * 0.95


@pytest.mark.parametrize(
    ("world", "mean", "late"),
    [
        pytest.param("mixed", 0.85, 1.3, id="places differ: found sooner"),
        pytest.param("all alike", 1.2, 1.3, id="places are alike: little lost while it learns"),
    ],
)
def test_found_sooner_than_with_equal_spacing(world: str, mean: float, late: float) -> None:
    """A short cut of `python -m bench.adaptive`, whose figures stand in bench/README.md."""
    made = next(one for one in WORLDS if one.name == world)
    places = made.places(3, count=12, days=16, per_day=2.0, bursts=Bursts())
    ours = adaptive(places, days=16, per_day=144, bounds=BOUNDS)
    other = equal(places, days=16, requests=ours.requests)
    assert sum(ours.delays) / len(ours.delays) < mean * sum(other) / len(other)
    assert sorted(ours.delays)[int(0.95 * len(ours.delays))] < late * sorted(other)[int(0.95 * len(other))]
    assert ours.longest_h <= 24.01
    assert ours.shortest_h >= 0.249
    assert ours.requests <= 144 * 16 + 36


# --- in words


def test_too_little_is_known_at_first() -> None:
    why = why_so_often(taught(3, 1), Planned(T0, False, 2 / 3, 1.0), Pooled(), T0)
    assert why_words(why) == "every 40 min, too little is known of this place yet to say more"


def test_what_is_guessed_of_a_place_that_showed_nothing_is_not_told_as_a_fact() -> None:
    others = Pooled(rate=5.0)
    why = why_so_often(taught(30, 0), Planned(T0, False, 1 / 3, 1.0), others, T0)
    assert why.a_day == 0.0 and why_words(why) == "every 20 min, and nothing new was seen there so far"
    assert others.rate_of(taught(30, 0)) > 0.5, "which is what it is planned by"


def test_why_in_words() -> None:
    evenings = tuple(8.0 if 18 <= hour < 23 else 0.2 for hour in range(24))
    memory = replace(
        taught(30, 0),
        postings=180.0,
        days=30.0,
        hours=evenings,
        hours_expected=(2.0,) * 24,
        all_new=41,
        all_ours=2,
        scatter_expected=100.0,
    )
    why = why_so_often(memory, Planned(T0, False, 0.67, 1.0), Pooled(), T0)
    assert why_words(why) == "every 40 min, because 6 pictures a day, mostly 18\N{EN DASH}23 h, 2 of 41 were yours"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(900, "15 min"), (2460, "40 min"), (5700, "1.5 h"), (86_400, "24 h"), (3 * 86_400, "3 days"), (1, "1 min")],
)
def test_gaps_in_words(seconds: int, words: str) -> None:
    assert gap_words(seconds) == words

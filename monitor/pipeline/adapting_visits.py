"""Watches that adapt, by their rows: what a look teaches, who goes next, what raises a place. Nothing of it is known
anywhere else, so a restart forgets nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from monitor.crawl.adapting.budget import Bucket, opened_at
from monitor.crawl.adapting.kept import memory_of, text_of
from monitor.crawl.adapting.learning import after_visit
from monitor.crawl.adapting.memory import UNKNOWN_PLACE, PlaceMemory
from monitor.crawl.adapting.planning import Planner, least_spent
from monitor.crawl.adapting.pooled import pooled
from monitor.crawl.adapting.words import why_so_often
from monitor.domains import domain_of
from monitor.model.adapting import NeededBudget, WhySoOften
from monitor.model.visit import DueVisit, VisitCount, VisitReason
from monitor.model.watch import Adapt, Watch
from monitor.ports import Store
from monitor.ports.places import BudgetLeft, TaughtPlace
from monitor.tracking.due import adapt_of, rhythm_of

RAISED_FOR = timedelta(days=2)
MOVES = frozenset({VisitReason.ADAPTS, VisitReason.RAISED, VisitReason.SCHEDULE})  # the rest has reasons of its own
LEAST_MOVE = timedelta(minutes=1)
COST_GUESS = 3.0  # requests of a visit to a place that was never visited: a page, and what is new on it
ROOM_TO_MOVE = 3  # times what the ceilings ask for

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AdaptingRows:
    """Everything that is kept of watches that adapt, by case and name."""

    rows: Mapping[_Key, DueVisit]
    bounds: Mapping[_Key, Adapt]
    memories: Mapping[_Key, PlaceMemory]
    bucket: Bucket

    def under_way(self, now: datetime) -> frozenset[_Key]:
        return frozenset(key for key, row in self.rows.items() if _is_held(row, now))

    def planner(self, zone: tzinfo, now: datetime) -> Planner[_Key]:
        planner = Planner(self.memories, self.bounds, self.bucket, zone)
        planner.plan(now)
        planner.take_turns(now, self.under_way(now))
        return planner


def adapting_rows(store: Store, per_day: int, now: datetime, watches: Iterable[Watch] = ()) -> AdaptingRows:
    """watches: as they are written now, which goes before what a row was planned by."""
    rows: dict[_Key, DueVisit] = {(row.case, row.watch): row for row in store.visits.all()}
    bounds: dict[_Key, Adapt] = {key: kept for key, row in rows.items() if (kept := adapt_of(row.rhythm)) is not None}
    for watch in watches:
        if isinstance(watch.schedule, Adapt):
            bounds[watch.case, watch.name] = watch.schedule
    taught = {(place.case, place.watch): memory_of(place.memory) for place in store.places.all()}
    left = store.places.budget()
    bucket = opened_at(now, per_day) if left is None else Bucket(left.tokens, left.at, per_day).until(now)
    return AdaptingRows(
        {key: row for key, row in rows.items() if key in bounds},
        bounds,
        {key: taught.get(key) or UNKNOWN_PLACE for key in bounds},
        bucket,
    )


def next_adapting(row: DueVisit, watch: Watch, count: VisitCount, store: Store, per_day: int, zone: tzinfo) -> DueVisit:
    """In the transaction that keeps the run: what the look taught and cost is written down, and who goes when. row: of
    the look that ended."""
    now, key = count.at, (str(watch.case), watch.name)
    known = adapting_rows(store, per_day, now, [watch])
    memory = after_visit(known.memories[key], count, pooled(known.memories.values()), zone)
    _save(store, key, memory, domains_of(watch), now)
    bucket = known.bucket.spent(count.requests)
    store.places.save_budget(BudgetLeft(bucket.tokens, bucket.at))
    others = {one: other for one, other in known.rows.items() if one != key}
    known = AdaptingRows(others, known.bounds, {**known.memories, key: memory}, bucket)
    planner = known.planner(zone, now)
    for one, other in others.items():
        at = planner.plans[one].at
        if other.at > now and other.why in MOVES and not _is_held(other, now) and _is_worth_moving(other.at, at, now):
            store.visits.plan(_planned(other, max(at, now), planner.memory(one), now))
    return replace(
        _planned(row, planner.plans[key].at, memory, now),
        watch=watch.name,
        case=watch.case,
        rhythm=rhythm_of(watch, zone),
    )


def hold_back(store: Store, per_day: int, zone: tzinfo, now: datetime) -> None:
    """Of those whose rows are due, the ones for which the budget does not last, or that others go before, get a later
    time."""
    with store.transaction():
        known = adapting_rows(store, per_day, now)
        planner = known.planner(zone, now)
        for key, row in known.rows.items():
            at = planner.plans[key].at
            if row.at <= now < at and row.why in MOVES and not _is_held(row, now):
                store.visits.plan(_planned(row, at, planner.memory(key), now))


def bring_forward(store: Store, per_day: int, zone: tzinfo, now: datetime) -> None:
    """Where settings and watches were read: with a budget that grew some go sooner than they were planned for. With one
    that shrank they wait when they are due (`hold_back`)."""
    with store.transaction():
        known = adapting_rows(store, per_day, now)
        planner = known.planner(zone, now)
        for key, row in known.rows.items():
            memory, at = planner.memory(key), max(planner.plans[key].at, now)
            may_move = row.why in MOVES and not _is_held(row, now) and memory.at is not None
            if may_move and at < row.at and _is_worth_moving(row.at, at, now):
                store.visits.plan(_planned(row, at, memory, now))


def raise_places(store: Store, case: str, urls: Iterable[str], now: datetime, *, watch: str = "") -> None:
    """Something of hers was found or reported there: for two days that place, and those of the same domain and so of
    the same incident, are visited more often. watch: whose place it is, wherever that lies."""
    domains = {domain for url in urls if (domain := domain_of(url))}
    for place in store.places.all():
        if place.case != case or not (place.watch == watch or domains & set(place.domains)):
            continue
        memory = (memory_of(place.memory) or UNKNOWN_PLACE).raised(now + RAISED_FOR)
        _save(store, (place.case, place.watch), memory, place.domains, now)
        row = store.visits.get(place.case, place.watch)
        if row is not None and row.why in MOVES and row.at > now and not _is_held(row, now):
            store.visits.plan(_planned(row, _sooner(row, memory, now), memory, now))


def why_they_go(
    store: Store, per_day: int, zone: tzinfo, now: datetime, watches: Iterable[Watch]
) -> Mapping[_Key, WhySoOften]:
    """Of each that adapts."""
    known = adapting_rows(store, per_day, now, watches)
    planner = known.planner(zone, now)
    spent = per_day if _least(known.bounds, known.memories) >= per_day else None
    return {
        key: why_so_often(memory, planner.plans[key], planner.pooled, now, spent=spent)
        for key, memory in known.memories.items()
    }


def needed_budget(watches: Iterable[Watch], known: Mapping[_Key, PlaceMemory], per_day: int) -> NeededBudget:
    """known: as far as anything is."""
    bounds: dict[_Key, Adapt] = {
        (watch.case, watch.name): watch.schedule
        for watch in watches
        if watch.enabled and isinstance(watch.schedule, Adapt)
    }
    least = _least(bounds, known)
    return NeededBudget(len(bounds), per_day, least, _rounded_up(ROOM_TO_MOVE * least))


def _least(bounds: Mapping[_Key, Adapt], known: Mapping[_Key, PlaceMemory]) -> int:
    """Requests a day that the ceilings alone ask for."""
    costs = ((known.get(key, UNKNOWN_PLACE).requests or COST_GUESS, bound) for key, bound in bounds.items())
    return math.ceil(least_spent(costs))


def domains_of(watch: Watch) -> tuple[str, ...]:
    return tuple(sorted({domain for url in watch.urls if (domain := domain_of(url))}))


def _save(store: Store, key: _Key, memory: PlaceMemory, domains: tuple[str, ...], now: datetime) -> None:
    store.places.save(TaughtPlace(*key, text_of(memory), domains, now))


def _planned(row: DueVisit, at: datetime, memory: PlaceMemory, now: datetime) -> DueVisit:
    is_raised = memory.raised_until is not None and memory.raised_until > now
    why = VisitReason.RAISED if is_raised else VisitReason.ADAPTS
    return replace(row, at=at, beat=at, why=why, held_by="", held_until=None)


def _sooner(row: DueVisit, memory: PlaceMemory, now: datetime) -> datetime:
    """A third of the gap, which is what a raise comes to; the budget is asked when that time has come."""
    last, bounds = memory.at, adapt_of(row.rhythm)
    if last is None or bounds is None or last > now:
        return row.at
    return min(row.at, max(now, last + (row.at - last) / 3, last + timedelta(seconds=bounds.floor_s)))


def _is_held(row: DueVisit, now: datetime) -> bool:
    return row.held_by != "" and row.held_until is not None and row.held_until > now


def _is_worth_moving(before: datetime, at: datetime, now: datetime) -> bool:
    """Rows are written to a disk: not for every minute."""
    return abs(at - before) > max(LEAST_MOVE, (before - now) / 10)


def _rounded_up(number: int) -> int:
    """To two figures."""
    step = int("1" + "0" * max(len(str(number)) - 2, 0))
    return -(-number // step) * step

"""Several watches of one place, in a daemon that does the work itself: the real service and the real passes, over a
site that counts what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bench.sharing import Helpline
from monitor.acting import acting_for_all
from monitor.daemon.visits_together import Together
from monitor.errors import WorkFailed
from monitor.model.ids import CaseId
from monitor.model.observation import RunStatus
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Every, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.scan import run_watch
from monitor.pipeline.together import VisitedTogether, VisitTogether, group_of
from monitor.processes import mark_of_process
from monitor.store.store import SqlStore
from tests.daemon.test_daemon_service import NotingApp, Stage, _no_last_resort
from tests.patience import WITHIN_S
from tests.pipeline.test_pipeline_together import ANNA, BEA, COPY, OTHER, PAGE, a_helpline, everybody_has_the_photo
from tests.pipeline.test_pipeline_together import watch as watched_by
from tests.stores import a_postgres_store

__all__ = ["_no_last_resort"]

ANNAS, BEAS = watched_by(ANNA, "annas"), replace(watched_by(BEA, "beas"), schedule=Every(86400))


@dataclass
class PlaceApp(NotingApp):
    of: Helpline = field(kw_only=True)
    looks: asyncio.Queue[list[str]] = field(default_factory=asyncio.Queue)  # begun, by who takes part
    stops: set[CaseId] = field(default_factory=set)
    ends: asyncio.Event | None = None
    breaks: Exception | None = None

    async def dependencies(self, case: CaseId) -> Dependencies:
        if self.ends is not None:
            await self.ends.wait()
        if case in self.stops:
            raise WorkFailed("her matcher could not be made", remedy="Nothing.")
        return replace(await self.of.dependencies(case), clock=self.clock)

    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run:
        self.looks.put_nowait([watch.name])
        return await run_watch(watch, await self.dependencies(watch.case), again=again)

    def group_of(self, watch: Watch) -> str:
        return group_of(watch, self.of.settings, self.store)

    async def visit_group(self, again: bool, watches: Sequence[Watch], holder: str) -> VisitedTogether:
        self.looks.put_nowait([one.name for one in watches])
        visit = VisitTogether(
            watches, self.dependencies, self.of.reader, self.store, self.clock, group="g", held_by=holder, again=again
        )
        done = await visit.run()
        if self.breaks is not None:
            raise self.breaks
        return done


class Place(Stage):
    def __init__(self, of: Helpline, *watches: Watch) -> None:
        super().__init__(*watches)
        self.of, self.store = of, of.store
        self.service._together = Together(
            lambda app, watch: cast(PlaceApp, app).group_of(watch),
            lambda app, again, watches, holder: cast(PlaceApp, app).visit_group(again, watches, holder),
        )

    @contextlib.asynccontextmanager
    async def open_app(self, settings: Settings) -> AsyncIterator[NotingApp]:
        app = PlaceApp(settings, self.store, of=self.of)
        self.prepare(app)
        self.apps.append(app)
        yield app

    async def looked(self) -> list[str]:
        return await asyncio.wait_for(cast(PlaceApp, self.apps[0]).looks.get(), WITHIN_S)

    async def one_look(self) -> list[str]:
        """The first, which a stop lets end."""
        async with self.running():
            return await self.looked()

    def row(self, watch: Watch) -> DueVisit:
        row = self.store.visits.get(watch.case, watch.name)
        assert row is not None
        return row

    def last(self, watch: Watch) -> Run:
        run = self.store.runs.last(watch.case, watch.name)
        assert run is not None
        return run

    def is_due(self, watch: Watch) -> bool:
        row = self.row(watch)
        return row.at <= datetime.now(UTC) and not row.held_by


async def place(*watches: Watch, store: SqlStore | None = None) -> Place:
    of = await a_helpline(store=store)
    await everybody_has_the_photo(of)
    return Place(of, *watches)


def plan(at: Place, watch: Watch, when: timedelta, *, held_by: str = "") -> None:
    now = datetime.now(UTC)
    assert isinstance(watch.schedule, Every)
    rhythm = f"every {watch.schedule.seconds}"
    row = DueVisit(watch.name, watch.case, now + when, VisitReason.SCHEDULE, now + when, rhythm, held_by=held_by)
    at.store.visits.plan(row)
    if held_by:
        assert at.store.visits.claim(row, now + timedelta(minutes=2), now, furthest=now + timedelta(minutes=4))


async def test_the_place_hears_it_once_and_each_has_her_find_and_her_run() -> None:
    """As often as the quickest of them: the other one's row was due tomorrow."""
    at = await place(ANNAS, BEAS)
    plan(at, ANNAS, timedelta(minutes=-1))
    plan(at, BEAS, timedelta(hours=20))
    assert await at.one_look() == ["annas", "beas"]
    assert sorted(at.of.site.urls_asked()) == sorted([PAGE, COPY, OTHER])
    for watch, gap in ((ANNAS, timedelta(minutes=50)), (BEAS, timedelta(hours=23))):
        assert at.last(watch).status is RunStatus.OK and at.last(watch).new_sightings == 1
        assert [one.media_urls for one in at.store.sightings.all(watch.case)] == [{COPY}]
        assert not at.row(watch).held_by and at.row(watch).at > datetime.now(UTC) + gap
    assert at.last(ANNAS).requests + at.last(BEAS).requests == 3, "what it cost is counted once"
    assert not at.service._visiting and not at.service._refused_at


async def test_on_postgresql_too() -> None:
    with acting_for_all():
        at = await place(ANNAS, BEAS, store=a_postgres_store())
        plan(at, ANNAS, timedelta(minutes=-1))
        assert await at.one_look() == ["annas", "beas"]
        assert len(at.of.site.asked) == 3 and not at.is_due(ANNAS) and not at.is_due(BEAS)
        assert at.last(ANNAS).new_sightings == at.last(BEAS).new_sightings == 1


async def test_what_stops_one_stops_no_other() -> None:
    at = await place(ANNAS, BEAS)
    at.prepare = lambda app: cast(PlaceApp, app).stops.add(BEA)
    assert await at.one_look() == ["annas", "beas"]
    assert at.last(ANNAS).new_sightings == 1
    failed = at.last(BEAS)
    assert failed.status is RunStatus.FAILED and "matcher" in failed.errors[0].message
    assert not at.is_due(ANNAS) and not at.is_due(BEAS), "each comes again in its rhythm"


@pytest.mark.parametrize("why", ["a log-in", "another address", "one of them is paused"])
async def test_who_is_alone_is_visited_alone(why: str) -> None:
    at = await place(ANNAS, BEAS)
    if why == "a log-in":
        at.store.logins.save(BEA, "beas", "{}")
    else:
        elsewhere = replace(BEAS, urls=("https://forum.example/t/2",))
        beas = elsewhere if why == "another address" else replace(BEAS, enabled=False)
        at.load = replace(at.load, watches=(ANNAS, beas))
    assert await at.one_look() == ["annas"]


async def test_the_group_of_a_process_that_was_killed_is_due() -> None:
    at = await place(ANNAS, BEAS)
    killed = f"aa {mark_of_process().rpartition(':')[0]}:1"  # another process had the number by then
    plan(at, ANNAS, timedelta(minutes=-1), held_by=killed)
    plan(at, BEAS, timedelta(hours=20), held_by=killed)
    assert await at.one_look() == ["annas", "beas"]
    assert at.last(ANNAS).new_sightings == at.last(BEAS).new_sightings == 1


async def test_whom_another_process_has_in_hand_is_left_to_it() -> None:
    at = await place(ANNAS, BEAS, replace(ANNAS, name="annas too"))
    plan(at, BEAS, timedelta(minutes=-1), held_by=f"aa {mark_of_process()}")
    assert await at.one_look() == ["annas", "annas too"]
    assert at.row(BEAS).held_by and at.store.runs.last(BEA, "beas") is None


async def test_what_a_stop_cuts_off_is_due_as_before() -> None:
    at = await place(ANNAS, BEAS)
    at.prepare = lambda app: setattr(app, "ends", asyncio.Event())
    async with at.running() as task:
        await at.looked()
        assert at.row(ANNAS).held_by and at.row(ANNAS).held_by == at.row(BEAS).held_by, "one claim"
        os.kill(os.getpid(), signal.SIGTERM)
        await at.until("STOPPING")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, WITHIN_S)
    assert at.of.site.asked == [] and all(not at.row(one).held_by for one in (ANNAS, BEAS))
    assert at.is_due(ANNAS) and at.store.runs.last(ANNA, "annas") is None


async def test_a_visit_that_breaks_leaves_what_was_done() -> None:
    """It had been settled by then: nobody is told that it could not be looked at."""
    at = await place(ANNAS, BEAS)
    at.prepare = lambda app: setattr(app, "breaks", WorkFailed("it stood still", remedy="Nothing."))
    await at.one_look()
    assert [at.last(one).status for one in (ANNAS, BEAS)] == [RunStatus.OK, RunStatus.OK]
    assert not at.service._refused_at and not at.is_due(ANNAS)


async def test_a_place_without_a_network_is_owed_one_look() -> None:
    at = await place(ANNAS, BEAS)
    at.of.site.fails[PAGE] = Outcome(OutcomeKind.OFFLINE, "this machine had no network")
    await at.one_look()
    assert at.service._owed.names == {"annas": 1}, "two watches that see nothing are no two places"
    assert {at.row(one).why for one in (ANNAS, BEAS)} == {VisitReason.OWED}
    assert all(at.row(one).at < datetime.now(UTC) + timedelta(minutes=1) for one in (ANNAS, BEAS))

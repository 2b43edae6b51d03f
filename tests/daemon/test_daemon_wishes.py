"""What a page wishes: done once, by one daemon, and told as it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.daemon.generation import Generation
from monitor.daemon.timekeeping import Clocks, read_clocks
from monitor.daemon.wishes import Wishing
from monitor.errors import UsageError
from monitor.model.capture import Capture, CaptureCause, CaptureState
from monitor.model.channel_health import ChannelResult
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.observation import Observation, RunStatus
from monitor.model.presence import Presence, Trace
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.model.wish import Wish, WishEnd, WishKind, WishState
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import visiting
from monitor.store.store import SqlStore
from monitor.tracking.wishes import WISH_HELD_FOR, Turn, as_it_stands, ended, turn_of
from tests.alerts.alert_helpers import Clock, run, sighting
from tests.alerts.alert_helpers import settings as make_settings
from tests.daemon.test_daemon_service import watch
from tests.patience import WITHIN_S
from tests.stores import a_store

HERE = CaseId("default")
NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)


@dataclass
class WishedApp:
    store: SqlStore = field(default_factory=a_store)
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    settings: Settings = field(default_factory=lambda: make_settings("json://127.0.0.1/x"))
    status: RunStatus = RunStatus.OK
    looked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    fails: Exception | None = None
    results: Sequence[ChannelResult] = (ChannelResult("1: json", True),)
    seen: Trace = field(default_factory=Trace)
    becomes: CaptureState = CaptureState.WHOLE
    tried: int = 0

    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run:
        async with visiting(watch, self.settings, self.store, self.clock) as visit:
            self.looked.append(watch.name)
            if self.hold:
                await self.hold.wait()
            if self.fails:
                raise self.fails
            errors = () if self.status is RunStatus.OK else (Observation("", "timeout", "it was silent", "Try later."),)
            done = run(watch.name, at=self.clock(), status=self.status, errors=errors)
            save_run(done, watch, self.store, visit=visit)
        return done

    async def try_channels(self, case: str | None = None) -> Sequence[ChannelResult]:
        self.tried += 1
        if self.hold:
            await self.hold.wait()
        return self.results

    async def check_again(self, find: SightingId, watches: Sequence[Watch], *, case: CaseId) -> None:
        self.looked.append(find)
        known = self.store.sightings.get(case, find)
        assert known is not None
        self.store.sightings.save(replace(known, presence=Presence(page=self.seen)))

    async def take_captures(self, watches: Sequence[Watch], *, only: Collection[CaptureId] | None = None) -> None:
        for one in self.store.captures.wanted(HERE):
            assert only is not None and one.id in only
            self.store.captures.save(replace(one, state=self.becomes, why="it was silent", taken_at=self.clock()))


def a_daemon(app: WishedApp, *watches: Watch) -> Wishing:
    made = Wishing(UTC, Clocks(read_clocks))
    made._now = Generation(app, {one.name: one for one in watches}, AsyncExitStack())  # type: ignore[arg-type]
    return made


async def rounds(daemon: Wishing) -> None:
    await daemon._grant_wishes()
    for task in list(daemon._granting.values()):
        await asyncio.wait_for(asyncio.shield(task), WITHIN_S)


def wished(app: WishedApp, kind: WishKind, about: str = "", **changes: Any) -> Wish:
    wish = replace(Wish("w", HERE, kind, about, app.clock()), **changes)
    app.store.wishes.add(wish)
    return wish


def told(app: WishedApp) -> Wish:
    found = app.store.wishes.get(HERE, "w")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "end", "says"),
    [
        pytest.param(RunStatus.OK, WishEnd.SEEN, (), id="seen"),
        pytest.param(RunStatus.PARTIAL, WishEnd.SEEN_PARTLY, ("it was silent", "Try later."), id="in part"),
        pytest.param(RunStatus.FAILED, WishEnd.SAW_NOTHING, ("it was silent", "Try later."), id="nothing"),
    ],
)
async def test_a_look_is_a_visit_and_told_as_that(status: RunStatus, end: WishEnd, says: tuple[str, ...]) -> None:
    app = WishedApp(status=status)
    daemon = a_daemon(app, watch("forum"))
    wished(app, WishKind.LOOK, "forum")
    await rounds(daemon)
    await rounds(daemon)
    assert app.looked == ["forum"]
    done = told(app)
    assert (done.state, done.end, done.said) == (WishState.ENDED, end, says)
    assert (done.pages, done.pictures) == (3, 40)


async def test_a_look_that_is_under_way_is_the_look_that_was_wished() -> None:
    app = WishedApp(hold=asyncio.Event())
    daemon = a_daemon(app, watch("forum"))
    visit = asyncio.create_task(daemon._look("forum"))
    await asyncio.sleep(0)
    wished(app, WishKind.LOOK, "forum")
    await rounds(daemon)
    assert told(app).state is WishState.WAITING
    assert app.hold is not None
    app.hold.set()
    await asyncio.wait_for(visit, WITHIN_S)
    await rounds(daemon)
    assert told(app).end is WishEnd.SEEN and app.looked == ["forum"]


@pytest.mark.parametrize(
    ("fails", "about", "end"),
    [
        pytest.param(None, "gone", WishEnd.NOT_WATCHED, id="taken out"),
        pytest.param(UsageError("no", remedy="Yes."), "forum", WishEnd.SAW_NOTHING, id="refused"),
        pytest.param(RuntimeError("bug"), "forum", WishEnd.SAW_NOTHING, id="fault"),
    ],
)
async def test_a_look_that_cannot_be_had_is_told(fails: Exception | None, about: str, end: WishEnd) -> None:
    app = WishedApp(fails=fails)
    wished(app, WishKind.LOOK, about)
    await rounds(a_daemon(app, watch("forum")))
    assert told(app).end is end


async def test_what_stands_in_files_that_are_not_read_yet_is_waited_for() -> None:
    app, is_behind = WishedApp(), [True]
    daemon = a_daemon(app, watch("forum"))
    daemon._is_behind = lambda: is_behind[0]  # type: ignore[method-assign]
    wished(app, WishKind.LOOK, "forum")
    await rounds(daemon)
    assert told(app).state is WishState.WAITING
    is_behind[0] = False
    await rounds(daemon)
    assert told(app).end is WishEnd.SEEN


async def test_of_two_daemons_one_does_it() -> None:
    app, other = WishedApp(hold=asyncio.Event()), WishedApp()
    other.store = app.store
    first, second = a_daemon(app, watch("forum")), a_daemon(other, watch("forum"))
    wished(app, WishKind.LOOK, "forum")
    await first._grant_wishes()
    await rounds(second)
    assert other.looked == [] and told(app).state is WishState.TAKEN
    app.clock.now += WISH_HELD_FOR * 0.9
    other.clock.now = app.clock.now
    await first._grant_wishes()  # it lives, and says so
    app.clock.now = other.clock.now = app.clock.now + WISH_HELD_FOR * 0.9
    await rounds(second)
    assert other.looked == []
    assert app.hold is not None
    app.hold.set()
    await rounds(first)
    assert told(app).end is WishEnd.SEEN and app.looked == ["forum"]


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        pytest.param(WishKind.LOOK, WishEnd.SEEN, id="a look is had again"),
        pytest.param(WishKind.TEST, WishEnd.CUT_OFF, id="a message that may be out is not sent twice"),
    ],
)
async def test_what_a_daemon_was_at_that_was_killed(kind: WishKind, end: WishEnd) -> None:
    app = WishedApp(hold=asyncio.Event())
    killed = a_daemon(app, watch("forum"))
    wished(app, kind, "forum" if kind is WishKind.LOOK else "")
    await killed._grant_wishes()
    (task,) = killed._granting.values()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    app.hold, next_one = None, a_daemon(app, watch("forum"))
    await rounds(next_one)
    assert told(app).state is WishState.TAKEN, "nobody knows yet"
    app.clock.now += WISH_HELD_FOR
    await rounds(next_one)
    assert told(app).end is end
    assert app.tried <= 1


@pytest.mark.parametrize(
    ("results", "end", "says"),
    [
        pytest.param([ChannelResult("1: mailto", True)], WishEnd.TAKEN_BY_ALL, (), id="all"),
        pytest.param(
            [ChannelResult("1: mailto", True), ChannelResult("2: ntfy", False, "404")],
            WishEnd.TAKEN_BY_SOME,
            ("2: ntfy: 404",),
            id="some",
        ),
        pytest.param(
            [ChannelResult("1: mailto", True, "one of two")],
            WishEnd.TAKEN_BY_SOME,
            ("1: mailto: one of two",),
            id="in part",
        ),
        pytest.param([ChannelResult("1: mailto", False, "no")], WishEnd.TAKEN_BY_NONE, ("1: mailto: no",), id="none"),
        pytest.param([], WishEnd.TAKEN_BY_NONE, (), id="there is none any more"),
    ],
)
async def test_a_test_alert(results: Sequence[ChannelResult], end: WishEnd, says: tuple[str, ...]) -> None:
    app = WishedApp(results=results)
    wished(app, WishKind.TEST)
    await rounds(a_daemon(app))
    assert (told(app).end, told(app).said) == (end, says)


@pytest.mark.parametrize(
    ("seen", "end", "says"),
    [
        pytest.param(Trace(seen_at=NOW), WishEnd.THERE, (), id="there"),
        pytest.param(Trace(NOW - timedelta(1), NOW, NOW, None, "404"), WishEnd.GONE, ("404",), id="gone"),
        pytest.param(
            Trace(NOW - timedelta(1), None, None, NOW, "a wall"), WishEnd.UNKNOWN, ("a wall",), id="nothing learnt"
        ),
        pytest.param(Trace(NOW - timedelta(1)), WishEnd.UNKNOWN, (), id="not looked at: no network"),
    ],
)
async def test_whether_a_find_is_there(seen: Trace, end: WishEnd, says: tuple[str, ...]) -> None:
    app = WishedApp(seen=seen)
    find = sighting(1)
    app.store.sightings.save(find)
    wished(app, WishKind.CHECK, find.id)
    await rounds(a_daemon(app))
    assert (told(app).end, told(app).said, app.looked) == (end, says, [find.id])


@pytest.mark.parametrize(
    ("becomes", "end", "says"),
    [
        pytest.param(CaptureState.WHOLE, WishEnd.KEPT, (), id="kept"),
        pytest.param(CaptureState.WANTED, WishEnd.KEPT_LATER, ("it was silent",), id="later"),
        pytest.param(CaptureState.GIVEN_UP, WishEnd.NOT_KEPT, ("it was silent",), id="given up"),
    ],
)
async def test_a_look_for_evidence(becomes: CaptureState, end: WishEnd, says: tuple[str, ...]) -> None:
    app = WishedApp(becomes=becomes)
    find = sighting(1)
    app.store.sightings.save(find)
    app.store.captures.save(
        Capture(
            CaptureId("c"),
            HERE,
            "https://a.example/",
            CaptureState.WANTED,
            CaptureCause.ASKED,
            NOW,
            sightings=(find.id,),
        )
    )
    wished(app, WishKind.CAPTURE, find.id)
    await rounds(a_daemon(app))
    assert told(app).end is end
    assert becomes is CaptureState.WHOLE or told(app).said == says


async def test_nobody_came_for_a_day() -> None:
    app = WishedApp()
    wished(app, WishKind.LOOK, "forum", asked_at=NOW - timedelta(days=1))
    await rounds(a_daemon(app, watch("forum")))
    assert told(app).end is WishEnd.NOBODY and app.looked == []


LOOK = Wish("w", HERE, WishKind.LOOK, "forum", NOW)
TAKEN = replace(LOOK, state=WishState.TAKEN, holder="a", held_until=NOW + WISH_HELD_FOR, tries=1)


@pytest.mark.parametrize(
    ("wish", "after", "turn"),
    [
        pytest.param(LOOK, timedelta(), Turn.TAKE, id="new"),
        pytest.param(LOOK, timedelta(days=-1), Turn.TAKE, id="asked by a clock that was ahead"),
        pytest.param(LOOK, timedelta(hours=23, minutes=59), Turn.TAKE, id="nearly a day"),
        pytest.param(LOOK, timedelta(days=1), Turn.END, id="a day"),
        pytest.param(TAKEN, timedelta(), Turn.WAIT, id="somebody is at it"),
        pytest.param(TAKEN, WISH_HELD_FOR, Turn.TAKE, id="nobody is any more"),
        pytest.param(replace(TAKEN, tries=3), WISH_HELD_FOR, Turn.END, id="it has ended three daemons"),
        pytest.param(replace(TAKEN, kind=WishKind.TEST), WISH_HELD_FOR, Turn.END, id="a message may be out"),
        pytest.param(TAKEN, timedelta(days=1), Turn.END, id="nobody is any more, after a day"),
        pytest.param(
            replace(TAKEN, held_until=NOW + timedelta(days=2)), timedelta(days=1), Turn.WAIT, id="a long look goes on"
        ),
        pytest.param(ended(TAKEN, WishEnd.SEEN, NOW), timedelta(days=2), Turn.WAIT, id="done"),
    ],
)
def test_whose_turn_it_is(wish: Wish, after: timedelta, turn: Turn) -> None:
    assert turn_of(wish, NOW + after) is turn
    assert (as_it_stands(wish, NOW + after) is not wish) == (turn is Turn.END)

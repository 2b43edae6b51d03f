"""One pass over a gallery that shows a copy: find, evidence and alert; and the look that is made for evidence alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitor.app import App
from monitor.model.capture import CaptureCause, CaptureState
from monitor.model.case import Attestation, Authority, Case
from monitor.model.evidence import EvidenceKind
from monitor.model.screenshot import Screenshot
from monitor.pipeline.capturing import want
from monitor.services.enrolling import enroll_files
from monitor.store.store import open_store
from tests.crash.invariants import CASE, evidence_faults, store_faults, told_faults
from tests.crash.outside import GALLERY
from tests.crash.world import Act, World
from tests.pipeline.pipeline_bench import FORUM, PHOTOS

PIECES = (b"\x89PNG first", b"\x89PNG second")
WHOLE = {EvidenceKind.RECORD, EvidenceKind.PAGE, EvidenceKind.IMAGE, EvidenceKind.WARC, EvidenceKind.MANIFEST}


class Drawn:
    """A screenshot without a browser."""

    async def make(self, saved: Any) -> Screenshot:
        return Screenshot(PIECES, 1366, 1800)

    async def aclose(self) -> None: ...


def enrolled(world: World) -> None:
    """A store with one photo enrolled."""
    store = open_store(world.settings(), new=True)
    store.cases.save(Case(CASE, attestation=Attestation(Authority.SELF, world.begun), created_at=world.begun))
    store.close()

    async def enroll() -> None:
        async with world.opened() as app:
            await enroll_files(
                PHOTOS[:1], case=CASE, label=None, features=False, store=app.store, reader=app.reader, now=app.clock()
            )

    asyncio.run(enroll())


async def passed(app: App, world: World) -> None:
    await app.run_watch(replace(FORUM, urls=(f"{world.outside.web}{GALLERY}",)))
    if app.shots is not None:
        assert await app.shots.settle(60) == 0


def one_thread_beside() -> None:
    """strace counts for each thread by itself: the fewer, the more points are reached."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))


def look(world: World, *, after: timedelta = timedelta(0), screenshots: bool = False) -> None:
    async def looked() -> None:
        one_thread_beside()
        async with world.opened(after=after, screenshots=screenshots) as app:
            app.__dict__["screenshots"] = Drawn()
            await passed(app, world)

    asyncio.run(looked())


def look_and_draw(world: World) -> None:
    look(world, screenshots=True)


def faults_of_find(world: World) -> Iterator[str]:
    with world.opened(after=timedelta(seconds=30)) as app:
        yield from store_faults(app.store)
        yield from evidence_faults(app)
        yield from told_faults(app)
        before = len(app.store.sightings.all(CASE))
    yield from completed(world)
    with world.opened(after=timedelta(hours=8)) as app:
        found = app.store.sightings.all(CASE)
        if len(found) != 1:
            yield f"there are {len(found)} finds in the end ({before} after the kill), and one copy"


def completed(world: World) -> Iterator[str]:
    """With the next pass and the next rounds all is there, and nothing is left over."""
    look(world, after=timedelta(hours=1), screenshots=True)
    for hours in (2, 5):
        captured(world, after=timedelta(hours=hours))
    with world.opened(after=timedelta(hours=8)) as app:
        app.keep_house()
        yield from store_faults(app.store)
        yield from evidence_faults(app, is_settled=True)
        yield from told_faults(app)
        for sighting in app.store.sightings.all(CASE):
            kinds = {item.kind for item in app.store.evidence.all(CASE, sighting.id)}
            if lacks := WHOLE - kinds:
                yield f"of the find there is no {', '.join(sorted(kind.value for kind in lacks))} in the end"
        for capture in app.store.captures.all(CASE):
            if capture.state not in (CaptureState.WHOLE, CaptureState.PARTIAL):
                yield f"a capture is {capture.state.value} in the end"
            rows = app.store.evidence.of_capture(CASE, capture.id)
            # Of a look of which the full disk took nothing there is nothing to name.
            if rows and [row.kind for row in rows].count(EvidenceKind.MANIFEST) != 1:
                yield "a capture has not exactly one manifest in the end"


def captured(world: World, *, after: timedelta = timedelta(0)) -> None:
    async def take() -> None:
        one_thread_beside()
        async with world.opened(after=after) as app:
            await app.take_captures([replace(FORUM, urls=(f"{world.outside.web}{GALLERY}",))])

    asyncio.run(take())


def found_and_wanted(world: World) -> None:
    """A find, and another look at its page is wanted for evidence."""
    enrolled(world)
    look(world)
    with world.opened() as app:
        (sighting,) = app.store.sightings.all(CASE)
        with app.store.transaction():
            want(sighting, CaptureCause.ASKED, store=app.store, now=app.clock())


ACTS = (
    Act("find", enrolled, look, faults_of_find),
    Act("find and screenshot", enrolled, look_and_draw, faults_of_find),
    Act("capture", found_and_wanted, captured, faults_of_find),
)

"""Composition root: Settings -> the wired parts. The only file that knows them all.

with open_app(settings) as app:            # the store, migrated; no network yet
    ...
async with open_app(settings) as app:      # the same, and closes what was opened on the way
    run = await app.run_watch(watch)
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from monitor import memory
from monitor.acting import acting_for, acting_for_all
from monitor.app_index import IndexParts
from monitor.app_own import OwnParts
from monitor.app_parts import Outside, OutsideParts
from monitor.app_review import ReviewParts
from monitor.app_takedown import TakedownParts
from monitor.app_together import TogetherParts
from monitor.app_upkeep import UpkeepParts
from monitor.clock import Clock, exact_now, monotonic, to_the_second
from monitor.errors import DamagedStore, DiskFailing, Locked, NoWriting
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.matchers import Matchers
from monitor.pipeline.quota import QuotaFetcher
from monitor.ports import Matcher, Reader, Store

if TYPE_CHECKING:  # heavy or only sometimes needed: imported where they are used
    from monitor.alerts.outbox import Sending
    from monitor.model.desk import DeskLook
    from monitor.model.run import Run
    from monitor.parts.starting import ProgramParts
    from monitor.pipeline.housekeeping import Kept
    from monitor.pipeline.recheck import Rechecked
    from monitor.pipeline.shot_queue import ShotQueue
    from monitor.pipeline.wanted_captures import Captured
    from monitor.services.answer_files import AnswerFileService
    from monitor.services.cases import CaseService
    from monitor.services.decisions import DecisionService
    from monitor.services.evidence import EvidenceService
    from monitor.services.hosting import HostingService
    from monitor.services.own_evidence import OwnEvidenceService
    from monitor.services.packets import PacketService
    from monitor.services.places import PlaceService
    from monitor.services.recipients import RecipientService
    from monitor.services.references import ReferenceService
    from monitor.services.watches import WatchService


def open_app(
    settings: Settings,
    *,
    clock: Clock = exact_now,
    screenshots: bool = True,
    to_read: bool = False,
    waits_s: float = 0,
    parts: ProgramParts | None = None,
) -> App:
    """Opens (and if need be upgrades) the store, and finishes or takes back what was cut off.
    screenshots: made beside the passes; else at export alone. to_read: a store that cannot be written is opened all the
    same, as it was saved last (`App.reading`). waits_s: as `open_store`. parts: who uses the network and renders pages,
    in processes of their own; None: this one. Raises StoreError, Locked."""
    from monitor.pipeline.recovering import open_recovered

    memory.look_seldom()
    try:
        with acting_for_all():
            store = open_recovered(settings, clock(), to_read=to_read, waits_s=waits_s)
            clock = store.keep_time(clock)
    except (DamagedStore, Locked) as error:
        from monitor.services.damage import with_way_back

        raise with_way_back(error, settings) from error
    except DiskFailing as error:
        from monitor.services.damage import damage_of

        raise damage_of(error, settings) or error from error
    return App(settings, store, clock, screenshots=screenshots, reading=store.reading, parts=parts)


class App(OwnParts, OutsideParts, TakedownParts, ReviewParts, IndexParts, UpkeepParts, TogetherParts):
    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        *,
        screenshots: bool = True,
        reading: NoWriting | None = None,
        parts: ProgramParts | None = None,
    ) -> None:
        self.settings, self.reading = settings, reading
        self.store = store
        self.clock = to_the_second(clock)
        self._exact = clock
        self._makes_screenshots = screenshots
        self._opened = AsyncExitStack()
        self.outside = Outside(parts) if parts is not None else None
        self._matchers = Matchers(store, settings.match)
        self._scanning: dict[str, asyncio.Lock] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()
        self._tell_damage(error)

    def _tell_damage(self, error: BaseException | None) -> None:
        """Met in the midst of work, it is said as at the opening."""
        if isinstance(error, DamagedStore | DiskFailing):
            from monitor.services.damage import damage_of

            if (damaged := damage_of(error, self.settings)) is not None:
                raise damaged from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
        self._tell_damage(error)

    async def aclose(self) -> None:
        """Ends every child process and connection, then the store. May be called twice."""
        if "shots" in self.__dict__ and self.shots is not None:  # before the browser that it draws with
            await self.shots.aclose()
        await self._opened.aclose()
        if self.outside is not None:
            await self.outside.aclose()
        self.store.close()

    # -- the parts, made when first asked for

    @cached_property
    def reader(self) -> Reader:
        from monitor.reader.pool import ReaderPool

        pool = ReaderPool(features=self.settings.match.features)
        self._opened.push_async_callback(pool.aclose)
        return pool

    @cached_property
    def shots(self) -> ShotQueue | None:
        if not self._makes_screenshots:
            return None
        from monitor.pipeline.shot_queue import ShotQueue

        return ShotQueue(lambda: self.screenshots)

    async def matcher(self, case: CaseId) -> tuple[Matcher, str]:
        """And the revision of the references that it was built from."""
        return await self._matchers.of(case)

    async def dependencies(self, case: CaseId) -> Dependencies:
        matcher, revision = await self.matcher(case)
        vault = self.vault_of(case)
        quota = self.quota_of(case)
        return Dependencies(
            settings=self.settings_of(case),
            store=self.store,
            fetcher=self.fetcher if quota is None else QuotaFetcher(self.fetcher, quota, self.clock),
            reader=self.reader,
            matcher=matcher,
            revision=revision,
            vault=vault,
            clock=self.clock,
            monotonic=monotonic,
            shots=self.shots if vault is not None else None,
            quota=quota,
        )

    # -- the verbs of a person, by what they are about; each is made when first asked for

    @cached_property
    def cases(self) -> CaseService:
        from monitor.services.cases import CaseService

        return CaseService(self.store, self.settings, self.clock)

    @cached_property
    def references(self) -> ReferenceService:
        from monitor.services.references import ReferenceService

        async def matcher(case: CaseId) -> Matcher:
            return (await self.matcher(case))[0]

        return ReferenceService(self.store, self.settings, self.clock, lambda: self.reader, matcher)

    @cached_property
    def watches(self) -> WatchService:
        from monitor.services.watches import WatchService

        return WatchService(self.store, self.settings, self.clock)

    @cached_property
    def decisions(self) -> DecisionService:
        from monitor.services.decisions import DecisionService

        return DecisionService(self.store, self.settings, self.clock)

    @cached_property
    def places(self) -> PlaceService:
        from monitor.services.places import PlaceService

        return PlaceService(self.store, self.settings, self.clock, lambda: (self.fetcher, self.reader))

    @cached_property
    def evidence(self) -> EvidenceService:
        from monitor.services.evidence import EvidenceService

        return EvidenceService(self.store, self.settings, self.clock)

    @cached_property
    def answer_files(self) -> AnswerFileService:
        from monitor.services.answer_files import AnswerFileService

        return AnswerFileService(self.store, lambda: self.reader, self.clock)

    @cached_property
    def hosting(self) -> HostingService:
        from monitor.services.hosting import HostingService

        return HostingService(self.store, self.settings, self.clock, lambda: (self.fetcher, self.reader))

    @cached_property
    def packets(self) -> PacketService:
        from monitor.services.packets import PacketService

        return PacketService(
            self.store,
            self.settings,
            self.clock,
            self.paper,
            self.stamps.at_once,
            lambda: self.screenshots,
            self.vault_of,
        )

    @cached_property
    def own_evidence(self) -> OwnEvidenceService:
        from monitor.services.own_evidence import OwnEvidenceService

        return OwnEvidenceService(self.store, self.vault_of, self.settings, self.clock)

    @cached_property
    def recipients(self) -> RecipientService:
        from monitor.services.recipients import RecipientService

        return RecipientService(self.store, self.settings, self.clock)

    # -- what the daemon does

    async def run_watch(self, watch: Watch, *, again: bool = False, held_by: str = "") -> Run:
        """One pass, never beside another pass of the same watch. again, held_by: as `scan.run_watch` has them. Raises
        AttestationMissing, never for what sites do."""
        from monitor.pipeline.scan import run_watch

        async with self._scanning.setdefault(watch.name, asyncio.Lock()):
            with acting_for(watch.case):
                return await run_watch(watch, await self.dependencies(watch.case), again=again, held_by=held_by)

    async def recheck(self, watches: Sequence[Watch]) -> Rechecked:
        """Looks once at every find that is due, whether it is still there, whatever became of its watch."""
        from monitor.pipeline.recheck import recheck_all

        self.fetcher.allow_ports_of(url for watch in watches for url in watch.urls)
        return await recheck_all(watches, self.store, self.clock, self.dependencies)

    async def check_again(self, sighting: SightingId, watches: Sequence[Watch], *, case: CaseId) -> Rechecked:
        """Looks once at that find, due or not. Raises UsageError where its place is not looked at."""
        from monitor.pipeline.recheck import recheck_one

        self.fetcher.allow_ports_of(url for watch in watches for url in watch.urls)
        by_name = {watch.name: watch for watch in watches}
        with acting_for(case):
            return await recheck_one(sighting, case, by_name, await self.dependencies(case))

    async def ask_desks(self) -> Sequence[DeskLook]:
        """Whether the addresses that open reports need are still there: those that were not asked for a week."""
        from monitor.pipeline.desk_round import DeskRound

        return await DeskRound(self.store, self.channels, self.fetcher, self.reader, self.clock).ask()

    async def ask_registries(self) -> None:
        """Who hosts the places of finds, as far as that is due."""
        await self.hosting.ask_due()

    async def stamp_heads(self) -> None:
        await self.stamps.stamp_due()

    async def take_captures(self, watches: Sequence[Watch], *, only: Collection[CaptureId] | None = None) -> Captured:
        """Looks that are wanted for evidence alone, and due; `only`: those, due or not."""
        from monitor.pipeline.surviving import surviving
        from monitor.pipeline.wanted_captures import Captured, is_work, take_wanted

        total, by_name = Captured(), {watch.name: watch for watch in watches}
        self.fetcher.allow_ports_of(url for watch in watches for url in watch.urls)
        for case in self.store.cases.all():
            with surviving("captures"), acting_for(case.id):
                # Else no matcher is built.
                if is_work(case.id, self.store, self.clock(), only) and self.vault_of(case.id) is not None:
                    total = total.plus(await take_wanted(case.id, by_name, await self.dependencies(case.id), only=only))
        return total

    async def send_alerts(self, *, urgent: bool | None = None) -> Sending:
        """What is due in the outbox. urgent: only urgent alerts, or only the others."""
        return await self.alerts.send(urgent=urgent)

    async def flush_alerts(self) -> Sending:
        """As `send_alerts`, without waiting for incidents to fall quiet: nothing more will come in this process."""
        return await self.alerts.send(flush=True)

    async def look_after_channels(self) -> int:
        return await self.alerts.look_after_channels()

    def keep_house(self) -> Kept:
        from monitor.pipeline.housekeeping import keep_house

        return keep_house(self.store, self.settings, self.clock())

"""Composition root: Settings -> the wired parts. The only file that knows them all.

with open_app(settings) as app:            # the store, migrated; no network yet
    ...
async with open_app(settings) as app:      # the same, and closes what was opened on the way
    report = await app.run_watch(watch)
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from monitor.clock import utc_now
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.ports import AlertChannel, Matcher, Reader, Store, Vault

if TYPE_CHECKING:  # heavy or only sometimes needed: imported where they are used
    from monitor.alerts.digest import Digest
    from monitor.alerts.outbox import Sending
    from monitor.model.report import Report
    from monitor.model.run import Run
    from monitor.model.sighting import Sighting
    from monitor.outbound.polite import PoliteFetcher
    from monitor.pipeline.housekeeping import Kept
    from monitor.pipeline.recheck import Rechecked
    from monitor.services.decisions import Closed
    from monitor.services.references import Enrolment, MatchRow
    from monitor.services.reports import Drafting, Statements
    from monitor.takedown.channels import Channels

log = logging.getLogger(__name__)

GARBAGE_AFTER = (10_000, 20, 20)
"""A pass makes hundreds of thousands of values that end by themselves: with Python's own thresholds, looking for cycles
among them took a thirtieth of a pass."""


def open_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> App:
    """Opens (and if need be upgrades) the store, and takes away files whose removal was decided and cut off. Raises
    StoreError, Locked."""
    from monitor.pipeline.removing import finish
    from monitor.store.store import open_store

    gc.set_threshold(*GARBAGE_AFTER)
    store = open_store(settings)
    finish(store, settings)
    return App(settings, store, clock)


class App:
    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self._opened = AsyncExitStack()
        self._matchers: dict[str, tuple[str, Matcher]] = {}
        self._building: dict[str, asyncio.Lock] = {}
        self._scanning: dict[str, asyncio.Lock] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends every child process and connection, then the store. May be called twice."""
        await self._opened.aclose()
        self.store.close()

    # -- the parts, made when first asked for

    @cached_property
    def reader(self) -> Reader:
        from monitor.reader.pool import ReaderPool

        pool = ReaderPool(features=self.settings.match.features)
        self._opened.push_async_callback(pool.aclose)
        return pool

    @cached_property
    def fetcher(self) -> PoliteFetcher:
        from monitor.outbound.polite import open_fetcher

        fetcher = open_fetcher(self.settings, self.store.hosts, self.store.notes, reader=self.reader, clock=self.clock)
        self._opened.push_async_callback(fetcher.aclose)
        return fetcher

    @cached_property
    def vault(self) -> Vault | None:
        if not self.settings.evidence.recipients:
            return None
        from monitor.vault.age import AgeVault

        return AgeVault(self.settings.vault_dir, self.settings.evidence.recipients)

    @cached_property
    def channel(self) -> AlertChannel:
        from monitor.outbound.alerts.channel import AppriseChannel

        channel = AppriseChannel(self.settings)
        self._opened.push_async_callback(channel.aclose)
        return channel

    @cached_property
    def channels(self) -> Channels:
        from monitor.takedown.channels import load_channels

        return load_channels(self.settings.channels_dir)

    async def matcher(self, case: str) -> tuple[Matcher, str]:
        """The matcher over the case's references and the revision it was built from. After a change it is built anew
        beside the loop (seconds for a thousand photos), once, while other watches go on with the old one."""
        async with self._building.setdefault(case, asyncio.Lock()):
            revision = self.store.references.revision(case)
            known = self._matchers.get(case)
            if known is None or known[0] != revision:
                from monitor.matching.matcher import Matcher as BuiltMatcher

                references = self.store.references.all(case)
                known = (revision, await asyncio.to_thread(BuiltMatcher, references, self.settings.match))
                self._matchers[case] = known
            return known[1], revision

    async def parts(self, case: str) -> Dependencies:
        matcher, revision = await self.matcher(case)
        return Dependencies(
            settings=self.settings,
            store=self.store,
            fetcher=self.fetcher,
            reader=self.reader,
            matcher=matcher,
            revision=revision,
            vault=self.vault,
            clock=self.clock,
            monotonic=time.monotonic,
        )

    # -- what it does

    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run:
        """One pass, never beside another pass of the same watch. again: as `scan` has it. Raises AttestationMissing,
        never for what sites do."""
        from monitor.pipeline.attestation import require_attestation
        from monitor.pipeline.retroactive import compare_kept
        from monitor.pipeline.scan import scan
        from monitor.sources import check, source_for

        require_attestation(self.store, watch.case)
        for wrong in check(watch, self.settings):  # a daemon reads watchlists that nobody has checked
            raise wrong
        if watch.ignore_robots:
            log.info(
                "a watch does not follow robots.txt",  # its name may say whom it is about: the reason tells which
                extra={"action": "robots_ignored", "reason": watch.robots_reason},
            )
        source = source_for(watch, self.settings)
        self.fetcher.allow_ports_of(request.url for request in source.seeds(watch))  # the owner wrote them
        async with self._scanning.setdefault(watch.name, asyncio.Lock()):
            parts = await self.parts(watch.case)
            compare_kept(watch, parts)
            return await scan(watch, source, parts, again=again)

    async def log_in(self, watch: Watch, *, until: Callable[[object], Awaitable[None]], visible: bool = True) -> None:
        """In a browser's window, at the watch's address; what it then holds of that site is kept for its visits."""
        from monitor.services import logins

        await logins.log_in(watch, self.store, self.settings, until=until, visible=visible)

    def import_login(self, watch: Watch, untrusted: bytes) -> None:
        from monitor.services import logins

        logins.import_state(untrusted, watch, self.store)

    def forget_login(self, case: str, watch: str) -> bool:
        from monitor.services import logins

        return logins.forget(case, watch, self.store)

    async def recheck(self, watches: Sequence[Watch]) -> Rechecked:
        """Looks once at every sighting that is due, whether it is still there."""
        from monitor.pipeline.recheck import Rechecked, recheck
        from monitor.pipeline.surviving import surviving

        total = Rechecked(0, 0, 0)
        by_name = {watch.name: watch for watch in watches}
        self.fetcher.allow_ports_of(url for watch in watches for url in watch.urls)
        for case in {watch.case for watch in watches}:
            with surviving("rechecks"):
                done = await recheck(list(self.store.sightings.all(case)), by_name, await self.parts(case))
                total = Rechecked(
                    total.looked + done.looked, total.removed + done.removed, total.reappeared + done.reappeared
                )
        return total

    async def enroll(
        self,
        paths: Sequence[Path],
        *,
        case: str,
        label: str | None = None,
        on_file: Callable[[Path], None] = lambda _: None,
    ) -> Enrolment:
        from monitor.services.references import enroll

        return await enroll(
            paths,
            case=case,
            label=label,
            features=self.settings.match.features,
            store=self.store,
            reader=self.reader,
            now=self.clock(),
            on_file=on_file,
        )

    async def match(
        self, paths: Sequence[Path], *, case: str, on_file: Callable[[Path], None] = lambda _: None
    ) -> tuple[MatchRow, ...]:
        from monitor.services.references import match_files

        matcher, _ = await self.matcher(case)
        return await match_files(paths, reader=self.reader, matcher=matcher, on_file=on_file)

    async def send_alerts(self, *, urgent: bool | None = None) -> Sending:
        """What is due in the outbox. urgent: only urgent alerts, or only the others."""
        from monitor.alerts.sending import send_due

        return await send_due(self.store, self.channel, self.settings, self.clock, urgent=urgent)

    async def flush_alerts(self) -> Sending:
        """As `send_alerts`, without waiting for incidents to fall quiet: nothing more will come in this process."""
        from monitor.alerts.sending import send_due

        return await send_due(self.store, self.channel, self.settings, self.clock, flush=True)

    def digest(self, since: datetime, *, case: str, watches: Sequence[str] = (), wrong: int = 0) -> Digest:
        from monitor.alerts.digest import build, gather

        return build(gather(self.store, case, since=since, now=self.clock(), watches=watches, wrong=wrong))

    async def send_digest(self, since: datetime, *, case: str, watches: Sequence[str] = (), wrong: int = 0) -> Sending:
        from monitor.alerts.sending import queue_digest

        queue_digest(self.store, case, since=since, now=self.clock(), watches=watches, wrong=wrong)
        return await self.send_alerts()

    # -- reports: drafted here, sent by the person

    def draft_reports(
        self, sightings: Sequence[str], *, case: str, channel: str | None, out: Path | None, statements: Statements
    ) -> Drafting:
        from monitor.services.reports import draft_reports

        return draft_reports(
            sightings,
            case=case,
            channel=channel,
            out=out,
            statements=statements,
            store=self.store,
            channels=self.channels,
            settings=self.settings,
            now=self.clock(),
        )

    def mark_sent(self, report: str, *, case: str, at: datetime | None = None, number: str = "") -> Report:
        from monitor.services.reports import mark_sent

        return mark_sent(
            report,
            case=case,
            at=at or self.clock(),
            number=number,
            store=self.store,
            channels=self.channels,
            settings=self.settings,
        )

    def record_response(self, report: str, *, case: str, outcome: str, text: str = "") -> Report:
        from monitor.services.reports import record_response

        return record_response(report, case=case, outcome=outcome, text=text, store=self.store, now=self.clock())

    def withdraw_report(self, report: str, *, case: str) -> Report:
        from monitor.services.reports import withdraw

        return withdraw(report, case=case, store=self.store, now=self.clock())

    # -- what the person decides

    def confirm(self, sighting: str, *, case: str) -> Sighting:
        from monitor.services import decisions

        return decisions.confirm(sighting, case=case, store=self.store)

    def dismiss(self, sighting: str, *, case: str) -> Sighting:
        from monitor.services import decisions

        return decisions.dismiss(sighting, case=case, store=self.store, now=self.clock())

    def leave(self, sighting: str, *, case: str) -> Sighting:
        from monitor.services import decisions

        return decisions.leave(sighting, case=case, store=self.store, now=self.clock())

    def undo(self, sighting: str, *, case: str) -> Sighting:
        from monitor.services import decisions

        return decisions.undo(sighting, case=case, store=self.store)

    def add_sighting(self, url: str, *, case: str) -> Sighting:
        from monitor.services import decisions

        return decisions.add(url, case=case, store=self.store, now=self.clock())

    def close_under_18(self, sighting: str, *, case: str) -> Closed:
        from monitor.services import decisions

        return decisions.close_under_18(sighting, case=case, store=self.store, settings=self.settings, now=self.clock())

    def close_reference_under_18(self, reference: str, *, case: str) -> Closed:
        from monitor.services import decisions

        return decisions.close_reference_under_18(
            reference, case=case, store=self.store, settings=self.settings, now=self.clock()
        )

    def keep_house(self) -> Kept:
        from monitor.pipeline.housekeeping import keep_house

        return keep_house(self.store, self.settings, self.clock())

"""How everything stands, put together from the store and the watchlists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from monitor import __version__
from monitor.model.ids import CaseId
from monitor.model.queue import QueueStanding
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.recovering import last_recovery
from monitor.ports import Store
from monitor.services.channel_health import failing_channels
from monitor.services.clock_leaps import last_leap
from monitor.services.figures import case_figures
from monitor.services.standing import last_standstill
from monitor.services.watches import WatchService
from monitor.store.lock import running_daemon
from monitor.tracking.overview import AlertsOverview, CaseOverview, Overview
from monitor.tracking.readiness import Lack, lacking, lacking_secrets
from monitor.watchlist import WatchlistLoad

_OF_NO_CASE = frozenset({"secret", "channel"})


def overview_of(
    watches: WatchService, loaded: WatchlistLoad, cases: Sequence[CaseId], only: frozenset[CaseId] | None
) -> Overview:
    """cases: those that are told of. only: those that are meant, of whose watches alone it is told; None: of all;
    none: of no case, but of what is everybody's."""
    store, settings, now = watches.store, watches.settings, watches.clock()
    in_force = watches.in_force(loaded)

    def is_meant(case: str) -> bool:
        return only is None or case == "" or case in only

    meant = [watch for watch in in_force if is_meant(watch.case)]
    told = watches.news(loaded)
    names = {watch.name for watch in meant}
    news = replace(told, watches=tuple(name for name in told.watches if name in names))
    return Overview(
        version=__version__,
        now=now,
        config=str(settings.path) if settings.path else None,
        data_dir=str(settings.data_dir),
        daemon=running_daemon(settings.data_dir),
        cases=tuple(_case(store, case, watches) for case in cases),
        watches=tuple(watches.seen(meant, news)),
        mistakes=tuple(watches.mistakes(loaded, only)),
        cannot_run=tuple(one for one in watches.cannot_run(loaded) if is_meant(one.case)),
        as_last_read=tuple(watch.name for watch in watches.as_last_read(loaded) if is_meant(watch.case)),
        alerts=alerts_overview(store, settings, cases),
        clock_set=last_leap(store, now),
        recovery=last_recovery(store, now),
        alive=store.machine.alive(),
        stood_still=last_standstill(store, now),
        queue=_queue(store, settings, now),
        sealed_to=len(settings.evidence.recipients),
        lacking=tuple(
            lack for lack in lacks_of(watches, meant, cases) if only is None or only or lack.key in _OF_NO_CASE
        ),
        news=news,
    )


def _queue(store: Store, settings: Settings, now: datetime) -> QueueStanding | None:
    if settings.queue.url is None:
        return None
    from monitor.store.postgres.queue_standing import queue_standing

    looks = store.installation.standing(now)
    return replace(
        queue_standing(settings.queue.url),
        due=looks.due,
        late_s=looks.late_s,
        looking=looks.in_hand,
        set_aside=looks.set_aside,
    )


def lacks_of(service: WatchService, watches: Sequence[Watch], cases: Sequence[CaseId]) -> tuple[Lack, ...]:
    """watches: that are meant."""
    store = service.store
    return lacking_secrets(service.settings.left_out) + lacking(
        channels=len(service.settings.alerts.urls),
        ordinary=sum(not url.tags for url in service.settings.alerts.urls),
        watched=sum(watch.enabled for watch in watches),
        cases=len(cases),
        without_photo=[case for case in cases if not store.references.all(case)],
    )


def daemon_of(settings: Settings) -> int | None:
    """Its pid, where one runs."""
    return running_daemon(settings.data_dir)


def _case(store: Store, case: CaseId, watches: WatchService) -> CaseOverview:
    found, now = store.cases.get(case), watches.clock()
    references = store.references.all(case)
    return CaseOverview(
        case=case,
        attested_at=found.attestation.at if found and found.attestation else None,
        references=len(references),
        folded=tuple(one for one in references if one.folded_at),
        sightings={status.value: count for status, count in store.sightings.counts(case).items()},
        reports={state.value: count for state, count in store.reports.counts(case).items()},
        overdue=tuple(report.id for report in store.reports.due(case, now) if report.overdue(now)),
        figures=case_figures(store, case),
    )


def alerts_overview(store: Store, settings: Settings, cases: Collection[CaseId]) -> AlertsOverview:
    stand = [store.alerts.outstanding(case) for case in cases]
    return AlertsOverview(
        waiting=sum(one.waiting for one in stand),
        partly=sum(one.partly for one in stand),
        failed=sum(one.failed for one in stand),
        oldest=min((one.oldest for one in stand if one.oldest), default=None),
        finds_untold=len(frozenset[str]().union(*(one.finds for one in stand))),
        refusing=tuple(part for case in cases for part in store.alert_parts.refusing(case)),
        failing=failing_channels(store, settings),
    )

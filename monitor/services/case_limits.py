"""Watches that a case has too many of: the first of them in the watchlists run, and the case is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.quota import QuotaKind
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.case_settings import own_settings, settings_of
from monitor.pipeline.quota import CaseQuota
from monitor.pipeline.surviving import surviving
from monitor.ports import Store
from monitor.tracking.hindrances import Hindrance


def watches_over_quota(watches: Iterable[Watch], settings: Settings, store: Store) -> Sequence[Watch]:
    """Of those that are switched on, in their order, which do not run."""
    if not settings.quota.watches and not store.case_settings.having("quota.watches"):
        return ()
    switched_on = [watch for watch in watches if watch.enabled]
    own = own_settings("quota", settings, store)
    met, over = Counter[CaseId](), list[Watch]()
    for watch in switched_on:
        met[watch.case] += 1
        most = own.get(watch.case, settings).quota.watches
        if most and met[watch.case] > most:
            over.append(watch)
    return over


def hold_watches(
    watches: Iterable[Watch], settings: Settings, store: Store, clock: Callable[[], datetime]
) -> frozenset[str]:
    """Names of those that do not run. Their cases are told."""
    over = watches_over_quota(watches, settings, store)
    for case in sorted({watch.case for watch in over}):
        with surviving("quota"):
            if store.cases.get(case) is not None:
                CaseQuota(case, settings_of(case, settings, store).quota, store, clock).tell(QuotaKind.WATCHES)
    return frozenset(watch.name for watch in over)


def over_quota(watches: Iterable[Watch], settings: Settings, store: Store) -> Sequence[Hindrance]:
    """For who looks why one does not run; no alarm is made of it."""
    return [
        Hindrance(
            f"quota:{watch.case}:{watch.name}",
            f"watch {watch.name!r} does not run: its case has more watches than its quota lets it have",
            "Pause another one of the case, or let it have more: [quota] watches, or `case set quota.watches`.",
            watch.name,
            watch.case,
            str(watch.origin or ""),
            watch.line,
            once=True,
        )
        for watch in watches_over_quota(watches, settings, store)
    ]


def refuse_one_more(watches: Sequence[Watch], case: CaseId, settings: Settings, store: Store) -> None:
    """watches: all that there are. Raises UsageError where one more of the case would not run."""
    most = settings_of(case, settings, store).quota.watches
    if most and sum(watch.enabled and watch.case == case for watch in watches) >= most:
        raise UsageError(
            f"the case {case!r} has {most} watches that are switched on, and may have no more",
            remedy="Pause or take out one of them: reupload-monitor watch list shows them. Whoever looks after the "
            "cases can let it have more: [quota] watches in config.toml, or `case set quota.watches` for this one.",
        )

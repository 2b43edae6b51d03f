"""What runs, what is due, what fails."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from monitor.documents.figures import figures_document
from monitor.documents.recovery import recovery_document
from monitor.documents.runs import run_document
from monitor.documents.standstill import loops_document, standstill_document
from monitor.documents.watches import health_document
from monitor.tracking.hindrances import Hindrance
from monitor.tracking.overview import AlertsOverview, CaseOverview, Overview, WatchOverview


def overview_document(overview: Overview) -> dict[str, Any]:
    clock = overview.clock_set
    return {
        "version": overview.version,
        "now": overview.now,
        "config": overview.config,
        "data_dir": overview.data_dir,
        "daemon": {"pid": overview.daemon},
        "cases": [_case(case) for case in overview.cases],
        "watches": [_watch(watch) for watch in overview.watches],
        "watchlist_errors": [str(mistake) for mistake in overview.mistakes],
        "cannot_run": [_hindrance(one) for one in overview.cannot_run],
        "as_last_read": list(overview.as_last_read),
        "alerts": _alerts(overview.alerts),
        "recovery": recovery_document(overview.recovery),
        "loops": loops_document(overview.alive),
        "stood_still": standstill_document(overview.stood_still),
        "queue": asdict(overview.queue) if overview.queue else None,
        "clock_set": {"at": clock.at, "by_s": clock.by_s} if clock else None,
        "evidence": {"sealed_to": overview.sealed_to},
        "lacking": [{"what": one.key, "message": one.message, "remedy": one.remedy} for one in overview.lacking],
    }


def _case(case: CaseOverview) -> dict[str, Any]:
    return {
        "case": case.case,
        "attested_at": case.attested_at,
        "references": case.references,
        "references_paused": 0,  # nothing is paused any more: it is matched by, and folded
        "references_folded": [{"reference": one.id, "label": one.label, "since": one.folded_at} for one in case.folded],
        "sightings": dict(case.sightings),
        "reports": dict(case.reports),
        "overdue": list(case.overdue),
        "figures": figures_document(case.figures),
    }


def _watch(one: WatchOverview) -> dict[str, Any]:
    return {
        "watch": one.watch.name,
        "case": one.watch.case,
        "enabled": one.watch.enabled,
        "last_good": one.health.last_good,
        "last_run": run_document(one.last_run) if one.last_run else None,
        "health": health_document(one.health),
        "next_visit": one.next_visit,
        "daemon_knows": not one.is_unknown,
    }


def _hindrance(one: Hindrance) -> dict[str, Any]:
    return {
        "watch": one.watch or None,
        "case": one.case or None,
        "file": one.file or None,
        "line": one.line or None,
        "message": one.message,
        "remedy": one.remedy,
    }


def _alerts(stand: AlertsOverview) -> dict[str, Any]:
    return {
        "waiting": stand.waiting,
        "partly": stand.partly,
        "failed": stand.failed,
        "oldest_waiting": stand.oldest,
        "finds_untold": stand.finds_untold,
        "refusing": [
            {"recipient": part.name, "since": part.changed_at, "said": part.said, "trouble": part.trouble}
            for part in stand.refusing
        ],
        "failing": [
            {"channel": one.name, "since": one.failing_since, "tried": one.tried_at, "said": one.said}
            for one in stand.failing
        ],
    }

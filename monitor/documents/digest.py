"""The weekly review."""

from __future__ import annotations

from typing import Any

from monitor.documents.course import course_document
from monitor.documents.figures import figures_document
from monitor.documents.times import rfc3339
from monitor.model.digest import Blind, Digest
from monitor.model.report import Report


def digest_document(digest: Digest) -> dict[str, Any]:
    """The document of `digest --json`: ids and figures; `sightings list --json` has the rest."""
    coverage = digest.coverage
    return {
        "case": digest.case,
        "since": rfc3339(digest.since),
        "until": rfc3339(digest.until),
        "new": [sighting.id for sighting in digest.new],
        "possible": [sighting.id for sighting in digest.possible],
        "seen_again": [sighting.id for sighting in digest.again],
        "removed": [sighting.id for sighting in digest.removed],
        "reappeared": [sighting.id for sighting in digest.reappeared],
        "blind": [_blind(blind) for blind in digest.blind],
        "partly": [_blind(blind) for blind in digest.partly],
        "noted": [_blind(blind) for blind in digest.noted],
        "watchlist_errors": digest.wrong,
        "told_hourly": list(digest.folded),
        "overdue": [_report(report) for report in digest.overdue],
        "unanswered": [_report(report) for report in digest.unanswered],
        "drafted_next": [_report(report) for report in digest.proposed],
        "alerts": {
            "waiting": digest.waiting,
            "partly": digest.not_all,
            "oldest": rfc3339(digest.oldest),
            "refusing": [
                {"recipient": part.name, "said": part.said, "trouble": part.trouble} for part in digest.refusing
            ],
            "failing": [
                {"channel": one.name, "since": rfc3339(one.failing_since), "said": one.said} for one in digest.failing
            ],
        },
        "coverage": {
            "watches": coverage.watches,
            "watches_seen": coverage.good,
            "runs": coverage.runs,
            "pages": coverage.pages,
            "images": coverage.images,
            "new_images": coverage.new_images,
            "limits": [
                {"watch": cut.watch, "what": cut.limit.what, "at": cut.limit.at, "site": cut.limit.site or None}
                for cut in digest.cut
            ],
        },
        "trend": [{"from": week.isoformat(), "new": count} for week, count in digest.trend],
        "custody_reference": digest.custody or None,
        "course": course_document(digest.course) if digest.course else None,
        "figures": figures_document(digest.figures),
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "report": report.id,
        "sighting": report.sighting,
        "channel": report.channel,
        "due_at": rfc3339(report.due_at),
    }


def _blind(blind: Blind) -> dict[str, Any]:
    return {
        "watch": blind.watch,
        "cause": blind.cause,
        "last_good": rfc3339(blind.last_good),
        "remedy": blind.remedy,
    }

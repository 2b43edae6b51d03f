"""The watches, whether they see, and what is wrong in the watchlists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from monitor.documents.runs import run_document
from monitor.documents.times import span
from monitor.errors import WatchlistError
from monitor.model.adapting import NeededBudget, WhySoOften
from monitor.model.run import Run
from monitor.model.watch import Adapt, Cron, Watch
from monitor.tracking.health import Health


def watch_document(watch: Watch, last: Run | None, health: Health | None) -> dict[str, Any]:
    """last: its last run. health: None where the store was not asked."""
    return {
        "name": watch.name,
        "kind": watch.kind.value,
        "urls": list(watch.urls),
        "engine": watch.engine or None,
        "query": watch.query or None,
        "schedule": schedule_words(watch),
        "adapt": asdict(watch.schedule) if isinstance(watch.schedule, Adapt) else None,
        "enabled": watch.enabled,
        "case": watch.case,
        "tags": list(watch.tags),
        "file": str(watch.origin) if watch.origin else None,
        "line": watch.line,
        "last_run": run_document(last) if last else None,
        "health": health_document(health) if health else None,
    }


def schedule_words(watch: Watch) -> str:
    if isinstance(watch.schedule, Cron):
        return f"cron {watch.schedule.expression}"
    if isinstance(watch.schedule, Adapt):
        return f"adapts, every {span(watch.schedule.floor_s)} to {span(watch.schedule.ceiling_s)}"
    return f"every {span(watch.schedule.seconds)}"


def health_document(health: Health) -> dict[str, Any]:
    return {
        "sight": health.sight.value,
        "last_good": health.last_good,
        "cause": health.cause,
        "remedy": health.remedy,
    }


def often_document(often: WhySoOften) -> dict[str, Any]:
    """Of a watch that adapts. pictures_a_day: null while too little is known of the place."""
    return {
        "gap_seconds": often.gap_s,
        "pictures_a_day": None if often.a_day is None else round(often.a_day, 2),
        "busy_from_hour": often.busy[0] if often.busy else None,
        "busy_to_hour": often.busy[1] if often.busy else None,
        "new_pictures": often.new,
        "of_yours": often.ours,
        "raised_until": often.raised_until,
        "budget_is_spent": often.spent is not None,
    }


def needed_document(needed: NeededBudget) -> dict[str, Any]:
    """What all watches that adapt need, in requests a day."""
    return {
        "watches": needed.watches,
        "adapt_requests": needed.budget,
        "spent_by_ceilings": needed.least,
        "is_spent": needed.is_spent,
        "would_do": needed.would_do,
    }


def mistake_documents(mistakes: Iterable[WatchlistError]) -> list[dict[str, Any]]:
    return [
        {
            "file": error.file or None,
            "line": error.line or None,
            "key": error.key or None,
            "watch": error.watch or None,
            "message": str(error),
            "remedy": error.remedy,
        }
        for error in mistakes
    ]

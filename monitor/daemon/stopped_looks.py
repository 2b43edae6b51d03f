"""A look that did not take place, by whoever was to make it."""

from __future__ import annotations

from datetime import datetime

from monitor.errors import AttestationMissing, QuotaReached, WatchlistError
from monitor.model.watch import Watch
from monitor.pipeline.runs import save_run, stopped_run
from monitor.ports import Store


def note_stopped(watch: Watch, error: Exception, store: Store, now: datetime) -> None:
    """Kept as a run that saw nothing: else status and digest went on telling of the last one that took place."""
    if store.cases.get(watch.case) is None:
        return  # there is nothing to keep a run under: the standing alarm and `status` tell of it
    cannot = isinstance(error, AttestationMissing | QuotaReached | WatchlistError)
    save_run(stopped_run(watch, error, now), watch, store, alarm=not cannot)

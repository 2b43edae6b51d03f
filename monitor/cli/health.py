"""How the commands tell whether a watch sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.cli import printing
from monitor.model.watch import Watch
from monitor.tracking.health import Health, Sight, health_of

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.ports import Store

WORDS = {
    Sight.SEES: "sees",
    Sight.PARTLY: "sees in part",
    Sight.BLIND: "BLIND",
    Sight.NEVER: "never run",
    Sight.OFF: "switched off",
}


def of_watch(watch: Watch, store: Store, settings: Settings, now: datetime) -> Health:
    from monitor.alerts.zone import zone_of
    from monitor.daemon.schedule import due_by

    last = store.runs.last(watch.case, watch.name)
    due = due_by(watch, last.finished_at, zone_of(settings.digest.timezone), settings.crawl) if last else None
    if last is not None and last.finished_at > now + timedelta(minutes=1):
        due = now - timedelta(seconds=1)  # noted by a clock that was ahead: when it really was nobody knows
    good = store.runs.last_good(watch.case, watch.name)
    return health_of(last, good, enabled=watch.enabled, due_by=due, now=now)


def row(health: Health) -> dict[str, Any]:
    return {
        "sight": health.sight.value,
        "last_good": health.last_good,
        "cause": health.cause,
        "remedy": health.remedy,
    }


def tell(named: Sequence[tuple[str, Health]]) -> None:
    """Those that do not see, or not everything: cause, last good look, remedy."""
    for name, health in named:
        if health.sight not in (Sight.BLIND, Sight.PARTLY):
            continue
        last = f"last good look {printing.when(health.last_good)}" if health.last_good else "no good look so far"
        printing.say(f"{printing.plain(name)} {WORDS[health.sight]}: {printing.plain(health.cause, 300)}; {last}")
        if health.remedy:
            printing.say(f"    {printing.plain(health.remedy, 400)}")

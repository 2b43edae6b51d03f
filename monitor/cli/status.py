"""`status`: what runs, what is due, what fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor import __version__
from monitor.alerts.wording import several
from monitor.cli import common, health, printing, runs
from monitor.model.ids import CaseId
from monitor.model.watch import Watch
from monitor.tracking.health import Sight

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.ports import Store
    from monitor.tracking.standing import Hindrance
    from monitor.watchlist import WatchlistLoad


def status(as_json: common.JsonOption = False) -> None:
    """What runs, what is due, what fails."""
    from monitor.watchlist import load_all

    with common.opened() as opened:
        loaded = load_all(opened.settings)
        facts = gather(opened, loaded)
    if as_json:
        printing.emit(facts)
    else:
        _print(facts)


def gather(opened: App, loaded: WatchlistLoad) -> dict[str, Any]:
    from monitor.pipeline import standing

    store, now = opened.store, opened.clock()
    cases = common.some_cases(opened)
    watches = standing.in_force(loaded, store)
    hindered = (
        *standing.hindered_by_files(loaded, standing.refused(watches, opened.settings), store),
        *standing.hindered_by_cases(watches, store),
    )
    read = {watch.name for watch in loaded.watches}
    return {
        "version": __version__,
        "now": now,
        "config": str(opened.settings.path) if opened.settings.path else None,
        "data_dir": str(opened.settings.data_dir),
        "daemon": {"pid": _daemon(opened)},
        "cases": [_case(store, case, now) for case in cases],
        "watches": [_watch(opened, watch, now) for watch in watches if common.is_meant(watch.case)],
        "watchlist_errors": [str(error) for error in loaded.errors if common.is_meant(error.case)],
        "cannot_run": [_hindrance(one) for one in hindered if common.is_meant(one.case)],
        "as_last_read": [one.name for one in watches if one.name not in read and common.is_meant(one.case)],
        "alerts": _alerts(store, cases),
        "clock_set": _clock_set(store, now),
        "evidence": {"sealed_to": len(opened.settings.evidence.recipients)},
    }


def _clock_set(store: Store, now: datetime) -> dict[str, Any] | None:
    """When the daemon last saw the clock leap, and how far; None when that was more than a week ago."""
    from monitor.daemon.generation import CLOCK_SET

    noted = json.loads(store.notes.get(CLOCK_SET) or "null")
    if noted is None or abs(now - datetime.fromisoformat(noted["at"])) > timedelta(days=7):
        return None
    return {"at": datetime.fromisoformat(noted["at"]), "by_s": noted["by_s"]}


def _hindrance(one: Hindrance) -> dict[str, Any]:
    return {
        "watch": one.watch or None,
        "case": one.case or None,
        "file": one.file or None,
        "line": one.line or None,
        "message": one.message,
        "remedy": one.remedy,
    }


def _daemon(opened: App) -> int | None:
    """The pid of the one that runs on the same data, None when none does."""
    from monitor.store.lock import running_daemon

    return running_daemon(opened.settings.data_dir)


def _case(store: Store, case: CaseId, now: datetime) -> dict[str, Any]:
    found = store.cases.get(case)
    references = store.references.all(case)
    return {
        "case": case,
        "attested_at": found.attestation.at if found and found.attestation else None,
        "references": len(references),
        "references_paused": 0,  # nothing is paused any more: it is matched by, and folded
        "references_folded": [
            {"reference": one.id, "label": one.label, "since": one.folded_at} for one in references if one.folded_at
        ],
        "sightings": {status.value: count for status, count in store.sightings.counts(case).items()},
        "reports": {state.value: count for state, count in store.reports.counts(case).items()},
        "overdue": [report.id for report in store.reports.overdue(case, now)],
    }


def _watch(opened: App, watch: Watch, now: datetime) -> dict[str, Any]:
    last = opened.store.runs.last(watch.case, watch.name)
    seen = health.of_watch(watch, opened.store, opened.settings, now)
    return {
        "watch": watch.name,
        "case": watch.case,
        "enabled": watch.enabled,
        "last_good": seen.last_good,
        "last_run": runs.row(last) if last else None,
        "health": health.row(seen),
    }


def _alerts(store: Store, cases: Sequence[CaseId]) -> dict[str, Any]:
    stand = [store.alerts.outstanding(case) for case in cases]
    return {
        "waiting": sum(one.waiting for one in stand),
        "partly": sum(one.partly for one in stand),
        "failed": sum(one.failed for one in stand),
        "oldest_waiting": min((one.oldest for one in stand if one.oldest), default=None),
        "finds_untold": len(frozenset[str]().union(*(one.finds for one in stand))),
        "refusing": [
            {"recipient": part.name, "since": part.changed_at, "said": part.said, "trouble": part.trouble}
            for case in cases
            for part in store.alert_parts.refusing(case)
        ],
    }


def _print(facts: dict[str, Any]) -> None:
    pid = facts["daemon"]["pid"]
    printing.out(f"daemon   {'runs, pid ' + str(pid) if pid else 'does not run'}")
    if clock := facts["clock_set"]:
        moved = timedelta(seconds=abs(clock["by_s"]))
        way = "forward" if clock["by_s"] > 0 else "back"
        printing.out(f"clock    was set {way} by {moved}, seen {printing.when(clock['at'])}: all due was planned anew")
    for case in facts["cases"]:
        sightings = ", ".join(f"{count} {name}" for name, count in case["sightings"].items()) or "none"
        printing.out(f"case     {printing.plain(case['case'])}: {case['references']} photos enrolled")
        for folded in case["references_folded"]:
            printing.out(
                f"         {printing.plain(folded['label'])} turns up on very many sites: told of once an hour since "
                f"{printing.when(folded['since'])} (lift it: reupload-monitor references resume {folded['reference']})"
            )
        printing.out(f"         sightings: {sightings}")
        if not case["attested_at"]:
            printing.out("         the attestation is missing: nothing is enrolled or watched before it")
        if case["overdue"]:
            printing.out(f"         overdue reports: {', '.join(case['overdue'])}")
    _print_alerts(facts["alerts"])
    if not facts["evidence"]["sealed_to"]:
        printing.out("evidence none is kept: [evidence] recipients is empty")
    printing.table(
        ("watch", "last run", "status", "last good look", "seen then", "trouble"),
        [_watch_line(watch) for watch in facts["watches"]],
    )
    _tell(facts["watches"])
    _tell_hindrances(facts)


def _tell_hindrances(facts: dict[str, Any]) -> None:
    for one in facts["cannot_run"]:
        printing.out(f"cannot run: {printing.plain(one['message'], 300)}")
        printing.out(f"    {printing.plain(one['remedy'], 300)}")
    if kept := facts["as_last_read"]:
        goes = "1 watch goes on as it was" if len(kept) == 1 else f"{len(kept)} watches go on as they were"
        printing.out(f"{goes} last read: {printing.plain(', '.join(kept), 300)}")


def _print_alerts(alerts: dict[str, Any]) -> None:
    since = f", the oldest since {printing.when(alerts['oldest_waiting'])}" if alerts["waiting"] else ""
    partly = f", {alerts['partly']} not with everybody yet" if alerts["partly"] else ""
    printing.out(f"alerts   {alerts['waiting']} waiting{since}{partly}")
    for row in alerts["refusing"]:
        printing.out(f"         channel {printing.plain(row['recipient'])} {printing.plain(row['trouble'], 140)}")


def _watch_line(watch: dict[str, Any]) -> tuple[object, ...]:
    last, seen = watch["last_run"], watch["health"]
    return (
        watch["watch"],
        printing.when(last["finished_at"] if last else None),
        health.WORDS[Sight(seen["sight"])],
        printing.when(watch["last_good"]),
        f"{several(last['pages_seen'], 'page', 'pages')}, {several(last['images_seen'], 'image', 'images')}"
        if last
        else "",
        printing.plain(seen["cause"], 90) if seen["sight"] in (Sight.BLIND, Sight.PARTLY) else "",
    )


def _tell(watches: Sequence[dict[str, Any]]) -> None:
    """In words, below the table: what is not seen, and what to do about it."""
    for watch in watches:
        seen = watch["health"]
        if seen["sight"] == Sight.BLIND and seen["remedy"]:
            printing.say(f"{printing.plain(watch['watch'])}: {printing.plain(seen['remedy'], 300)}")
        for limit in (watch["last_run"] or {}).get("limits", ()):
            site = f" of {printing.plain(limit['site'], 80)}" if "site" in limit else ""
            printing.say(f"{printing.plain(watch['watch'])} ended at its limit of {limit['at']} {limit['what']}{site}")

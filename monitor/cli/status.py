"""`status`: what runs, what is due, what fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.cli import opening, options, printing, watch_health
from monitor.model.observation import RunTrouble, Weight, unlike
from monitor.plain import several
from monitor.tracking.health import Sight

if TYPE_CHECKING:
    from monitor.documents.times import When
    from monitor.model.queue import QueueStanding
    from monitor.tracking.overview import AlertsOverview, CaseOverview, Overview, WatchOverview


def status(as_json: options.JsonOption = False) -> None:
    """What runs, what is due, what fails."""
    from monitor.documents.overview import overview_document
    from monitor.services.overview import overview_of
    from monitor.services.watches import load_watches

    with opening.opened_to_read() as opened:
        cases = opening.some_cases(opened)
        sees_none = options.sees_no_case()
        overview = overview_of(opened.watches, load_watches(opened.settings), cases, options.meant_cases())
        when = opening.local_times(opened)
    if as_json:
        printing.emit(overview_document(overview))
    else:
        _print(overview, when)
        if sees_none:
            printing.say("Of cases nothing is told to who administers the installation alone.")


def _print(overview: Overview, when: When) -> None:
    pid = overview.daemon
    absent = "does not run" if overview.queue is None else "no scheduler on this machine: see queue"
    printing.out(f"daemon   {'runs, pid ' + str(pid) if pid else absent}")
    _print_watcher(overview, when)
    watch_health.tell_news(overview.news)
    if clock := overview.clock_set:
        moved = timedelta(seconds=abs(clock.by_s))
        way = "forward" if clock.by_s > 0 else "back"
        printing.out(f"clock    was set {way} by {moved}, seen {when(clock.at)}: all due was planned anew")
    if recovery := overview.recovery:
        from monitor.documents.recovery import recovery_words

        printing.out(f"start    at {when(recovery.at)} something was left over from before:")
        for words in recovery_words(recovery):
            printing.out_wrapped(f"         {words}", under=11)
    for lack in overview.lacking:
        printing.out(f"missing  {printing.plain(lack.message, 300)}")
        printing.out(f"         {printing.plain(lack.remedy, 100)}")
    for case in overview.cases:
        _print_case(case, when)
    _print_alerts(overview.alerts, when)
    if not overview.sealed_to:
        printing.out("evidence none is kept: [evidence] recipients is empty")
    for one in overview.watches:
        watch_health.tell_watch(one, when, beside="no picture so far" if _saw_none(one) else "")
        if one.health.cause and one.health.sight in (Sight.BLIND, Sight.PARTLY, Sight.SEES):
            printing.out(f"    trouble         {printing.plain(one.health.cause, 300)}")
    _tell(overview.watches)
    _tell_hindrances(overview)


_DID = {
    "schedule": "the schedule was looked at",
    "visits": "a look at a place ended",
    "fetcher": "a request to a site ended",
    "outbox": "messages were seen to",
    "store": "something was saved or read",
    "rounds": "a round ended",
    "wishes": "what the page asks for was looked at",
}


_BY_WORKERS = ("visits", "fetcher")


def _print_watcher(overview: Overview, when: When) -> None:
    """What each of the daemon's loops did last, as it noted it: every few minutes."""
    from monitor.documents.standstill import standstill_words

    if (alive := overview.alive) is not None and alive.is_of_a_start:
        printing.out(f"         began {when(alive.at)}: what its parts did is noted within a minute")
    elif alive is not None:
        printing.out(f"         as it noted {when(alive.at)}, it did last:")
        for loop, words in _DID.items():
            if overview.queue is not None and loop in _BY_WORKERS:
                continue
            at = next((at for each, at in alive.did.items() if each.value == loop), None)
            printing.out(f"         {words + ':':<40} {when(at) if at else 'not since its start'}")
    if overview.queue is not None:
        _print_queue(overview.queue, named=bool(overview.cannot_run))
    if overview.stood_still is not None:
        printing.out_wrapped(f"stood    {standstill_words(overview.stood_still, when)}", under=9)


def _print_queue(queue: QueueStanding, *, named: bool) -> None:
    if queue.misfit:
        printing.out_wrapped(f"queue    {printing.plain(queue.misfit, 300)}", under=9)
        printing.out_wrapped(f"         {printing.plain(queue.remedy, 300)}", under=9)
    elif not queue.answers:
        printing.out("queue    does not answer: no work is given out or taken until it does")
    else:
        leads = "one scheduler leads" if queue.leads else "no scheduler leads: nothing new is given out"
        by = f", {several(queue.standing_by, 'more stands', 'more stand')} by" if queue.standing_by else ""
        printing.out(f"queue    {leads}{by}; {several(queue.workers, 'worker takes', 'workers take')} work")
        if not queue.workers:
            printing.out("         start as many as you like, on any of the machines: reupload-monitor worker")
        oldest = f", the first for {_span(queue.oldest_s)}" if queue.waiting else ""
        printing.out(f"         {several(queue.waiting, 'job waits', 'jobs wait')}{oldest}; {queue.in_hand} in hand")
    late = f", the first for {_span(queue.late_s)}" if queue.due else ""
    printing.out(f"         {several(queue.due, 'look is', 'looks are')} due{late}; {queue.looking} in hand")
    if queue.set_aside:
        printing.out(
            f"         {several(queue.set_aside, 'look is', 'looks are')} set aside{': see below' if named else ''}"
        )


def _span(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 120 else f"{round(seconds / 60)} min"


def _print_case(case: CaseOverview, when: When) -> None:
    from monitor.documents.figures import figures_words

    printing.out(f"case     {printing.plain(case.case)}: {several(case.references, 'photo', 'photos')} enrolled")
    for folded in case.folded:
        printing.out(
            f"         {printing.plain(folded.label)} turns up on very many sites: told of once an hour since "
            f"{when(folded.folded_at)} (lift it: reupload-monitor references resume {folded.id})"
        )
    finds = figures_words(case.figures, when) if case.figures.all else "none"
    printing.out_wrapped(f"         finds: {finds}", under=16)
    if not case.attested_at:
        printing.out("         it was not said yet that everybody shown is 18 or older: enroll asks")
    if case.overdue:
        printing.out(f"         overdue reports: {', '.join(case.overdue)}")


def _tell_hindrances(overview: Overview) -> None:
    for one in overview.cannot_run:
        printing.out(f"cannot run: {printing.plain(one.message, 300)}")
        printing.out(f"    {printing.plain(one.remedy, 300)}")
    hindering = {one.message for one in overview.cannot_run}
    for mistake in overview.mistakes:  # of a watch that is switched off: nothing is kept from running
        if str(mistake) not in hindering:
            printing.out(f"wrong: {printing.plain(mistake, 300)}")
            printing.out(f"    {printing.plain(mistake.remedy, 300)}")
    watch_health.tell_as_last_read(overview.as_last_read)


def _print_alerts(alerts: AlertsOverview, when: When) -> None:
    since = f", the oldest since {when(alerts.oldest)}" if alerts.waiting else ""
    partly = f", {alerts.partly} not with everybody yet" if alerts.partly else ""
    printing.out(f"alerts   {alerts.waiting} waiting{since}{partly}")
    for part in alerts.refusing:
        printing.out(f"         channel {printing.plain(part.name)} {printing.plain(part.trouble, 140)}")
    for one in alerts.failing:
        said = f": {printing.plain(one.said, 140)}" if one.said else ""
        printing.out(f"         channel {printing.plain(one.name)} took nothing since {when(one.failing_since)}{said}")
        printing.out("         `reupload-monitor alerts test` tries each channel now")


def _saw_none(one: WatchOverview) -> bool:
    """In no look, and has to be doubted for it: no look was a good one."""
    observed = one.last_run.observed if one.last_run else ()
    return any(each.kind is RunTrouble.NEVER_PICTURES and each.weight is not Weight.SAID for each in observed)


def _tell(watches: Sequence[WatchOverview]) -> None:
    """In words, below the table: what is not seen, and what to do about it."""
    for one in watches:
        if one.health.sight in (Sight.NEVER, Sight.OFF):
            continue
        name = printing.plain(one.watch.name)
        observed = unlike(one.last_run.observed) if one.last_run else ()
        if one.health.cause not in {observation.message for observation in observed} and one.health.remedy:
            printing.say(f"{name}: {printing.plain(one.health.remedy, 300)}")  # nobody looked for too long
        watch_health.tell_observed(name, observed)

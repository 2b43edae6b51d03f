"""Whether times are to be trusted, for `doctor`: this machine's clock, when the last time stamp came, why the next one
waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.clock import Clock, CorrectedClock
from monitor.clock_trust import clock_trust
from monitor.documents.times import span, utc_words
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.ids import CaseId
from monitor.pipeline.leaps import FAR
from monitor.pipeline.stamping import clock_fault
from monitor.plain import several
from monitor.ports import Store
from monitor.services.clock_leaps import last_leap
from monitor.store.keeping_time import TOLD_FROM

_NAME = "time stamps"
_CLOCK = (
    "Set the clock, best by a time service: timedatectl set-ntp true. Times that were noted since it went wrong are "
    "wrong by as much: say so where you hand them over. The next time stamp shows whether it is right."
)
_ROOTS = (
    "An authority that is not known needs its root certificate (PEM) in [evidence] timestamp_roots; one that does not "
    "answer is asked again by itself. docs/time-stamps.md says more."
)


def check_clock(now: datetime) -> Check:
    built = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < built.replace(hour=0, minute=0, second=0):
        return Check("clock", FAULT, f"it shows {utc_words(now)}, before this program was installed", "Set it.")
    trust = clock_trust()
    kept = {True: "kept by a time server", False: "kept by no time server that the kernel knows of", None: trust.why}
    return Check("clock", OK, f"it shows {utc_words(now)}, {kept[trust.is_synchronised]}")


def check_against_database(store: Store, own: Clock) -> Iterator[Check]:
    """own: this machine's. Nothing where no other machine shares the store."""
    gone_by = store.keep_time(own)
    if not isinstance(gone_by, CorrectedClock) or abs(gone_by.off_by) <= TOLD_FROM:
        return
    off = gone_by.off_by
    where = "ahead of" if off > timedelta(0) else "behind"
    yield Check(
        "clock",
        WARNING,
        f"it is {span(round(abs(off).total_seconds()))} {where} that of the database, which is gone by",
        "Set the clock, best by a time service: timedatectl set-ntp true. Nothing that was noted is wrong by it.",
    )


def check_time_stamps(store: Store, cases: Collection[CaseId], urls: Collection[str], now: datetime) -> Iterator[Check]:
    """Of time stamps nothing where no authority is set."""
    leap = last_leap(store, now)
    if leap is not None and abs(leap.by_s) >= FAR.total_seconds():
        message = f"it was set {'on' if leap.by_s > 0 else 'back'} by {span(abs(leap.by_s))}, seen {utc_words(leap.at)}"
        yield Check("clock", WARNING, message, _CLOCK)
    faults = [found for case in cases if (found := clock_fault(store, case, now)) is not None]
    for fault in faults[:1]:  # the machine has one clock
        where = "behind" if fault.by > timedelta(0) else "ahead of"
        message = (
            f"it was {span(abs(fault.by).total_seconds())} {where} the time that {fault.authority} told "
            f"({utc_words(fault.at)})"
        )
        yield Check("clock", FAULT, message, _CLOCK)
    if not urls:
        return
    waiting = [tried for case in cases if (tried := store.time_stamps.tried(case)) is not None]
    for tried in waiting:
        tries = several(tried.tries, "try", "tries")
        message = f"the custody log's head waits for one after {tries}; next {utc_words(tried.retry_at)}: {tried.why}"
        yield Check(_NAME, WARNING, message, _ROOTS)
    last = max((one.at for case in cases if (one := store.time_stamps.last(case)) is not None), default=None)
    if not waiting:
        message = f"the last came {utc_words(last)}" if last else "none yet: the daemon asks once something is kept"
        yield Check(_NAME, OK, f"{several(len(urls), 'authority', 'authorities')} set; {message}")

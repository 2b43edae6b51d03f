"""Whether trusted time works, for `doctor`: what is set, when the last time stamp came, why the next one waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from monitor.documents.times import utc_words
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.ids import CaseId
from monitor.pipeline.stamping import clock_hindrances
from monitor.plain import several
from monitor.ports import Store

NAME = "time stamps"
_ROOTS = (
    "An authority that is not known needs its root certificate (PEM) in [evidence] timestamp_roots; one that does not "
    "answer is asked again by itself. docs/time-stamps.md says more."
)


def check_time_stamps(store: Store, cases: Collection[CaseId], urls: Collection[str], now: datetime) -> Iterator[Check]:
    """Nothing where no authority is set."""
    for hindrance in clock_hindrances(store, now):
        yield Check("clock", FAULT, hindrance.message, hindrance.remedy)
    if not urls:
        return
    waiting = [tried for case in cases if (tried := store.time_stamps.tried(case)) is not None]
    for tried in waiting:
        tries = several(tried.tries, "try", "tries")
        message = f"the custody log's head waits for one after {tries}; next {utc_words(tried.retry_at)}: {tried.why}"
        yield Check(NAME, WARNING, message, _ROOTS)
    last = max((one.at for case in cases if (one := store.time_stamps.last(case)) is not None), default=None)
    if not waiting:
        message = f"the last came {utc_words(last)}" if last else "none yet: the daemon asks once something is kept"
        yield Check(NAME, OK, f"{several(len(urls), 'authority', 'authorities')} set; {message}")

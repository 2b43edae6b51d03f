"""Trusted time on the custody log: once a day and before an export, its head goes to the authorities that the owner
set. Where none gives a time stamp, the head waits; a later one stands for it as well, for it is chained to it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts.outbox import new_alert
from monitor.errors import StampFailed
from monitor.evidence.stamps import (
    check_reply,
    clocks_apart,
    load_certificates,
    query_for,
    stamp_is_due,
    stamped_data,
    told_in_log,
    wait_for,
)
from monitor.hosts import host_of
from monitor.model.alert import AlertKind
from monitor.model.custody import CustodyAct, CustodyHead
from monitor.model.ids import CaseId
from monitor.model.stamp import StampTry, TimeStamp
from monitor.ports import Store
from monitor.ports.custody import TimeAuthorities

log = logging.getLogger(__name__)

CLOCK_TOLD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Stamped:
    """What came of one round for one case. failed: the host of each authority that gave none, and why."""

    stamps: tuple[TimeStamp, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClockFault:
    """by: how far this machine's clock was behind what an authority said (negative: before it), at that moment."""

    by: timedelta
    authority: str
    at: datetime


async def stamp(
    case: CaseId,
    urls: Sequence[str],
    *,
    store: Store,
    authorities: TimeAuthorities,
    clock: Callable[[], datetime],
    at_once: bool = False,
) -> Stamped | None:
    """Each authority is asked. None where nothing is due: no authority is set, nothing new stands in the log, or its
    time has not come. at_once: whatever its time (before an export)."""
    head, now = store.custody.head(case), clock()
    last, tried = store.time_stamps.last(case), store.time_stamps.tried(case)
    if not urls or not (at_once or stamp_is_due(head, last, tried, now)) or not _is_news(case, head, last, store):
        return None
    got, failed = list[TimeStamp](), list[tuple[str, str]]()
    for url in urls:
        try:
            got.append(await _one(case, head, url, authorities, clock))
        except StampFailed as error:
            failed.append((host_of(url), str(error)))
            log.warning("a time-stamp authority gave no time stamp", extra={"action": "stamp_failed"})
    with store.transaction():
        for one in got:
            store.time_stamps.save(one)
            store.custody.note(case, CustodyAct.STAMP, told_in_log(one), one.at)
        if not got:
            tries, at = (tried.tries if tried else 0) + 1, clock()
            why = "; ".join(f"{host}: {what}" for host, what in failed)
            store.time_stamps.note_try(case, StampTry(tries, at, at + wait_for(tries), why[:2000]))
        if any(clocks_apart(one.told, one.at) for one in got):
            log.warning("the clock is not that of a time-stamp authority", extra={"action": "clock_apart"})
            if last is None or clocks_apart(last.told, last.at) is None:  # told once, until one agrees
                alert = new_alert(AlertKind.CLOCK, case=case, subject="clock", now=clock(), not_before=clock())
                store.alerts.save(alert)
    return Stamped(tuple(got), tuple(failed))


def clock_fault(store: Store, case: CaseId, now: datetime) -> ClockFault | None:
    """As the last time stamp told it, for a week or until the next one."""
    last = store.time_stamps.last(case)
    apart = clocks_apart(last.told, last.at) if last is not None else None
    if last is None or apart is None or abs(now - last.at) > CLOCK_TOLD_FOR + abs(apart):
        return None
    return ClockFault(apart, host_of(last.authority), last.at)


async def _one(
    case: CaseId, head: CustodyHead, url: str, authorities: TimeAuthorities, clock: Callable[[], datetime]
) -> TimeStamp:
    data = stamped_data(head, secrets.token_bytes(32))  # for each another salt: two authorities see nothing in common
    query = query_for(data)
    reply = await authorities.ask(url, query)
    came = clock()
    token = check_reply(reply, query=query, data=data, roots=load_certificates(authorities.roots()))
    return TimeStamp(case, head.number, url, came, token.told, data, query, reply, token.chain)


def _is_news(case: CaseId, head: CustodyHead, last: TimeStamp | None, store: Store) -> bool:
    """Something other than the time stamps themselves."""
    if last is None:
        return head.number > 0
    return any(entry.act is not CustodyAct.STAMP for entry in store.custody.all(case, after=last.number))

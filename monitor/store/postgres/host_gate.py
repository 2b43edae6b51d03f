"""Pacing over machines: a host is in one worker's hands at a time, from its claim to the answer, and everything goes
by the database's own time. Whoever it was given to and is gone holds it until its lease has passed, which is short:
who lives makes it last longer.

A turn is given when it has come and not ahead of time: a slot in the future would be a promise that nobody else can
keep to, since how long the answer before it takes is not known.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from monitor.acting import acting_for_all, fenced
from monitor.ports.host_gate import HostTurn
from monitor.store.dialect import insert
from monitor.store.engine import Database
from monitor.store.hosts import MAX_QUEUE, MAX_WAIT
from monitor.store.postgres.beginning import NOW
from monitor.store.tables import hosts

_NOW: ColumnElement[int] = literal_column(
    NOW, BigInteger
)  # at each place anew: also after the statement has waited for a row
_FREE_AT = type_coerce(hosts.c.free_at, BigInteger)
_HELD_UNTIL = type_coerce(hosts.c.held_until, BigInteger)
_MICROSECOND = timedelta(microseconds=1)


def _left() -> ColumnElement[int]:
    """Microseconds until the host may be asked; below 0, since when it may. A row that reaches further than any of its
    kind was written by a clock that stood wrong."""
    furthest = case((hosts.c.failures > 0, MAX_WAIT // _MICROSECOND), else_=MAX_QUEUE // _MICROSECOND)
    left = _FREE_AT - _NOW
    return case((left <= furthest, left), else_=0)


def _is_held() -> ColumnElement[bool]:
    return func.coalesce(_HELD_UNTIL > _NOW, False)


@cache
def _claim() -> Any:
    """One statement, which waits for whoever claims the same host just now, and then judges the row as he left it. Who
    holds a turn may claim it again, so that it lasts longer."""
    me: ColumnElement[str] = bindparam("me", type_=String)
    turn = {
        "free_at": _NOW + bindparam("gap", type_=BigInteger),
        "holder": me,
        "held_until": _NOW + bindparam("lease", type_=BigInteger),
    }
    is_free = and_(_left() <= 0, ~_is_held())
    return (
        insert(hosts)
        .values(host=bindparam("of_host"), failures=0, **turn)
        .on_conflict_do_update(
            index_elements=[hosts.c.host], set_=turn, where=or_(is_free, and_(hosts.c.holder == me, _is_held()))
        )
        .returning(hosts.c.failures)
    )


@cache
def _stands() -> Select[Any]:
    told = (_left().label("left"), _is_held().label("is_held"), hosts.c.failures)
    return select(*told).where(hosts.c.host == bindparam("of_host"))


@cache
def _give_back() -> Any:
    is_mine = and_(hosts.c.host == bindparam("of_host"), hosts.c.holder == bindparam("me"))
    free_at = func.greatest(_FREE_AT, _NOW + bindparam("gap", type_=BigInteger))
    return update(hosts).where(is_mine).values(free_at=free_at, holder=None, held_until=None)


@cache
def _back_off() -> Any:
    until = _NOW + bindparam("wait", type_=BigInteger)
    values = {"free_at": until, "failures": bindparam("refused")}
    later = {"free_at": func.greatest(_FREE_AT, until), "failures": bindparam("refused")}
    statement = insert(hosts).values(host=bindparam("of_host"), **values)
    return statement.on_conflict_do_update(index_elements=[hosts.c.host], set_=later)


@contextmanager
def _whoever_asks() -> Iterator[None]:
    """What a host asked for is kept, and its turn given back, also by a worker whose look another has taken over."""
    with acting_for_all(), fenced(""):
        yield


class SharedHostGate:
    is_shared = True

    def __init__(self, database: Database) -> None:
        self._db, self._holder = database, secrets.token_hex(8)

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        asked = {"of_host": host, "gap": gap // _MICROSECOND, "lease": lease // _MICROSECOND, "me": self._holder}
        with acting_for_all():
            given = self._db.run(_claim(), asked).first()
            if given is not None:
                return HostTurn(0.0, given.failures)
            stands = self._db.run(_stands(), {"of_host": host}).first()
        if stands is None:  # forgotten between the two
            return HostTurn(0.0, 0, is_given=False)
        return HostTurn(max(stands.left / 1e6, 0.0), stands.failures, is_given=False)

    def give_back(self, host: str, gap: timedelta) -> None:
        with _whoever_asks():
            self._db.run(_give_back(), {"of_host": host, "gap": gap // _MICROSECOND, "me": self._holder})

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        with _whoever_asks():
            self._db.run(_back_off(), {"of_host": host, "wait": wait // _MICROSECOND, "refused": failures})

    def forget_before(self, before: datetime) -> int:
        is_held = hosts.c.held_until >= before
        with acting_for_all():
            return self._db.run(hosts.delete().where(hosts.c.free_at < before, is_held.is_not(True))).rowcount

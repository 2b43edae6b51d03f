"""What a page wishes of the daemon."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from monitor.model.ids import CaseId
from monitor.model.wish import Wish, WishEnd, WishKind, WishState
from monitor.store.dialect import insert
from monitor.store.engine import Database
from monitor.store.own_tables import wishes

_ENDED = WishState.ENDED.value


class SqlWishes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, wish: str) -> Wish | None:
        return next(iter(self._read(select(wishes).where(*_one(case, wish)))), None)

    def open(self, case: CaseId) -> Sequence[Wish]:
        is_open = (wishes.c.case == case, wishes.c.state != _ENDED)
        return self._read(select(wishes).where(*is_open).order_by(wishes.c.asked_at, wishes.c.id))

    def newest(self, case: CaseId, limit: int) -> Sequence[Wish]:
        return self._read(select(wishes).where(wishes.c.case == case).order_by(*_NEWEST).limit(limit))

    def last(self, case: CaseId, kind: WishKind, about: str) -> Wish | None:
        same = (wishes.c.case == case, wishes.c.kind == kind.value, wishes.c.about == about)
        return next(iter(self._read(select(wishes).where(*same).order_by(*_NEWEST).limit(1))), None)

    def add(self, wish: Wish) -> None:
        self._db.run(insert(wishes).on_conflict_do_nothing(), {"id": wish.id, "case": wish.case, **_values(wish)})

    def claim(self, wish: Wish, holder: str, until: datetime, now: datetime) -> bool:
        is_let_go = or_(wishes.c.held_until.is_(None), wishes.c.held_until <= now)
        is_free = or_(
            wishes.c.state == WishState.WAITING.value, and_(wishes.c.state == WishState.TAKEN.value, is_let_go)
        )
        taken = {"state": WishState.TAKEN.value, "holder": holder, "held_until": until, "tries": wish.tries + 1}
        of_try = wishes.c.tries == wish.tries
        return self._changed((*_one(wish.case, wish.id), is_free, of_try), taken)

    def hold(self, case: CaseId, wish: str, holder: str, until: datetime) -> bool:
        return self._changed((*_one(case, wish), *_held(holder)), {"held_until": until})

    def give_back(self, case: CaseId, wish: str, holder: str) -> None:
        waiting = {"state": WishState.WAITING.value, "holder": "", "held_until": None}
        self._changed((*_one(case, wish), *_held(holder)), waiting)

    def end(self, wish: Wish) -> bool:
        is_same = (wishes.c.state != _ENDED, wishes.c.holder == wish.holder, wishes.c.tries == wish.tries)
        return self._changed((*_one(wish.case, wish.id), *is_same), _values(wish))

    def drop(self, case: CaseId, about: str) -> None:
        self._db.run(wishes.delete().where(wishes.c.case == case, wishes.c.about == about))

    def forget_before(self, case: CaseId, before: datetime) -> int:
        old = (wishes.c.case == case, wishes.c.asked_at < before, wishes.c.state == _ENDED)
        return self._db.run(wishes.delete().where(*old)).rowcount

    def forget(self, case: CaseId) -> None:
        self._db.run(wishes.delete().where(wishes.c.case == case))

    def _changed(self, where: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> bool:
        return self._db.run(wishes.update().where(*where).values(**values)).rowcount == 1

    def _read(self, statement: Select[Any]) -> list[Wish]:
        return [_wish(row) for row in self._db.run(statement)]


_NEWEST = (wishes.c.asked_at.desc(), wishes.c.id.desc())


def _one(case: CaseId, wish: str) -> tuple[ColumnElement[bool], ...]:
    return (wishes.c.case == case, wishes.c.id == wish)


def _held(holder: str) -> tuple[ColumnElement[bool], ...]:
    return (wishes.c.state == WishState.TAKEN.value, wishes.c.holder == holder)


def _values(wish: Wish) -> dict[str, Any]:
    return {
        "kind": wish.kind.value,
        "about": wish.about,
        "asked_at": wish.asked_at,
        "state": wish.state.value,
        "holder": wish.holder,
        "held_until": wish.held_until,
        "tries": wish.tries,
        "ended_at": wish.ended_at,
        "end": wish.end.value if wish.end else None,
        "said": json.dumps(wish.said, ensure_ascii=False),
        "pages": wish.pages,
        "pictures": wish.pictures,
        "finds": wish.finds,
    }


def _wish(row: Row[Any]) -> Wish:
    return Wish(
        row.id,
        row.case,
        WishKind(row.kind),
        row.about,
        row.asked_at,
        WishState(row.state),
        row.holder,
        row.held_until,
        row.tries,
        row.ended_at,
        WishEnd(row.end) if row.end else None,
        tuple(json.loads(row.said)),
        row.pages,
        row.pictures,
        row.finds,
    )

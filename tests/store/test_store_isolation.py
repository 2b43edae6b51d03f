"""Nobody sees or changes what is another case's: each method of the store, called by one case's people who know every
id of another, on PostgreSQL. What comes of it is what comes of ids that nobody has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from monitor.acting import acting_for, acting_for_all
from monitor.errors import StoreError
from monitor.model.alert import number_of
from monitor.model.audit import AuditAct
from monitor.model.custody import CustodyAct
from monitor.model.deciding import DecisionVia
from monitor.model.ids import CaseId
from monitor.model.intent import IntentKind
from monitor.model.presence import Truth
from monitor.model.quota import QuotaKind, QuotaUse
from monitor.model.stamp import StampTry
from monitor.model.wish import WishKind
from monitor.ports.facts import ClaimedPage, Led, Watching
from monitor.store.columns import metadata
from monitor.store.postgres.pool import engine
from monitor.store.postgres.schema import condition
from monitor.store.store import SqlStore
from tests.serving.postgres import the_server
from tests.store.one_of_each import OneOfEach, kept
from tests.store.store_values import NOW, later
from tests.stores import a_postgres_store

HERS, OTHER = CaseId("hers"), CaseId("fremde")
MINE = OneOfEach(HERS, "a1")
THEIRS = OneOfEach(OTHER, "b7")
NOBODY = OneOfEach("noone", "e9")

OF_NONE = {
    *(
        "backups",
        "channel_health",
        "closed_for_all",
        "dead_addresses",
        "hosts",
        "installation",
        "machine",
        "pair_tracks",
    ),
    *("refused_accounts", "rendering", "reserve", "robots_copies", "standstills"),
}
"""Aggregates of the installation: no row of them is of a case."""

OF_NONE_TOO = {
    *("hosting.copy_for", "hosting.copy_of", "hosting.forget_before", "hosting.get", "hosting.keep_copy"),
    *("hosting.save", "places.budget", "places.save_budget", "staff.is_any", "staff.roles"),
}
"""Methods of others that are so too; `staff` is asked before anybody's case is known."""

FOR_ALL = {
    *("visits.claim_group", "visits.hold_all", "visits.let_go_all", "visits.hold_group", "case_settings.having"),
    *("evidence.names", "evidence.naming", "evidence.named_of", "intents.drop"),
}
"""Of the installation too, like what is asked by times and counts alone (`is_round`): a group's visits, and what asks
for a file by its random name before it is removed. They reach as far as row security lets them, and no further."""

MADE_ANEW = {"custody.note", "audit.note", "intents.to_seal", "made_decisions.add"}
"""What gives back something new each time."""


def methods(store: SqlStore) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, aggregate in sorted(vars(store).items()):
        if not name.startswith("_") and name not in OF_NONE:
            for called, function in inspect.getmembers(aggregate, inspect.ismethod):
                if not called.startswith("_") and f"{name}.{called}" not in OF_NONE_TOO:
                    yield f"{name}.{called}", function


def is_round(function: Callable[..., Any]) -> bool:
    kinds = {str(one.annotation).removesuffix(" | None") for one in inspect.signature(function).parameters.values()}
    return kinds <= {"datetime", "timedelta", "int", "bool"}


def argument(parameter: inspect.Parameter, one: OneOfEach, case: CaseId) -> Any:
    """As somebody of `case` gives it, who knows what the other has. An object is of `case` and has the other's ids."""
    kind, name = str(parameter.annotation).removesuffix(" | None"), parameter.name
    if kind in (whole := one.whole()):
        return replace(whole[kind], case=case)
    by_kind: dict[str, Any] = {
        "AuditAct": AuditAct.VIEW,
        "Case": replace(one.the_case, id=case),
        "Change": one.change,
        "Collection[CustodyAct]": (),
        "Collection[Status]": (),
        "ContentDigest": one.digest,
        "CustodyAct": CustodyAct.VIEW,
        "DecisionVia": DecisionVia.PAGE,
        "DeskLook": one.look,
        "Dismissal": one.dismissal,
        "IntentKind": IntentKind.SITTING,
        "Iterable[ContentDigest]": [one.digest],
        "Iterable[CopySpot]": [one.spot],
        "Iterable[PlannedLook]": [one.planned],
        "Mapping[str, ClaimedPage]": {one.told("Claimed"): ClaimedPage(2, NOW)},
        "Mapping[str, Led]": {"shape": Led(1, 1)},
        "Mapping[str, str]": {"of": "x"},
        "Part": one.part,
        "PlannedLook": None,  # from the first one on
        "QuotaKind": QuotaKind.REQUESTS,
        "QuotaUse": QuotaUse(NOW, 2),
        "SeenUrl": one.seen,
        "StampTry": StampTry(1, NOW, NOW, "x"),
        "Truth": Truth.PAGE,
        "Watching": Watching(),
        "WishKind": WishKind.LOOK,
        "datetime": NOW - timedelta(days=1) if name in ("since", "removed_since") else later(1),
        "int": {"limit": 100, "many": 100, "number": 1, "tries": 0}.get(name, 0),
        "timedelta": timedelta(minutes=1),
    }
    if kind in by_kind:
        return by_kind[kind]
    by_name: dict[str, Any] = {
        "about": one.wish.about,
        "address": one.look.address,
        "addresses": [one.look.address],
        "case": case,
        "drop": [one.told("Custody")],
        "file": one.path,
        "folder": "/drafts",
        "holder": "",
        "holding": one.told("Label"),
        "host": one.host,
        "hosts": [one.host],
        "lists": [one.list_page],
        "number": number_of(1),
        "of": case,
        "pages": [one.page],
        "path": one.item.file.path,
        "paths": [one.path, one.item.file.path],
        "person": one.member.person,
        "revision": "",
        "sight": "",
        "state": '"x"',
        "subject": one.alert.subject,
        "text": '"x"',
        "urls": [one.page, one.media, one.list_page],
        "watch": one.watch,
        "words": [one.told("Custody")],
    }
    if name in by_name:
        return by_name[name]
    return [one.id] if kind.startswith(("Iterable", "Collection")) else one.id


class Undone(Exception):
    """So that each finds what the one before found."""


def came_of(store: SqlStore, function: Callable[..., Any], one: OneOfEach, case: CaseId) -> str:
    """What it gave, or said; without what tells the ids of one from those of another."""
    listed, keyed = [], {}
    for parameter in inspect.signature(function).parameters.values():
        value = argument(parameter, one, case)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            keyed[parameter.name] = value
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            listed.append(value)
        else:
            listed.append(value)
    found = ""
    with suppress(Undone), store.transaction():
        try:
            found = repr(function(*listed, **keyed))
        except StoreError as error:
            found = f"{type(error).__name__}: {error}"
        raise Undone
    return re.sub(rf"(?i){one.digest}|{one.mark}({one.mark})+|{one.case}", "_", found)


@pytest.fixture
def filled() -> Iterator[SqlStore]:
    store = a_postgres_store()
    for one in (MINE, THEIRS):
        with acting_for(one.case):
            kept(store, one)
    yield store


def rows_of(store: SqlStore, case: str) -> dict[str, list[tuple[Any, ...]]]:
    """As they lie there: whatever anybody does, a row of it is another one afterwards."""
    found = {}
    with the_server().connect(database_of(store)) as connection:
        for table in metadata.sorted_tables:
            column = "case" if "case" in table.c else "id" if table.name == "cases" else None
            if column is not None:
                asked = f'SELECT * FROM "{table.name}" WHERE "{column}" = %s ORDER BY 1, 2'
                found[table.name] = connection.execute(asked.encode(), (case,)).fetchall()
    return found


def database_of(store: SqlStore) -> str:
    with acting_for_all():
        return str(store._db.run(text("SELECT current_database()")).scalar_one())


def leaks(store: SqlStore, for_whom: CaseId, *, is_code_alone: bool = False) -> dict[str, tuple[str, str]]:
    """By method: what came of the other's ids, where that is not what comes of nobody's."""
    found = {}
    for name, function in methods(store):
        if is_code_alone and (name in FOR_ALL or is_round(function)):
            continue
        with acting_for(HERS):
            of_theirs = came_of(store, function, THEIRS, OTHER if for_whom == OTHER else HERS)
            of_nobody = came_of(store, function, NOBODY, CaseId("noone") if for_whom == OTHER else HERS)
        shows = THEIRS.mark * 2 in of_theirs
        if shows or (of_theirs != of_nobody and name not in MADE_ANEW):
            found[name] = of_theirs, of_nobody
    return found


def test_every_kind_of_row_is_there(filled: SqlStore) -> None:
    """Else the others would hold for nothing."""
    assert [name for name, rows in rows_of(filled, OTHER).items() if not rows and name not in NOT_FILLED] == []


NOT_FILLED = {"audit_heads"}


@pytest.mark.parametrize("whose", [HERS, OTHER], ids=["for her own case", "for the other's"])
def test_another_case_s_ids_are_nobody_s(filled: SqlStore, whose: CaseId) -> None:
    before = rows_of(filled, OTHER)
    assert leaks(filled, whose) == {}
    assert rows_of(filled, OTHER) == before


def test_row_security_holds_alone(filled: SqlStore) -> None:
    """Each question without its `WHERE case = ...`, as if it had been forgotten."""
    before = rows_of(filled, OTHER)
    with forgetful():
        assert leaks(filled, HERS) == {}
    assert rows_of(filled, OTHER) == before


def test_the_code_holds_alone(filled: SqlStore) -> None:
    """Row security off: whoever prepared the database forgot it."""
    before = rows_of(filled, OTHER)
    with without_row_security(filled):
        assert leaks(filled, HERS, is_code_alone=True) == {}
    assert rows_of(filled, OTHER) == before


def test_nobody_sees_anything(filled: SqlStore) -> None:
    """Who has said for whom it is: nobody."""
    before = rows_of(filled, OTHER)
    came = {name: came_of(filled, function, THEIRS, OTHER) for name, function in methods(filled)}
    shown = {name: found for name, found in came.items() if THEIRS.mark * 2 in found}
    assert shown == {} and rows_of(filled, OTHER) == before


_OF_CASE = re.compile(r'(?:"?\w+"?\.)?"case" = %\(\w+\)s(?:::\w+)?')


@contextmanager
def forgetful() -> Iterator[None]:
    def without(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> tuple[str, Any]:
        taken_out.append(_OF_CASE.search(statement) is not None)
        return _OF_CASE.sub("TRUE", statement), parameters

    taken_out: list[bool] = []
    event.listen(engine(), "before_cursor_execute", without, retval=True)
    try:
        yield
    finally:
        event.remove(engine(), "before_cursor_execute", without)
    assert sum(taken_out) > 100


@contextmanager
def without_row_security(store: SqlStore) -> Iterator[None]:
    names = [table.name for table in metadata.sorted_tables if condition(table)]
    with the_server().connect(database_of(store)) as connection:
        for name in names:
            connection.execute(f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY'.encode())
        try:
            yield
        finally:
            for name in names:
                connection.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY'.encode())

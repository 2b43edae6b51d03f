"""What the database's files would show: how values are sealed, by whose key, and what may be asked of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.dialects import postgresql

from monitor.errors import Locked, StoreError
from monitor.model.settings import Secret
from monitor.model.staff import INSTALLATION
from monitor.store.custody_tables import custody
from monitor.store.fact_tables import due_visits
from monitor.store.key_ring import KeyRing, seal_values
from monitor.store.sealed_types import (
    CaseTold,
    LookedUpText,
    UnsealedValue,
    opens_with,
)
from monitor.store.sealing_cipher import key_id_of, key_unwrapped, key_wrapped, new_case_key
from monitor.store.tables import candidates, cases, hosts, sightings

STORE_KEY = Secret("0f" * 32)
COLUMN = "sightings.page_url"


@dataclass(frozen=True)
class Row:
    id: bytes
    case: str
    number: int
    wrapped: bytes


class Rows:
    """As the database keeps them."""

    def __init__(self) -> None:
        self.kept: list[Row] = []
        self.asked = 0

    def of_case(self, case: str) -> list[Row]:
        self.asked += 1
        return [row for row in self.kept if row.case == case]

    def of_id(self, key_id: bytes) -> list[Row]:
        self.asked += 1
        return [row for row in self.kept if row.id == key_id]

    def all(self) -> list[Row]:
        self.asked += 1
        return self.kept

    def add(self, key_id: bytes, case: str, number: int, content: bytes) -> None:
        if not any((row.case, row.number) == (case, number) for row in self.kept):
            self.kept.append(Row(key_id, case, number, content))


def a_ring(rows: Rows | None = None) -> KeyRing:
    return KeyRing(STORE_KEY, rows or Rows())


def bound(column: ColumnElement[Any], value: object) -> Any:
    processor = column.type.dialect_impl(DIALECT).bind_processor(DIALECT)
    return processor(value) if processor else value


def read(column: ColumnElement[Any], value: object) -> Any:
    processor = column.type.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return processor(value) if processor else value


DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@given(st.binary(max_size=300), st.booleans())
def test_what_is_sealed_opens_in_its_column_alone(content: bytes, is_looked_up: bool) -> None:
    key = new_case_key("anna", 1)
    sealed = (key.looked_up if is_looked_up else key.sealed)(content, COLUMN)
    assert key.opened(sealed, COLUMN) == content and key_id_of(sealed) == key.id
    with pytest.raises(StoreError):
        key.opened(sealed, "sightings.title")


@given(st.binary(min_size=1, max_size=60), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_value_that_was_changed_opens_to_nothing(content: bytes, place: int, by: int) -> None:
    key = new_case_key("anna", 1)
    for sealed in (key.sealed(content, COLUMN), key.looked_up(content, COLUMN)):
        at = place % len(sealed)
        spoilt = sealed[:at] + bytes([sealed[at] ^ by]) + sealed[at + 1 :]
        if 1 <= at <= 8:  # whose key it is: the ring says that it knows none such
            continue
        with pytest.raises(StoreError, match="does not open"):
            key.opened(spoilt, COLUMN)


@given(st.binary(max_size=80))
def test_what_somebody_put_there_is_an_error_that_says_so(put: bytes) -> None:
    ring = a_ring()
    opens_with(ring)
    if put:
        with pytest.raises(StoreError, match="not in the database"):
            read(sightings.c.page_url, put)


def test_only_what_is_looked_up_is_alike_and_not_for_two_cases() -> None:
    one, other = new_case_key("a", 1), new_case_key("b", 1)
    assert one.looked_up(b"x", COLUMN) == one.looked_up(b"x", COLUMN)
    assert len({one.sealed(b"x", COLUMN) for _ in range(3)}) == 3
    assert one.looked_up(b"x", COLUMN) != other.looked_up(b"x", COLUMN)
    assert one.looked_up(b"x", COLUMN) != one.looked_up(b"x", "sightings.image_url")


def test_a_key_is_wrapped_for_its_case_and_by_one_store_key() -> None:
    key, store_key = new_case_key("anna", 1), secrets.token_bytes(32)
    content = key_wrapped(key, store_key)
    told = {"key_id": key.id, "case": "anna", "number": 1}
    assert key_unwrapped(content, store_key, **told).secret == key.secret  # type: ignore[arg-type]
    for wrong in ({"case": "berta"}, {"key_id": bytes(8)}):
        with pytest.raises(Locked):
            key_unwrapped(content, store_key, **(told | wrong))  # type: ignore[arg-type]
    with pytest.raises(Locked, match="store's key is not the one"):
        key_unwrapped(content, secrets.token_bytes(32), **told)  # type: ignore[arg-type]
    assert key.secret.hex() not in repr(key) and repr(key.secret) not in repr(key)


def test_each_case_has_one_key_whoever_was_first() -> None:
    rows = Rows()
    one, other = a_ring(rows), a_ring(rows)
    assert one.key_of("anna").secret == other.key_of("anna").secret != one.key_of("berta").secret
    asked = rows.asked
    assert one.key_of("anna") and rows.asked == asked, "from memory"


def test_the_newest_key_seals_and_the_older_one_opens() -> None:
    rows = Rows()
    ring = a_ring(rows)
    before = ring.sealed(UnsealedValue(b"x", COLUMN, of_all=False, is_looked_up=False), "anna")
    newer = new_case_key("anna", 2)
    rows.add(newer.id, "anna", 2, key_wrapped(newer, bytes.fromhex(STORE_KEY.value)))
    ring.forget()
    assert ring.key_of("anna").number == 2 and ring.opened(before, COLUMN) == b"x"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param(sightings.c.page_url, "https://a.example/ä\x00", id="looked up"),
        pytest.param(sightings.c.title, "a\ud800b", id="half a pair"),
        pytest.param(candidates.c.digest, bytes(32), id="bytes"),
        pytest.param(hosts.c.host, "a.example", id="of no case"),
    ],
)
def test_a_value_goes_there_and_back(column: ColumnElement[Any], value: Any) -> None:
    ring = a_ring()
    opens_with(ring)
    (row,) = seal_values(ring, [{"case": bound(cases.c.id, "anna"), "it": bound(column, value)}], ())
    assert isinstance(row["it"], bytes) and b"example" not in row["it"]
    wanted = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
    assert read(column, row["it"]) == wanted
    assert bound(column, value[:0]) == b"" and read(column, b"") == value[:0], "what is empty stays so"
    assert bound(column, None) is None and read(column, None) is None


def test_whose_key_it_is_says_the_row_and_else_the_scope() -> None:
    ring = a_ring()
    value = bound(due_visits.c.watch, "forum")
    told = {"case_1": bound(due_visits.c.case, "anna"), "watch_1": value}
    assert seal_values(ring, told, ("berta",))["watch_1"] == seal_values(ring, {"w": value}, ("anna",))["w"]
    both = seal_values(ring, [told, told | {"case_1": CaseTold("berta")}], ())
    assert key_id_of(both[0]["watch_1"]) == ring.key_of("anna").id
    assert key_id_of(both[1]["watch_1"]) == ring.key_of("berta").id
    of_none = seal_values(ring, {"h": bound(hosts.c.host, "a.example")}, ())
    assert key_id_of(of_none["h"]) == ring.key_of(INSTALLATION).id
    plain = {"x": 1}
    assert seal_values(ring, plain, ()) is plain


@pytest.mark.parametrize("scope", [(), ("anna", "berta")], ids=["nobody", "two"])
def test_a_value_of_no_one_case_is_never_sealed(scope: tuple[str, ...]) -> None:
    with pytest.raises(RuntimeError, match="of no one case"):
        seal_values(a_ring(), {"w": bound(due_visits.c.watch, "forum")}, scope)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda: sightings.c.title == "x", id="a sealed one for what it is"),
        pytest.param(lambda: sightings.c.title.in_(["x"]), id="or for several"),
        pytest.param(lambda: sightings.c.page_url.startswith("https"), id="for its beginning"),
        pytest.param(lambda: sightings.c.host.icontains("a"), id="for a part"),
        pytest.param(lambda: sightings.c.account > "b", id="for more"),
        pytest.param(lambda: sightings.c.page_url.desc(), id="for its order"),
        pytest.param(lambda: custody.c.details.contains("x"), id="for a word"),
    ],
)
def test_what_cannot_be_asked_of_sealed_columns_is_refused_as_it_is_made(asked: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="is sealed"):
        asked()


def test_what_can_be_asked() -> None:
    assert sightings.c.page_url.in_(["x"]) is not None and (sightings.c.page_url != "x") is not None
    assert (sightings.c.result_url > "") is not None and sightings.c.label.is_(None) is not None


def test_a_bind_takes_the_column_s_type() -> None:
    """Else it would be sent as it is."""
    looked_up = sightings.c.page_url.in_(bindparam("these", expanding=True))
    compiled = select(sightings.c.id).where(looked_up, sightings.c.watch == bindparam("w")).compile(dialect=DIALECT)
    assert {name: type(one.type) for name, one in compiled.binds.items()} == {"these": LookedUpText, "w": LookedUpText}

"""What a column is for whoever has the database's files, beside plain: *sealed* (nothing can be asked of it), or
*looked up* (what is equal is equal: an index tells it, and nothing else).

In the encrypted file of one person both are what they always were. On PostgreSQL they are bytes under the case's own
key (`store.key_ring`), or under the installation's where nothing of a case is meant (`of_all`). Only what is empty
stays so, so that `column > ""` can still be asked; every other question is refused here, where the statement is made,
and not by an answer that is silently wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

from sqlalchemy import Dialect, LargeBinary, String, Table, Text
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from monitor.errors import Locked, StoreError

PLAIN_DIALECT = "sqlite"  # whose file is encrypted as a whole


class OfCase(TypeDecorator[str]):
    """The case of a row. On PostgreSQL a statement tells by it under whose key its values are sealed."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or dialect.name == PLAIN_DIALECT else CaseTold(value)


class CaseTold(str):
    """A case, among a statement's values."""

    __slots__ = ()


class UnsealedValue:
    """A value on its way into a statement, whose case may be told by another of its values."""

    __slots__ = ("column", "is_looked_up", "of_all", "value")

    def __init__(self, value: bytes, column: str, *, of_all: bool, is_looked_up: bool) -> None:
        self.value, self.column, self.of_all, self.is_looked_up = value, column, of_all, is_looked_up

    def __repr__(self) -> str:
        return f"UnsealedValue(*, {self.column!r})"


class ValueOpener(Protocol):
    """Of one store."""

    def knows(self, sealed: bytes) -> bool:
        """By which key it was sealed, without asking."""

    def opened(self, sealed: bytes, column: str) -> bytes | None:
        """None: by none of this store's keys. Raises StoreError for what was not sealed for that column."""


_openers: WeakSet[ValueOpener] = WeakSet()
"""A value says by which key it was sealed, so it is known of which of the stores open here it is."""


def opens_with(opener: ValueOpener) -> None:
    """What is read from here on, as long as somebody holds it."""
    _openers.add(opener)


def opens_no_more(opener: ValueOpener) -> None:
    """Its store is closed: its keys cannot be asked for any more."""
    _openers.discard(opener)


def opened_value(sealed: bytes, column: str) -> bytes:
    openers, locked = list(_openers), None
    knowing = [opener for opener in openers if opener.knows(sealed)]  # then nobody else's database is asked
    for opener in knowing or openers:
        try:
            content = opener.opened(sealed, column)
        except Locked as error:  # by another store's key: that store may be open here too
            locked = error
            continue
        if content is not None:
            return content
    if locked is not None:
        raise locked
    raise StoreError(
        f"a value of {column} was sealed by a key that is not in the database: its case was removed, or it is of "
        "another database",
        remedy="Restore the database as a whole, from your backup of it.",
    )


_SEALED_ALLOWS = frozenset({operators.is_, operators.is_not})
_LOOKED_UP_ALLOWS = _SEALED_ALLOWS | {
    operators.eq,
    operators.ne,
    operators.in_op,
    operators.not_in_op,
    operators.distinct_op,
}
_OF_EMPTY = frozenset({operators.eq, operators.ne, operators.gt})
# By the bytes as they lie there: any order, but one, for walking through a table.
_OF_ORDER = frozenset({operators.gt, operators.le, operators.desc_op, operators.asc_op})


class _Comparator(TypeDecorator.Comparator[Any]):
    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        kind: Any = self.type
        is_of_empty = op in _OF_EMPTY and len(other) == 1 and isinstance(other[0], str | bytes) and not other[0]
        if not (op in kind.allows or is_of_empty):
            raise TypeError(f"the column {kind.column} is sealed: it cannot be asked for `{op.__name__}` in SQL")
        return super().operate(op, *other, **kwargs)


class KeptType(TypeDecorator[Any]):
    """column: `table.column`, filled in when the table is made: a value that is moved into another column opens to
    nothing. Columns that are compared with each other share one, given here."""

    impl = LargeBinary
    cache_ok = True
    comparator_factory: Any = _Comparator
    allows: frozenset[Callable[..., Any]] = _SEALED_ALLOWS
    is_looked_up = False

    def __init__(self, column: str = "", *, of_all: bool = False) -> None:
        super().__init__()
        self.column, self.of_all = column, of_all

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self._plain() if dialect.name == PLAIN_DIALECT else LargeBinary())

    def _plain(self) -> TypeEngine[Any]:
        return LargeBinary()

    def _told(self, value: Any) -> Any:
        return value

    def _as_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def _from_bytes(self, value: bytes) -> Any:
        return value

    def bind_processor(self, dialect: Dialect) -> Any:
        if dialect.name == PLAIN_DIALECT:
            return super().bind_processor(dialect)
        return lambda value: self.process_bind_param(value, dialect)  # and nothing of the driver's around it

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.name == PLAIN_DIALECT:  # a store reads hundreds of thousands of them: none takes a step more there
            return self._plain().dialect_impl(dialect).result_processor(dialect, coltype)
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == PLAIN_DIALECT:
            return self._told(value)
        content = self._as_bytes(value)
        if not content:
            return content
        return UnsealedValue(content, self.column, of_all=self.of_all, is_looked_up=self.is_looked_up)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        sealed = bytes(value)
        return self._from_bytes(opened_value(sealed, self.column) if sealed else sealed)


class SealedBytes(KeptType):
    """Read and written, and never asked for."""

    cache_ok = True


class SealedText(KeptType):
    """Likewise. Half a surrogate pair (JSON can carry one) is replaced: it is not UTF-8, and a find must not be lost
    for it."""

    cache_ok = True

    def _plain(self) -> TypeEngine[Any]:
        return Text()

    def _told(self, value: str) -> str:
        return value if value.isascii() else self._as_bytes(value).decode("utf-8")

    def _as_bytes(self, value: str) -> bytes:
        return value.encode("utf-8", "replace")

    def _from_bytes(self, value: bytes) -> str:
        return value.decode("utf-8")


class LookedUpBytes(SealedBytes):
    """Asked for by what it is equal to."""

    cache_ok = True
    allows = _LOOKED_UP_ALLOWS | _OF_ORDER
    is_looked_up = True


class LookedUpText(SealedText):
    """Asked for by what it is equal to."""

    cache_ok = True
    allows = _LOOKED_UP_ALLOWS
    is_looked_up = True


def name_columns(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, KeptType) and not column.type.column:
            column.type.column = f"{table.name}.{column.name}"

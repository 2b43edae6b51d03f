"""What columns are made of: the types of `sealed_types`, times, text from outside; and what tables have in common.

Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    Text,
    event,
)
from sqlalchemy.types import TypeDecorator

from monitor.store.sealed_types import OfCase, name_columns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as an integer: compares and sorts alike on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value} has no time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class OutsideText(TypeDecorator[str]):
    """Text that may come from a site. Half a surrogate pair (JSON can carry one) is replaced: it is not UTF-8, and a
    find must not be lost for it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and "\0" in value and dialect.name == "postgresql":
            value = value.replace("\0", "\ufffd")  # what its texts cannot hold
        if value is None or value.isascii():
            return value
        return value.encode("utf-8", "replace").decode("utf-8")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@event.listens_for(Table, "after_parent_attach")
def _name_columns(table: Table, parent: MetaData) -> None:
    name_columns(table)


def looked_up_index(column: str, *beside: str, of: str) -> tuple[Index, ...]:
    """By what is equal. What was sealed is longer than a tree of PostgreSQL's takes, and no two cases have a value in
    common: there it is a hash of that column alone. beside: the columns that stand before it in SQLite's."""
    tree = Index(None, *beside, column).ddl_if(dialect="sqlite")
    return tree, Index(f"hx_{of}_{column}", column, postgresql_using="hash").ddl_if(dialect="postgresql")


def case_column(*, primary_key: bool = False) -> Column[str]:
    return Column("case", OfCase, ForeignKey("cases.id"), nullable=False, primary_key=primary_key)


def of_same_case(column: str, table: str) -> ForeignKeyConstraint:
    """What belongs to a find (a report ...) is of its case: an id alone leads into none."""
    return ForeignKeyConstraint(["case", column], [f"{table}.case", f"{table}.id"])

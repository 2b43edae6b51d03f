"""What every database of ours does: statements, transactions, and what is asked of it. `sqlite` and `postgres` do."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import islice
from typing import Any, ClassVar, TypeVar

from sqlalchemy import ColumnElement, Table
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.base import Executable

from monitor.clock import Clock
from monitor.errors import NoWriting
from monitor.store.dialect import insert
from monitor.store.reserve import ReserveFile

STANDS_STILL_AFTER_S = 120.0  # one statement, or the wait for a writer elsewhere: said by whoever watches the daemon

Values = Mapping[str, Any]
_Value = TypeVar("_Value")


class Database(ABC):
    """Of one store. reading: what keeps it from being written; then nothing is, and whoever tries is told so."""

    is_shared: ClassVar[bool] = False
    """By other machines, all of which go by its clock."""

    reserve: ReserveFile
    reading: NoWriting | None

    @abstractmethod
    def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> CursorResult[Any]:
        """One statement. A write outside of `transaction` is durable when this returns. Raises StoreError."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """What is read in it is still true when it is written. Never held over an `await`: another task that comes
        upon it gets a RuntimeError instead of joining by accident."""

    def now(self) -> ColumnElement[int] | None:
        """The time as the database has it, in a statement; None where nobody's clock but this machine's counts."""
        return None

    @abstractmethod
    def writings(self) -> object:
        """Another value after anything was written, here or by another process. Cheap to ask."""

    @abstractmethod
    def ring(self, bell: str) -> None:
        """In a transaction: once it is saved, whoever listens hears it, on any machine."""

    @abstractmethod
    async def listen(self, bell: str, heard: Callable[[], None]) -> None:
        """Until it is cancelled. Where one process alone has the store, this returns at once."""

    @abstractmethod
    def wait_at_most(self, seconds: float) -> None:
        """For another process that writes: then StoreBusy is raised. For whoever has others to answer meanwhile."""

    def keep_time(self, own: Clock) -> Clock:
        """By which whoever works with it is to go: of one machine's own database, that machine's."""
        return own

    @abstractmethod
    def close(self) -> None:
        """May be called twice."""


@cache
def upsert(table: Table, *, keep: tuple[str, ...] = (), **computed: Any) -> Any:
    """Insert, or overwrite the row with the same primary key. keep: columns that an existing row does not lose.
    computed: by an expression."""
    keys = [column.name for column in table.primary_key]
    statement = insert(table).values(**computed) if computed else insert(table)
    overwritten = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in keys and column.name not in keep
    }
    # An id is no way into another case: the row of one that has it stays as it is.
    own = table.c.case == statement.excluded["case"] if "case" in table.c and "case" not in keys else None
    saving = statement.on_conflict_do_update(index_elements=keys, set_=overwritten, where=own)
    return saving.execution_options(preserve_rowcount=True)


def in_lots(values: Iterable[_Value], size: int = 500) -> Iterator[list[_Value]]:
    """So many as one look-up asks for at once: a statement takes no number of values."""
    every = iter(values)
    while lot := list(islice(every, size)):
        yield lot


def this_task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None

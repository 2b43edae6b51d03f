"""For whom it is done: for one case, for several, or for the installation as a whole.

Whoever begins something says so (`with acting_for(case): ...`), and whatever it calls has it from here. With PostgreSQL
as the store, row security shows a transaction the rows of those cases and no others; where nothing was said, of no case
at all. With SQLite nothing asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acting:
    """cases: sorted. every: for all of them, those too that come yet; then `cases` is empty."""

    cases: tuple[str, ...] = ()
    every: bool = False

    def holds(self, other: Acting) -> bool:
        """Whether `other` reaches no further."""
        return self.every or (not other.every and set(other.cases) <= set(self.cases))


FOR_NOBODY = Acting()
FOR_EVERYBODY = Acting(every=True)

_acting: ContextVar[Acting] = ContextVar("_acting", default=FOR_NOBODY)
_fence: ContextVar[str] = ContextVar("_fence", default="")


def acting() -> Acting:
    return _acting.get()


def fence() -> str:
    """'' = none."""
    return _fence.get()


def act_for(case: str, *more: str) -> None:
    """From here on, to the end of this context: of a command, once it is known whose it is."""
    _acting.set(Acting(tuple(sorted({_name(each) for each in (case, *more)}))))


def act_for_all() -> None:
    """Likewise: of a command of the installation, and of one that asks which case it is for."""
    _acting.set(FOR_EVERYBODY)


@contextmanager
def acting_for(case: str, *more: str) -> Iterator[None]:
    """Within a transaction it may reach less far than what the transaction began with, never further."""
    token = _acting.set(Acting(tuple(sorted({_name(each) for each in (case, *more)}))))
    try:
        yield
    finally:
        _acting.reset(token)


def _name(case: str) -> str:
    if not case or "\n" in case:
        raise ValueError("no case has such a name")
    return case


@contextmanager
def acting_for_all() -> Iterator[None]:
    """The installation's own rounds: what is due, what is sent, what is forgotten."""
    token = _acting.set(FOR_EVERYBODY)
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def fenced(holder: str) -> Iterator[None]:
    """Transactions save only as long as `holder` still holds what it claimed (`store.visits`): else LeaseLost."""
    token = _fence.set(holder)
    try:
        yield
    finally:
        _fence.reset(token)

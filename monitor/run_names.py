"""Under which name what is done now stands in the journal, from the schedule to the message that came of it. It says
nothing: who reads the journal sees which lines belong together, and not of what.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_run: ContextVar[str] = ContextVar("_run", default="")


def current_run() -> str:
    """'' = none."""
    return _run.get()


@contextmanager
def in_run(name: str) -> Iterator[None]:
    """What is begun in it is of it. Whoever has a name keeps it: a look that several watches share is one run."""
    token = _run.set(_run.get() or name)
    try:
        yield
    finally:
        _run.reset(token)

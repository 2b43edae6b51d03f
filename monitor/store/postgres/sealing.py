"""Where values are sealed: on their way to the driver, when all that a statement carries is known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from monitor.acting import acting
from monitor.store.key_ring import seal_values

KEYS = "key_ring"
"""The option with which a statement is executed."""


def seals(engine: Engine) -> None:
    """For each statement on it, by the keys that it names."""
    event.listen(engine, "before_cursor_execute", _sealed, retval=True)


def _sealed(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    ring = context.execution_options.get(KEYS) if context is not None else None
    if ring is None:
        return statement, parameters
    return statement, seal_values(ring, parameters, acting().cases)

"""The one way out of a process that keeps none: to the database, where that is on another machine. Whoever is about to
shut a process in asks here what has to stay open; whoever reads the database's address says it, before that."""

from __future__ import annotations

_kept: set[int] = set()


def keep_way(port: int) -> None:
    """By TCP. Of this process, and of what it starts."""
    _kept.add(port)


def kept_ways() -> tuple[int, ...]:
    """Ports; () where everything that is kept lies on this machine."""
    return tuple(sorted(_kept))

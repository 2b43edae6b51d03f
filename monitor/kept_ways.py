"""What of the outside stays open to a process that shuts itself in: the way to its database. By TCP where that is on
another machine, else a socket on this one; and the files that say whom to believe. Whoever reads the database's address
notes it here, before; who shuts the process in asks.
"""

from __future__ import annotations

from pathlib import Path

_ports: set[int] = set()
_places: set[Path] = set()


def keep_way(port: int) -> None:
    """By TCP. Of this process, and of what it starts."""
    _ports.add(port)


def keep_place(place: Path) -> None:
    """A file to be read, or a folder with a socket in it."""
    _places.add(place)


def kept_ways() -> tuple[int, ...]:
    """Ports; () where everything that is kept lies on this machine."""
    return tuple(sorted(_ports))


def kept_places() -> tuple[Path, ...]:
    return tuple(sorted(_places))

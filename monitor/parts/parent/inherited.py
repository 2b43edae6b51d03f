"""What a core has from the parent that it was forked from; nothing where nobody watches over it."""

from __future__ import annotations

import os
import socket
from typing import NamedTuple

from monitor.tracking.falls import Falls

WORKED_AFTER_S = 600.0  # a core that lived so long after its start has worked


class FromParent(NamedTuple):
    """control: where parts are asked for. parent: its pid, the one that a person stops. killed_by: the signal that
    ended the core before this one, 0 where this is the first. falls: of cores, as the parent counts them."""

    control: socket.socket
    parent: int
    killed_by: int
    falls: Falls


_given: list[FromParent] = []


def inherit(given: FromParent) -> None:
    _given[:] = [given]


def from_parent() -> FromParent | None:
    return _given[0] if _given else None


def pid_to_stop() -> int:
    """Of the process that a person stops to stop this one."""
    return _given[0].parent if _given else os.getpid()

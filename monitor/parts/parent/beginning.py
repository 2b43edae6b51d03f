"""How a part begins, whoever starts it: its standard input is its one connection, to whoever asked for it."""

from __future__ import annotations

import os
import signal
import socket
import sys
from importlib import import_module

from monitor.lifeline import stay_with
from monitor.private import keep_private

MAINS = {
    "fetcher": "monitor.outbound.fetcher_part",
    "browser": "monitor.outbound.browser.part",
    "review": "monitor.cli.review_part",
}
"""Above this floor, and never imported from here by name: each has a `main` that takes the connection."""


def main(part: str, parent: str) -> None:
    """In a fresh interpreter, as `spawning` starts it; it ends with its parent."""
    stay_with(int(parent))
    sys.exit(begin_part(part))


def begin_part(part: str) -> int:
    """The exit code. For `reupload-monitor part NAME` too, which units start."""
    if part not in MAINS:
        return _refused("there is no part of that name")
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = taken_from_stdin()
    if connection is None:
        return _refused("a part of the program is started by the program itself, or by its units, with a connection")
    import_module(MAINS[part]).main(connection)
    return 0


def taken_from_stdin() -> socket.socket | None:
    """None where it is no connection of this machine's own. Nothing that is started later inherits it."""
    try:
        connection = socket.socket(fileno=os.dup(0))
    except OSError:
        return None
    if connection.family != socket.AF_UNIX or connection.type != socket.SOCK_STREAM:
        connection.close()
        return None
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return connection


def _refused(why: str) -> int:
    os.write(2, f"error: {why}\n".encode())
    return 2

"""A core whose database is on another machine, for tests: gives up what it gives up, and tries what is left.

python with_database.py core|command DATA PORT OTHER -> one line of JSON: as `confined` says it
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from monitor.kept_ways import keep_way
from monitor.model.settings import Settings
from monitor.parts.confine import attempts
from monitor.parts.confine.commands import keep_off_connections, keep_off_networks
from monitor.parts.confine.core import confine_core

MPTCP = 262


def main(part: str, data: str, port: str, other: str) -> None:
    keep_way(int(port))
    if part == "core":
        layers = confine_core(Settings(path=None, data_dir=Path(data), watchlist_dir=Path(data)))
    else:
        layers = (*keep_off_networks(), keep_off_connections())
    tried: dict[str, str] = {}

    def attempt(name: str, function: Callable[[], object]) -> None:
        try:
            function()
            tried[name] = ""
        except OSError as error:
            tried[name] = type(error).__name__

    attempt("the database", lambda: socket.create_connection(("127.0.0.1", int(port))).close())
    attempt("another port", lambda: socket.create_connection(("127.0.0.1", int(other))).close())
    attempt("datagrams", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())
    attempt("datagrams by IPv6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close())
    attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())
    attempt("MPTCP", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close())
    attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close())
    attempt("to listen", lambda: socket.socket(socket.AF_INET).bind(("127.0.0.1", 0)))
    print(json.dumps({"layers": layers, "proofs": attempts.core_attempts(), "tried": tried}))


if __name__ == "__main__":
    main(*sys.argv[1:])

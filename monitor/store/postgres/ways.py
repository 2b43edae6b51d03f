"""The ways to the server that a process keeps when it shuts itself in (`kept_ways`). Names are looked up before that,
and once: afterwards nothing looks up a name any more. So a server that gets another address takes a restart."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from monitor.kept_ways import keep_place, keep_way

USUAL_PORT = 5432
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")


def with_kept_ways(given: dict[str, str]) -> dict[str, str]:
    """given: as libpq takes them. The same, with the addresses that the names lead to."""
    for name in _FILES:
        if given.get(name, "").startswith("/"):
            keep_place(Path(given[name]))
    ways = tuple(_ways(given))
    if not ways:
        return given
    hosts, addresses, ports = (",".join(column) for column in zip(*ways, strict=True))
    return given | {"host": hosts, "hostaddr": addresses, "port": ports}


def _ways(given: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, address, port of each; an address of '' where there is none to tell."""
    hosts, addresses = given.get("host", "").split(","), given.get("hostaddr", "").split(",")
    many = max(len(hosts), len(addresses))
    ports = given.get("port", "").split(",")
    for number in range(many):
        host, address = (column[number] if number < len(column) else "" for column in (hosts, addresses))
        port = ports[number if len(ports) > 1 else 0] or str(USUAL_PORT)
        if host.startswith("/"):
            keep_place(Path(host))
            yield host, "", port
        elif host or address:
            if not host.startswith("@"):
                keep_way(int(port))
            found = (address,) if address or host.startswith("@") else _looked_up(host) or ("",)
            for one in found:
                yield host, one, port


@cache
def _looked_up(host: str) -> tuple[str, ...]:
    """() where nobody knows it: then libpq says so."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(address[4][0]) for address in found))

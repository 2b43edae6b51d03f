"""Whether this machine has a network at all. Asks nobody: what the kernel knows of its own routes and addresses."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from collections.abc import Iterable
from pathlib import Path

# Where a datagram would go: addresses that stand for the whole internet, and that nobody has (RFC 5737, RFC 3849).
# To connect a datagram socket asks the routes and sends nothing.
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_NO_WAY = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL})
_STATE = (Path("/proc/net/fib_trie"), Path("/proc/net/if_inet6"))
_RESOLVER = Path("/etc/resolv.conf")
MAX_STATE_BYTES = 1_000_000


def is_missing(chain: Iterable[BaseException]) -> bool:
    """Whether this failure is one of a machine without network: the way was missing or no name could be looked up, and
    there is no route to the internet. With one, it is the place's own (IPv6 only, say)."""
    return any(_no_way(link) for link in chain) and not has_route()


def _no_way(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN  # nobody could be asked; an unknown name is EAI_NONAME
    return isinstance(error, OSError) and error.errno in _NO_WAY


def has_route() -> bool:
    for family, address in _ANYWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((address, 9))
                return True
        except OSError:
            continue
    return False


def state() -> str:
    """Changes when an address, a route or the resolver does; '' where that cannot be read."""
    found = hashlib.sha256()
    try:
        for path in _STATE:
            if path.exists():
                with path.open("rb") as file:
                    found.update(file.read(MAX_STATE_BYTES))
        if _RESOLVER.exists():
            kept = os.stat(_RESOLVER)
            found.update(f"{kept.st_mtime_ns} {kept.st_size}".encode())
    except OSError:
        return ""
    return found.hexdigest()

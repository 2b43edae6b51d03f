"""An address of this machine's own that no other machine reaches, for one program alone."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable

USUAL_LOOPBACK = "127.0.0.1"
_TRIES = 3


def draw_address(is_ours: Callable[[str], bool] | None = None) -> str:
    """One of 127.0.0.0/8 by chance: cookies know no ports, so that a page on 127.0.0.1 shares its own with every other
    program's there. 127.0.0.1 where the system has no other (macOS, some sandboxes)."""
    takes = is_ours or can_listen
    for _ in range(_TRIES):
        address = f"127.{2 + secrets.randbelow(252)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
        if takes(address):
            return address
    return USUAL_LOOPBACK


def can_listen(address: str) -> bool:
    """On some port of it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.bind((address, 0))
    except OSError:
        return False
    return True


def is_loopback(address: str) -> bool:
    """Whether it is a number that never leaves this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

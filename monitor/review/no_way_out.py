"""This process connects to nothing but the machine's own (AF_UNIX: the keyring): refused by Python itself, whatever
asks. What it starts (readers, the keeper of the identity) is shut in on its own account."""

from __future__ import annotations

import socket
import sys
from typing import Any

_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_shut = False


class ConnectionRefusedHere(OSError):
    """A fault of this program: nothing here has a reason to ask the network."""


def shut_the_way_out() -> None:
    """For this process, for good. Listening goes on."""
    global _shut
    if not _shut:
        _shut = True
        sys.addaudithook(_judged)


def _judged(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMES:
        raise ConnectionRefusedHere(f"the page's process asks for no names ({event})")
    if event in _SENDS and arguments[0].family != socket.AF_UNIX and arguments[1] is not None:
        raise ConnectionRefusedHere(f"the page's process connects to nothing ({event})")

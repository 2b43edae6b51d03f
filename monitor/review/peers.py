"""Which account of this machine a connection on loopback comes from, by the kernel's own table.

A cookie goes to every port of its address, and every account of the machine may listen on one: what another's page
learns in that way is worth nothing where its process is not let in.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_NOBODY_LOGGED_IN = 2**32 - 1
_PEER = struct.Struct("3i")
"""pid, uid, gid: `struct ucred`."""
_NO_HOLDER = "0"
"""The inode of an end that its program has let go of: the kernel says root of each of those, whoever had it."""


def accounts_let_in(
    environ: Mapping[str, str] = os.environ, login: Path = Path("/proc/self/loginuid")
) -> frozenset[int]:
    """The page's own account, root, and who started it as another account: by `sudo`, or as the kernel remembers it."""
    let_in = {os.geteuid(), 0}
    for words in (environ.get("SUDO_UID", ""), _text(login)):
        if words.strip().isdecimal() and int(words) != _NOBODY_LOGGED_IN:
            let_in.add(int(words))
    return frozenset(let_in)


def account_behind(client: tuple[str, int], server: tuple[str, int], tables: Iterable[Path] = TABLES) -> int | None:
    """The uid of who connected; None where it is gone again. client, server: address and port of both ends."""
    ends = (_spelled(*client), _spelled(*server))
    for table in tables:
        for line in _text(table).splitlines()[1:]:
            columns = line.split()
            if len(columns) <= 9 or (_plain(columns[1]), _plain(columns[2])) != ends or columns[9] == _NO_HOLDER:
                continue
            if columns[7].isdecimal():
                return int(columns[7])
    return None


def account_at(line: socket.socket) -> int | None:
    """The uid of who connected to a Unix socket, as the kernel noted it then; None where no kernel says."""
    asked = getattr(socket, "SO_PEERCRED", None)
    if asked is None or line.family != socket.AF_UNIX:
        return None
    _, uid, _ = _PEER.unpack(line.getsockopt(socket.SOL_SOCKET, asked, _PEER.size))
    return int(uid)


def is_told_here() -> bool:
    """Elsewhere than on Linux there is no such table: there the link, the cookie and the gate are all there is."""
    return sys.platform == "linux"


def _spelled(address: str, port: int) -> str:
    """As the table has it: each word of four bytes in the machine's own order."""
    packed = ipaddress.ip_address(address).packed
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return _plain("".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words) + f":{port:04X}")


_MAPPED = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in (bytes(4), bytes(4), b"\0\0\xff\xff"))


def _plain(spelled: str) -> str:
    """An IPv4 address that a socket of IPv6 uses is the same address."""
    return spelled.removeprefix(_MAPPED) if len(spelled) > 13 else spelled


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

"""Parts that systemd starts: a socket for each in a folder of /run, and behind every connection a fresh process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import struct
from pathlib import Path

from monitor.errors import HowLost, PartLost
from monitor.parts.starting import PartEnded, ProgramPart

_CONNECTED_WITHIN_S = 30.0


class PartsInRun:
    """What is behind a connection ends with it: only systemd could end it sooner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def connect(self, part: ProgramPart) -> socket.socket:
        """Raises OSError; PartLost where the socket, or the folder that it lies in, is not ours."""
        path = self._folder / part.value
        if not stat.S_ISSOCK(_refused_another_s(self._folder, path).st_mode):
            raise OSError(0, "there is something else in the place of its socket")
        pipe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        pipe.setblocking(False)
        try:
            async with asyncio.timeout(_CONNECTED_WITHIN_S):
                await asyncio.get_running_loop().sock_connect(pipe, str(path))
        except TimeoutError:
            pipe.close()
            raise OSError(0, f"systemd did not start it within {_CONNECTED_WITHIN_S:g} s") from None
        except BaseException:
            pipe.close()
            raise
        _, peer, _ = struct.unpack("3i", pipe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if peer not in _trusted():  # put there since
            pipe.close()
            raise _another_s(path, f"is answered by {owner_of(peer)}")
        return pipe

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        with contextlib.suppress(OSError):
            pipe.shutdown(socket.SHUT_RDWR)
        pipe.close()
        return PartEnded()

    async def aclose(self) -> None: ...


def _trusted() -> tuple[int, int]:
    return 0, os.geteuid()


def _refused_another_s(*places: Path) -> os.stat_result:
    """Root's and our own are trusted; nobody else may have put one there, or could. What the last is. Raises OSError,
    PartLost."""
    for place in places:
        found = place.lstat()
        if found.st_uid not in _trusted():
            raise _another_s(place, f"belongs to {owner_of(found.st_uid)}")
        if stat.S_IMODE(found.st_mode) & 0o022:
            raise _another_s(place, "can be changed by others")
    return found


def _another_s(place: Path, how: str) -> PartLost:
    return PartLost(
        f"{place} {how}, so nothing is told to what answers there",
        how=HowLost.NOT_STARTED,
        remedy="Find out who made it, remove it, and restart the service: systemd makes it anew.",
    )


def owner_of(uid: int) -> str:
    import pwd

    try:
        return f"the account {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"account number {uid}"

"""Parts that systemd starts: a socket for each in a folder of /run, and behind every connection a fresh process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from pathlib import Path

from monitor.errors import HowLost, PartLost
from monitor.parts.starting import PartEnded, ProgramPart

FOLDER_NAME = "PARTS_DIRECTORY"  # of the environment, as the core's unit sets it

_CONNECTED_WITHIN_S = 30.0


class PartsInRun:
    """What is behind a connection ends with it: only systemd could end it sooner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def connect(self, part: ProgramPart) -> socket.socket:
        """Raises OSError; PartLost where the socket, or the folder that it lies in, is not ours."""
        path = self._folder / part.value
        for place in (self._folder, path):
            _refuse_another_s(place)
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
        return pipe

    async def end(self, pipe: socket.socket, within_s: float = 0.0) -> PartEnded:
        with contextlib.suppress(OSError):
            pipe.shutdown(socket.SHUT_RDWR)
        pipe.close()
        return PartEnded()

    async def aclose(self) -> None: ...


def _refuse_another_s(place: Path) -> None:
    """Root's and our own are trusted; nobody else may have put one there, or could. Raises OSError, PartLost."""
    found = place.lstat()
    is_ours = found.st_uid in (0, os.geteuid())
    is_open = bool(stat.S_IMODE(found.st_mode) & 0o022) and not stat.S_ISLNK(found.st_mode)
    if is_ours and not is_open:
        return
    whose = f"belongs to {owner_of(found.st_uid)}" if not is_ours else "can be changed by others"
    raise PartLost(
        f"{place} {whose}, so nothing is told to what answers there",
        how=HowLost.NOT_STARTED,
        remedy="Find out who made it, remove it, and restart the service: systemd makes it anew.",
    )


def owner_of(uid: int) -> str:
    import pwd

    try:
        return f"the account {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"account number {uid}"

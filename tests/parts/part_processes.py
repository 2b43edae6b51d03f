"""Parts as real processes, each with its one connection: as the launcher starts them, without a launcher."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping

from monitor.parts.starting import PartEnded, ProgramPart

MAINS = {
    ProgramPart.FETCHER: "monitor.outbound.fetcher_part",
    ProgramPart.BROWSER: "monitor.outbound.browser.part",
}


class PartProcesses:
    """`ProgramParts`. mains: modules with a `main` that takes the connection, in the place of the usual ones."""

    def __init__(self, mains: Mapping[ProgramPart, str] = MAINS, **environment: str) -> None:
        self._mains, self._environment = mains, environment
        self.running: dict[socket.socket, subprocess.Popen[bytes]] = {}
        self.started = 0

    async def connect(self, part: ProgramPart) -> socket.socket:
        ours, theirs = socket.socketpair()
        begin = f"import socket\nfrom {self._mains[part]} import main\nmain(socket.socket(fileno=0))"
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-c", begin],
                stdin=theirs,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        self.running[ours] = process
        self.started += 1
        return ours

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        pipe.close()
        process = self.running.pop(pipe)
        try:
            code = await asyncio.to_thread(process.wait, within_s or 0.01)
        except subprocess.TimeoutExpired:
            process.kill()
            code = await asyncio.to_thread(process.wait)
        return PartEnded(code)

    async def aclose(self) -> None:
        for pipe in tuple(self.running):
            await self.end(pipe)

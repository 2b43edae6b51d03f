"""Parts as the processes that they are, begun as the program begins them; without a parent that watches."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from monitor.parts.interpreter import fresh_interpreter
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.starting import PartEnded, ProgramPart


class PartsAsProcesses:
    """`ProgramParts`."""

    def __init__(self, *command: str) -> None:
        """command: in the place of what the program starts."""
        self._command = command
        self.running: dict[socket.socket, subprocess.Popen[bytes]] = {}
        self.started = 0

    async def connect(self, part: ProgramPart) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self.running[ours] = subprocess.Popen(
                self._command or fresh_interpreter("monitor.parts.parent.beginning", part, str(os.getpid())),
                stdin=theirs,
                env={"PATH": os.environ["PATH"]},
                start_new_session=True,
            )
        self.started += 1
        return ours

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        pipe.close()
        process = self.running.pop(pipe, None)
        if process is None:
            return PartEnded()
        with suppress(subprocess.TimeoutExpired):
            if within_s:
                await asyncio.to_thread(process.wait, within_s)
        process.kill()
        return PartEnded(await asyncio.to_thread(process.wait))

    async def aclose(self) -> None:
        for pipe in tuple(self.running):
            await self.end(pipe)


def kill_part(link: Link) -> None:
    os.kill(link.pid, signal.SIGKILL)


@asynccontextmanager
async def fetcher_link(parts: PartsAsProcesses | None = None) -> AsyncIterator[Link]:
    made = parts or PartsAsProcesses()
    link = Link(made, ProgramPart.FETCHER, FetcherSetup)
    try:
        yield link
    finally:
        await link.aclose()
        await made.aclose()

"""Parts in processes of their own. Each does what its word says; all but the handlers is as in production."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NoReturn

from monitor.parts import serving
from monitor.parts.greeting import PROTOCOL, Greeting
from monitor.parts.messages import packed
from monitor.parts.serving import Handlers, run_part
from monitor.parts.starting import PartEnded, ProgramPart
from monitor.parts.talk import Sent
from tests.parts.in_loop import Echo, Ping, Pong, Told


class ChildParts:
    """`ProgramParts`, each a process of this one. words: what each does in turn; the last does it again and again."""

    def __init__(self, *words: str) -> None:
        self._words = list(words)
        self.running: dict[socket.socket, subprocess.Popen[bytes]] = {}
        self.codes: list[int] = []

    async def connect(self, part: ProgramPart) -> socket.socket:
        ours, theirs = socket.socketpair()
        word = self._words.pop(0) if len(self._words) > 1 else self._words[0]
        with theirs:
            command = [sys.executable, "-m", __name__, word]
            self.running[ours] = subprocess.Popen(command, stdin=theirs.fileno())
        return ours

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        pipe.close()
        process = self.running.pop(pipe)
        if within_s:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, within_s)
        process.kill()
        self.codes.append(await asyncio.to_thread(process.wait))
        return PartEnded(self.codes[-1])

    async def aclose(self) -> None:
        for pipe in tuple(self.running):
            await self.end(pipe)


class Turned(Echo):
    """What happens when it is asked "now"."""

    def __init__(self, deed: str) -> None:
        super().__init__()
        self.deed = deed

    async def ping(self, sent: Sent[Ping]) -> Sent[Pong]:
        if sent.message.text == "now":
            DEEDS[self.deed]()
        return await super().ping(sent)


def _stand_still() -> NoReturn:
    while True:
        time.sleep(3600)


def _stand_still_from_now() -> NoReturn:
    os.write(0, b"!")
    _stand_still()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _noise() -> NoReturn:
    """What it says from now on is noise, as much of it as goes out."""
    noise = random.Random(18)
    os.set_blocking(0, True)
    while True:
        os.write(0, noise.randbytes(noise.randrange(1, 5_000)))


DEEDS = {
    "dies": _die,
    "ends": lambda: os._exit(3),
    "stands still": _stand_still,
    "stands still, and is alone": _stand_still_from_now,
    "noise": _noise,
    "serves": lambda: None,
}


@asynccontextmanager
async def opened(told: Told) -> AsyncIterator[Handlers]:
    yield Turned(sys.argv[1]).handlers()


def main() -> None:
    pipe = socket.socket(fileno=0)
    if sys.argv[1] == "another version":
        greeting = packed(Greeting(PROTOCOL, "0.0.1", ProgramPart.FETCHER, os.getpid()))
        pipe.sendall(b"\x01\0\0\0\0\0\0\0" + len(greeting).to_bytes(4, "big") + bytes(4) + greeting)
        pipe.recv(1)
        return
    if sys.argv[1] == "stands still, and is alone":
        serving.LOOP_ENDS_WITHIN_S = 0
    run_part(pipe, ProgramPart.FETCHER, Told, opened)


if __name__ == "__main__":
    main()

"""A SOCKS server as Tor is: it takes any user name, and each pair of name and password has a circuit of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.serving.streams import listening

WITHOUT, WITH_NAME, NONE = 0, 2, 255


@dataclass
class Circuits:
    """takes: the methods that it knows, the one that it likes best first. leads_to: the port on loopback that every
    name leads to. asked: pair and host of each connection. offered: the methods that each offered."""

    takes: tuple[int, ...] = (WITH_NAME, WITHOUT)
    leads_to: int = 0
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    offered: list[tuple[int, ...]] = field(default_factory=list)

    def of(self, host: str) -> set[str]:
        return {pair for pair, asked in self.asked if asked == host}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            _, count = await reader.readexactly(2)
            offered = tuple(await reader.readexactly(count))
            self.offered.append(offered)
            method = next((one for one in self.takes if one in offered), NONE)
            writer.write(bytes([5, method]))
            if method == NONE:
                return
            pair = await self._pair(reader, writer) if method == WITH_NAME else ""
            *_, kind = await reader.readexactly(4)
            assert kind == 3, "names go to it unresolved"
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            await reader.readexactly(2)
            self.asked.append((pair, host))
            there, back = await asyncio.open_connection("127.0.0.1", self.leads_to)
            writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
            try:
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
            finally:
                back.transport.abort()
        writer.close()

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        await reader.readexactly(1)
        words = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        writer.write(b"\x01\x00")
        return ":".join(words)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(4096):
        target.write(data)
    target.close()


@asynccontextmanager
async def circuits(leads_to: int, *, takes: tuple[int, ...] = (WITH_NAME, WITHOUT)) -> AsyncIterator[Circuits]:
    made = Circuits(takes, leads_to)
    async with listening(made.serve) as made.port:
        yield made

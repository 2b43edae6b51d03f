"""The browser's own process with a probe planted in it, as if a site had taken it over: it tries every way out that it
can think of, and says which led anywhere."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated

from msgspec import Meta

from monitor.outbound.browser import part, part_serving
from monitor.parts.messages import PartMessage
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent

SETNS_NET = 0x40000000


class Probe(PartMessage, frozen=True):
    """port: of a server on the machine's own loopback; files: sockets and files of the person's."""

    port: int
    abstract: str
    listening: str
    files: Annotated[tuple[str, ...], Meta(max_length=20)]


class Probed(PartMessage, frozen=True):
    reached: tuple[str, ...]
    tried: int


def ways(probe: Probe) -> dict[str, Callable[[], object]]:
    def tcp(host: str, port: int) -> Callable[[], object]:
        return lambda: socket.create_connection((host, port), 1).close()

    def unix(address: str) -> Callable[[], object]:
        def connect() -> None:
            with socket.socket(socket.AF_UNIX) as made:
                made.connect(address)

        return connect

    def datagram() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.sendto(b"x", ("127.0.0.1", probe.port))
            made.sendto(b"x", ("192.0.2.1", 53))

    def packets() -> None:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()

    def namespace() -> None:
        for process in ("1", str(os.getppid())):
            descriptor = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, SETNS_NET) == 0:
                return
        raise OSError("not let in")

    def disconnected() -> None:
        """A socket that it made itself, connected to nothing and then elsewhere."""
        with socket.socket() as made:
            made.settimeout(1)
            made.bind(("127.0.0.1", 0))
            made.connect(("192.0.2.1", 80))

    found: dict[str, Callable[[], object]] = {
        "the machine's own loopback": tcp("127.0.0.1", probe.port),
        "by another number": tcp("127.0.0.2", probe.port),
        "in IPv6": tcp("::1", probe.port),
        "mapped": tcp("::ffff:127.0.0.1", probe.port),
        "an address outside": tcp("192.0.2.1", 80),
        "a cloud's own address": tcp("169.254.169.254", 80),
        "a name": lambda: socket.getaddrinfo("example.org", 80),
        "datagrams": datagram,
        "packets": packets,
        "the namespace of another": namespace,
        "bound elsewhere": disconnected,
        "a program by an abstract name": unix(f"\0{probe.abstract}"),
        "a program of the person's": unix(probe.listening),
    }
    for name in probe.files:
        found[f"file {name}"] = lambda name=name: open(name, "rb").close()  # type: ignore[misc]
    return found


async def probed(sent: Sent[Probe]) -> Probed:
    def tried() -> list[str]:
        reached = []
        for name, way in ways(sent.message).items():
            try:
                way()
                reached.append(name)
            except OSError:
                continue
        return reached

    return Probed(tuple(await asyncio.to_thread(tried)), len(ways(sent.message)))


def main(pipe: socket.socket) -> None:
    usual = part_serving.opened_browser

    @asynccontextmanager
    async def opened(setup: BrowserSetup) -> AsyncIterator[Handlers]:
        async with usual(setup) as handlers:
            handlers.answer(Probe, probed)
            yield handlers

    part_serving.opened_browser = opened
    part.main(pipe)

"""A server on loopback that stands for any number of hosts, each an address of its own (127.0.0.2, ...): what a source
asks for goes through the real way out. And the real way out itself, with stand-ins only for the store's two tables."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from monitor.model.settings import CrawlSettings, CredentialSettings, EngineSettings, NetworkSettings, Secret, Settings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.polite import PoliteFetcher
from monitor.ports.host_gate import HostTurn
from tests.fakes import InlineReader
from tests.kept import KeptInMemory
from tests.serving.streams import listening

HOSTS = tuple(f"127.0.0.{last}" for last in range(2, 10))


@dataclass(frozen=True)
class Asked:
    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


@dataclass(frozen=True)
class Answer:
    """body: bytes and text as they are, the rest as JSON."""

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        kind = "text/html" if isinstance(self.body, str | bytes) else "application/json"
        body = self.body if isinstance(self.body, bytes) else self.text().encode()
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


Site = Callable[[Asked], Answer]


@dataclass
class Loopback:
    """base(0), base(1), ...: hosts. asked: everything but robots.txt (there is none), in order."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    def base(self, number: int = 0) -> str:
        return f"http://{HOSTS[number]}:{self.port}"

    def written(self) -> bytes:
        """All that came in, as one: for planted words."""
        return b"\n".join(repr(one).encode() for one in self.asked)


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Loopback]:
    made = Loopback()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if target.startswith("http"):  # by a proxy
                    target = re.sub(r"^https?://[^/]+", "", target)
                asked = Asked(method, headers["host"].partition(":")[0], target, headers, body)
                if asked.path == "/robots.txt":
                    writer.write(Answer(status=404).raw())
                    continue
                made.asked.append(asked)
                writer.write(site(asked).raw())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with AsyncExitStack() as servers:
        for host in HOSTS:  # one port on all of them
            made.port = await servers.enter_async_context(listening(serve, host=host, port=made.port))
        yield made


class Memory(KeptInMemory):
    """HostGate, and what fetching keeps over restarts, as the store keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.until: dict[str, datetime] = {}
        self.refused: dict[str, int] = {}

    is_shared = False

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        slot = max(self.until.get(host, now), now)
        if gap:
            self.until[host] = slot + gap
        return HostTurn((slot - now).total_seconds(), self.refused.get(host, 0))

    def give_back(self, host: str, gap: timedelta) -> None: ...

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        self.refused[host] = failures
        self.until[host] = max(self.until.get(host, now + wait), now + wait)

    def forget_before(self, before: datetime) -> int:
        return 0


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def settings_of(
    credentials: Mapping[str, Mapping[str, str]],
    *,
    port: int,
    engines: tuple[EngineSettings, ...] = (),
    proxy: str = "",
    hosts: tuple[str, ...] = HOSTS,
) -> Settings:
    return Settings(
        path=None,
        data_dir=Path("/nowhere"),
        watchlist_dir=Path("/nowhere"),
        network=NetworkSettings(allow_networks=("127.0.0.0/8",), allow_ports=(port,), timeout_s=10, proxy=proxy),
        crawl=CrawlSettings(per_host_delay_s=0),
        engines=engines,
        credentials=tuple(
            CredentialSettings(
                name=name, hosts=hosts, values=tuple((key, Secret(value)) for key, value in values.items())
            )
            for name, values in credentials.items()
        ),
    )


@asynccontextmanager
async def way_out(settings: Settings, memory: Memory, clock: Clock) -> AsyncIterator[PoliteFetcher]:
    client = GuardedClient(settings.network, AddressRules.of(settings.network), clock=clock)
    fetcher = PoliteFetcher(client, memory, memory, settings, reader=InlineReader(), clock=clock)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()

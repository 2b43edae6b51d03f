"""Workers on several machines, as far as a host can tell: each with a clock of its own that stands wrong, its own way
out, and one PostgreSQL behind them all. And the hosts, which write down what they are asked and when.

`at_work_as_processes`: each in a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from monitor.acting import acting_for
from monitor.clock import Clock, boottime, exact_now, monotonic
from monitor.model.page import Fetched, Request
from monitor.model.settings import CrawlSettings, DatabaseSettings, NetworkSettings, Secret, Settings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.polite import PoliteFetcher
from monitor.parts.interpreter import fresh_interpreter
from monitor.ports import HostGate
from monitor.store.store import open_store
from tests.fakes import InlineReader
from tests.kept import KeptInMemory
from tests.serving.postgres import the_server
from tests.serving.streams import listening

SKEWS = tuple(timedelta(seconds=seconds) for seconds in (-120, -40, 40, 120))
KEY = Secret("0f" * 32)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """began, ended: seconds, by the hosts' clock; the second one just before the answer was written."""

    path: str
    began: float
    ended: float
    status: int


@dataclass
class Hosts:
    """refuses: host -> after how many requests it says 429, and with which Retry-After."""

    port: int = 0
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    served: dict[str, list[Served]] = field(default_factory=lambda: defaultdict(list))
    at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        began = monotonic()
        self.at_once[host] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[host])
        for _ in range(20):  # others come in meanwhile, if they may
            await asyncio.sleep(0)
        after, how_long = self.refuses.get(host, (1 << 60, ""))
        status = 404 if path == "/robots.txt" else 429 if len(self.served[host]) >= after else 200
        self.at_once[host] -= 1
        self.served[host].append(Served(path, began, monotonic(), status))
        retry = f"Retry-After: {how_long}\r\n" if status == 429 else ""
        body = "" if status == 404 else "<p>hello</p>"
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nDate: {in_seconds(0)}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n{retry}\r\n{body}".encode()
        )
        writer.close()

    def gaps(self) -> Iterable[float]:
        """From each answer to the next request of that host."""
        for served in self.served.values():
            for before, after in itertools.pairwise(served):
                yield after.began - before.ended

    def asked(self) -> list[tuple[str, str]]:
        return [(host, one.path) for host, served in self.served.items() for one in served]


@asynccontextmanager
async def some_hosts(refuses: dict[str, tuple[int, str]] | None = None) -> AsyncIterator[Hosts]:
    hosts = Hosts(refuses=refuses or {})
    async with listening(hosts.serve, host="0.0.0.0") as hosts.port:  # each address of loopback is a host
        yield hosts


def addresses(many: int) -> tuple[str, ...]:
    return tuple(f"127.0.{1 + number // 200}.{1 + number % 200}" for number in range(many))


def in_seconds(seconds: int) -> str:
    """A Retry-After that names a time, by a clock that is right."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@asynccontextmanager
async def a_worker(gate: HostGate, clock: Clock, port: int, gap_s: float) -> AsyncIterator[PoliteFetcher]:
    settings = Settings(
        path=None,
        data_dir=Path("/nowhere"),
        watchlist_dir=Path("/nowhere"),
        network=NetworkSettings(allow_networks=("127.0.0.0/8",), allow_ports=(port,)),
        crawl=CrawlSettings(per_host_delay_s=gap_s, concurrency=40),
    )
    kept = KeptInMemory()
    client = GuardedClient(settings.network, AddressRules.of(settings.network), clock=clock)
    fetcher = PoliteFetcher(client, gate, kept, settings, reader=InlineReader(), clock=clock, passed=boottime)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


async def visit(fetcher: PoliteFetcher, urls: Sequence[str]) -> list[Fetched]:
    """All at once: whose turn it is, the program says."""
    return await asyncio.gather(*(fetcher.fetch(Request(url)) for url in urls))


def own_and_shared(worker: int, workers: int, hosts: Sequence[str], shared: int, pages: int, port: int) -> list[str]:
    """All pages of its own hosts, and its share of those that all of them ask: the first `shared`."""
    own = hosts[shared + worker :: workers]
    urls = [f"http://{host}:{port}/{page}" for page in range(pages) for host in own]
    return urls + pages_of(worker, workers, hosts[:shared], pages, port)


def pages_of(worker: int, workers: int, hosts: Sequence[str], pages: int, port: int) -> list[str]:
    """Its share of each host's pages."""
    return [f"http://{host}:{port}/{page}" for page in range(worker, pages, workers) for host in hosts]


def wrong_by(skew: timedelta) -> Clock:
    return lambda: exact_now() + skew


# -- as processes


def words_of(url: str, data: Path, skew: timedelta, port: int, gap_s: float, urls: Sequence[str]) -> str:
    return json.dumps([url, str(data), skew.total_seconds(), port, gap_s, urls])


def main() -> None:
    """Told the words on its standard input, and when to begin. Prints what came of each page."""
    url, data, skew_s, port, gap_s, urls = json.loads(sys.stdin.readline())
    database = DatabaseSettings(key=KEY, url=Secret(url))
    store = open_store(Settings(path=None, data_dir=Path(data), watchlist_dir=Path(data), database=database))

    async def work() -> list[Fetched]:
        with acting_for("default"):
            async with a_worker(store.hosts, wrong_by(timedelta(seconds=skew_s)), port, gap_s) as fetcher:
                print("ready", flush=True)
                sys.stdin.readline()
                return await visit(fetcher, urls)

    found = asyncio.run(work())
    store.close()
    print(json.dumps([one.outcome.kind.value for one in found]))


async def at_work_as_processes(
    folder: Path,
    hosts: Hosts,
    of: Sequence[str],
    pages: int,
    workers: int,
    gap_s: float,
    shared: int | None = None,
) -> tuple[float, list[str]]:
    """shared: how many of the hosts all of them ask; None = all. Seconds, from when all of them stand ready; and what
    came of all pages."""
    server = the_server()
    database = server.create(f"machines_{workers}")
    running = []
    for number in range(workers):
        data = folder / f"{workers}_{number}"
        data.mkdir(mode=0o700)
        process = await asyncio.create_subprocess_exec(
            *fresh_interpreter(__name__), cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=1 << 24
        )
        running.append(process)
        assert process.stdin is not None and process.stdout is not None
        urls = own_and_shared(number, workers, of, len(of) if shared is None else shared, pages, hosts.port)
        process.stdin.write(
            words_of(server.url(database), data, SKEWS[number], hosts.port, gap_s, urls).encode() + b"\n"
        )
        assert await process.stdout.readline() == b"ready\n"
    began = monotonic()
    answers = await asyncio.gather(*(one.communicate(b"go\n") for one in running))
    took = monotonic() - began
    assert all(one.returncode == 0 for one in running)
    server.drop(database)
    return took, [kind for out, _ in answers for kind in json.loads(out)]

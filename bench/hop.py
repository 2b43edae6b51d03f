"""What it costs that another process takes a hop: the same requests with and without it, in turns, in one run.

    .venv/bin/python -m bench.hop [--kb 235] [--count 400] [--rounds 5] [--at-once 8]

CPU of whoever asks, and of whoever takes the hop (a real fetcher, started as `run` starts it), a request; the server is
a process of its own and is not counted. `asks` is what is left to the core. A pass of `bench.pass_speed` takes about
6.5 ms for a picture on a quiet machine: 5 % of that are 325 microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time

from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.link_wire import LinkWire
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart

SERVER = """
import asyncio, os, sys
body = os.urandom(int(sys.argv[1]))
lines = (
    b"HTTP/1.1 200 OK", b"Server: nginx", b"Date: Sun, 29 Nov 2026 12:00:00 GMT", b"Content-Type: image/jpeg",
    b"Last-Modified: Sun, 29 Nov 2026 12:00:00 GMT", b'ETag: "5f2c-1a2b3c"', b"Accept-Ranges: bytes",
    b"Cache-Control: max-age=2592000", b"Connection: keep-alive", b"Content-Length: %d" % len(body), b"", body,
)
answer = b"\\r\\n".join(lines)

class Serving(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(answer * data.count(b"\\r\\n\\r\\n"))

async def main():
    server = await asyncio.get_running_loop().create_server(Serving, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def cpu_of(pid: int) -> float:
    return time.clock_gettime((~pid << 3) | 2) if pid else 0.0


async def asked(client: GuardedClient, port: int, count: int, at_once: int) -> None:
    numbers = iter(range(count))

    async def some() -> None:
        for number in numbers:
            fetched = await client.fetch(Request(f"http://127.0.0.1:{port}/{number}.jpg", Purpose.IMAGE))
            assert fetched.outcome.kind is OutcomeKind.OK, fetched.outcome

    await asyncio.gather(*(some() for _ in range(at_once)))


async def compare(port: int, given: argparse.Namespace) -> None:
    settings = NetworkSettings(allow_networks=("127.0.0.0/8",), allow_ports=(port,))
    rules = AddressRules.of(settings)
    parts = LaunchedParts()
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    local, apart = GuardedClient(settings, rules), GuardedClient(settings, rules, wire=LinkWire(link))
    for client in (local, apart):
        await asked(client, port, 50, given.at_once)
    print(f"{'microseconds of CPU a request':32}{'asks':>8}{'takes':>8}{'both':>8}{'wall':>8}")
    extra = []
    for _ in range(given.rounds):
        both = {}
        for name, client in (("in one process", local), ("apart", apart)):
            pid = link.pid if client is apart else 0
            began, before, theirs = time.monotonic(), time.process_time(), cpu_of(pid)
            await asked(client, port, given.count, given.at_once)
            asks, takes = time.process_time() - before, cpu_of(pid) - theirs
            shown = [1e6 * one / given.count for one in (asks, takes, asks + takes, time.monotonic() - began)]
            both[name] = shown[2]
            print(f"{name:32}" + "".join(f"{one:8.0f}" for one in shown))
        extra.append(both["apart"] - both["in one process"])
    print(f"the cut costs {sorted(extra)[len(extra) // 2]:.0f} microseconds a request (median of {len(extra)} rounds)")
    await local.aclose()
    await link.aclose()
    await parts.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kb", type=int, default=235)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=8)
    given = parser.parse_args()
    command = [sys.executable, "-c", SERVER, str(given.kb * 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            asyncio.run(compare(int(server.stdout.readline()), given))
        finally:
            server.kill()


if __name__ == "__main__":
    main()

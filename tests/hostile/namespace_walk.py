"""Run by test_hostile_namespace in a process of its own: a network namespace in which a public address is ours, so that
the guard stands exactly as it ships, with nothing allowed. Prints what it saw as JSON.

    python -m tests.hostile.namespace_walk httpx | browser | some-browser
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import ctypes
import fcntl
import json
import os
import resource
import socket
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

PUBLIC = "93.184.215.14"  # anybody's: nothing leaves this namespace
INSIDE = ("127.0.0.1", "127.0.0.2", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "::1")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP, IFF_RUNNING = 0x1, 0x40
AT_ONCE = 4
SOME = (  # those that come nearest to what is inside, and none that computes until its time is up
    "inside by a script",
    "inside by its second page's redirect",
    "a call to an address of its own",
)


def enter_namespace() -> None:
    """Raises OSError where the kernel does not let us."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))
        ours = [PUBLIC, *(address for address in INSIDE if not address.startswith("127.") and ":" not in address)]
        for number, address in enumerate(ours):
            name = f"lo:{number}".encode()
            for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
                packed = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, request, packed)


def counted() -> dict[str, int]:
    """What this namespace sent past TCP: a look-up, WebRTC, an announcement."""
    found: dict[str, int] = {}
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        found |= {f"{names[0]}{name}": int(value) for name, value in zip(names[1:], values[1:], strict=True)}
    return {"datagrams": found["Udp:OutDatagrams"]}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def most_resident() -> int:
    """Bytes, at any time since this program began. What getrusage says begins with the process that started it."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


class Walk:
    """kinds, wrong, reached: what rows came to. fine: how often an ordinary page beside them was read."""

    def __init__(self) -> None:
        self.kinds: collections.Counter[str] = collections.Counter()
        self.wrong: dict[str, str] = {}
        self.reached: dict[str, str] = {}
        self.ordinary: collections.Counter[str] = collections.Counter()
        self.again = 0


async def main(way: str) -> dict[str, object]:
    from monitor.model.page import OutcomeKind
    from tests.hostile.hostile_catalogue import ROWS
    from tests.hostile.hostile_rows import BAD_LOCATIONS, INSIDE_HOSTS, Row
    from tests.hostile.hostile_site import Answer, Site, to

    nowhere = tuple(kind for kind in OutcomeKind if kind not in (OutcomeKind.OK, OutcomeKind.NOT_MODIFIED))
    hosts = (*INSIDE_HOSTS, "inside.test")
    rows = [*ROWS, *(Row(f"to {host}", to(f"http://{host}/"), nowhere) for host in hosts)]
    places = [at for at in BAD_LOCATIONS if "user@good.test:{port}/fine" not in at]
    rows += [Row(f"to {at[:60]}", to(at), nowhere) for at in places]
    if way != "httpx":
        from tests.hostile import hostile_pages

        some = [row for row in hostile_pages.ROWS if row.id in SOME]
        rows = [*rows, *hostile_pages.ROWS, *hostile_pages.HEAVY] if way == "browser" else some
    by_host = {f"row{number}.test": row.answer for number, row in enumerate(rows)}

    class ByHost(Site):
        def answer_to(self, head: bytes) -> Answer:
            line = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"host:")), b"")
            return by_host.get(line[5:].strip().decode("latin-1").partition(":")[0], b"")

    served = ByHost(b"", port=80)
    servers = [await asyncio.start_server(served.serve, PUBLIC, 80)]
    for address in INSIDE:
        with contextlib.suppress(OSError):  # no IPv6 here
            servers.append(await asyncio.start_server(served.touched, address, 80))

    async def resolve(host: str, port: int) -> list[str]:
        if host == "inside.test":
            return [address for address in INSIDE if ":" not in address]
        if host not in by_host and host not in ("good.test", "other.test"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [PUBLIC]

    walk, began = Walk(), time.monotonic()
    if way == "httpx":
        started, grown = await by_httpx(walk, rows, resolve, hosts)
    else:
        started, grown = await by_browser(walk, rows, resolve)
    for server in servers:
        server.close()
    return {
        "rows": len(rows),
        "kinds": dict(walk.kinds.most_common()),
        "ordinary": dict(walk.ordinary),
        "again": walk.again,
        "wrong": walk.wrong,
        "reached": walk.reached,
        "inside": served.inside,
        "sent": counted(),
        "started MiB": started >> 20,
        "grown MiB": grown >> 20,
        "seconds": round(time.monotonic() - began),
    }


async def by_httpx(walk: Walk, rows: Sequence[object], resolve: object, hosts: Iterable[str]) -> tuple[int, int]:
    from monitor.model.page import OutcomeKind, Request
    from monitor.model.settings import NetworkSettings
    from monitor.outbound.client import GuardedClient
    from monitor.outbound.guard import AddressRules
    from tests.hostile.hostile_rows import Row

    settings = NetworkSettings(timeout_s=0.6, max_page_bytes=300_000, max_image_bytes=300_000)
    client = GuardedClient(settings, AddressRules.of(settings), resolve=resolve)  # type: ignore[arg-type]
    await client.fetch(Request("http://good.test/fine"))
    before = resident()
    for number, row in enumerate(rows):
        assert isinstance(row, Row)
        kind = (await client.fetch(Request(f"http://row{number}.test{row.path}"))).outcome.kind
        walk.kinds[kind.value] += 1
        if kind not in row.kinds and kind is not OutcomeKind.TIMEOUT:
            walk.wrong[row.id] = kind.value
        walk.ordinary[(await client.fetch(Request("http://good.test/fine"))).outcome.kind.value] += 1
    for host in hosts:
        kind = (await client.fetch(Request(f"http://{host}/"))).outcome.kind
        if kind is OutcomeKind.OK:
            walk.reached[host] = kind.value
    await client.aclose()
    return before, most_resident() - before


async def by_browser(walk: Walk, rows: Sequence[object], resolve: object) -> tuple[int, int]:
    from monitor.clock import utc_now
    from monitor.model.page import OutcomeKind, Request
    from monitor.model.settings import NetworkSettings, Settings
    from monitor.outbound.browser_link import LinkBrowser, open_browser_link
    from monitor.outbound.dial_here import LocalDialWays
    from monitor.outbound.guard import AddressRules
    from monitor.parts.messages.browsing import BrowserSetup
    from tests.hostile.hostile_rows import Row
    from tests.parts.part_processes import PartProcesses

    network = NetworkSettings(timeout_s=20, max_page_bytes=300_000, max_image_bytes=300_000)
    settings = Settings(path=None, data_dir=Path("/nowhere"), watchlist_dir=Path("/nowhere"), network=network)
    link, ways = open_browser_link(PartProcesses(), lambda: BrowserSetup(at_once=AT_ONCE)), LocalDialWays(resolve)  # type: ignore[arg-type]
    made = LinkBrowser(link, ways, settings, AddressRules.of(network), clock=utc_now)
    first = await made.fetch(Request("http://good.test/fine", browser=True))
    walk.ordinary[first.outcome.kind.value] += 1
    before, waiting = resident(), iter(enumerate(rows))

    async def one_after_another() -> None:
        for number, row in waiting:
            assert isinstance(row, Row)
            fetched = await made.fetch(Request(f"http://row{number}.test{row.path}", browser=True))
            walk.kinds[fetched.outcome.kind.value] += 1
            if fetched.outcome.kind not in (row.browser or row.kinds):
                walk.wrong[row.id] = f"{fetched.outcome.kind.value}: {fetched.outcome.message}"
            beside = await made.fetch(Request("http://good.test/fine", browser=True))
            if beside.outcome.kind is OutcomeKind.TIMEOUT:  # both cores are with a page that computes: looked at again
                walk.again += 1
                beside = await made.fetch(Request("http://good.test/fine", browser=True))
            walk.ordinary[beside.outcome.kind.value] += 1

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    await made.aclose()
    return before, most_resident() - before


if __name__ == "__main__":
    try:
        enter_namespace()
    except OSError as error:
        print(json.dumps({"no namespace": str(error)}))
    else:
        print(json.dumps(asyncio.run(main(sys.argv[1]))))

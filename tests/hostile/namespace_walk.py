"""Run by test_hostile_namespace in a process of its own: a network namespace in which a public address is ours, so that
the guard stands exactly as it ships, with nothing allowed. Prints what it saw as JSON."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

PUBLIC = "93.184.215.14"  # anybody's: nothing leaves this namespace
INSIDE = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP, IFF_RUNNING = 0x1, 0x40


def enter_namespace() -> None:
    """Raises OSError where the kernel does not let us."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))
        for number, address in enumerate((PUBLIC, *INSIDE[1:])):
            name = f"lo:{number}".encode()
            for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
                packed = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, request, packed)


async def walk() -> dict[str, object]:
    from hostile_rows import INSIDE_HOSTS, ROWS
    from hostile_site import Site, to

    from monitor.model.page import OutcomeKind, Request
    from monitor.model.settings import NetworkSettings
    from monitor.outbound.client import GuardedClient
    from monitor.outbound.guard import AddressRules

    served = Site(b"", port=80)
    servers = [await asyncio.start_server(served.serve, PUBLIC, 80)]
    servers += [await asyncio.start_server(served.touched, address, 80) for address in INSIDE]

    async def resolve(host: str, port: int) -> list[str]:
        known = {"good.test": [PUBLIC], "other.test": [PUBLIC], "inside.test": list(INSIDE)}
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known[host]

    settings = NetworkSettings(timeout_s=0.6, max_page_bytes=300_000, max_image_bytes=300_000)
    rules = AddressRules.of(settings)
    wrong: dict[str, str] = {}
    fine = 0
    client = GuardedClient(settings, rules, resolve=resolve)
    for case in ROWS:
        served.answer = case.answer
        kind = (await client.fetch(Request(f"http://good.test{case.path}"))).outcome.kind
        if kind not in case.kinds and kind is not OutcomeKind.TIMEOUT:
            wrong[case.id] = kind.value
        fine += (await client.fetch(Request("http://good.test/fine"))).outcome.kind is OutcomeKind.OK
    reached = {}
    for host in (*INSIDE_HOSTS, "inside.test"):
        url = f"http://{host}/"
        direct = (await client.fetch(Request(url))).outcome.kind
        served.answer = to(url)
        redirected = (await client.fetch(Request("http://good.test/"))).outcome.kind
        if direct is OutcomeKind.OK:
            reached[host] = direct.value
        if redirected is OutcomeKind.OK:
            reached[f"by redirect: {host}"] = redirected.value
    await client.aclose()
    for server in servers:
        server.close()
    return {"rows": len(ROWS), "fine": fine, "wrong": wrong, "reached": reached, "inside": served.inside}


if __name__ == "__main__":
    try:
        enter_namespace()
    except OSError as error:
        print(json.dumps({"no namespace": str(error)}))
    else:
        print(json.dumps(asyncio.run(walk())))

"""A command that was typed, as far as its parts go: one line of JSON, what it could before and after it had some."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys

from monitor.parts.here import end_parts_here, parts_here
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.starting import ProgramPart


def networks() -> str:
    try:
        socket.socket(socket.AF_INET).close()
    except OSError as error:
        return type(error).__name__
    return "open"


async def main() -> None:
    before = networks()
    parts = parts_here()
    assert parts is not None
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    greeted = (await link.greeting()).part
    status = open(f"/proc/{link.pid}/status").read()
    after, beside = networks(), await asyncio.to_thread(networks)
    code = f"import socket; socket.socket({int(socket.AF_INET)})"
    child = subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False).returncode
    os.close(os.open(os.devnull, os.O_RDWR))
    await link.aclose()
    end_parts_here()
    said = {"before": before, "after": after, "beside": beside, "child": child, "part": greeted}
    print(json.dumps(said | {"filters": status.partition("Seccomp_filters:\t")[2].partition("\n")[0]}))


if __name__ == "__main__":
    asyncio.run(main())

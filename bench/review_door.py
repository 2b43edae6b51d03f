"""How soon the review page answers after its command, and how much memory its process holds, on a configuration of the
person who runs this:

    python -m bench.review_door CONFIG [PATH ...]

Goals: an answer 2 s after the command, 90 MB at most after every page was asked for twice. PATHs: further pages."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

PAGES = (
    "/",
    "/help",
    "/evidence",
    "/reports",
    "/digest",
    "/course",
    "/watches",
    "/guide",
    "/settings",
    "/said",
    "/wishes",
)


def main(config: str, *more: str) -> None:
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "review", "--config", config], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        linked = time.monotonic() - begun
        where = urlsplit(link)
        host = where.netloc
        _asked(host, "GET", "/", {})
        print(f"link after {linked:.2f} s, answered after {time.monotonic() - begun:.2f} s, {_memory(process.pid)}")
        told = _asked(host, "POST", "/enter", _own(host), f"link={where.path.rpartition('/')[2]}")
        cookie = {"Cookie": "; ".join(each.partition(";")[0] for each in told[1])}
        for _ in range(2):
            for path in (*PAGES, *more):
                begun = time.monotonic()
                status, _, size = _asked(host, "GET", path, cookie)
                took = 1000 * (time.monotonic() - begun)
                print(f"{path:20} {status} {took:6.0f} ms {size:8} bytes, {_memory(process.pid)}")
    finally:
        process.terminate()
        process.wait()


def _own(host: str) -> dict[str, str]:
    return {
        "Origin": f"http://{host}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def _asked(host: str, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, list[str], int]:
    asking = http.client.HTTPConnection(host, timeout=60)
    asking.request(method, path, body=body or None, headers=headers)
    answer = asking.getresponse()
    return answer.status, answer.headers.get_all("Set-Cookie") or [], len(answer.read())


def _memory(pid: int) -> str:
    """VmRSS now and at most."""
    found = re.findall(r"^Vm(RSS|HWM):\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
    sizes = {name: int(size) / 1024 for name, size in found}
    return f"{sizes['RSS']:.0f} MB (at most {sizes['HWM']:.0f})"


if __name__ == "__main__":
    main(*sys.argv[1:])

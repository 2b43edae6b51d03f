"""What the daemon takes while it has nothing to do: memory, processor, threads, files, children.

    .venv/bin/python -m bench.idle [--watches 4] [--watch-for 120] [--json FILE]

The real command on a store with photos enrolled, after each of its places (on loopback, with copies to find) was
visited once, the finds were sealed and the alerts taken. It waits until parent, core and fetcher are alone, then looks
for `--watch-for` seconds. `resident` is what `ps` says, `share` counts what several processes have by parts, `own` is
what would be free if the process ended. Goals: 160 MB resident for core and fetcher together, 0.2 % of one processor.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.pass_speed import CACHE, HERE, children, enrol, prepare, resident, served, temporary

PAGES, IMAGES, COPIES = 40, 200, 12
STAYING = ("core", "fetcher")
BEGINNING = b"monitor.parts.parent.beginning"


def memory(pid: int) -> dict[str, float]:
    """MB, of 2**20 bytes."""
    kib: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kib[name] = int(rest.split()[0])
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return {name: round(at / 1024, 1) for name, at in {"resident": kib["Rss"], "share": kib["Pss"], "own": own}.items()}


def parts_of(parent: int) -> dict[str, int]:
    """Name -> process: the one that was started, its core, and what of the parts it has started since."""
    found = {"parent": parent}
    for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{word}/cmdline").read_bytes().split(b"\0")
            name = words[words.index(BEGINNING) + 1].decode() if BEGINNING in words else "core"
            found[name] = int(word)
    return found


def of_all(pids: dict[str, int]) -> dict[str, dict[str, float]]:
    """Of each, and of core and fetcher together."""
    each = {name: memory(pid) for name, pid in pids.items()}
    both = [each[name] for name in ("core", "fetcher") if name in each]
    return {"core and fetcher": {kind: round(sum(one[kind] for one in both), 1) for kind in both[0]}} | each


def processor_s(pid: int) -> float:
    """Of all its threads: time on a processor, to the nanosecond."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


def woken(pid: int) -> int:
    """How often any of its threads gave up a processor and got it back."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            lines = (task / "status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


@contextlib.contextmanager
def endpoint() -> Iterator[str]:
    """Takes alerts, as a person's own server would."""

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()


def made_ready(work: Path, address: str, alerts: str, site: Path, watches: int) -> Path:
    config = prepare(address, work, pages=0, images=0)
    text = config.read_text() + f'[alerts]\nurls = ["{alerts}"]\n'
    config.write_text(text.replace("[match]\nfeatures = false\n", ""))
    copies = json.loads((site / "truth.json").read_text())
    pages = sorted({int(Path(name).stem) * PAGES // IMAGES for name in copies})[:watches]
    (work / "watchlists" / "board.toml").write_text(
        "".join(
            f'[[watch]]\nname = "board-{number}"\nkind = "page"\nevery = "6h"\nimages = {{ max_images = 60 }}\n'
            f'url = "{address}page-{page}.html"\n'
            for number, page in enumerate(pages)
        )
    )
    enrol([sys.executable, "-m", "monitor", "--config", str(config)], site)
    return config


def measured(config: Path, log: Path, watches: int, watch_for_s: float) -> dict:
    with log.open("wb") as said:
        # As installed, with bytecode: what is compiled at each start leaves 15 MB behind.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        daemon = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--config", str(config)],
            stderr=said,
            cwd=HERE.parent,
            env=environment,
        )
    try:
        began = time.monotonic()
        while "daemon ready" not in log.read_text():
            _still_there(daemon, log)
        told: dict = {"ready": of_all(parts_of(daemon.pid))}
        most = 0
        while log.read_text().count("watch looked at") < watches:
            _still_there(daemon, log)
            most = max(most, resident(parts_of(daemon.pid)["core"]))
        told["most of the core"] = round(most / 2**20, 1)
        quiet = 0
        while quiet < 15:  # seconds without a child
            _still_there(daemon, log)
            staying = {pid for name, pid in parts_of(daemon.pid).items() if name in STAYING}
            quiet = 0 if set(children(daemon.pid)) - staying else quiet + 1
        told["visited_and_quiet_after_s"] = round(time.monotonic() - began)
        pids = parts_of(daemon.pid)
        told["idle"] = of_all(pids)
        before, times, at = (
            {n: processor_s(p) for n, p in pids.items()},
            sum(map(woken, pids.values())),
            time.monotonic(),
        )
        while time.monotonic() - at < watch_for_s:
            _still_there(daemon, log)
        passed = time.monotonic() - at
        core = Path(f"/proc/{pids['core']}")
        told |= {
            "idle_later": of_all(pids),
            "share_of_a_processor": {n: round((processor_s(p) - before[n]) / passed, 5) for n, p in pids.items()},
            "wakings_a_second": round((sum(map(woken, pids.values())) - times) / passed, 2),
            "threads": len(list((core / "task").iterdir())),
            "open_files": len(list((core / "fd").iterdir())),
            "children": len(children(daemon.pid)),
        }
        return told
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(120)


def _still_there(daemon: subprocess.Popen, log: Path) -> None:
    if daemon.poll() is not None:
        raise SystemExit(f"the daemon ended ({daemon.returncode}):\n{log.read_text()[-3000:]}")
    time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watches", type=int, default=4)
    parser.add_argument("--watch-for", type=float, default=120, help="seconds")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    from bench import sites

    site = CACHE / f"site-{PAGES}-{IMAGES}"
    sites.make(site, pages=PAGES, images=IMAGES, copies=COPIES)
    with temporary() as work, served(site) as address, endpoint() as alerts:
        config = made_ready(work, address, alerts, site, given.watches)
        told = measured(config, work / "daemon.log", given.watches, given.watch_for)
    for name, figure in told.items():
        if not isinstance(figure, dict):
            print(f"{name:28}{figure}")
            continue
        print(name)
        for part, of_it in figure.items():
            print(f"    {part:24}{of_it}")
    if given.json:
        given.json.write_text(json.dumps(told))


if __name__ == "__main__":
    main()

"""How long the daemon takes to be back in service after kill -9: from its start to READY=1, as systemd hears it.

    .venv/bin/python -m bench.back_in_service [--kills 10] [--finds 0]

The real command, killed at a random moment of its first two seconds of work, each time on what the kill before left.
`--finds`: so many finds with six sealed files each lie in store and vault. Goal: 5 s. Beside each start the same
Python is started to do nothing but import the command line, so that the machine's own pace is seen.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.idle import COPIES, IMAGES, PAGES, endpoint, made_ready, parts_of, processor_s
from bench.pass_speed import CACHE, HERE, served, temporary
from monitor import config as configuration
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import new_id
from monitor.store.store import open_store
from monitor.vault.age import AgeVault
from tests.store.store_values import a_sighting

FILES = 6


def fill(config: Path, finds: int) -> None:
    settings = configuration.load(config, {})
    store = open_store(settings)
    vault = AgeVault(settings.vault_dir, settings.evidence.recipients) if settings.evidence.recipients else None
    for first in range(0, finds, 100):
        with store.transaction():
            for number in range(first, min(first + 100, finds)):
                sighting = a_sighting(number)
                store.sightings.save(sighting)
                for _ in range(FILES if vault else 0):
                    assert vault is not None
                    file = vault.seal(new_id(sighting.first_seen), b"x" * 2_000)
                    at = sighting.first_seen
                    store.evidence.save(
                        EvidenceItem(
                            new_id(at), sighting.case, sighting.id, EvidenceKind.RECORD, at, "application/json", file
                        )
                    )
    store.close()


def started(config: Path, folder: Path) -> tuple[subprocess.Popen[bytes], float, float]:
    """The daemon, seconds until it was ready, and seconds of a core that it had by then."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        path = folder / "notify"
        path.unlink(missing_ok=True)
        told.bind(str(path))
        told.settimeout(120)
        began = time.monotonic()
        daemon = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--config", str(config)],
            env=os.environ | {"NOTIFY_SOCKET": str(path)},
            cwd=HERE.parent,
            stderr=subprocess.DEVNULL,
        )
        while not told.recv(4096).startswith(b"READY=1"):
            pass
        seconds = time.monotonic() - began
        return daemon, seconds, sum(map(processor_s, parts_of(daemon.pid).values()))


def imports() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import monitor.cli.main"], cwd=HERE.parent, check=True)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--finds", type=int, default=0)
    given = parser.parse_args()
    from bench import sites

    dice, ready, cores, only = random.Random(1), list[float](), list[float](), list[float]()
    site = CACHE / f"site-{PAGES}-{IMAGES}"
    sites.make(site, pages=PAGES, images=IMAGES, copies=COPIES)
    with temporary() as work, served(site) as address, endpoint() as alerts:
        config = made_ready(work, address, alerts, site, 4)
        fill(config, given.finds)
        for _ in range(given.kills):
            only.append(imports())
            daemon, seconds, worked = started(config, work)
            ready.append(seconds)
            cores.append(worked)
            time.sleep(2 * dice.random())
            daemon.kill()
            daemon.wait()
    for name, figures in (
        ("back in service", ready),
        ("seconds of a core", cores),
        ("only to import the command", only),
    ):
        print(f"{name:32}{statistics.median(figures):.2f} s, at most {max(figures):.2f} s, of {len(figures)}")


if __name__ == "__main__":
    main()

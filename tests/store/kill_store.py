"""Kills a writer at random moments, again and again, and looks at what it left. Run by test_store_kill.py.

python -m tests.store.kill_store FOLDER ROUNDS SEED: prints one JSON line, {"rounds", "saved", "torn", "lost", "alone"}.

A child writes finds as the pipeline does (sighting, evidence row and alert in one transaction) and says each id on a
pipe once it was told that it is saved. After the kill: no find without its alert or the other way round (`alone`),
none lost that was said to be saved (`lost`), and the store opens and passes its own check (`torn`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.store.store_values import NOW, a_sighting, an_alert, an_item, opened
from tests.stores import every_alert


def write_finds(folder: Path, told: int) -> None:
    store = opened(folder)
    while True:
        sighting = a_sighting(random.SystemRandom().getrandbits(48))
        with store.transaction():
            store.sightings.save(sighting)
            store.evidence.save(an_item(sighting.id, f"item{sighting.id}"))
            store.alerts.save(an_alert(sighting.id, sightings=(sighting.id,)))
        store.robots_copies.save("last", sighting.id, NOW)
        os.write(told, f"{sighting.id}\n".encode())


def main(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    said: set[str] = set()
    torn = 0
    for _ in range(rounds):
        listen, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(listen)
            try:
                write_finds(folder, told)
            finally:  # a child that fails ends its pipe: nothing is waited for in vain
                os._exit(1)
        os.close(told)
        heard = b""
        if chance.random() < 0.3:  # while the store is made or opened
            time.sleep(0.02 * chance.random())
        else:  # while finds are written
            heard = os.read(listen, 1024)
            time.sleep(0.01 * chance.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(listen, "rb") as rest:
            heard += rest.read()
        said |= {line.decode() for line in heard.splitlines()}
    store = opened(folder)
    check = store._db.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    torn += check != "ok"
    sightings = {sighting.id: sighting for sighting in store.sightings.all()}
    alerts = {alert.id for alert in every_alert(store)}
    items = {item.sighting for item in store.evidence.all()}
    store.close()
    result = {
        "rounds": rounds,
        "saved": len(sightings),
        "torn": torn,
        "lost": len(said - sightings.keys()),
        "alone": len(sightings.keys() ^ alerts) + len(sightings.keys() ^ items),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

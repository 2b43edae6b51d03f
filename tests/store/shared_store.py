"""What the test of a shared store starts, each a process of its own: `python -m tests.store.shared_store FOLDER WHAT`.

`write`: as a daemon does that is very busy, until its input ends. `confirm`, `dismiss`: that of every find, as it was
when all began, one at a time; says how many it decided, and how many it found changed."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.services.deciding import Deciding
from monitor.store.store import SqlStore, open_store
from monitor.tracking.deciding import stamp_of
from tests.store.store_values import CASE, NOW, a_run, settings

BETWEEN_S = 0.005  # no answer from any network comes sooner


def write(store: SqlStore) -> int:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    written = 0
    while not ended.is_set():
        with store.transaction():  # as a pass does: what is known, then all that was seen
            known = store.sightings.listed(CASE, limit=20)
            for find in known:
                store.sightings.save(replace(find, last_seen=max(find.last_seen, NOW) + timedelta(seconds=1)))
            store.runs.save(a_run())
        written += 1
        time.sleep(BETWEEN_S)
    return written


def decide(store: SqlStore, folder: Path, act: DecisionAct) -> tuple[int, int]:
    deciding = Deciding(store, settings(folder), lambda: NOW)
    shown = {find.id: stamp_of(find) for find in store.sightings.all(CASE)}
    print("ready", flush=True)
    sys.stdin.readline()
    made = changed = 0
    for name, stamp in shown.items():
        done = deciding.decide(act, [name], case=CASE, via=DecisionVia.PAGE, seen={name: stamp})
        made, changed = made + done.made, changed + len(done.changed)
    return made, changed


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    store = open_store(settings(folder))
    told = (write(store),) if what == "write" else decide(store, folder, DecisionAct(what))
    store.close()
    print(*told)


if __name__ == "__main__":
    main()

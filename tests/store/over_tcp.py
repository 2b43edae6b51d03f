"""A core whose database is elsewhere, for tests: opens the store, shuts itself in, and goes on with new connections.

Told on its standard input: [url, data_dir, port of something else]. Prints what came of each.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from monitor.acting import acting_for_all
from monitor.model.case import Case
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.parts.confine.core import confine_core
from monitor.parts.confine.layers import lacking_layers
from monitor.store.store import open_store


def main() -> None:
    url, data, other = json.loads(sys.stdin.readline())
    database = DatabaseSettings(key=Secret("0f" * 32), url=Secret(url))
    settings = Settings(path=None, data_dir=Path(data), watchlist_dir=Path(data), database=database)
    with acting_for_all():
        open_store(settings).close()
        layers = confine_core(settings)
        store = open_store(settings)
        store.cases.save(Case("kept"))
        kept = [case.id for case in store.cases.all()]
        store.close()
    try:
        socket.create_connection(("127.0.0.1", other)).close()
        elsewhere = "open"
    except OSError as error:
        elsewhere = type(error).__name__
    print(json.dumps({"lacking": lacking_layers(layers), "kept": kept, "elsewhere": elsewhere}))

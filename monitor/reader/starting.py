"""What a worker is started with, by the core."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import monitor

# Nothing is taken from the environment or the working directory.
START = (
    "import sys, json, importlib; sys.path[:] = json.loads(sys.argv[1]); "
    "importlib.import_module(sys.argv[2]).main(*sys.argv[3:])"
)


def opened_to_ask(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def search_path() -> list[str]:
    """Where this process finds modules, without the working directory; and where `monitor` lies, should an import hook
    have found it."""
    places = [entry for entry in sys.path if os.path.isabs(entry)]
    home = str(Path(monitor.__file__).resolve().parent.parent)
    return places if home in places else [*places, home]

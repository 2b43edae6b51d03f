"""A fresh interpreter for a part of the program: what it is started with."""

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


def search_path() -> list[str]:
    """Where this process finds modules, without the working directory; and where `monitor` lies, should an import hook
    have found it."""
    places = [entry for entry in sys.path if os.path.isabs(entry)]
    home = str(Path(monitor.__file__).resolve().parent.parent)
    return places if home in places else [*places, home]


def fresh_interpreter(module: str, *words: str) -> list[str]:
    """The command whose process calls `main(*words)` of the module."""
    import json

    return [sys.executable, "-I", "-S", "-c", START, json.dumps(search_path()), module, *words]

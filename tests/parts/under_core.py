"""`python -m tests.parts.under_core FOLDER TESTS...`: tests run by a process that gave up what the core gives up.
FOLDER stands for `data_dir`: all that they write lies below it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from monitor.model.settings import Settings
from monitor.parts.confine import places
from monitor.parts.confine.core import confine_core


def main(folder: str, *tests: str) -> int:
    base = Path(folder)
    for name in ("tmp", "home"):
        (base / name).mkdir(parents=True, exist_ok=True)
    os.environ |= {"TMPDIR": str(base / "tmp"), "HOME": str(base / "home")}
    own = places.own_interpreter()
    places.own_interpreter = lambda: (*own, *places.system_libraries())  # tests start age, tar and openssl
    layers = confine_core(Settings(path=None, data_dir=base, watchlist_dir=Path.cwd()))
    if lacking := [layer for layer in layers if not layer.active]:
        print(lacking)
        return 1
    return pytest.main(["-q", "-p", "no:cacheprovider", "--basetemp", str(base / "bt"), *tests])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

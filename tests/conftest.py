"""Hypothesis judges the program, not how busy the machine is: an example may take as long as it takes. Stores that a
test made by `a_store()` end with it."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Says how a worker of xdist ended, which itself says "Not properly terminated" of everything."""
    if not error:
        return
    with contextlib.suppress(Exception):  # it is about a failure already
        code = node.gateway._io.popen.wait(30)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        with open("/proc/meminfo") as kernel:
            free = next(line for line in kernel if line.startswith("MemAvailable"))
        print(f"\n{node.gateway.id} ended by {how}; {' '.join(free.split())}", file=sys.stderr)


@pytest.fixture(autouse=True)
def _stores_end() -> Iterator[None]:
    yield
    if stores := sys.modules.get("tests.stores"):  # only where a test used it
        stores.close_stores()

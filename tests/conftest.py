"""Hypothesis judges the program, not how busy the machine is: an example may take as long as it takes. Stores that a
test made by `a_store()` end with it. Of a table marked `rows(n)` all rows but n are `long`."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program itself does, before NumPy is loaded
# Tests start the program some hundred times: each start would compile all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-seconds", type=float, default=3600.0, help="of all that is fuzzed in the long run together"
    )
    parser.addoption("--fuzz-seed", type=int, default=None, help="of the inputs; without it others each day")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: to look for garbage among it, then and after each few tests, took a tenth of
    the suite's time."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


@pytest.hookimpl(tryfirst=True)  # before pytest itself leaves out what is long
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tables = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if item.get_closest_marker("rows") and not item.get_closest_marker("long"):
            tables[item.nodeid.partition("[")[0]].append(item)
    for rows in tables.values():
        marker = rows[0].get_closest_marker("rows")
        assert marker is not None
        kept = {round(row * (len(rows) - 1) / max(1, marker.args[0] - 1)) for row in range(marker.args[0])}
        for row, item in enumerate(rows):
            if row not in kept:
                item.add_marker(pytest.mark.long)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are made: a gzip holds the second it was made in, so no two workers would have the same name for the row.
    They bear their argument's name and a number."""
    return argname if isinstance(val, bytes) else None


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


@pytest.fixture(autouse=True, scope="session")
def _in_this_process() -> None:
    """Commands that a test runs in its own process do everything there; those that it starts have parts of their
    own."""
    from monitor.parts.here import stay_in_process

    stay_in_process()


@pytest.fixture(autouse=True)
def _stores_end() -> Iterator[None]:
    yield
    if stores := sys.modules.get("tests.stores"):  # only where a test used it
        stores.close_stores()
    if kept := sys.modules.get("monitor.kept_ways"):  # of a process; a test is not to have those of another
        kept._ports.clear()
        kept._places.clear()


@pytest.fixture(autouse=True, scope="session")
def _power_does_not_fail() -> Iterator[None]:
    """No test cuts it, so none waits until a store's pages are on the disk: on a slow one that took minutes in all.
    What is on it when a process is killed is the same. `power_fails` has the promise back."""
    sqlite = sys.modules.get("monitor.store.sqlite")  # only where a test uses it
    if sqlite is None:
        yield
        return
    kept = sqlite.Way.WRITE.pragmas
    sqlite.Way.WRITE.pragmas = tuple(pragma.replace("synchronous = FULL", "synchronous = OFF") for pragma in kept)
    yield
    sqlite.Way.WRITE.pragmas = kept


@pytest.fixture
def power_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store writes as it does in use."""
    from monitor.store import sqlite

    monkeypatch.setattr(sqlite.Way.WRITE, "pragmas", sqlite._PRAGMAS)


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_drawn() -> Iterator[None]:
    """A browser for each find would take most of the suite's time. `tests.drawing` has the way to draw after all."""
    from tests.drawing import without_drawing

    with without_drawing():
        yield

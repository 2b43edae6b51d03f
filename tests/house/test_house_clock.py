"""One clock: nothing in the program reads another than `monitor/clock.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

MONITOR = Path(__file__).parents[2] / "monitor"

# Module (or class) and name, as they are imported.
READINGS = {
    ("time", f"{name}{unit}")
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
    for unit in ("", "_ns")
}
READINGS |= {("time", name) for name in ("localtime", "gmtime", "ctime", "asctime", "strftime")}
READINGS |= {("datetime.datetime", name) for name in ("now", "utcnow", "today")} | {("datetime.date", "today")}
READINGS |= {("email.utils", name) for name in ("localtime", "formatdate", "make_msgid")}
READINGS |= {("uuid", "uuid1"), ("os", "times"), ("sqlalchemy.func", "current_timestamp")}
METHODS = {"now", "utcnow"}  # called on whatever value
LOOPS = {"get_running_loop", "get_event_loop", "loop", "_loop"}  # `.time()` of an event loop
# When a file was written is a reading too, of whoever wrote it.
FILE_TIMES = {f"st_{kind}time{unit}" for kind in "amc" for unit in ("", "_ns")} | {"getmtime", "getctime", "getatime"}

ALLOWED = {
    ("clock.py", "datetime.datetime.now"): "the one place",
    ("clock.py", "time.monotonic"): "the one place",
    ("clock.py", "time.clock_gettime"): "the one place",
    ("clock.py", "time.process_time"): "how much of the processor this process has used: no time of any day",
    ("reader/crew.py", "time.clock_gettime"): "how much of the processor a child has used: no time of any day",
    ("outbound/own_network.py", "st_mtime_ns"): "whether the resolver's file is another than before, not when",
    ("config_files.py", "st_mtime_ns"): "whether a file is another than before, not when",
    ("config_files.py", "st_ctime_ns"): "likewise",
    ("services/time_checks.py", "st_mtime"): "a clock before the day on which this program was put here stands wrong",
    (
        "services/own_evidence.py",
        "st_mtime",
    ): "when the person saved a file, as the disk has it: told, nothing is decided by it",
    ("vault/folder.py", "st_mtime"): "which files are older than the pass under way",
    ("vault/folder.py", "st_ctime"): "since when strays lie there",
    ("setup_unfinished.py", "st_mtime"): "when a set-up that was cut off wrote its last line",
    ("setup_unfinished.py", "st_ctime"): "whether a file was put there long after that",
}
"""File under monitor/ and reading -> why."""


def readings(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    names = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            whole = _dotted(node, names)
            if _is_reading(whole):
                yield whole
            elif node.attr in FILE_TIMES:
                yield node.attr
            elif node.attr == "time" and _is_loop(node.value):
                yield "an event loop's time"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield _dotted(node.func, names) or node.func.attr
        elif isinstance(node, ast.Name) and _is_reading(names.get(node.id, "")):
            yield names[node.id]


def _imported(tree: ast.AST) -> dict[str, str]:
    """Name in this file -> whole name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                first = one.name.partition(".")[0]
                names[one.asname or first] = one.name if one.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {(one.asname or one.name): f"{node.module}.{one.name}" for one in node.names}
    return names


def _is_reading(whole: str) -> bool:
    module, _, name = whole.rpartition(".")
    return (module, name) in READINGS


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Name():
            return names.get(node.id, node.id)
        case ast.Attribute():
            return f"{_dotted(node.value, names)}.{node.attr}"
        case _:
            return ""


def _is_loop(node: ast.expr) -> bool:
    match node:
        case ast.Call():
            return _is_loop(node.func)
        case ast.Attribute():
            return node.attr in LOOPS
        case ast.Name():
            return node.id in LOOPS
        case _:
            return False


@cache
def found() -> set[tuple[str, str]]:
    return {
        (path.relative_to(MONITOR).as_posix(), reading)
        for path in MONITOR.rglob("*.py")
        for reading in readings(path.read_text("utf-8"))
    }


def test_no_other_clock_is_read() -> None:
    assert found() - set(ALLOWED) == set()


def test_what_is_allowed_is_still_there() -> None:
    assert set(ALLOWED) - found() == set()


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import time\ntime.time()", id="the module"),
        pytest.param("import time as t\nx = t.monotonic", id="another name, handed on"),
        pytest.param("from time import perf_counter_ns as p\np()", id="the function"),
        pytest.param("from datetime import datetime, UTC\nf = lambda: datetime.now(UTC)", id="a default"),
        pytest.param("import datetime as dt\ndt.datetime.utcnow()", id="the class by its module"),
        pytest.param("from datetime import date\ndate.today()", id="a day"),
        pytest.param("import email.utils\nemail.utils.formatdate()", id="a header's"),
        pytest.param("from uuid import uuid1\nuuid1()", id="in an identifier"),
        pytest.param("import asyncio\nasyncio.get_running_loop().time()", id="an event loop's"),
        pytest.param("loop.time()", id="an event loop's, kept"),
        pytest.param("path.stat().st_mtime", id="a file's"),
        pytest.param("pendulum.now()", id="somebody else's"),
    ],
)
def test_a_reading_is_found(source: str) -> None:
    assert list(readings(source))

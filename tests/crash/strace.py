"""Which system calls an act makes in its folder, and killing it at one of them, with strace(1).

A process that is to be traced is forked and waits; strace is attached to it, then it is let go. So a point costs what
the act costs, and no start of an interpreter.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CALLS = (
    "write",
    "writev",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
)
_PR_SET_PTRACER, _ANYBODY = 0x59616D61, -1  # <linux/prctl.h>: where only a parent may trace
_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_END = re.compile('[>",]')
_ID = re.compile(r"[0-9a-z]{16,}")


@dataclass(frozen=True, slots=True)
class Point:
    """The `nth` `call` of the thread that makes so many first. label: what it is about, as far as that is the same in
    each run. is_reached: none other comes to its number before it."""

    call: str
    nth: int
    label: str
    is_reached: bool = True


@cache
def why_not() -> str:
    """Why nothing can be traced here; '' where it can."""
    if sys.platform != "linux":
        return "strace is of Linux"
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    return f"strace is not let: {tried.stderr.strip()[:200]}" if tried.returncode else ""


def points_of(act: Callable[[], None], folder: Path, log: Path) -> list[Point]:
    """Of a run that nothing ends. Raises AssertionError where it fails by itself."""
    status = traced(act, ["-y", "-s", "300"], log)
    assert status == 0, f"the act itself failed ({status})"
    return list(_points(log.read_text(errors="replace").splitlines(), str(folder)))


def killed_at(point: Point, act: Callable[[], None], log: Path) -> bool:
    """Whether it came so far; else it ran to its end. Raises AssertionError where it failed."""
    status = traced(act, ["-e", f"inject={point.call}:signal=KILL:when={point.nth}"], log, calls=(point.call,))
    assert status in (0, -signal.SIGKILL), f"the act failed before it was killed ({status})"
    return status != 0


def failed_at(point: Point, act: Callable[[], None], log: Path, *, error: str, stays: bool) -> bool:
    """Whether the call failed there: with `error`, once or from there on. Raises AssertionError where the act fails."""
    when = f"{point.nth}+" if stays else str(point.nth)
    status = traced(act, ["-e", f"inject={point.call}:error={error}:when={when}"], log, calls=(point.call,))
    assert status == 0, f"the act did not bear it ({status})"
    return "(INJECTED)" in log.read_text(errors="replace")


def _points(lines: list[str], folder: str) -> Iterator[Point]:
    """In their order. strace counts for each thread and each call by itself."""
    made, reached = Counter[tuple[str, str]](), set[tuple[str, int]]()
    for line in lines:
        found = _LINE.match(line)
        if found is None or found[2] not in CALLS:
            continue
        thread, call, rest = found[1], found[2], found[3]
        made[thread, call] += 1
        nth = made[thread, call]
        if folder in rest:
            yield Point(call, nth, _label(call, rest, folder), (call, nth) not in reached)
        reached.add((call, nth))


def _label(call: str, rest: str, folder: str) -> str:
    path = _END.split(rest.partition(folder)[2], maxsplit=1)[0].lstrip("/")
    return f"{call} {_ID.sub('ID', path)}"


def traced(act: Callable[[], None], options: list[str], log: Path, *, calls: tuple[str, ...] = CALLS) -> int:
    """How it ended: its exit code, or the signal as a negative number."""
    listen, let_go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(let_go)
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)
        os.read(listen, 1)
        os.close(listen)
        ran(act)
    os.close(listen)
    command = ["strace", "-f", "-qq", "-e", "signal=none", "-e", f"trace={','.join(calls)}", *options]
    tracing = subprocess.Popen([*command, "-o", str(log), "-p", str(child)], stderr=subprocess.PIPE, text=True)
    status = Path(f"/proc/{child}/status")
    while "TracerPid:\t0\n" in status.read_text():  # the kernel's word that it is attached: nothing tells it
        if tracing.poll() is not None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError(f"strace: {tracing.communicate()[1]}")
        time.sleep(0.002)
    os.write(let_go, b"x")
    os.close(let_go)
    _, ended = os.waitpid(child, 0)
    tracing.communicate()
    return os.waitstatus_to_exitcode(ended)


def ran(act: Callable[[], None]) -> None:
    """In a forked process, which ends with it and does not come back."""
    code = 1
    try:
        act()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)

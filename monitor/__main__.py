"""`reupload-monitor` and `python -m monitor`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

SPEAK_TLS_THEMSELVES = ("demo", "review")
"""Commands with servers of their own. For all others the fetcher's process does, and no other part loads OpenSSL."""


_INTERRUPTED = 130


def main() -> int:
    try:
        return _main()
    except KeyboardInterrupt:  # while the command line itself is loaded: a second, on a machine that is busy
        sys.stderr.write("stopped\n")
        return _INTERRUPTED


def _main() -> int:
    from monitor.private import keep_private

    keep_private()
    if sys.argv[1:2] == ["part"]:  # typed by nobody: what units start, each with its one connection
        from monitor.parts.parent.beginning import begin_part

        return begin_part(" ".join(sys.argv[2:]))
    command = command_word(sys.argv[1:])
    if (code := _as_parent(command)) is not None:
        return code
    if command not in SPEAK_TLS_THEMSELVES:  # before asyncio is imported, which takes it along where it can
        sys.modules["ssl"] = sys.modules["_ssl"] = None  # type: ignore[assignment]  # importlib's word for: not there
    # Before NumPy is loaded: the matcher's products are small, and two threads that wait for each other cost twice.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from monitor.cli.main import run

    if "--debug" not in sys.argv:
        # What a finalizer meets while Ctrl-C ends the program is no news to the person who pressed it.
        sys.unraisablehook = lambda _: None
    return run(sys.argv[1:])


def command_word(words: Sequence[str]) -> str:
    """Which command it is; '' where none is named. Needs nothing of the command line itself, which takes a while to
    load."""
    rest = iter(words)
    for word in rest:
        if word in ("--config", "--case"):
            next(rest, "")
        elif not word.startswith("-"):
            return word
    return ""


def _as_parent(command: str) -> int | None:
    """The exit code of `run` or `worker`, whose core was a child of this one. None where this process does the work:
    the core itself, or any other command. Before anything heavy is loaded, which would stay twice."""
    if command not in ("run", "worker") or sys.platform != "linux" or "PARTS_DIRECTORY" in os.environ:
        return None
    from monitor.parts.parent.watching_over import watch_over

    return watch_over(debug="--debug" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())

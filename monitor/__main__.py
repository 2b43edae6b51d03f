"""`reupload-monitor` and `python -m monitor`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    from monitor.private import keep_private

    keep_private()
    if sys.argv[1:2] == ["part"]:  # typed by nobody: what units start, each with its one connection
        from monitor.parts.parent.beginning import begin_part

        return begin_part(" ".join(sys.argv[2:]))
    if (code := _as_parent(sys.argv[1:])) is not None:
        return code
    # Before NumPy is loaded: the matcher's products are small, and two threads that wait for each other cost twice.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from monitor.cli.main import run

    if "--debug" not in sys.argv:
        # What a finalizer meets while Ctrl-C ends the program is no news to the person who pressed it.
        sys.unraisablehook = lambda _: None
    return run(sys.argv[1:])


def _as_parent(words: list[str]) -> int | None:
    """The exit code of `run`, whose core was a child of this process. None where this process does the work: the core
    itself, or any other command. Before anything heavy is loaded, which would stay twice."""
    if "run" not in words or sys.platform != "linux" or "PARTS_DIRECTORY" in os.environ:
        return None
    from monitor.parts.parent.watching_over import is_daemon, watch_over

    return watch_over(words) if is_daemon(words) else None


if __name__ == "__main__":
    sys.exit(main())

"""`reupload-monitor` and `python -m monitor`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    from monitor.private import keep_private

    keep_private()
    # Before NumPy is loaded: the matcher's products are small, and two threads that wait for each other cost twice.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from monitor.cli.main import run

    if "--debug" not in sys.argv:
        # What a finalizer meets while Ctrl-C ends the program is no news to the person who pressed it.
        sys.unraisablehook = lambda _: None
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

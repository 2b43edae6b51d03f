"""`reupload-monitor` and `python -m monitor`."""

from __future__ import annotations

import sys


def main() -> int:
    from monitor.private import keep_private

    keep_private()
    from monitor.cli.main import run

    if "--debug" not in sys.argv:
        # What a finalizer meets while Ctrl-C ends the program is no news to the person who pressed it.
        sys.unraisablehook = lambda _: None
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

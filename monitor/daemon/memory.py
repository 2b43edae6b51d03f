"""Keeps the idle daemon small: it runs beside everything else on small machines, all day."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

NOT_NEEDED = "httpx._main"
"""httpx's command line, which httpx imports when it can, and with it rich, click and pygments: 6 MB for nothing."""


def import_less() -> None:
    """Before httpx is imported. None stands for a module that is not there (importlib's own convention)."""
    sys.modules.setdefault(NOT_NEEDED, None)  # type: ignore[arg-type]


def give_back() -> None:
    """Returns freed memory to the system: glibc keeps it otherwise (14 MB after a visit with new images). First what
    only cycles hold: `monitor.app` has them looked for seldom."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library has no malloc_trim and may not need it
        ctypes.CDLL(None).malloc_trim(0)

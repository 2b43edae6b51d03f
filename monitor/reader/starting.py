"""What is asked of a worker that was started, by the core."""

from __future__ import annotations

import os


def opened_to_ask(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1

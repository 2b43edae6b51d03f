"""What stands still, written beside the store while it does: the store itself may be what hangs, and the process may be
killed for it. The next start reads it. It names one of the daemon's own loops and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from monitor.model.progress import Loop

STALL_FILE = "stall.json"
_MOST_BYTES = 1000


def write_stall(data_dir: Path, loop: Loop, boot: str) -> None:
    """A disk that takes nothing is no reason to fall: the journal has it too."""
    with contextlib.suppress(OSError):
        descriptor = os.open(data_dir / STALL_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"loop": loop.value, "boot": boot}, file)


def take_stall(data_dir: Path, boot: str) -> Loop | None:
    """Of this start of the machine; it is gone afterwards."""
    path = data_dir / STALL_FILE
    try:
        with path.open("rb") as file:
            kept = json.loads(file.read(_MOST_BYTES))
        return Loop(kept["loop"]) if kept["boot"] == boot else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    finally:
        forget_stall(data_dir)


def forget_stall(data_dir: Path) -> None:
    with contextlib.suppress(OSError):
        (data_dir / STALL_FILE).unlink()

"""What is known of the vault's folder without sealing or opening: what only sweeps and removes loads no cipher."""

from __future__ import annotations

import os
from pathlib import Path

STORE_KEY = "store-key.age"


def sync_folder(folder: Path) -> None:
    """A new name in a folder survives a power loss only once the folder itself was synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

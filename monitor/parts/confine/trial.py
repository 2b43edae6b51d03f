"""A process that gives up what the core gives up, tries what the core must not be able to do, and says how it went:
for `doctor`, whose own command goes on needing more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from monitor.kept_ways import keep_way, kept_ways
from monitor.lifeline import stay_with
from monitor.model.settings import BackupSettings, EvidenceSettings, Settings
from monitor.parts.confine.attempts import core_attempts
from monitor.parts.confine.core import confine_core
from monitor.parts.confine.layers import Confinement


def trial_words(settings: Settings) -> str:
    """What `main` is told: places alone, and no secret."""
    return json.dumps(
        {
            "path": str(settings.path) if settings.path else "",
            "data_dir": str(settings.data_dir),
            "watchlist_dir": str(settings.watchlist_dir),
            "backups": settings.backup.folder,
            "secret_files": [str(file) for file in settings.secret_files],
            "roots": settings.evidence.timestamp_roots,
            "ports": kept_ways(),
        }
    )


def trial_answer(said: bytes) -> tuple[Confinement, ...]:
    """Raises ValueError."""
    return tuple(Confinement(*layer) for layer in json.loads(said))


def main(words: str, parent: str) -> None:
    stay_with(int(parent))
    told: dict[str, Any] = json.loads(words)
    for port in told["ports"]:
        keep_way(port)
    layers = confine_core(
        Settings(
            path=Path(told["path"]) if told["path"] else None,
            data_dir=Path(told["data_dir"]),
            watchlist_dir=Path(told["watchlist_dir"]),
            backup=BackupSettings(folder=told["backups"]),
            evidence=EvidenceSettings(timestamp_roots=tuple(told["roots"])),
            secret_files=tuple(map(Path, told["secret_files"])),
        )
    )
    os.write(1, json.dumps([*layers, *core_attempts()]).encode())

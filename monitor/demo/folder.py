"""The folder that the demo leaves: made, or made anew where it is an earlier demo's; nothing else is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import UsageError

_MARK = "made-by-demo.txt"
_OWN = (
    "config.toml", "watchlists", "data", "drafts", "alerts", "identity.txt", "store-key.txt", "packet", "packet.zip"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoFolder:
    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def watchlist(self) -> Path:
        return self.root / "watchlists" / "demo.toml"

    @property
    def identity(self) -> Path:
        return self.root / "identity.txt"

    @property
    def store_key(self) -> Path:
        return self.root / "store-key.txt"

    @property
    def drafts(self) -> Path:
        return self.root / "drafts"

    @property
    def packet(self) -> Path:
        return self.root / "packet.zip"

    @property
    def alerts(self) -> Path:
        return self.root / "alerts"

    def write(self, path: Path, text: str) -> None:
        """For this user only, from the first byte on."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def prepare(out: Path | None) -> DemoFolder:
    """A new folder of its own name where `out` is None. Raises UsageError where something else lies in `out`."""
    if out is None:
        root = Path(tempfile.mkdtemp(prefix="reupload-monitor-demo-"))
    else:
        root = out.absolute()
        if root.is_dir() and any(root.iterdir()):
            if not (root / _MARK).is_file():
                raise UsageError(
                    f"{root} is not empty, and no earlier demo made it",
                    remedy="Name a new or empty folder: --out DIR",
                )
            _clear(root)
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{root} cannot be made: {error.strerror}", remedy="Name another folder: --out DIR"
            ) from error
    (root / _MARK).write_text("Made by `reupload-monitor demo`; the next demo here makes it anew.\n")
    return DemoFolder(root)


def _clear(root: Path) -> None:
    for name in _OWN:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

"""What is installed here, and whether it is what was tested: the versions in requirements.lock.

An installed program knows them by its own metadata (setup.py writes them there), one that runs from its folder by the
lock file beside it. Only `packaging` beside the standard library, and only when asked: `--version` should be quick.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from monitor import __version__

DISTRIBUTION = "reupload-monitor"
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A package that is not as it was tested. here: "" where it is missing."""

    name: str
    tested: str
    here: str

    def __str__(self) -> str:
        return f"{self.name} {self.here or 'is missing'} (tested: {self.tested})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """lock: the first digits of a digest over all that was tested, for whoever is told of a fault; "" where nothing is
    known of it. tested: how many packages that means for this Python and machine."""

    version: str
    folder: Path
    python: str
    lock: str
    tested: int
    others: tuple[OtherVersion, ...]


def installed() -> Installed:
    lines = _tested_lines()
    wanted = _wanted_here(lines)
    found = _found(sys.path)
    others = (OtherVersion(name, version, found.get(name, "")) for name, version in wanted.items())
    return Installed(
        version=__version__,
        folder=_HERE,
        python=f"{sys.version.split()[0]} ({sys.executable})",
        lock=lock_name(lines),
        tested=len(wanted),
        others=tuple(other for other in others if other.here != other.tested),
    )


def lock_name(lines: Iterable[str]) -> str:
    """The same for a lock file and for the metadata made of it, whatever the spaces and quotes."""
    known = sorted("".join(line.split()).replace("'", '"').lower() for line in lines)
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:8] if known else ""


def lines_of_lock(text: str) -> list[str]:
    """`name==1.2 ; marker` of each package that the program is run with, without hashes."""
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if "==" in line and line[:1].isalnum())
    return [line for line in lines if not line.startswith("setuptools==")]


def _tested_lines() -> list[str]:
    beside = _HERE.parent / "requirements.lock"
    if beside.is_file():
        return lines_of_lock(beside.read_text("utf-8"))
    try:
        named = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [line for line in named if "==" in line.partition(";")[0]]


def _wanted_here(lines: Iterable[str]) -> dict[str, str]:
    """Name -> version, of those that are for this Python and machine."""
    from packaging.requirements import Requirement

    wanted = {}
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            wanted[_plain(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return wanted


def _found(folders: Iterable[str]) -> dict[str, str]:
    """Name -> version, by the names of the folders in which installers note it: to read each one's notes takes longer
    than all the rest. The first that Python would find counts."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in Path(folder or ".").glob("*.dist-info"):
            name, _, version = path.name.removesuffix(".dist-info").rpartition("-")
            found.setdefault(_plain(name), version)
    return found


def _plain(name: str) -> str:
    """As packaging.utils.canonicalize_name does, without loading it."""
    return name.lower().replace("_", "-").replace(".", "-")

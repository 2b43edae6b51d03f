"""The lock files as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"


@dataclass(frozen=True, slots=True)
class Locked:
    """One package. name: canonical. marker: on which machines, '' = on all. hashes: SHA-256 of each file that may be
    installed, hexadecimal."""

    name: str
    version: Version
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(text: str) -> tuple[Locked, ...]:
    """Raises ValueError for a line that is no exact version, and for one without hashes: nothing of it is sure."""
    found: list[Locked] = []
    for entry in text.replace("\\\n", " ").splitlines():
        line, *hashes = entry.split(" --hash=sha256:")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement = Requirement(line.strip())
        exact = [one.version for one in requirement.specifier if one.operator == "=="]
        if len(exact) != 1 or len(requirement.specifier) != 1:
            raise ValueError(f"{line.strip()!r} names no exact version")
        if not hashes:
            raise ValueError(f"{line.strip()!r} has no hashes")
        found.append(
            Locked(
                canonicalize_name(requirement.name),
                Version(exact[0]),
                str(requirement.marker or ""),
                tuple(sorted(one.strip() for one in hashes)),
            )
        )
    return tuple(found)

"""What became of a person's own files: enrolled, compared, taken in from a list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.model.match import Match


@dataclass(frozen=True, slots=True)
class Enrolled:
    """label: of the file. reference: the picture that it is a version of. beside: how many other files of
    it are kept. remarks: what the person should know of it, in sentences."""

    reference: str
    label: str
    file: Path
    fingerprints: tuple[str, ...]
    beside: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """outdated: photos of the case whose features are of another version: matched by hashes alone until their files are
    enrolled again."""

    enrolled: tuple[Enrolled, ...]
    skipped: tuple[Skipped, ...]
    outdated: int = 0


@dataclass(frozen=True, slots=True)
class FileMatch:
    """match is None exactly where the file could not be read; error says why."""

    file: Path
    match: Match | None
    error: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of a hash list that is not a hash. line: from 1; of a JSON list, the number of the entry."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Of a hash list. references: id and label of each that is enrolled by it. repaired: lines whose hash had lost its
    leading zeros. hashes: how many it held, enrolled already or not."""

    references: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]
    repaired: tuple[int, ...]
    hashes: int

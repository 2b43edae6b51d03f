"""What became of a person's own files: enrolled, compared, taken in from a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from monitor.model.match import Match


@dataclass(frozen=True, slots=True)
class FileSteps:
    """Who asked is told how many files there are and which is read, and can stop it between two of them: what was done
    by then stays."""

    on_total: Callable[[int], object] = lambda _: None
    on_file: Callable[[Path], object] = lambda _: None
    is_stopped: Callable[[], bool] = lambda: False


UNTOLD = FileSteps()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """label: of the file. reference: the picture that it is a version of. beside: how many other files of
    it are kept. remarks: what the person should know of it, in sentences. photo: what that picture is called now.
    is_new: nothing of it was enrolled before this file."""

    reference: str
    label: str
    file: Path
    fingerprints: tuple[str, ...]
    beside: int = 0
    remarks: tuple[str, ...] = ()
    photo: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """reference: the picture that the file is of, and adds nothing to; '' where nothing of it is enrolled."""

    file: Path
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """outdated: photos of the case whose features are of another version: matched by hashes alone until their files are
    enrolled again. left: files that were not looked at, because the person stopped it. photos: of the case, now."""

    enrolled: tuple[Enrolled, ...]
    skipped: tuple[Skipped, ...]
    outdated: int = 0
    left: int = 0
    photos: int = 0

    @property
    def known(self) -> tuple[Skipped, ...]:
        """Files of pictures that are enrolled already."""
        return tuple(row for row in self.skipped if row.reference)

    @property
    def refused(self) -> tuple[Skipped, ...]:
        """Files of which nothing is enrolled."""
        return tuple(row for row in self.skipped if not row.reference)

    @property
    def same_photos(self) -> tuple[tuple[Path, ...], ...]:
        """The files of each picture that came more than once, in the order in which they were read."""
        files = dict[str, list[Path]]()
        rows = [(row.reference, row.file) for row in self.enrolled] + [(row.reference, row.file) for row in self.known]
        for reference, file in rows:
            files.setdefault(reference, []).append(file)
        return tuple(tuple(paths) for paths in files.values() if len(paths) > 1)


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

"""Drafts as files: where they lie, for whom they are to read, and that the store knows each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from monitor.errors import UsageError, WorkFailed
from monitor.model.ids import CaseId, SightingId
from monitor.model.removal import DraftFile
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.ports import Store


def default_folder(settings: Settings, case: CaseId) -> Path:
    return settings.data_dir / "drafts" / case


def private_folder(folder: Path) -> Path:
    """The folder by its real, absolute path; made for this user only where it is not there. Raises UsageError for one
    that is another user's or that others may write: they could read, change or swap what lies in it."""
    made = folder.absolute()
    try:
        made.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        real = made.parent.resolve() / made.name if made.name not in ("", "..") else made.resolve()
        real.mkdir(exist_ok=True, mode=0o700)
    except FileExistsError as error:
        raise UsageError(f"{folder} is not a folder", remedy="Name a folder for the drafts with --out.") from error
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror}", remedy="Name another with --out."
        ) from error
    os.close(_open_private(real))
    return real


def _open_private(folder: Path) -> int:
    """What is checked is what is opened: nobody can put another folder in its place between the two."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if folder.is_symlink():
            raise UsageError(
                f"{folder} leads elsewhere (it is a symbolic link), so it is not known where the drafts would lie",
                remedy=f"Name the folder itself: --out {folder.resolve()}",
            ) from error
        raise UsageError(
            f"the folder {folder} cannot be opened: {error.strerror}", remedy="Name another with --out."
        ) from error
    found = os.fstat(descriptor)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o022:
        return descriptor
    os.close(descriptor)
    if found.st_uid != os.geteuid():
        raise UsageError(
            f"the folder {folder} belongs to another user, who could read or change the drafts in it",
            remedy="Name a folder of your own with --out, or leave --out away.",
        )
    raise UsageError(
        f"others may write in the folder {folder}, so they could change or swap the drafts in it",
        remedy=f"chmod go-w {folder}, or name another folder with --out.",
    )


def write_draft(
    name: str,
    text: str,
    *,
    case: CaseId,
    sighting: SightingId,
    folder: Path,
    again: Report | None,
    store: Store,
) -> str:
    """The path. The store knows it before a byte is written: a draft that nothing names would outlive its sighting.
    again: whose draft is made anew; what other reports of the case name stays as it is."""

    def is_taken(path: Path) -> bool:
        named = store.reports.of_file(case, str(path))
        return any(again is None or report.id != again.id for report in named)

    path = next(path for path in _numbered(folder / name) if not is_taken(path))
    store.draft_files.add(DraftFile(case, sighting, str(path)))
    inside = _open_private(folder)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path.name, flags, 0o600, dir_fd=inside), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise WorkFailed(
            f"the draft {path} cannot be written: {error.strerror}",
            remedy="Make room, move away what stands there, or name another folder with --out.",
        ) from error
    finally:
        os.close(inside)
    return str(path)


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}-{number}")

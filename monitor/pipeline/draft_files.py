"""Drafts as files: where they lie, for whom they are to read, and that the store knows each."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import UsageError, WorkFailed
from monitor.model.removal import DraftFile
from monitor.model.settings import Settings
from monitor.ports import Store

_AT_MOST = 100  # drafts of one name: each draft that was sent keeps its file


def default_folder(settings: Settings, case: str) -> Path:
    return settings.data_dir / "drafts" / case


def private_folder(folder: Path) -> Path:
    """The folder by its real, absolute path; made for this user only where it is not there. Raises UsageError for one
    that is another user's or that others may write: they could read, change or swap what lies in it."""
    try:
        made = folder.absolute()
        made.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        real = made.parent.resolve() / made.name if made.name not in ("", "..") else made.resolve()
        real.mkdir(exist_ok=True, mode=0o700)
        found = os.lstat(real)
    except FileExistsError as error:
        raise UsageError(f"{folder} is no folder", remedy="Name a folder for the drafts with --out.") from error
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made or read: {error.strerror}", remedy="Name another with --out."
        ) from error
    if not real.is_dir() or real.is_symlink():
        raise UsageError(
            f"{folder} leads elsewhere (it is a symbolic link), so it is not known where the drafts would lie",
            remedy=f"Name the folder itself: --out {real.resolve()}",
        )
    if found.st_uid != os.geteuid():
        raise UsageError(
            f"the folder {folder} belongs to another user, who could read or change the drafts in it",
            remedy="Name a folder of your own with --out, or leave --out away.",
        )
    if found.st_mode & 0o022:
        raise UsageError(
            f"others may write in the folder {folder}, so they could change or swap the drafts in it",
            remedy=f"chmod go-w {real}, or name another folder with --out.",
        )
    return real


def write_draft(name: str, text: str, *, case: str, sighting: str, folder: Path, taken: set[str], store: Store) -> str:
    """The path. The store knows it before a byte is written: a draft that nothing names would outlive its sighting.
    taken: paths that other reports of the case name, which stay as they are."""
    path = _free(folder / name, taken)
    store.draft_files.add(DraftFile(case, sighting, str(path)))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise WorkFailed(
            f"the draft {path} cannot be written: {error.strerror}",
            remedy="Make room, move away what stands there, or name another folder with --out.",
        ) from error
    return str(path)


def _free(path: Path, taken: set[str]) -> Path:
    names = [path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, _AT_MOST))]
    return next((name for name in names if str(name) not in taken), names[-1])

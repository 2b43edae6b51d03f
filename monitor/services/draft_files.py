"""Drafts as files: where they lie, for whom they are to read, and that the store knows each."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import count
from pathlib import Path

from monitor.errors import UsageError, WorkFailed
from monitor.mending import Mending
from monitor.model.ids import CaseId, SightingId
from monitor.model.removal import DraftFile, FileKind, Removal, half_written, whole_of
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.ports import Store
from monitor.takedown.sheet_index import index_without
from monitor.takedown.sheets import INDEX, MAIL, SheetFile
from monitor.vault.folder import sync_folder

MAX_DRAFT_BYTES = 4_000_000  # the longest has 250 addresses of 8,000 characters
_ANEW = "Draft it anew: the new sheet takes its place, and nothing that was noted is lost."


def default_folder(settings: Settings, case: CaseId) -> Path:
    return settings.data_dir / "drafts" / case


def private_folder(folder: Path) -> Path:
    """The folder by its real, absolute path; made for this user only where it is not there. Raises UsageError for one
    that is another user's or that others may write: they could read, change or swap what lies in it."""
    made = folder.absolute()
    try:
        _make(made.parent)
        real = made.parent.resolve() / made.name if made.name not in ("", "..") else made.resolve()
        _make(real)
    except FileExistsError as error:
        raise UsageError(
            f"{folder} is not a folder", remedy="Name a folder for the drafts with --out.", way=Mending.DRAFTS_FOLDER
        ) from error
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror}",
            remedy="Name another with --out.",
            way=Mending.DRAFTS_FOLDER,
        ) from error
    os.close(_open_private(real))
    return real


def _make(folder: Path) -> None:
    """With those above it that are missing, each on the disk before what lies in it is told of. Raises OSError."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in reversed(new):
        with suppress(OSError):  # a folder of a kind of disk that cannot be synced
            sync_folder(one.parent)


def _open_private(folder: Path) -> int:
    """What is checked is what is opened: nobody can put another folder in its place between the two."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if folder.is_symlink():
            raise UsageError(
                f"{folder} leads elsewhere (it is a symbolic link), so it is not known where the drafts would lie",
                remedy=f"Name the folder itself: --out {folder.resolve()}",
                way=Mending.DRAFTS_FOLDER,
            ) from error
        raise UsageError(
            f"the folder {folder} cannot be opened: {error.strerror}",
            remedy="Name another with --out.",
            way=Mending.DRAFTS_FOLDER,
        ) from error
    found = os.fstat(descriptor)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o022:
        return descriptor
    os.close(descriptor)
    if found.st_uid != os.geteuid():
        raise UsageError(
            f"the folder {folder} belongs to another user, who could read or change the drafts in it",
            remedy="Name a folder of your own with --out, or leave --out away.",
            way=Mending.DRAFTS_FOLDER,
        )
    raise UsageError(
        f"others may write in the folder {folder}, so they could change or swap the drafts in it",
        remedy=f"chmod go-w {folder}, or name another folder with --out.",
        way=Mending.DRAFTS_FOLDER,
    )


def write_sitting(
    files: Sequence[SheetFile],
    about: Sequence[Sequence[SightingId]],
    *,
    day: date,
    case: CaseId,
    folder: Path,
    renewed: Sequence[Report] = (),
    now: datetime,
    store: Store,
) -> tuple[str, ...]:
    """The path of each draft's sheet, in the order of the drafts. They lie in a folder of their own below `folder`,
    named by `day`. about: the sightings of each draft. renewed: whose drafts are made anew; where these alone lie in a
    folder of that day, it is written in again, and what lies there of an earlier version goes.

    The store knows every place before a byte is written: a draft that nothing names would outlive its sighting. All are
    written or none: only a kill between two renames leaves some of the old beside some of the new."""
    place = next(place for place in _numbered(folder / day.isoformat()) if _is_free(place, case, renewed, store))
    everybody = list(dict.fromkeys(sighting for sightings in about for sighting in sightings))
    with store.transaction():
        for file in files:
            for sighting in everybody if file.draft is None else about[file.draft]:
                store.draft_files.add(DraftFile(case, sighting, str(place / file.name)))
        store.intents.to_draft(case, str(place), now)
    is_new = not place.exists()
    try:
        _make(place)
        inside = _open_private(place)
    except OSError as error:
        raise _not_written(place, error) from error
    try:
        _write_all(files, inside)
    except OSError as error:
        if is_new:
            with suppress(OSError):
                place.rmdir()
        raise _not_written(place, error) from error
    finally:
        os.close(inside)
    _take_away_older({file.name for file in files}, place, case, store)
    return tuple(str(place / file.name) for file in files if file.is_sheet)


def files_of_draft(report: Report, store: Store) -> tuple[str, ...]:
    """Its sheet, and the mail beside it; none that another report has as well."""
    if not report.file or any(other.id != report.id for other in store.reports.of_file(report.case, report.file)):
        return ()
    sheet = Path(report.file)
    mail = str(sheet.with_suffix(MAIL))
    return (report.file, mail) if mail in store.draft_files.within(report.case, str(sheet.parent)) else (report.file,)


def sheet_text(report: Report) -> str:
    """As it lies there now, with what the person changed in it. Raises UsageError where there is none, WorkFailed where
    it cannot be read."""
    sheet = Path(report.file)
    if not report.file:
        raise UsageError(
            f"the sheet of report {report.id} was taken away, since a find in it was not to be reported",
            remedy="Write it anew: the other finds in it are drafted again, and your words stay as they were.",
        )
    try:
        inside = _open_private(sheet.parent)
        try:
            opened = os.open(sheet.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=inside)
        finally:
            os.close(inside)
        with os.fdopen(opened, "rb") as there:
            found = there.read(MAX_DRAFT_BYTES + 1)
    except UsageError as error:  # its remedy names an option of a command that wrote it
        raise WorkFailed(str(error), remedy=_ANEW) from error
    except OSError as error:
        raise WorkFailed(f"{report.file} cannot be read: {error.strerror}", remedy=_ANEW) from error
    if len(found) > MAX_DRAFT_BYTES:
        raise WorkFailed(f"{report.file} is larger than any sheet of this program", remedy=_ANEW)
    return found.decode("utf-8", "replace")


def tell_indexes(gone: Collection[str], case: CaseId, store: Store, program: str) -> None:
    """The index of each sitting tells no more of sheets that were taken away, and goes with the last of them. gone:
    paths. program: as `own_command` has it. One that the person took away, or that cannot be read or written, is let
    alone."""
    sheets = {path for path in gone if not path.endswith(MAIL)}
    for place in sorted({Path(path).parent for path in sheets}):
        if str(place / INDEX) not in store.draft_files.within(case, str(place)):
            continue
        names = {Path(path).name for path in sheets if Path(path).parent == place}
        with suppress(UsageError, OSError, UnicodeDecodeError):
            inside = _open_private(place)
            try:
                left = _index_left(inside, names, program)
            finally:
                os.close(inside)
            if not left:
                store.draft_files.drop(case, [str(place / INDEX)])
                store.removals.add(Removal(case, FileKind.DRAFT, str(place / INDEX)))


def _index_left(inside: int, names: Collection[str], program: str) -> bool:
    """inside: an open folder. False: nothing is left for an index to tell. Raises OSError, UnicodeDecodeError."""
    with os.fdopen(os.open(INDEX, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=inside), "rb") as there:
        left = index_without(there.read().decode("utf-8"), names, program)
    if left:
        _write_all([SheetFile(INDEX, left.encode("utf-8"), None)], inside)
    return bool(left)


def _write_all(files: Sequence[SheetFile], inside: int) -> None:
    """First all of them beside what is there, then each in its place. Raises OSError; what was there is there still."""
    parts: list[str] = []
    try:
        for file in files:
            name = half_written(file.name)
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=inside)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            parts.append(name)
            with os.fdopen(os.open(name, flags, 0o600, dir_fd=inside), "wb") as written:
                written.write(file.data)
                written.flush()
                os.fsync(written.fileno())
        for file in files:
            os.replace(half_written(file.name), file.name, src_dir_fd=inside, dst_dir_fd=inside)
            parts.remove(half_written(file.name))
        with suppress(OSError):  # a folder of a kind of disk that cannot be synced
            os.fsync(inside)  # before the rows that name them
    finally:
        for name in parts:
            with suppress(OSError):
                os.unlink(name, dir_fd=inside)


def _is_free(place: Path, case: CaseId, renewed: Sequence[Report], store: Store) -> bool:
    """No folder, or one that holds nothing but files of this case's drafts, each of them made anew now or of no report.
    What a person put beside them, and what another case wrote, is let alone."""
    known = set(store.draft_files.within(case, str(place)))
    ids = {report.id for report in renewed}
    if any(report.id not in ids for path in known for report in store.reports.of_file(case, path)):
        return False
    if not os.path.lexists(place):
        return True
    try:
        os.close(_open_private(place))
        return {str(place / whole_of(name)) for name in os.listdir(place)} <= known
    except (UsageError, OSError):
        return False


def _take_away_older(written: Collection[str], place: Path, case: CaseId, store: Store) -> None:
    older = [path for path in store.draft_files.within(case, str(place)) if Path(path).name not in written]
    for path in older:
        with suppress(FileNotFoundError):
            os.unlink(path)
    store.draft_files.drop(case, older)


def _not_written(place: Path, error: OSError) -> WorkFailed:
    return WorkFailed(
        f"the drafts in {place} cannot be written: {error.strerror}",
        remedy="Make room, move away what stands there, or name another folder with --out.",
        way=Mending.DRAFTS_FOLDER,
    )


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.name}-{number}")

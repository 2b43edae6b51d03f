"""Step four: the photos of one sitting. From a folder or from the browser, each is read by a confined reader and let
go; what is told of it stays in memory until the page's process ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from monitor.app import App
from monitor.catalogue import said
from monitor.errors import MonitorError
from monitor.model.enrolment import Enrolled, Skipped
from monitor.model.ids import CaseId
from monitor.plain import plain
from monitor.review.port.first_use import PhotoRow, PhotosNow, WrongAnswer
from monitor.services.enrolling import Enrolling, files_in, photo_bytes

MOST_FILES = 20_000
MOST_ROWS = 2_000  # told of; of more than these the newest
SHOWN_OF_NAME = 200
WAIT_S = 2.0
"""A small folder is read before the page is answered."""


@dataclass(slots=True)
class PhotosSitting:
    opens: Callable[[], App]
    rows: list[PhotoRow] = field(default_factory=list)
    of: int = 0
    trouble: str = ""
    remedy: str = ""
    _reading: asyncio.Task[None] | None = None
    _stopped: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def told(self, case: CaseId) -> PhotosNow:
        kept = self.opens().references.count(case)
        return PhotosNow(kept, tuple(self.rows), self._is_reading(), self.of, self.trouble, self.remedy)

    async def read_folder(self, typed: str, case: CaseId) -> None:
        """Begins, and waits a moment for its end."""
        if self._is_reading():
            raise WrongAnswer(
                said("a folder is being read already"), field="folder", remedy=said("Wait for it, or stop it first.")
            )
        folder = _folder(typed)
        missing: list[Skipped] = []
        files = await asyncio.to_thread(lambda: list(islice(files_in([folder], missing), MOST_FILES + 1)))
        if missing:
            raise WrongAnswer(said("the folder holds no files"), field="folder", remedy=said("Name another one."))
        if len(files) > MOST_FILES:
            raise WrongAnswer(
                said("there are more than %(count)s files in it", count=MOST_FILES),
                field="folder",
                remedy=said("Name the folder that holds the photos, and nothing else."),
            )
        enrolling = self.opens().references.enrolling(case)
        self.of, self._stopped, self.trouble, self.remedy = len(files), False, "", ""
        self.rows.clear()
        self._reading = asyncio.create_task(self._read(files, folder, enrolling))
        await asyncio.wait([self._reading], timeout=WAIT_S)

    def stop(self) -> None:
        """After the photo in hand."""
        self._stopped = True

    async def take(self, filename: str, content: bytes, case: CaseId) -> None:
        async with self._turn:
            file = _file_of(filename)
            enrolling = self.opens().references.enrolling(case)
            self._tell(_row(await enrolling.take(file, lambda: content), file.name))

    def leave_out(self, filename: str, reason: str) -> None:
        self._tell(PhotoRow(_file_of(filename).name, reason))

    def forget(self, picture: str, case: CaseId) -> None:
        reference = self.opens().references.find(picture, case=case)
        self.opens().decisions.close_reference_under_18(reference.id, case=case)
        reason = said("under 18 by your word: nothing of it is kept")
        self.rows = [PhotoRow(row.name, reason) if row.picture == picture else row for row in self.rows]

    def _is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    async def _read(self, files: list[Path], folder: Path, enrolling: Enrolling) -> None:
        try:
            for file in files:
                if self._stopped:
                    break
                row = await enrolling.take(file, partial(photo_bytes, file))
                name = plain(file.relative_to(folder) if file != folder else file.name, SHOWN_OF_NAME)
                self._tell(_row(row, name))
        except MonitorError as error:
            self.trouble, self.remedy = str(error), error.remedy

    def _tell(self, row: PhotoRow) -> None:
        self.rows.append(row)
        del self.rows[:-MOST_ROWS]


def _row(row: Enrolled | Skipped, name: str) -> PhotoRow:
    if isinstance(row, Enrolled):
        return PhotoRow(name, remarks=row.remarks, picture=row.reference)
    return PhotoRow(name, row.reason, picture=row.reference, is_known=bool(row.reference))


def _folder(typed: str) -> Path:
    """Raises WrongAnswer with why it cannot be read."""
    text = typed.strip()
    if not text.startswith(("/", "~")):
        raise WrongAnswer(
            said("that is no whole path of a folder"),
            field="folder",
            remedy=said("For example %(example)s.", example="~/Pictures"),
        )
    why = ""
    try:
        folder = Path(text).expanduser()
        if folder.is_dir():
            with os.scandir(folder):
                return folder
        why = said("that is no folder") if folder.exists() else said("there is no such folder")
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or said("that cannot be read as a path")
    raise WrongAnswer(
        said("%(folder)s cannot be read: %(why)s", folder=plain(text, SHOWN_OF_NAME), why=why),
        field="folder",
        remedy=said("Look how it is called in the files' program, or choose the photos one by one."),
    )


def _file_of(untrusted: str) -> Path:
    """By the name that the browser gives: of no folder, and one that can be shown."""
    name = plain(PurePosixPath(untrusted.replace("\\", "/")).name, SHOWN_OF_NAME).strip()
    return Path(name if name.strip(".") else said("a photo without a name"))

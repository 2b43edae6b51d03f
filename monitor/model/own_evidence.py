"""What the person adds herself: what happened in her words, and files she has saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.ids import CaseId, SightingId

NO_SIGHTING = SightingId("")

ABOUT = "about"
"""A time that begins so is not exact."""


@dataclass(frozen=True, slots=True)
class SaidTime:
    """said: as the person typed it. at: None where no time can be told from it. is_exact: False where `at` is only good
    for an order: a day, or what begins with `about`."""

    said: str = ""
    at: datetime | None = None
    is_exact: bool = False

    @property
    def exactly(self) -> datetime | None:
        return self.at if self.is_exact else None


@dataclass(frozen=True, slots=True)
class OwnFile:
    """item: its id among the sealed files. name: as it was called, whole. modified_at: as the disk had it."""

    item: str
    name: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """As advocates' logs and regulators' forms ask; each may be empty.

    happened: when it did. where: site, account, handle, device. what: what happened, and the exact words. who: did it,
    as far as is known. reported_to: body and officer. number: that body's own. saved_by, saved_at: who saved the files,
    and when."""

    happened: SaidTime = SaidTime()
    where: str = ""
    what: str = ""
    who: str = ""
    witnesses: tuple[str, ...] = ()
    reported_to: tuple[str, ...] = ()
    number: str = ""
    saved_by: str = ""
    saved_at: SaidTime = SaidTime()
    note: str = ""

    @property
    def is_empty(self) -> bool:
        said = (self.happened.said, self.where, self.what, self.who, self.number, self.saved_by, self.saved_at.said)
        return not any((*said, self.note, self.witnesses, self.reported_to))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """sighting: which find it is about; '' where it is about no one find. record: the id of the sealed file that holds
    the words as they were added. files: in the order given."""

    id: str
    case: CaseId
    added_at: datetime
    words: OwnWords
    record: str
    sighting: SightingId = NO_SIGHTING
    files: tuple[OwnFile, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of all its sealed files."""
        return (self.record, *(file.item for file in self.files))

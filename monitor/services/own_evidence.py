"""What the person adds herself: threats, messages, screenshots, mails, chat exports, videos; or words alone.

A file is sealed byte for byte and never looked into: what is in it may be hostile, and is not ours to judge.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from monitor import __version__
from monitor.alerts.zone import zone_of
from monitor.documents.own_evidence import own_record
from monitor.errors import MAKE_A_KEY, NeedsUser, SealError, UsageError, no_such
from monitor.mending import Mending
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.own_evidence import NO_SIGHTING, OwnEntry, OwnFile, OwnWords
from monitor.model.removal import Removed
from monitor.model.settings import Settings
from monitor.pipeline.own_evidence import forget_own
from monitor.pipeline.removing import remove_files
from monitor.ports import Store, Vault
from monitor.services.named_find import find_named
from monitor.services.said_time import said_time

MAX_FILE_BYTES = 4_000_000_000  # an hour of video; what never ends is told from it by this alone
MAX_FILES = 1_000  # at once
MOST_WORDS = 20_000  # characters of one field; more is a file
_PROGRAM = f"reupload-monitor {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWords:
    """As `OwnWords`, with times as they were typed."""

    at: str = ""
    where: str = ""
    what: str = ""
    who: str = ""
    witnesses: tuple[str, ...] = ()
    reported_to: tuple[str, ...] = ()
    number: str = ""
    saved_by: str = ""
    saved_at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """name: as it was given."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Added:
    """entry: None where nothing was added."""

    entry: OwnEntry | None
    items: tuple[EvidenceItem, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnEvidenceService:
    """Each takes the case, and finds what is of it alone. vault_of: None where its evidence has no recipient."""

    store: Store
    vault_of: Callable[[CaseId], Vault | None]
    settings: Settings
    clock: Callable[[], datetime]

    def listed(self, case: CaseId) -> Sequence[OwnEntry]:
        return self.store.own.all(case)

    def add(
        self,
        files: Sequence[Path],
        told: ToldWords,
        *,
        case: CaseId,
        sighting: str = "",
        on_file: Callable[[Path], None] = lambda _path: None,
    ) -> Added:
        """Files that cannot be taken are skipped with the reason, and the rest is added. Sealed first, then one
        transaction. Raises UsageError where nothing is told and no file given, NeedsUser where there is no key to
        seal to, SealError where the words cannot be sealed: then nothing was added."""
        _check_count(files)
        work = self.begin(told, case=case, sighting=sighting, has_files=bool(files))
        try:
            for path in files:
                on_file(path)
                work.take_file(path)
            return work.finish()
        except BaseException:
            work.give_up()
            raise

    def begin(self, told: ToldWords, *, case: CaseId, sighting: str = "", has_files: bool = True) -> EntryInWork:
        """An entry whose files come one by one: `take_file` or `take`, then `finish`; or `give_up`. Raises as `add`."""
        now = self.clock()
        words = _words(told, now, zone_of(self.settings.digest.timezone))
        _check(words, has_files)
        about = self._sighting(case, sighting) if sighting else NO_SIGHTING
        vault = self.vault_of(case)
        if vault is None:
            raise NeedsUser(
                "there is no key that evidence could be sealed to, and nothing is kept unsealed: nothing was added",
                remedy=f"{MAKE_A_KEY}. Keep the files where they are until then.",
                way=Mending.MAKE_A_KEY,
            )
        return EntryInWork(self.store, _Sealing(self.store, vault, case, about, now, MAX_FILE_BYTES), words)

    def find(self, name: str, *, case: CaseId) -> OwnEntry:
        entry = self.store.own.get(case, name)
        if entry is None:
            raise no_such("entry", name, case, "evidence list")
        return entry

    def remove(self, name: str, *, case: CaseId) -> Removed:
        """Words and files, for good. The custody log keeps that there was an entry, and loses what it said."""
        entry = self.find(name, case=case)
        with self.store.transaction():
            forget_own([entry], store=self.store)
            self.store.custody.note(case, CustodyAct.DELETE, {"removed entry": "1"}, self.clock(), drop=[entry.id])
        return remove_files(self.store, self.settings, case)

    def _sighting(self, case: CaseId, name: str) -> SightingId:
        found = find_named(name, case=case, store=self.store)
        if found.under_18:
            raise UsageError(
                f"find {found.number} was closed as under 18: nothing is kept of it",
                remedy="Use the services made for that: reupload-monitor guide under-18",
                way=Mending.UNDER_18,
            )
        return found.id


@dataclass
class EntryInWork:
    """What was begun and is no row yet."""

    store: Store
    sealing: _Sealing
    words: OwnWords
    kept: list[OwnFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)

    def take_file(self, path: Path) -> None:
        try:
            with _opened(path) as (source, modified_at):
                self._seal(path.name, source, modified_at)
        except (OSError, SealError) as error:
            self.skip(str(path), _why(error))

    def take(self, name: str, content: bytes) -> None:
        """name: as it is called where it comes from. It may run beside the loop."""
        if not content:
            return self.skip(name, "it is empty")
        try:
            self._seal(name, BytesIO(content), None)
        except SealError as error:
            self.skip(name, _why(error))
        return None

    def skip(self, name: str, reason: str) -> None:
        self.skipped.append(SkippedFile(name, reason))

    def finish(self) -> Added:
        """One transaction. Raises SealError where the words cannot be sealed: then nothing was added."""
        case, now = self.sealing.case, self.sealing.now
        if self.words.is_empty and not self.kept:
            return Added(None, skipped=tuple(self.skipped))
        entry = OwnEntry(
            id=new_id(now),
            case=case,
            added_at=now,
            words=self.words,
            record="",
            sighting=self.sealing.sighting,
            files=tuple(self.kept),
        )
        record = own_record(entry, {item.id: item for item in self.sealing.done}, _PROGRAM)
        entry = replace(entry, record=self.sealing.seal(BytesIO(record), "application/json").id)
        with self.store.transaction():
            for item in self.sealing.done:
                self.store.evidence.save(item)
            self.store.own.add(entry)
            self.store.custody.note(case, CustodyAct.ADD, _about(entry, self.sealing.done), now)
        return Added(entry, tuple(self.sealing.done), tuple(self.skipped))

    def give_up(self) -> None:
        self.sealing.vault.remove(*(item.file.path for item in self.sealing.done))

    def _seal(self, name: str, source: BinaryIO, modified_at: datetime | None) -> None:
        item = self.sealing.seal(source, _type_of(Path(name)))
        self.kept.append(OwnFile(item.id, name, modified_at))


@dataclass
class _Sealing:
    """done: sealed, and not yet a row."""

    store: Store
    vault: Vault
    case: CaseId
    sighting: SightingId
    now: datetime
    most: int
    done: list[EvidenceItem] = field(default_factory=list)

    def seal(self, source: BinaryIO, media_type: str) -> EvidenceItem:
        (name,) = self.store.intents.to_seal(self.case, 1, self.now)
        file = self.vault.seal(name, _Bounded(source, self.most))
        item = EvidenceItem(
            id=new_id(self.now),
            case=self.case,
            sighting=self.sighting,
            kind=EvidenceKind.OWN,
            captured_at=self.now,
            media_type=media_type,
            file=file,
        )
        self.done.append(item)
        return item


class _Bounded:
    """What does not end is cut off."""

    def __init__(self, source: BinaryIO, most: int) -> None:
        self._source, self._most, self._left = source, most, most

    def read(self, size: int, /) -> bytes:
        found = self._source.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise OSError(errno.EFBIG, f"it is larger than {size_words(self._most)}, as much as is taken of one file")
        return found


def size_words(size: int) -> str:
    """`4 GB`, for a limit."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (1000, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, datetime]]:
    """The file, and when it was changed last. Raises OSError for whatever is no file that can be read: nothing that
    waits for somebody else (a pipe) is waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise OSError(errno.EISDIR, f"it is a folder: name the files in it ({path.name}/*)")
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no file, but a device, a pipe or the like")
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            if not source.peek(1):
                raise OSError(errno.ENODATA, "it is empty")
            yield source, datetime.fromtimestamp(int(found.st_mtime), UTC)
    finally:
        os.close(descriptor)


def _type_of(path: Path) -> str:
    """By its name alone."""
    return mimetypes.guess_type(path.name, strict=False)[0] or "application/octet-stream"


def _why(error: OSError | SealError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _words(told: ToldWords, now: datetime, zone: tzinfo) -> OwnWords:
    def trimmed(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text.strip() for text in texts if text.strip())

    return OwnWords(
        happened=said_time(told.at, option="--at", now=now, zone=zone),
        where=told.where.strip(),
        what=told.what.strip(),
        who=told.who.strip(),
        witnesses=trimmed(told.witnesses),
        reported_to=trimmed(told.reported_to),
        number=told.number.strip(),
        saved_by=told.saved_by.strip(),
        saved_at=said_time(told.saved_at, option="--saved-at", now=now, zone=zone),
        note=told.note.strip(),
    )


def _check_count(files: Sequence[Path]) -> None:
    if len(files) > MAX_FILES:
        raise UsageError(
            f"{len(files)} files are more than {MAX_FILES} at once", remedy="Add them in several goes, or as a ZIP."
        )


def _check(words: OwnWords, has_files: bool) -> None:
    if words.is_empty and not has_files:
        raise UsageError(
            "there is nothing to add: no file, and no words",
            remedy="Name files, or say what happened: evidence add --what 'He wrote: ...' --at 2026-11-20T21:30",
            way=Mending.SAY_SOMETHING,
        )
    for said in fields(words):
        value = getattr(words, said.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and len(text) > MOST_WORDS:
                raise UsageError(
                    f"{said.name} has {len(text):,} characters, more than the {MOST_WORDS:,} that one field takes",
                    remedy="Save the words as a text file, and add that.",
                )


def _about(entry: OwnEntry, items: Sequence[EvidenceItem]) -> dict[str, str]:
    """What the custody log says of it: digests, and no words."""
    told = {"entry": entry.id, "record": entry.record}
    if entry.sighting:
        told["sighting"] = entry.sighting
    for number, item in enumerate(items, start=1):
        told[f"file {number}"] = item.file.plain_digest
    return told

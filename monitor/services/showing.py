"""Pictures for the person's own eyes: one at a time, opened with her identity, which a child of its own holds until it
is locked.

Each holder (a session of the page, say) has its own child. What goes through this process is what is shown alone: the
passphrase on its way to the child, and the picture from the child to a confined reader and on.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from monitor.clock import Clock
from monitor.errors import Locked, LockedMeanwhile, SealError, UnderAge, UsageError, no_such
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, can_be_shown
from monitor.model.ids import CaseId
from monitor.model.settings import Secret, Settings
from monitor.model.shown import ShownPicture
from monitor.ports import Reader, Store
from monitor.services.unsealing import one_try
from monitor.vault.opening import Unsealer, needs_passphrase

MOST_OF_PICTURE = 64 * 1024 * 1024  # bytes of one sealed picture
_IDENTITIES = ("identity.age", "identity.txt")  # as `init` and the demo write them, beside the configuration


@dataclass
class ShowingService:
    """reader: made when it is first needed. Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Clock
    reader: Callable[[], Reader]
    _open: dict[str, Unsealer] = field(default_factory=dict)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: list[_Unlocking] = field(default_factory=list)

    def identity(self) -> Path | None:
        """The one that lies beside the configuration; None where there is none, or several."""
        if self.settings.path is None:
            return None
        there = [path for name in _IDENTITIES if (path := self.settings.path.parent / name).is_file()]
        return there[0] if len(there) == 1 else None

    def takes_passphrase(self, identity: Path | None) -> bool:
        """True too where it cannot be told."""
        try:
            return identity is None or needs_passphrase(identity)
        except SealError:
            return True

    def next_try_at(self) -> datetime | None:
        """When a passphrase is taken again; None: at once."""
        at = self.store.machine.next_try_at()
        return at if at is not None and at > self.clock() else None

    def is_open(self, holder: str) -> bool:
        return holder in self._open

    def unsealer(self, holder: str) -> Unsealer:
        """Raises Locked."""
        if holder not in self._open:
            raise Locked("the evidence is locked", remedy="Open it with your passphrase, then ask again.")
        return self._open[holder]

    async def unlock(self, holder: str, identity: Path, passphrase: Secret | None) -> None:
        """In the place of what the holder had open. Raises Locked (a wrong passphrase), TooSoon, SealError;
        LockedMeanwhile where `lock` came first."""
        work = _Unlocking(holder)
        self._under_way.append(work)
        try:
            async with self._opening:  # a passphrase takes 256 MB for a moment
                opened = await self._opened(work, identity, passphrase)
        finally:
            self._under_way.remove(work)
        if work.is_over:
            opened.close()
            raise LockedMeanwhile
        self._shut(holder)
        self._open[holder] = opened

    async def _opened(self, work: _Unlocking, identity: Path, passphrase: Secret | None) -> Unsealer:
        if work.is_over:
            raise LockedMeanwhile
        if not await asyncio.to_thread(needs_passphrase, identity):
            return await _started(work, identity, None)
        if passphrase is None:
            raise Locked("no passphrase was given", remedy="Type the passphrase of your key.")
        with one_try(self.store, identity, self.clock):
            return await _started(work, identity, passphrase)

    def lock(self, holder: str) -> None:
        """Its child is gone when this returns, also one that is opening still. May be called twice."""
        for work in self._under_way:
            if work.holder == holder:
                work.end()
        self._shut(holder)

    def lock_all(self) -> None:
        for holder in {*self._open, *(work.holder for work in self._under_way)}:
            self.lock(holder)

    def _shut(self, holder: str) -> None:
        if (opened := self._open.pop(holder, None)) is not None:
            opened.close()

    def picture(self, case: CaseId, item: str) -> EvidenceItem:
        """What can be shown. Raises UsageError, UnderAge, SealError."""
        found = self.store.evidence.get(case, item)
        if found is None:
            raise no_such("picture", item, case, "evidence list")
        sighting = self.store.sightings.get(case, found.sighting) if found.sighting else None
        if sighting is not None and sighting.under_18:
            raise UnderAge("this find was closed as under 18: nothing is kept of it", remedy="")
        if not can_be_shown(found):
            raise UsageError("this is no picture", remedy="Export it, and open it with a program for such files.")
        if found.is_withheld:
            raise SealError("this picture was taken away because of another find", remedy="")
        if not (self.settings.vault_dir / found.file.path).is_file():
            raise SealError(
                f"the sealed file {found.file.path} is not there any more",
                remedy="Mount the disk that it lies on, or restore it from a backup. Everything else still works.",
            )
        return found

    async def show(self, holder: str, case: CaseId, item: str, *, band: int = 0) -> ShownPicture:
        """It stands in the custody log before it is opened. Raises as `picture`, Locked, UnreadableImage;
        LockedMeanwhile where `lock` came first."""
        found, unsealer = self.picture(case, item), self.unsealer(holder)
        path = self.settings.vault_dir / found.file.path
        if not await asyncio.to_thread(unsealer.opens, path):
            raise Locked(
                "the key that is open is not the one that this picture was sealed to",
                remedy="Lock the evidence, and open it with the key that was in use then.",
            )
        about = {"by": "review page", "file": found.id, "kind": found.kind.value, "part": str(band + 1)}
        if found.sighting:
            about["sighting"] = found.sighting
        with self.store.transaction():
            self.store.custody.note(case, CustodyAct.VIEW, about, self.clock())
        content = await asyncio.to_thread(_content, unsealer, path)
        if hashlib.sha256(content).hexdigest() != found.file.plain_digest:
            raise SealError(
                "another file stands in its place: its digest is not the one on record",
                remedy="Do not change anything. Look at what `Check the evidence` says, and compare it with a backup.",
            )
        shown = await self.reader().shown(content, band=band, is_page=found.kind is EvidenceKind.SCREENSHOT)
        if self._open.get(holder) is not unsealer:
            raise LockedMeanwhile
        return shown


class _Unlocking:
    """An unlock that is under way; `end` may come at any time of it."""

    def __init__(self, holder: str) -> None:
        self.holder, self.is_over = holder, False
        self._child: Unsealer | None = None
        self._turn = threading.Lock()

    def began(self, child: Unsealer) -> None:
        """From the thread that waits for it."""
        with self._turn:
            self._child = child
        if self.is_over:
            child.close()

    def end(self) -> None:
        with self._turn:
            self.is_over, child = True, self._child
        if child is not None:
            child.close()


def _content(unsealer: Unsealer, path: Path) -> bytes:
    content = bytearray()
    for piece in unsealer.stream(path):
        content += piece
        if len(content) > MOST_OF_PICTURE:
            raise SealError("it is too large to be shown", remedy="Export it, and open it with a program for pictures.")
    return bytes(content)


async def _started(work: _Unlocking, identity: Path, passphrase: Secret | None) -> Unsealer:
    """Deriving the key takes a second, beside the loop. Who stops waiting leaves no child behind."""
    started = asyncio.ensure_future(asyncio.to_thread(Unsealer.of, identity, passphrase, begun=work.began))
    try:
        return await asyncio.shield(started)
    except asyncio.CancelledError:
        started.add_done_callback(_close_late)
        raise


def _close_late(started: asyncio.Future[Unsealer]) -> None:
    if not started.cancelled() and started.exception() is None:
        started.result().close()

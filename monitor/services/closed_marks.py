"""That something was closed as under 18 must outlive the store that knows it: an older one that is restored knows
nothing of it, and has everything of the find.

So each closing leaves a mark in a small file beside the store, before its transaction begins; one that nobody can read
anything from: an HMAC by a salt that this store and its backups alone have. Whatever is restored is asked for the finds
and photos of these marks, and they are closed in it before it comes into its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from monitor.model.ids import CaseId
from monitor.model.sighting import Status
from monitor.ports import Store
from monitor.vault.folder import sync_folder

MARKS_FILE = "closed.marks"
_LINE = re.compile(rb"^[0-9a-f]{64}$", re.MULTILINE)
_MOST = 100_000_000  # bytes
_IN_HAND = 500  # rows


def mark_closed(ids: Iterable[str], case: CaseId, *, store: Store, folders: Iterable[Path]) -> None:
    """ids: of finds and photos. Raises OSError."""
    lines = [closed_mark(one, case, store) for one in ids]
    for folder in folders:
        _add(folder / MARKS_FILE, lines)


def marks_in(folders: Iterable[Path]) -> frozenset[str]:
    found = set[str]()
    for folder in folders:
        with suppress(OSError), (folder / MARKS_FILE).open("rb") as file:
            found |= {line.decode("ascii") for line in _LINE.findall(file.read(_MOST))}
    return frozenset(found)


def carry_marks(source: Iterable[Path], target: Path) -> None:
    """Into the folder, beside the backups that are to be read with them. Raises OSError."""
    there = marks_in([target])
    if missing := sorted(marks_in(source) - there):
        _add(target / MARKS_FILE, missing)


def mark_all_closed(store: Store, folder: Path) -> None:
    """Also what was closed before there were such marks. Raises OSError."""
    there = marks_in([folder])
    for case in store.cases.all():
        last = 0
        while part := store.sightings.numbered(case.id, limit=_IN_HAND, after=last, statuses=[Status.DISMISSED]):
            closed = [one.id for one in part if one.under_18]
            missing = [one for one in closed if closed_mark(one, case.id, store) not in there]
            mark_closed(missing, case.id, store=store, folders=[folder])
            last = part[-1].number


def closed_mark(name: str, case: CaseId, store: Store) -> str:
    return store.mark(case, f"closed as under 18: {name}".encode())


def _add(path: Path, lines: list[str]) -> None:
    if not lines:
        return
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # A line end before each: what a power cut left of the last one spoils no other.
        os.write(descriptor, "".join(f"\n{line}\n" for line in lines).encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        with suppress(OSError):  # a kind of disk whose folders cannot be synced
            sync_folder(path.parent)

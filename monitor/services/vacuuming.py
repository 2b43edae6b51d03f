"""`vacuum`: what is old is forgotten now, and the disk gets back what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from monitor.clock import Clock
from monitor.errors import NoWriting, StoreBusy, StoreError
from monitor.model.settings import Settings
from monitor.pipeline.housekeeping import Kept, keep_house, was_off_for_long
from monitor.ports import Store
from monitor.services.on_server import is_on_server
from monitor.store.copying import free_bytes, room_for_copy, size_of_store
from monitor.store.keys import load_key
from monitor.store.lock import running_daemon
from monitor.store.opening import FILE
from monitor.store.vacuum import vacuum_file

MOST_BESIDE_DAEMON = 100_000_000
"""Bytes. Meanwhile nobody else can save anything; a daemon waits 20 s for it, in which a card writes this much."""


class OpenedStore(Protocol):
    """`monitor.app.App` has it."""

    settings: Settings
    store: Store
    clock: Clock


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """before, after: bytes; 0 where the database is on a server, which uses by itself what room there is. forgot: None
    where nothing was to be forgotten yet. is_given_back: False where another process still reads what was there before:
    then `after` falls when it is done."""

    before: int
    after: int
    forgot: Kept | None
    is_given_back: bool


def vacuum_now(opened: OpenedStore) -> Vacuumed:
    """Raises NoWriting where there is no room, StoreError where a daemon would be held up, StoreBusy; before anything
    is changed but what is old."""
    if is_on_server(opened.settings):
        now = opened.clock()
        done = None if was_off_for_long(opened.store, now) else keep_house(opened.store, opened.settings, now)
        return Vacuumed(0, 0, done, is_given_back=True)
    path = opened.settings.data_dir / FILE
    before, now = size_of_store(path), opened.clock()
    _refuse_without_room(opened.settings, before)
    _refuse_beside_daemon(opened.settings, before)
    forgot = None if was_off_for_long(opened.store, now) else keep_house(opened.store, opened.settings, now)
    try:
        given_back = vacuum_file(path, load_key(opened.settings))
    except StoreBusy as error:
        raise StoreBusy(
            f"{error}; what is old was forgotten, and the file is as large as before",
            remedy="Type the command again when the other one has ended.",
        ) from error
    return Vacuumed(before, size_of_store(path), forgot, given_back)


def _refuse_without_room(settings: Settings, size: int) -> None:
    path = settings.data_dir / FILE
    needed, free = 2 * room_for_copy(path), free_bytes(settings.data_dir)
    if free < needed:
        raise NoWriting(
            f"to write the store anew takes {_mb(needed)} MB of room for a moment, and the disk of {settings.data_dir} "
            f"has {_mb(free)} MB; nothing was changed",
            is_full=True,
            remedy="Make room on that disk. What is old is forgotten daily anyway, and its room is used again.",
        )


def _refuse_beside_daemon(settings: Settings, size: int) -> None:
    pid = running_daemon(settings.data_dir) if size > MOST_BESIDE_DAEMON else None
    if pid is not None:
        raise StoreError(
            f"the store has {_mb(size)} MB, and the daemon (process {pid}) could save nothing while it is written "
            "anew; nothing was changed",
            remedy="Stop the daemon (systemctl stop reupload-monitor, with --user if it is yours), type this again, "
            "then start it.",
        )


def _mb(size: int) -> int:
    return -(-size // 1_000_000)

"""What the database says, in the program's own errors. Never quotes a statement's values: they are private."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from monitor.errors import Locked, MonitorError, StoreError
from monitor.model.settings import Secret

RESTORE = (
    "Stop the daemon, move store.db away (with store.db-wal and store.db-shm), and restore it from your last backup."
)

_PAGE = 4096  # SQLCipher 4's page, with 16 bytes of IV and 64 of HMAC-SHA512 at its end
_HMAC = 64
_SALT = 16
_PAGES_TRIED = 64

_LITTLE_ROOM = 1_000_000
"""Bytes. Below it a disk that fails is taken for a full one: to read a store SQLite needs room too, for the shared
memory beside it, and calls it an I/O error where there is none."""


def store_error(error: DBAPIError, path: Path) -> StoreError:
    """Of a statement that failed."""
    said = str(error.orig)
    if isinstance(error, IntegrityError):
        if "FOREIGN KEY" in said:
            return StoreError(
                "what should be saved belongs to a case or a sighting that is not in the store",
                remedy="Make the case first: reupload-monitor init --case NAME.",
            )
        return StoreError(f"the store refused what should be saved: {said}", remedy="Please report this as a bug.")
    return error_of_words(said, path)


def error_of_words(said: str, path: Path) -> StoreError:
    """said: SQLite's words. That the store is to be moved away is advised only for one that is damaged."""
    if "locked" in said or "busy" in said:
        return StoreError(
            f"the store {path} is being written by another process and stayed busy",
            remedy="Wait for the other command to end, or stop it.",
        )
    fails = "I/O" in said or "unable to open" in said
    if "full" in said or (fails and _little_room(path)):
        return StoreError(
            f"no room is left on the disk for the store {path}; nothing of this step was saved",
            remedy="The store is whole: leave it where it is, and free some space. The daemon goes on by itself then.",
        )
    if fails or "readonly" in said:
        return StoreError(
            f"the store {path} cannot be used: {said}",
            remedy="Check that the folder and the disk can be written by this user, and that the disk is sound.",
        )
    if "malformed" in said or "not a database" in said:
        return StoreError(f"the store {path} cannot be read: {said}", remedy=RESTORE)
    return StoreError(
        f"the store {path} cannot be used: {said}", remedy="Try again. If it stays so, please report this as a bug."
    )


def _little_room(path: Path) -> bool:
    """Also where the disk has room and no place for one more file."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE_ROOM or (disk.f_files > 0 and disk.f_favail == 0)


def unreadable(path: Path, key: Secret) -> MonitorError:
    """Why SQLCipher does not open `path` with `key`: to SQLCipher a wrong key and a damaged file look alike."""
    with path.open("rb") as file:
        start = file.read(_PAGE * _PAGES_TRIED)
    if start.startswith(b"SQLite format 3\0"):
        return StoreError(
            f"{path} is a SQLite database that is not encrypted, so it is not a store of this program",
            remedy="Move it away, or set another data_dir.",
        )
    if len(start) < _PAGE:
        return StoreError(f"{path} is not a store: it has only {len(start)} bytes", remedy=RESTORE)
    if _key_fits(start, bytes.fromhex(key.value)):
        return StoreError(f"the store {path} is damaged", remedy=RESTORE)
    return Locked(
        f"the key does not open the store {path}",
        remedy="Give the key that was made with it: [database] key_file, the systemd credential database.key, or the "
        "keyring of the account that ran `init`. It is also in store-key.age in the vault, which the age identity "
        "opens. If the key is surely right, the file is damaged: restore a backup.",
    )


def _key_fits(start: bytes, key: bytes) -> bool:
    """Whether the key authenticates any of the first pages (SQLCipher 4's format: HMAC-SHA512 with a key derived in
    2 rounds of PBKDF2 from the salt XOR 0x3a)."""
    salt = bytes(byte ^ 0x3A for byte in start[:_SALT])
    mac_key = hashlib.pbkdf2_hmac("sha512", key, salt, 2, 32)
    for number in range(1, len(start) // _PAGE + 1):
        page = start[(number - 1) * _PAGE : number * _PAGE]
        body = page[_SALT if number == 1 else 0 : -_HMAC]
        seal = hmac.digest(mac_key, body + number.to_bytes(4, "little"), "sha512")
        if hmac.compare_digest(seal, page[-_HMAC:]):
            return True
    return False

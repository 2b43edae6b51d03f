"""What the database says, in the program's own errors. Never quotes a statement's values: they are private."""

from __future__ import annotations

import hashlib
import hmac
import os
import pwd
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from monitor.config_places import KEY_LOST
from monitor.errors import DamagedStore, DiskFailing, Locked, MonitorError, NoWriting, StoreBusy, StoreError
from monitor.model.settings import Secret
from monitor.room import Shortage, opens_more

RESTORE = "Stop the daemon, and restore your last backup: reupload-monitor restore FILE"

STORE_PAGE = 4096  # SQLCipher 4's page, with 16 bytes of IV and 64 of HMAC-SHA512 at its end
_HMAC = 64
_SALT = 16
_PAGES_TRIED = 64

_STORE_FILES = 8  # open at once, while it begins

_LONGEST_PATH = 504
"""Bytes. SQLite opens no path of more than 512, with what it hangs on to the name for the files beside the store."""

_LITTLE_ROOM = 1_000_000
"""Bytes. Below it a disk that fails is taken for a full one: to read a store SQLite needs room too, for the shared
memory beside it, and calls it an I/O error where there is none."""


def store_error(error: DBAPIError, path: Path) -> StoreError:
    """Of a statement that failed."""
    said = str(error.orig)
    if isinstance(error, IntegrityError):
        if "FOREIGN KEY" in said:
            return belongs_to_nothing()
        return StoreError(f"the store refused what should be saved: {said}", remedy="Please report this as a bug.")
    return error_of_words(said, path)


def belongs_to_nothing() -> StoreError:
    """Said of what is another case's too: that it is there is not told."""
    return StoreError(
        "what should be saved belongs to a case or a sighting that is not in the store",
        remedy="Make the case first: reupload-monitor init --case NAME.",
    )


def error_of_words(said: str, path: Path) -> StoreError:
    """said: SQLite's words. That a backup is to be restored is advised only for one that is damaged."""
    if "locked" in said or "busy" in said:
        return StoreBusy(
            f"the store {path} is being written by another process and stayed busy",
            remedy="Wait for the other command to end, or stop it.",
        )
    fails, refused = "I/O" in said or "unable to open" in said, "readonly" in said
    if lack := _shortage(said, fails=fails):
        return StoreError(f"the store {path} cannot be used: {lack.why}", remedy=lack.right)
    if fails and len(os.fsencode(path.absolute())) > _LONGEST_PATH:
        return StoreError(
            f"the store cannot be opened: the path of its folder is too long ({len(str(path.parent))} letters)",
            remedy="Move the folder to a shorter path (at most 480 letters), and name that in data_dir.",
        )
    if "full" in said or (fails and _little_room(path)):
        return no_room(path)
    if (fails or refused) and (why := why_not_writable(path)):
        return no_rights(path, why)
    if fails or refused:
        return DiskFailing(
            f"the store {path} cannot be used, and neither a full disk nor missing rights are the cause ({said})",
            remedy="The disk may be failing, or was taken out: the system journal says more. Copy the data folder to "
            "another disk now, as long as it can be read.",
        )
    if "malformed" in said or "not a database" in said:
        return DamagedStore(f"the store {path} cannot be read: {said}", remedy=RESTORE)
    return StoreError(
        f"the store {path} cannot be used: {said}", remedy="Try again. If it stays so, please report this as a bug."
    )


def _shortage(said: str, *, fails: bool) -> Shortage | None:
    """Of what SQLite opens by the way: the store and what lies beside it."""
    if "out of memory" in said:
        return Shortage.MEMORY
    return Shortage.FILES if fails and not opens_more(_STORE_FILES) else None


_WHOLE = "What was saved before is whole; nothing of this step was saved."


def no_room(path: Path) -> NoWriting:
    return NoWriting(
        f"the disk is full: there is no room on it for the store {path}",
        is_full=True,
        remedy=f"{_WHOLE} Leave the store where it is, and free some space. The daemon goes on by itself then.",
    )


def no_rights(path: Path, why: str) -> NoWriting:
    return NoWriting(
        f"the store {path} cannot be written: {why}",
        is_full=False,
        remedy=f"{_WHOLE} Run the command as the user whom the folder belongs to; or give the folder, with all that is "
        "in it, to this user (with chown -R); or mount the disk for writing.",
    )


def why_not_writable(path: Path) -> str:
    """In words; '' where this user may write the store and beside it."""
    folder = path.parent
    try:
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return f"the disk that {folder} lies on is mounted for reading only"
        for one, what in ((folder, "folder"), (path, "file")):
            needed = os.R_OK | os.W_OK | (os.X_OK if what == "folder" else 0)
            if one.exists() and not os.access(one, needed):
                found = one.stat()
                return (
                    f"the {what} {one} belongs to {_user(found.st_uid)} (mode {found.st_mode & 0o7777:04o}), and this "
                    f"command runs as {_user(os.getuid())}"
                )
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    return ""


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


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
        start = file.read(STORE_PAGE * _PAGES_TRIED)
    if start.startswith(b"SQLite format 3\0"):
        return StoreError(
            f"{path} is a SQLite database that is not encrypted, so it is not a store of this program",
            remedy="Move it away, or set another data_dir.",
        )
    if len(start) < STORE_PAGE:
        return DamagedStore(f"{path} is not a store: it has only {len(start)} bytes", remedy=RESTORE)
    # A page that is encrypted is never all zeros: that is what a power cut leaves.
    if any(not any(start[at : at + STORE_PAGE]) for at in range(0, len(start), STORE_PAGE)) or _key_fits(
        start, bytes.fromhex(key.value)
    ):
        return DamagedStore(f"the store {path} is damaged", remedy=RESTORE)
    return Locked(
        f"the key does not open the store {path}",
        remedy="It is the key of another store: look at [database] key_file, the systemd credential database.key, or "
        f"the keyring of the account that ran `init`. {KEY_LOST}. Should that say that the key is right, the file is "
        "damaged: put the copy from your last backup in its place.",
    )


def _key_fits(start: bytes, key: bytes) -> bool:
    """Whether the key authenticates any of the first pages (SQLCipher 4's format: HMAC-SHA512 with a key derived in
    2 rounds of PBKDF2 from the salt XOR 0x3a)."""
    salt = bytes(byte ^ 0x3A for byte in start[:_SALT])
    mac_key = hashlib.pbkdf2_hmac("sha512", key, salt, 2, 32)
    for number in range(1, len(start) // STORE_PAGE + 1):
        page = start[(number - 1) * STORE_PAGE : number * STORE_PAGE]
        body = page[_SALT if number == 1 else 0 : -_HMAC]
        seal = hmac.digest(mac_key, body + number.to_bytes(4, "little"), "sha512")
        if hmac.compare_digest(seal, page[-_HMAC:]):
            return True
    return False

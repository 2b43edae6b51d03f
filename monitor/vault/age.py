"""Evidence files, sealed to age public keys. Only ciphertext ever touches the disk.

Any file here opens with the stock tool: age -d -i identity.txt NAME.age
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pyrage

from monitor.clock import monotonic
from monitor.errors import EvidenceWaits, SealError
from monitor.model.evidence import SealedFile
from monitor.model.limits import EVIDENCE_STOPS_BELOW
from monitor.model.settings import Secret
from monitor.ports import ByteSource
from monitor.tracking.falls import FallingPart, Falls
from monitor.vault.folder import HALF_SEALED, STORE_KEY, VaultFolder, sync_folder
from monitor.vault.identity import decrypt, parse_recipients
from monitor.vault.streams import DigestingReader, DigestingWriter

_NAME = re.compile(r"[0-9a-z][0-9a-z-]{0,63}")  # an id: no dots or slashes, so no URL, path or ending
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class AgeVault(VaultFolder):
    """`monitor.ports.Vault`. Raises SealError when a recipient is not an age public key."""

    def __init__(self, folder: Path, recipients: Sequence[str]) -> None:
        super().__init__(folder)
        self._recipients = parse_recipients(recipients)
        self._falls = Falls(FallingPart.VAULT)
        self.sweep_halves()

    def seal(self, name: str, plain: bytes | ByteSource) -> SealedFile:
        """Durable when it returns: file and folder are synced. Never overwrites. `name`: an opaque id. Whatever the
        size, a few pieces of 64 kB are in memory. What reading `plain` raises is raised, and nothing is left."""
        if _NAME.fullmatch(name) is None:
            raise SealError(
                f"{name!r} is not an opaque id, so no file is named by it", remedy="Please report this as a bug."
            )
        path = self.folder / f"{name}.age"
        if path.exists():
            raise SealError(f"{path} exists, and evidence is never overwritten", remedy="Please report this as a bug.")
        if (free := room_beside(self.folder)) is not None and free < EVIDENCE_STOPS_BELOW:
            raise EvidenceWaits(
                f"evidence is not written to {self.folder} now: {free // 2**20} MB are free on that disk, and the last "
                f"{EVIDENCE_STOPS_BELOW // 2**20} MB are for recording finds and telling of them",
                remedy="Free some space on that disk. What was left out is fetched by itself then.",
            )
        return self._write(path, io.BytesIO(plain) if isinstance(plain, bytes) else plain)

    def has_room(self) -> bool:
        free = room_beside(self.folder)
        return free is None or free >= EVIDENCE_STOPS_BELOW

    def seal_store_key(self, key: Secret) -> SealedFile:
        """Beside the evidence, so that the identity alone restores everything. Written anew when recipients change."""
        return self._write(self.folder / STORE_KEY, io.BytesIO(key.value.encode("ascii") + b"\n"))

    def _write(self, path: Path, source: ByteSource) -> SealedFile:
        """As it is at `path` for good."""
        part, plain = self.folder / f"{HALF_SEALED}{path.name}", DigestingReader(source)
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(self.folder.parent)
            with os.fdopen(_open_part(part), "wb") as file:
                sealed = DigestingWriter(file)
                self._encrypt(plain, sealed)
                os.fchmod(file.fileno(), 0o400)
                os.fsync(file.fileno())
                os.rename(part, path)
            sync_folder(self.folder)
        except BaseException as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            if isinstance(error, OSError) and error is not plain.error:
                if error.errno not in _NO_ROOM:  # that is told by itself
                    self._falls.fell(monotonic(), error.strerror or type(error).__name__)
                raise _cannot_write(path, error) from error
            raise
        self._falls.worked()
        return SealedFile(path.name, plain.digest, sealed.digest, plain.size)

    def _encrypt(self, plain: DigestingReader, sealed: DigestingWriter) -> None:
        failed: Exception | None = None
        try:
            pyrage.encrypt_io(plain, sealed, self._recipients)
            sealed.flush()
        except (pyrage.EncryptError, OSError) as error:
            failed = error
        cause = (
            plain.error or sealed.error
        )  # pyrage tells of it in words, and of what failed in its last write not at all
        if cause is not None:
            raise cause from None
        if failed is not None:
            raise SealError(f"age could not seal a file: {failed}", remedy="Check [evidence] recipients.") from failed


def room_beside(folder: Path) -> int | None:
    """None where that cannot be asked: the folder is yet to be made, say."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def sealed_in_memory(recipients: Sequence[str], plain: bytes) -> bytes:
    """A small thing, in memory. Raises SealError."""
    try:
        return pyrage.encrypt(plain, parse_recipients(recipients))
    except pyrage.EncryptError as error:
        raise SealError(f"age could not seal: {error}", remedy="Check [evidence] recipients.") from error


def open_sealed(path: Path, identity: Secret) -> bytes:
    """The plaintext, in memory. For tests: the program opens what is sealed in a child process alone
    (`monitor.vault.opening`). Raises SealError, Locked."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise SealError(
            f"the evidence file {path} cannot be read: {error.strerror}",
            remedy="Restore it from a backup.",
        ) from error
    return decrypt(sealed, identity, what=f"the evidence file {path}")


def _open_part(path: Path) -> int:
    """A locked, empty file, which a sweep of another process leaves alone."""
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)  # swept between its making and its lock


def _cannot_write(path: Path, error: OSError) -> SealError:
    if error.errno in _NO_ROOM:
        return SealError(
            f"evidence cannot be written to {path.parent}: the disk is full ({error.strerror})",
            remedy="Free some space on that disk.",
        )
    return SealError(
        f"evidence cannot be written to {path}: {error.strerror}",
        remedy="Check that the folder belongs to this user, and that its disk can be written to.",
    )

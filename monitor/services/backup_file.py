"""The one file that a backup is: a tar that `tar -x`, `sha256sum -c` and `age -d` open, and that has one form alone.

    backup/SHA256SUMS         digest and name of every member behind the seal, in their order
    backup/SHA256SUMS.seal    the digest of that, its HMAC under the store's key, and the digest of these
    backup/manifest.json, store.db, settings.db, store-key.age, vault/ID.age ...

Each head and all filling is what name, size and time make of it, so a byte that is another is found wherever it stands,
and what belongs to no backup (a link, a device, a name that leads elsewhere) is no member at all. Nothing is packed:
what is in it is encrypted.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from monitor.errors import WorkFailed
from monitor.evidence.packet_names import SUMS
from monitor.model.ids import ContentDigest
from monitor.model.settings import Secret
from monitor.plain import plain


class BackupPart(StrEnum):
    """What a backup has beside its sealed files."""

    MANIFEST = "manifest.json"
    STORE = "store.db"
    SETTINGS = "settings.db"
    KEY = "store-key.age"


IN_VAULT = "vault/"
_SEAL = f"{SUMS}.seal"
_TOP = "backup/"
_LISTED = frozenset(part.value for part in BackupPart)
_IN_VAULT = re.compile(r"vault/[0-9a-z][0-9a-z-]{0,79}\.age")
_LINE = re.compile(rb"([0-9a-f]{64})  ([\x21-\x7e]{1,90})\n")

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_PIECE = 1024 * 1024
_MOST_MEMBERS = 500_000
_MOST_SUMS = _MOST_MEMBERS * 160
_SEAL_SIZE = 3 * 65
_MOST_SMALL = 64_000_000
"""Bytes of a member that is read into memory: the manifest, the settings, the key."""


class BackupBroken(WorkFailed):
    """member: in which it was found; '' where no one of them is meant."""

    def __init__(self, path: Path, member: str, what: str, *, remedy: str = "") -> None:
        where = f" ({plain(member, 100)})" if member else ""
        super().__init__(
            f"{path} is no backup that can be used: {what}{where}",
            remedy=remedy or "Nothing was changed. Take another backup, or another copy of this one.",
        )
        self.member = member


class BackupStopped(WorkFailed):
    """Whoever asked for it wants it no more."""

    def __init__(self) -> None:
        super().__init__("the backup was stopped before it was whole", remedy="Nothing of it was left.")


@dataclass(frozen=True, slots=True)
class BackupMember:
    """at: where its content begins."""

    name: str
    at: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class PlannedMember:
    """open: its content, of exactly that size."""

    name: str
    size: int
    open: Callable[[], Iterable[bytes]]


def seal_of(sums: bytes, key: Secret) -> str:
    """By whom the list was made: whoever has no key of that store cannot make one."""
    own = hashlib.blake2b(bytes.fromhex(key.value), digest_size=32, person=b"backup's list").digest()
    return hmac.digest(own, sums, "sha256").hex()


def seal_text(sums: bytes, key: Secret) -> bytes:
    """Three lines: the list's digest, `seal_of` it, and the digest of these two."""
    lines = f"{hashlib.sha256(sums).hexdigest()}\n{seal_of(sums, key)}\n".encode("ascii")
    return lines + f"{hashlib.sha256(lines).hexdigest()}\n".encode("ascii")


def write_archive(file: BinaryIO, planned: Sequence[PlannedMember], key: Secret, at: int) -> None:
    """Of seconds since 1970. The list stands first and is known last: it is filled in once the rest is written. Raises
    ValueError where a content is not as long as was said."""
    sums_size = sum(65 + len(one.name) + 2 for one in planned)
    for name, size in ((SUMS, sums_size), (_SEAL, _SEAL_SIZE)):
        file.write(_head(name, size, at) + bytes(size + _filling(size)))
    lines = list[str]()
    for one in planned:
        file.write(_head(one.name, one.size, at))
        lines.append(f"{_copied(file, one)}  {one.name}\n")
        file.write(bytes(_filling(one.size)))
    file.write(_END)
    sums = "".join(lines).encode("ascii")
    file.seek(_BLOCK)
    file.write(sums)
    file.seek(_BLOCK + sums_size + _filling(sums_size) + _BLOCK)
    file.write(seal_text(sums, key))
    file.seek(0, os.SEEK_END)


def _copied(file: BinaryIO, one: PlannedMember) -> str:
    digest, size = hashlib.sha256(), 0
    for piece in one.open():
        digest.update(piece)
        file.write(piece)
        size += len(piece)
    if size != one.size:
        raise ValueError(f"{one.name} has {size} bytes, not {one.size}")
    return digest.hexdigest()


def _head(name: str, size: int, at: int) -> bytes:
    info = tarfile.TarInfo(_TOP + name)
    info.size, info.mtime, info.mode = size, at, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _filling(size: int) -> int:
    return -size % _BLOCK


def begins_as_backup(path: Path) -> bool:
    """Whole or not: whether it may be one. Never through a link. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        head = file.read(_BLOCK) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    try:
        info = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        return info.name == _TOP + SUMS and head == _head(SUMS, info.size, int(info.mtime))
    except (tarfile.HeaderError, ValueError, OverflowError):
        return False


class BackupFile:
    """One that was opened: its list was read, and every head and all filling is as it must be; contents are looked at
    by `check` and `pieces`. Raises BackupBroken, OSError. To be used with `with`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self._is_list_whole = _opened(path), True
        try:
            self._size = os.fstat(self._file.fileno()).st_size
            self.at, sums_size = self._begin()
            self._sums = self._read(_BLOCK, sums_size)
            seal_at = 2 * _BLOCK + sums_size + _filling(sums_size)
            self._filled(SUMS, _BLOCK, sums_size)
            self._take_head(_SEAL, seal_at - _BLOCK, _SEAL_SIZE)
            self._seal = self._read(seal_at, _SEAL_SIZE)
            self._filled(_SEAL, seal_at, _SEAL_SIZE)
            if hashlib.sha256(self._seal[:130]).hexdigest().encode("ascii") + b"\n" != self._seal[130:]:
                raise self.broken(_SEAL, "it is not as it was written")
            self._is_list_whole = hashlib.sha256(self._sums).hexdigest().encode("ascii") + b"\n" == self._seal[:65]
            self.members = self._walked(seal_at + _SEAL_SIZE + _filling(_SEAL_SIZE))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> BackupFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        return self._size

    def member(self, name: str) -> BackupMember:
        """Raises BackupBroken where there is none."""
        found = next((one for one in self.members if one.name == name), None)
        if found is None:
            raise self.broken(name, "what every backup has is missing")
        return found

    def has(self, name: str) -> bool:
        return any(one.name == name for one in self.members)

    def is_sealed_by(self, key: Secret) -> bool:
        return hmac.compare_digest(self._seal[65:129], seal_of(self._sums, key).encode("ascii"))

    def check(self, should_stop: Callable[[], bool] = lambda: False) -> ContentDigest:
        """SHA-256 of the file. Raises BackupBroken naming the first member that is not as it was written."""
        whole = hashlib.sha256(self._read(0, self.members[0].at - _BLOCK))
        for one in self.members:
            whole.update(self._read(one.at - _BLOCK, _BLOCK))
            for piece in self.pieces(one):
                whole.update(piece)
                if should_stop():
                    raise BackupStopped
            whole.update(bytes(_filling(one.size)))
        if not self._is_list_whole:
            raise self.broken(SUMS, "it is not as it was written")
        whole.update(_END)
        return ContentDigest(whole.hexdigest())

    def pieces(self, member: BackupMember) -> Iterator[bytes]:
        """Its content; nothing of it holds until the end is reached. Raises BackupBroken there."""
        digest, left = hashlib.sha256(), member.size
        self._file.seek(member.at)
        while left:
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                raise self.broken(member.name, "the file ends before its end")
            digest.update(piece)
            left -= len(piece)
            yield piece
            self._file.seek(member.at + member.size - left)  # somebody may have read elsewhere meanwhile
        if digest.hexdigest() != member.digest:
            raise self.broken(member.name, "it is not as it was written")

    def content(self, name: str) -> bytes:
        """Of a small one, checked."""
        member = self.member(name)
        if member.size > _MOST_SMALL:
            raise self.broken(name, "it is larger than any of its kind")
        return b"".join(self.pieces(member))

    def broken(self, member: str, what: str) -> BackupBroken:
        """Where the list itself is another than was sealed, what it says of others is nothing to go by."""
        if not self._is_list_whole:
            return BackupBroken(self.path, SUMS, "it is not as it was written")
        return BackupBroken(self.path, member, what)

    # -- its form

    def _begin(self) -> tuple[int, int]:
        """Time and size of the list, as its head has them."""
        head = self._read(0, _BLOCK)
        info = self._head(head, SUMS)
        if info.name != _TOP + SUMS or head != _head(SUMS, info.size, int(info.mtime)):
            raise self.broken(SUMS, _what_else(info, "it does not begin as one"))
        if not 0 < info.size <= _MOST_SUMS:
            raise self.broken(SUMS, f"it lists more than {_MOST_MEMBERS} files")
        return int(info.mtime), info.size

    def _walked(self, at: int) -> tuple[BackupMember, ...]:
        found = list[BackupMember]()
        for digest, name in self._listed():
            info = self._head(self._read(at, _BLOCK, name), name)
            self._take_head(name, at, info.size, info)
            at += _BLOCK
            if at + info.size > self._size:
                raise self.broken(name, "the file ends before its end")
            self._filled(name, at, info.size)
            found.append(BackupMember(name, at, info.size, digest))
            at += info.size + _filling(info.size)
        if self._size != at + len(_END) or self._read(at, len(_END)) != _END:
            raise self.broken("its end", "something else stands there, or it was cut off")
        return tuple(found)

    def _listed(self) -> list[tuple[str, str]]:
        listed, at = list[tuple[str, str]](), 0
        while at < len(self._sums):  # up to the first that is none: a search would try every place of a long one
            line = _LINE.match(self._sums, at)
            if line is None or len(listed) == _MOST_MEMBERS:
                raise self.broken(SUMS, "the list of its files cannot be read")
            listed.append((line[1].decode("ascii"), line[2].decode("ascii")))
            at = line.end()
        seen = set[str]()
        for _, name in listed:
            if name not in _LISTED and _IN_VAULT.fullmatch(name) is None:
                raise self.broken(name, _what_name(name))
            if name.lower() in seen:
                raise self.broken(name, "it is in there twice")
            seen.add(name.lower())
        if missing := [name for name in (BackupPart.MANIFEST, BackupPart.STORE) if name not in seen]:
            raise self.broken(missing[0], "what every backup has is missing")
        return listed

    def _take_head(self, name: str, at: int, size: int, info: tarfile.TarInfo | None = None) -> None:
        """Raises BackupBroken where it is not the one of an ordinary file of that name, size and time."""
        head = self._read(at, _BLOCK, name)
        if head != _head(name, size, self.at):
            raise self.broken(name, _what_else(info or self._head(head, name), "its head is not as it was written"))

    def _head(self, head: bytes, name: str) -> tarfile.TarInfo:
        try:
            info = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise self.broken(name, "its head is not as it was written") from error
        if info.size < 0 or not 0 <= info.mtime < 2**33:
            raise self.broken(name, "its head is not as it was written")
        return info

    def _filled(self, name: str, at: int, size: int) -> None:
        if any(self._read(at + size, _filling(size), name)):
            raise self.broken(name, "something stands behind it that was not written there")

    def _read(self, at: int, size: int, name: str = "its end") -> bytes:
        if at + size > self._size:
            raise self.broken(name, "the file ends before its end")
        self._file.seek(at)
        content = self._file.read(size)
        if len(content) != size:
            raise self.broken(name, "the file ends before its end")
        return content


def _opened(path: Path) -> BinaryIO:
    """A pipe or a device would be waited for. Raises WorkFailed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise WorkFailed(
            f"{path} cannot be read: {error.strerror}", remedy="Name the file of a backup that you may read."
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise WorkFailed(f"{path} is not a file", remedy="Name the file of a backup.")
    return os.fdopen(descriptor, "rb")


def _what_else(info: tarfile.TarInfo, otherwise: str) -> str:
    name = info.name.removeprefix(_TOP)
    if info.issym() or info.islnk():
        return f"{plain(info.name, 100)} is a link, which no backup has"
    if not info.isreg():
        return f"{plain(info.name, 100)} is no ordinary file, which no backup has"
    return otherwise if name in {SUMS, _SEAL, *_LISTED} or _IN_VAULT.fullmatch(name) else _what_name(info.name)


def _what_name(name: str) -> str:
    if name.startswith("/") or ".." in name.split("/"):
        return f"{plain(name, 100)} leads out of the folder that it is to be unpacked in"
    return f"{plain(name, 100)} is no name that a backup has"

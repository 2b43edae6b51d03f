"""The ZIP that a packet is, written to a path of the person's choice: whole or not at all, never over another file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from monitor.errors import UsageError, WorkFailed
from monitor.evidence.packet_names import SUMS, sums_text
from monitor.mending import Mending
from monitor.model.ids import ContentDigest
from monitor.vault.folder import sync_folder

_PICTURES = (".jpg", ".png", ".webp", ".gif", ".avif", ".heic")
_PACKED = (*_PICTURES, ".gz", ".wacz", ".zip", ".mp4", ".mov", ".webm", ".mp3", ".pdf")
"""Endings of files that are packed already."""
_PIECE = 1024 * 1024


def refuse_out(out: Path, data_dir: Path) -> Path:
    """The path, absolute. Raises UsageError where a packet cannot be written there, before anything is opened."""
    path = out.absolute()
    if os.path.lexists(path):
        raise UsageError(
            f"{path} exists, and nothing is written over",
            remedy="Name another file: --out FILE.zip",
            way=Mending.OTHER_PACKET_FILE,
        )
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not a folder",
            remedy="Make it, or name another: --out FOLDER/FILE.zip",
            way=Mending.OTHER_PACKET_FOLDER,
        )
    if not path.name.lower().endswith(".zip"):
        raise UsageError(
            f"{path.name} does not end in .zip", remedy=f"Name it so: --out {path.name}.zip", way=Mending.NAME_AS_ZIP
        )
    if folder.resolve().is_relative_to(data_dir.resolve()):
        raise UsageError(
            f"{folder} is in the program's own folder, where nothing lies that is not sealed",
            remedy="Name another folder, best on a stick or disk that is encrypted: --out FOLDER/FILE.zip",
            way=Mending.OTHER_PACKET_FOLDER,
        )
    try:
        with _begun(path):  # a disk may be read-only whatever the folder's own rights say
            pass
    except OSError as error:
        raise UsageError(
            f"nothing can be written in {folder}: {error.strerror or error}",
            remedy="Name another folder: --out FOLDER/FILE.zip",
            way=Mending.OTHER_PACKET_FOLDER,
        ) from error
    return path


class PacketZip:
    """add: one file; finish: the sums, once all are in. count: files so far, but the sums. digest: of the whole, after
    `finish`."""

    def __init__(self, file: BinaryIO, at: datetime) -> None:
        self._file = file
        self._zip = zipfile.ZipFile(file, "w")
        self._at = at.astimezone(UTC).timetuple()[:6]
        self._sums: list[tuple[str, str]] = []
        self.count = 0
        self.digest = ContentDigest("")

    def add(self, name: str, content: Iterable[bytes]) -> ContentDigest:
        """SHA-256 of what was written."""
        if any(known == name for known, _ in self._sums):
            raise ValueError(f"{name} is in the packet twice")
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        digest = hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=True) as member:
            for piece in content:
                digest.update(piece)
                member.write(piece)
        self._sums.append((name, digest.hexdigest()))
        self.count += 1
        return ContentDigest(digest.hexdigest())

    def finish(self) -> None:
        info = zipfile.ZipInfo(SUMS, self._at)
        info.external_attr = 0o600 << 16
        self._zip.writestr(info, sums_text(self._sums))
        self._zip.close()
        self._file.flush()
        self._file.seek(0)
        whole = hashlib.sha256()
        while piece := self._file.read(_PIECE):
            whole.update(piece)
        self.digest = ContentDigest(whole.hexdigest())

    def close(self) -> None:
        """Also where it is given up: `finish` says what went wrong, this does not."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()


@contextmanager
def new_packet(path: Path, at: datetime) -> Iterator[PacketZip]:
    """At `path` once the block ends without error. Until then it has no name: killed at any moment, nothing of it is
    left (but on a disk that knows no file without a name, as of a stick: there `.NAME.part` may be). Raises UsageError
    where something has come to stand there meanwhile, WorkFailed where the disk does not take it."""
    try:
        with _begun(path) as (file, give_name):
            packet = PacketZip(file, at)
            try:
                yield packet
                packet.finish()
            finally:
                packet.close()
            os.fsync(file.fileno())
            give_name()
            sync_folder(path.parent)
    except FileExistsError as error:
        raise UsageError(
            f"{path} exists, and nothing is written over",
            remedy="Name another: --out FILE.zip",
            way=Mending.OTHER_PACKET_FILE,
        ) from error
    except OSError as error:
        raise WorkFailed(
            f"the packet cannot be written to {path}: {error.strerror or error}",
            remedy="Make room, or name a file on another disk: --out FOLDER/FILE.zip. Nothing of it was left.",
            way=Mending.ROOM_FOR_PACKET,
        ) from error


@contextmanager
def _begun(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        has_name = False
    except OSError:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        has_name = True

    def give_name() -> None:
        if not has_name:
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:  # with a folder given, Python asks for the file behind the link
                os.link(f"/proc/self/fd/{descriptor}", path.name, dst_dir_fd=folder)
            finally:
                os.close(folder)
        elif os.path.lexists(path):
            raise FileExistsError(path)
        else:
            os.rename(part, path)

    with os.fdopen(descriptor, "w+b") as file:
        try:
            yield file, give_name
        finally:
            if has_name:
                part.unlink(missing_ok=True)

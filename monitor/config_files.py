"""The files that decide what the program does, as they stand on the disk: did any of them change?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from monitor.watchlist import watchlists_in

MAX_MARKED_BYTES = 2_000_000  # of one file: what is larger is refused as it is

FileStates = tuple[tuple[str, tuple[int, ...]], ...]
"""Of one look: each file and folder with what its inode says; () for what is not there."""


def states_of(files: Iterable[Path], folder: Path) -> FileStates:
    """files: the configuration and the secrets that it names. folder: of the watchlists. Two looks that are alike: none
    of them was written, replaced, removed, or given other rights in between. Never raises."""
    wanted = dict.fromkeys((*files, *watchlists_in(folder)))
    folders = dict.fromkeys((folder, *(file.parent for file in wanted)))
    return (
        *((str(file), _state(file, whole=True)) for file in wanted),
        *((str(one), _state(one, whole=False)) for one in folders),
    )


def _state(path: Path, *, whole: bool) -> tuple[int, ...]:
    """whole: of a folder what is in it changes all the time (an editor's own files): only whose it is counts."""
    try:
        found = os.stat(path)
    except OSError as error:
        return (error.errno or 0,)
    rights = (found.st_dev, found.st_ino, found.st_mode, found.st_uid, found.st_gid)
    return (*rights, found.st_size, found.st_mtime_ns, found.st_ctime_ns) if whole else rights


def mark_of(files: Iterable[Path]) -> str:
    """Of what stands in them: SHA-256, hexadecimal. Alike whenever their contents are; of what cannot be read only that
    counts."""
    summed = hashlib.sha256()
    for file in sorted(set(files)):
        content = b""
        with suppress(OSError), file.open("rb") as opened:
            content = opened.read(MAX_MARKED_BYTES)
        summed.update(hashlib.sha256(os.fsencode(file)).digest() + hashlib.sha256(content).digest())
    return summed.hexdigest()

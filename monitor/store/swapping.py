"""A state that was restored takes the place of the one before, killed at any moment: what is there afterwards is the
old one or the new one, as soon as anybody opens the store.

The new one lies whole in `restore.part`. Then a note of what is to happen is written (`restore.note`): from that moment
on it is carried through by whoever comes first, in steps that each can be done twice; before it, nothing has happened.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.copying import sync_file
from monitor.store.lock import upgrading
from monitor.store.opening import FILE

RESTORED, _NOTE = "restore.part", "restore.note"
ASIDE_BEGINS, DAMAGED_BEGINS = "before-restore-", "damaged-"
"""Beginnings of folders in data_dir: what was there before, and a damaged store as it was found."""

_VAULT = "vault"
_OLD = (f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal", FILE)
_ASIDE_NAME = re.compile(r"(?:before-restore|damaged)-[0-9TZ-]{8,40}")


def swap_in(data_dir: Path, aside: str) -> Path | None:
    """What lies in RESTORED takes its place; what was there goes into the folder `aside`, whose path is given: None
    where nothing was there. For who holds `upgrading`. Raises OSError."""
    part = data_dir / RESTORED
    has_vault = (part / _VAULT).exists()
    was_there = [name for name in (*_OLD, *([_VAULT] if has_vault else [])) if os.path.lexists(data_dir / name)]
    _write_note(data_dir, {"aside": aside, "old": was_there})
    _carry_through(data_dir)
    return data_dir / aside if was_there else None


def finish_swap(data_dir: Path) -> None:
    """What a crash left half done. Before anybody opens the store; costs a look where there is nothing to finish."""
    if not os.path.lexists(data_dir / _NOTE):
        return
    with upgrading(data_dir):
        try:
            if os.path.lexists(data_dir / _NOTE):  # nobody was faster
                _carry_through(data_dir)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"a restore of {data_dir} was cut off, and cannot be carried through: {error}",
                remedy="Mend what is said there (room on the disk, its owner), then give any command. Nothing is lost: "
                f"what was restored lies in {data_dir / RESTORED}, what was there before beside it.",
            ) from error


def sweep_unfinished_restore(data_dir: Path) -> None:
    """What one that was cut off had unpacked, before anything was moved. For who holds the daemon's lock. What no
    restore made (a link, a file) stays."""
    if os.path.lexists(data_dir / RESTORED) and not os.path.lexists(data_dir / _NOTE):
        shutil.rmtree(data_dir / RESTORED, ignore_errors=True)


def states_before(data_dir: Path) -> list[Path]:
    """Folders with what was there before a restore, or was found damaged."""
    places = (*data_dir.glob(f"{ASIDE_BEGINS}*"), *data_dir.glob(f"{DAMAGED_BEGINS}*"))
    return sorted(one for one in places if _ASIDE_NAME.fullmatch(one.name) and one.is_dir() and not one.is_symlink())


def own_folders(data_dir: Path) -> list[Path]:
    """These, and what an unfinished restore has unpacked."""
    begun = data_dir / RESTORED
    return [*states_before(data_dir), *([begun] if begun.is_dir() and not begun.is_symlink() else [])]


def restore_taken_back(data_dir: Path, aside: Path) -> str:
    """The line for the shell, once the daemon is stopped, that exchanges the two: what is there now is kept too."""
    here, before = shlex.quote(str(data_dir)), shlex.quote(str(aside))
    vault = f"{here}/{_VAULT} " if (aside / _VAULT).exists() else ""
    return f"mkdir {before}-0 && mv {here}/{FILE}* {vault}{before}-0/ && mv {before}/* {here}/ && rmdir {before}"


def forget_states_before(data_dir: Path) -> None:
    """And what a restore that was killed had unpacked; one that is under way then fails, and changes nothing. What a
    note speaks of is in its place as soon as the store is opened. Raises OSError."""
    has_note = os.path.lexists(data_dir / _NOTE)
    for folder in own_folders(data_dir):
        if folder.name != RESTORED or not has_note:
            shutil.rmtree(folder)


def _write_note(data_dir: Path, note: dict[str, object]) -> None:
    half = data_dir / f"{_NOTE}.part"
    with open(half, "w", encoding="ascii") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(half, data_dir / _NOTE)
    sync_file(data_dir)


def _carry_through(data_dir: Path) -> None:
    """The store itself comes in last: as long as it has not, whatever stands in its place is the old one."""
    note = json.loads((data_dir / _NOTE).read_bytes())
    part, aside = data_dir / RESTORED, data_dir / str(note["aside"])
    if _ASIDE_NAME.fullmatch(aside.name) is None:
        raise ValueError(f"{_NOTE} is not as it was written")
    if os.path.lexists(part / FILE):
        _move([name for name in note["old"] if name in (*_OLD, _VAULT)], data_dir, aside, part)
        if (part / _VAULT).exists():
            os.rename(part / _VAULT, data_dir / _VAULT)
        sync_file(data_dir)
        os.rename(part / FILE, data_dir / FILE)
        sync_file(data_dir)
    os.unlink(data_dir / _NOTE)
    sync_file(data_dir)
    with suppress(OSError):
        shutil.rmtree(part)


def _move(names: Sequence[str], data_dir: Path, aside: Path, part: Path) -> None:
    if not names:
        return
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in names:
        is_new = name == _VAULT and not os.path.lexists(part / _VAULT)
        if os.path.lexists(data_dir / name) and not is_new and not os.path.lexists(aside / name):
            os.rename(data_dir / name, aside / name)
    sync_file(aside)

"""The way back: a backup is checked from its first byte to its last, unpacked beside what is there, opened and read,
and only then takes its place. `bring_back` tells it in order; nothing is touched before its last step.

What was there is kept aside, whole, in a folder that is told.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlcipher3 import dbapi2

from monitor.errors import MonitorError, NoWriting, StoreError, WorkFailed
from monitor.model.backup import BackupExtent
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.ids import CaseId, SightingId
from monitor.model.settings import BackupSettings, DatabaseSettings, Secret, Settings
from monitor.model.sighting import Decision
from monitor.model.standstill import StoodBecause
from monitor.ports import Store
from monitor.services.backup_file import IN_VAULT, BackupFile, BackupPart
from monitor.services.backup_place import no_room_for_backup, work_beside
from monitor.services.closed_marks import carry_marks, closed_mark, marks_in
from monitor.services.closing import close_all
from monitor.services.deciding import Deciding
from monitor.services.restore_checks import CheckedBackup, Restored, RestoreWish, is_of_this_store, unpack_member
from monitor.store import tables
from monitor.store.copying import free_bytes, sync_file, wrong_in_store
from monitor.store.lock import DaemonLock, running_daemon, upgrading
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import open_store
from monitor.store.swapping import (
    ASIDE_BEGINS,
    RESTORED,
    finish_swap,
    restore_taken_back,
    swap_in,
    sweep_unfinished_restore,
)
from monitor.vault.folder import VaultFolder
from monitor.vault.identity import begins_as_age

_SPARE = 32 * 1024 * 1024
_SHARED_BYTES = (0x4000_0002, 510)
"""Of a SQLite file: whoever has it open holds a lock on some of these."""


def try_restore(wish: RestoreWish, settings: Settings) -> Restored:
    """Everything but the last step, and nothing of it stays. Raises as `bring_back`."""
    data, is_new = settings.data_dir, not settings.data_dir.exists()
    _make_folder(data)
    try:
        with BackupFile(wish.file) as file, work_beside(data / "trial") as work:
            backup = CheckedBackup.of(file, wish, settings, work)
            unpack_member(file, file.member(BackupPart.STORE), work / "store")
            _refuse_bad_store(file, work / "store", backup.key)
            if file.has(BackupPart.KEY) and not begins_as_age(file.content(BackupPart.KEY)):
                raise file.broken(
                    BackupPart.KEY, "no identity opens the store's key in it: what stands there is not age"
                )
            return backup.told()
    except OSError as error:
        raise _cannot(data, error) from error
    finally:
        if is_new:
            with suppress(OSError):
                data.rmdir()


def bring_back(wish: RestoreWish, settings: Settings, now: datetime) -> Restored:
    """settings: of the installation that it is to be, as far as they are there. Raises BackupBroken, Locked, NeedsUser,
    NewerStore, NoWriting, WorkFailed: then everything is as it was."""
    data = settings.data_dir
    _make_folder(data)
    finish_swap(data)
    with BackupFile(wish.file) as file, _alone(data):
        part = data / RESTORED
        sweep_unfinished_restore(data)
        _refuse_other_disk(data, file)
        _make_part(part)
        try:
            backup = CheckedBackup.of(file, wish, settings, part)
            _refuse_without_room(file, data)
            _unpack_all(file, backup, part)
            if backup.extent is BackupExtent.STORE and _has_no_vault_of_it(settings, backup):
                _unpack_key(file, part)
            _refuse_bad_store(file, part / FILE, backup.key)
            said = _SaidSince(part, backup, settings, now)
            closed, dismissed = said.closed_again(marks_in([data, wish.file.absolute().parent])), said.dismissed_again()
            carry_marks([wish.file.absolute().parent], data)
            said.bring_up_to_now(file)
            aside = swap_in(data, _free_name(data, f"{ASIDE_BEGINS}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
        except OSError as error:
            raise _cannot(data, error) from error
        finally:
            sweep_unfinished_restore(data)
        return replace(backup.told(), aside=aside, closed=closed, dismissed=dismissed)


def line_back(settings: Settings, aside: Path) -> str:
    """For the shell: back to what was there before."""
    return restore_taken_back(settings.data_dir, aside)


# -- beside what is there


def _unpack_all(file: BackupFile, backup: CheckedBackup, part: Path) -> None:
    unpack_member(file, file.member(BackupPart.STORE), part / FILE)
    if backup.extent is BackupExtent.ALL:
        vault = part / "vault"
        vault.mkdir(mode=0o700)
        for member in file.members:
            if member.name.startswith(IN_VAULT):
                unpack_member(file, member, vault / member.name.removeprefix(IN_VAULT), 0o400)
        sync_file(vault)
        _unpack_key(file, part)
    sync_file(part)


def _unpack_key(file: BackupFile, part: Path) -> None:
    """Into the vault: without it, evidence is not sealed there, as in a vault whose disk is not mounted."""
    if not file.has(BackupPart.KEY):
        return
    vault = part / "vault"
    vault.mkdir(mode=0o700, exist_ok=True)
    unpack_member(file, file.member(BackupPart.KEY), vault / BackupPart.KEY, 0o400)
    sync_file(vault)
    sync_file(part)


def _has_no_vault_of_it(settings: Settings, backup: CheckedBackup) -> bool:
    """A new machine. An empty folder may be a place that a disk is taken from, and what holds evidence stays: whose
    that is, only who has the identity can say."""
    vault = settings.vault_dir
    if not os.path.lexists(vault):
        return not is_of_this_store(settings, backup.key)
    if vault.is_symlink() or vault.is_mount() or not VaultFolder(vault).has_key():
        return False
    return not VaultFolder(vault).names() and not is_of_this_store(settings, backup.key)


def _refuse_bad_store(file: BackupFile, path: Path, key: Secret) -> None:
    if wrong := wrong_in_store(path, key):
        raise file.broken(BackupPart.STORE, f"the store in it does not read as it should ({wrong})")


@dataclass(frozen=True, slots=True)
class _SaidSince:
    """What the person said since the backup of pictures that are not hers to keep, said again of what was unpacked."""

    part: Path
    backup: CheckedBackup
    settings: Settings
    now: datetime

    def closed_again(self, marks: frozenset[str]) -> int:
        """As under 18: it comes back in no form."""
        if not marks:
            return 0
        closed = 0
        with self._opened() as (store, inside):
            for case in [one.id for one in store.cases.all()]:
                for photo in [
                    one.id for one in store.references.all(case) if closed_mark(one.id, case, store) in marks
                ]:
                    found = store.sightings.of_reference(case, photo)
                    close_all(found, photo, case, store=store, settings=inside, now=self.now)
                    closed += 1 + len(found)
                known = [one for one in store.sightings.all(case) if not one.under_18]
                if finds := [one for one in known if closed_mark(one.id, case, store) in marks]:
                    close_all(finds, None, case, store=store, settings=inside, now=self.now)
                    closed += len(finds)
        return closed

    def dismissed_again(self) -> int:
        """Somebody else's pictures, as far as the state that was there before can still be asked."""
        meant = self._dismissed_before()
        if not meant:
            return 0
        dismissed = 0
        with self._opened() as (store, inside):
            deciding = Deciding(store, inside, lambda: self.now)
            for case, names in meant.items():
                known = store.sightings.of_ids(case, names)
                finds = [one.id for one in known if not one.under_18 and one.decision is not Decision.NOT_MINE]
                if finds:
                    deciding.decide(DecisionAct.DISMISS, finds, case=case, via=DecisionVia.COMMAND)
                    dismissed += len(finds)
        return dismissed

    def bring_up_to_now(self, file: BackupFile) -> None:
        """What it says of the daemon beside which it was made is so no more: that daemon's end is not in it, what it
        noted of itself since is in the store before. And this backup is known to hold. One of an older revision stays
        as it is: whoever opens it next brings it up to date, and keeps a copy first."""
        if self.backup.manifest["revision"] != tables.HEAD:
            return
        last = self._alive_before()
        if last:
            with closing(connect(self.part / FILE, self.backup.key)) as writer:
                writer.execute("UPDATE machine SET alive = ?", (last,))
        with self._opened() as (store, _), store.transaction():
            store.machine.note_daemon(None)
            if not last and (alive := store.machine.alive()) is not None:
                store.machine.note_alive(replace(alive, ended=StoodBecause.RESTORED))
            store.backups.note_trouble(None)
            store.backups.note(self.backup.as_made(self.now))
            own = [one.work for one in store.backups.begun() if int(one.at.timestamp()) == file.at]
            store.backups.forget(*own)  # it ended: this is it

    def _alive_before(self) -> str:
        path = self.settings.data_dir / FILE
        if not path.is_file() or not path.stat().st_size:
            return ""
        try:
            with closing(connect(path, self.backup.key, Way.READ)) as reader:
                row = reader.execute("SELECT alive FROM machine").fetchone()
        except dbapi2.Error:  # damaged, another's, or older than these notes
            return ""
        return row[0] if row is not None and isinstance(row[0], str) else ""

    def _dismissed_before(self) -> dict[CaseId, list[SightingId]]:
        """Read as it lies there: nothing is brought up to date in what is to be put aside."""
        found = dict[CaseId, list[SightingId]]()
        path = self.settings.data_dir / FILE
        if not path.is_file() or not path.stat().st_size:
            return found
        try:
            with closing(connect(path, self.backup.key, Way.READ)) as reader:
                asked = 'SELECT "case", id FROM sightings WHERE decision = ? AND NOT under_18'
                for case, name in reader.execute(asked, (Decision.NOT_MINE.value,)):
                    found.setdefault(CaseId(case), []).append(SightingId(name))
        except dbapi2.Error:  # damaged, or another's
            return {}
        return found

    @contextmanager
    def _opened(self) -> Iterator[tuple[Store, Settings]]:
        """Of what was unpacked; brought up to date, where it is older."""
        database = DatabaseSettings(key=self.backup.key)
        inside = replace(self.settings, data_dir=self.part, database=database, backup=BackupSettings())
        with closing(open_store(inside)) as store:
            yield store, inside
        sync_file(self.part / FILE)


def _free_name(data: Path, wanted: str) -> str:
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not os.path.lexists(data / name))


# -- who else is there


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """No daemon works with the data, and none can start; nobody else has the store open."""
    if (pid := running_daemon(data)) is not None:
        raise WorkFailed(
            f"the daemon (process {pid}) works with what would be replaced",
            remedy="Stop it (systemctl stop reupload-monitor, with --user if it is yours), give this command again, "
            "then start it.",
        )
    with DaemonLock(data), upgrading(data):
        _refuse_in_use(data / FILE)
        yield


def _refuse_in_use(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # not there, or not ours: told by whoever opens it
        return
    try:
        begin, length = _SHARED_BYTES
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, begin)
    except OSError as error:
        raise WorkFailed(
            f"another command has the store {path} open",
            remedy="End it first: the page of `review`, say, or a command in another window. Then give this one again.",
        ) from error
    finally:
        os.close(descriptor)


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(
            f"the folder {data} cannot be made: {error.strerror}",
            remedy="Name another one: --data-dir FOLDER, or correct data_dir in config.toml.",
        ) from error


def _make_part(part: Path) -> None:
    try:
        part.mkdir(mode=0o700)
    except FileExistsError as error:
        what = "is a link" if part.is_symlink() else "cannot be removed" if part.is_dir() else "is a file"
        raise WorkFailed(
            f"{part} {what}, where the backup is to be unpacked",
            remedy="Nothing of the program's own lies there so: see what it is, and move it away. Then give this "
            "command again. Nothing was changed.",
        ) from error
    except OSError as error:
        raise _cannot(part.parent, error) from error


def _refuse_other_disk(data: Path, file: BackupFile) -> None:
    vault = data / "vault"
    has_evidence = any(one.name.startswith(IN_VAULT) for one in file.members)
    if has_evidence and (vault.is_mount() or vault.is_symlink()):
        raise WorkFailed(
            f"{vault} lies on a disk of its own, so that it cannot be exchanged in one step",
            remedy="Restore into another folder (--data-dir FOLDER), or unmount that disk first.",
        )


def _refuse_without_room(file: BackupFile, data: Path) -> None:
    needed = file.size + _SPARE
    if (free := free_bytes(data)) < needed:
        raise NoWriting(
            f"there is no room for it in {data}: {needed // 1_000_000} MB are needed, {free // 1_000_000} MB are free",
            is_full=True,
            remedy="Make room there first: what is there now stays until the new one is whole. Nothing was changed.",
        )


def _cannot(data: Path, error: OSError) -> MonitorError:
    if error.errno == 28:
        return no_room_for_backup(data, error.strerror or "")
    return StoreError(
        f"it cannot be restored into {data}: {error.strerror or error}",
        remedy="Look at the disk, and at who may write there. What was there is as it was.",
    )

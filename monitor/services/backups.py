"""The backups of this store: made at a person's word, made by schedule, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.clock import within
from monitor.errors import MonitorError, NoWriting, WorkFailed
from monitor.model.backup import (
    BackupBegun,
    BackupExtent,
    BackupMade,
    BackupTrouble,
    BackupWhy,
    backup_name,
    goes_by_itself,
)
from monitor.model.ids import ContentDigest
from monitor.model.settings import Settings
from monitor.parts.confine.core import may_write_in
from monitor.ports import Store
from monitor.services.backup import extent_by_schedule, write_backup
from monitor.services.backup_file import BackupStopped
from monitor.services.backup_place import backup_folder, not_written, own_backups, sweep_unfinished, take_away_begun
from monitor.services.closed_marks import carry_marks, mark_all_closed
from monitor.services.on_server import is_on_server, refuse_backup
from monitor.store.keys import load_key

TRIAL_EVERY = timedelta(days=30)
TRIED_AGAIN_AFTER = timedelta(hours=1)  # a stick that is not plugged in may be in an hour


@dataclass(frozen=True, slots=True)
class BackupService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def make(self, target: Path, *, replace: bool = False) -> BackupMade:
        """Raises as `write_backup`; UsageError where the store is no file."""
        refuse_backup(self.settings, "a backup")
        return self._noted(target, self.clock(), replace=replace)

    def _noted(
        self,
        target: Path,
        at: datetime,
        *,
        replace: bool,
        why: BackupWhy = BackupWhy.ASKED,
        extent: BackupExtent = BackupExtent.ALL,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> BackupMade:
        """What is begun is known, whenever this is cut off."""
        take_away_begun(self.store)
        begun = list[BackupBegun]()

        def begin(one: BackupBegun) -> None:
            begun.append(one)
            with suppress(NoWriting):  # a stick may have the room that the data have not
                self.store.backups.begin(one)

        try:
            made = write_backup(
                self.settings,
                target,
                key=load_key(self.settings),
                at=at,
                why=why,
                extent=extent,
                replace=replace,
                should_stop=should_stop,
                begin=begin,
            )
        except Exception:
            with suppress(MonitorError):
                self._forget_gone(begun)
            raise
        with self.store.transaction():
            self.store.backups.note(made)
            self._forget_gone(begun)
        return made

    def _forget_gone(self, begun: Iterable[BackupBegun]) -> None:
        self.store.backups.forget(*(one.work for one in begun if not Path(one.work).exists()))

    def note_trial(self, digest: ContentDigest) -> None:
        """A backup was restored for trial, and holds."""
        self.store.backups.tried(digest, self.clock())

    def is_due(self) -> bool:
        every, now = timedelta(seconds=self.settings.backup.every_s), self.clock()
        if not every or is_on_server(self.settings):
            return False
        trouble = self.store.backups.trouble()
        if trouble is not None and within(TRIED_AGAIN_AFTER, trouble.at, now):
            return False
        folder = backup_folder(self.settings)
        made = [one for one in self.store.backups.all() if one.why is BackupWhy.SCHEDULED]
        return not any(
            within(every, one.made_at, now) and Path(one.path).parent == folder and Path(one.path).is_file()
            for one in made
        )

    def make_by_schedule(self, should_stop: Callable[[], bool] = lambda: False) -> BackupMade | None:
        """Where one is due; older ones go once it is whole. What keeps it from being made is noted, and told as what
        stands in the way of the daemon is. Raises MonitorError for what it does not survive itself."""
        if not self.is_due():
            return None
        folder, now = backup_folder(self.settings), self.clock()
        try:
            made = self._written(folder, now, should_stop)
        except BackupStopped:  # the daemon ends, or goes on with another configuration
            return None
        except MonitorError as error:
            before = self.store.backups.trouble()
            since = now if before is None else before.since
            self.store.backups.note_trouble(BackupTrouble(since, now, f"{error}. {error.remedy}"))
            raise
        self._let_old_ones_go(folder, Path(made.path))
        self._try_now_and_then(made)
        return made

    def _try_now_and_then(self, made: BackupMade) -> None:
        """That it can be restored is known only once it was. What comes of it is told as what kept one from being."""
        if any(one.tried_at and within(TRIAL_EVERY, one.tried_at, self.clock()) for one in self.store.backups.all()):
            return
        from monitor.services.restore_checks import RestoreWish
        from monitor.services.restoring import try_restore

        try:
            done = try_restore(RestoreWish(Path(made.path), key=load_key(self.settings)), self.settings)
        except MonitorError as error:
            now = self.clock()
            self.store.backups.note_trouble(BackupTrouble(now, now, f"it cannot be restored: {error}. {error.remedy}"))
            raise
        self.note_trial(done.digest)

    def _written(self, folder: Path, now: datetime, should_stop: Callable[[], bool]) -> BackupMade:
        if not self.settings.backup.folder:
            with suppress(OSError):
                folder.mkdir(mode=0o700, exist_ok=True)
        try:
            return self._written_in(folder, now, should_stop)
        except OSError as error:
            raise not_written(folder / "it", error) from error

    def _written_in(self, folder: Path, now: datetime, should_stop: Callable[[], bool]) -> BackupMade:
        if not folder.is_dir():
            raise WorkFailed(
                f"the folder {folder} for backups is not there",
                remedy="Plug in the disk or stick that it lies on, make the folder, or name another: [backup] dir.",
            )
        if not may_write_in(folder):
            raise WorkFailed(
                f"the folder {folder} for backups, or the disk that it is on, was not there or was another one when "
                "the daemon started, which gave it up then",
                remedy="Restart the daemon: it keeps to what is there and named at its start.",
            )
        sweep_unfinished(folder)
        mark_all_closed(self.store, self.settings.data_dir)
        carry_marks([self.settings.data_dir], folder)
        return self._noted(
            folder / backup_name(now, BackupWhy.SCHEDULED),
            now,
            why=BackupWhy.SCHEDULED,
            extent=extent_by_schedule(self.settings),
            replace=True,  # of this very second: a clock that was set back
            should_stop=should_stop,
        )

    def _let_old_ones_go(self, folder: Path, newest: Path) -> None:
        """newest: whole and checked just now, so that it stays whatever the names of the others say."""
        others = [one for one in own_backups(folder, self.clock()) if goes_by_itself(one.name) and one != newest]
        for one in others[self.settings.backup.keep - 1 :]:
            with suppress(OSError):  # one of a disk that is read only: it goes with the next
                one.unlink()
                self.store.backups.forget(str(one))

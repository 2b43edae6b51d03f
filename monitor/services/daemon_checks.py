"""Whether the daemon gets on, by what it notes of itself, and whether there is a backup that holds: for `doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from monitor.documents.standstill import standstill_words
from monitor.documents.times import utc_words
from monitor.errors import MonitorError
from monitor.model.backup import BackupExtent, BackupMade, BackupWhy, backup_name, newer_backup
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.settings import Settings
from monitor.model.standstill import LastAlive, Standstill, StoodBecause
from monitor.pipeline.hindrances import hindered_by_configuration
from monitor.plain import several
from monitor.ports import Store
from monitor.services.backup_place import backup_folder, refuse_backup_place
from monitor.services.on_server import check_backup, is_on_server
from monitor.services.standing import last_standstill
from monitor.store.lock import running_daemon
from monitor.tracking.standing import EVERYDAY_REASONS, LEAST_STANDSTILL

OLD_BACKUP = timedelta(days=8)  # a week, and a day on which the machine was off
OLD_TRIAL = timedelta(days=180)


class WithStore(Protocol):
    @property
    def store(self) -> Store: ...


Opened = Callable[[], AbstractContextManager[WithStore]]


def daemon_checks(settings: Settings, opened: Opened, now: datetime) -> Iterator[Check]:
    with opened() as found:
        alive, stood = found.store.machine.alive(), last_standstill(found.store, now)
        not_taken = hindered_by_configuration(found.store)
    pid = running_daemon(settings.data_dir)
    yield _running(pid, alive, now) if pid is not None or settings.queue.url is None else _ELSEWHERE
    if pid is not None:
        yield from (Check("daemon", WARNING, one.message, one.remedy) for one in not_taken)
    if stood is not None and stood.because not in EVERYDAY_REASONS:
        yield Check("daemon", WARNING, standstill_words(stood, utc_words), _remedy(stood))


_ELSEWHERE = Check("daemon", OK, "no scheduler is needed on each machine, and none runs on this one: see queue")
"""Whether one leads at all is the queue's to say."""


def _running(pid: int | None, alive: LastAlive | None, now: datetime) -> Check:
    if pid is None:
        last = f"; it was alive last {utc_words(alive.at)}" if alive is not None else ""
        return Check("daemon", WARNING, f"it does not run{last}", "Start it: reupload-monitor run, or as a service.")
    if alive is None or not timedelta(0) <= now - alive.at < LEAST_STANDSTILL:
        since = f" since {utc_words(alive.at)}" if alive is not None and alive.at <= now else ""
        message = f"process {pid} runs, and has noted nothing of itself{since}"
        return Check("daemon", FAULT, message, "Start it again; the journal says which part stands still.")
    return Check("daemon", OK, f"process {pid} runs, and noted {utc_words(alive.at)} that all of its parts get on")


def _remedy(stood: Standstill) -> str:
    if stood.because is StoodBecause.NO_ROOM:
        return "Free some space, and see that there stays some."
    if stood.because is StoodBecause.ENDED:
        return "Let systemd start it (reupload-monitor service install), which starts it again; see whether memory is \
short on this machine."
    return "Should it come again, please report it as a bug, with the lines of the journal from before."


def backup_checks(settings: Settings, opened: Opened, now: datetime) -> Iterator[Check]:
    if is_on_server(settings):
        yield from check_backup()
        return
    with opened() as found:
        made, trouble = found.store.backups.all(), found.store.backups.trouble()
        made = sorted(made, key=lambda one: newer_backup(one.made_at, now), reverse=True)
        has_evidence = bool(found.store.evidence.files())
    newest = next(iter(made), None)
    tried = max((one.tried_at for one in made if one.tried_at), default=None)
    if settings.backup.folder and trouble is None:
        yield from _place_checks(settings, now)
    if trouble is not None:
        yield Check("backup", FAULT, f"none can be made since {utc_words(trouble.since)}: {trouble.why}", _TRY_ONE)
    if newest is None:
        if settings.backup.every_s and trouble is None:
            message = "there is none yet: the daemon makes the first by itself, some minutes after its start"
            yield Check("backup", WARNING, message, "Let it run; or make one now: reupload-monitor backup FILE")
        else:
            yield Check("backup", WARNING, "there is none", "Make one: reupload-monitor backup FILE")
        return
    age = now - newest.made_at
    message = f"the newest is of {utc_words(newest.made_at)}, read again then, with {_held_by(newest)}"
    if age > OLD_BACKUP:
        yield Check("backup", WARNING, f"{message}: {age.days} days old", "Make one: reupload-monitor backup FILE")
    else:
        yield Check("backup", OK, message)
    if (lacks := _not_safe(made, settings, now, has_evidence=has_evidence)) is not None:
        yield lacks
    if tried is None:
        yield Check("backup", WARNING, "none was restored for trial so far", _TRY_TO_RESTORE)
    elif now - tried > OLD_TRIAL:
        yield Check("backup", WARNING, f"none was restored for trial since {utc_words(tried)}", _TRY_TO_RESTORE)
    else:
        yield Check("backup", OK, f"one was restored for trial {utc_words(tried)}, and held")


def _place_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Before the first is due."""
    folder = backup_folder(settings)
    try:
        refuse_backup_place(folder / backup_name(now, BackupWhy.SCHEDULED), settings, replace=True)
    except MonitorError as error:
        yield Check("backup", WARNING, f"none can be made in [backup] dir: {error}", error.remedy)


def _held_by(newest: BackupMade) -> str:
    if newest.extent is BackupExtent.STORE:
        return "finds, reports and settings, and without the sealed evidence"
    if newest.missing:
        return f"all but {several(newest.missing, 'sealed file', 'sealed files')}"
    return "all that is kept"


def _not_safe(made: Sequence[BackupMade], settings: Settings, now: datetime, *, has_evidence: bool) -> Check | None:
    """Were this disk lost today."""
    whole = next((one for one in made if one.extent is BackupExtent.ALL), None)
    if has_evidence and (whole is None or now - whole.made_at > OLD_BACKUP):
        since = "" if whole is None else f" since {utc_words(whole.made_at)}"
        return Check("backup", WARNING, f"the sealed evidence is in no backup{since}", _ON_ANOTHER_DISK)
    if all(_is_beside(Path(one.path), settings.data_dir) for one in made):
        return Check("backup", WARNING, "all lie on the disk of the data: it takes them along", _ON_ANOTHER_DISK)
    return None


def _is_beside(file: Path, data_dir: Path) -> bool:
    """False where it is not there now: on a stick that was put away."""
    try:
        return file.stat().st_dev == data_dir.stat().st_dev
    except OSError:
        return False


_ON_ANOTHER_DISK = (
    "Name a folder on another disk for those by schedule, and the evidence goes along: dir below [backup] in "
    "config.toml. Or by hand, on a stick: reupload-monitor backup FOLDER"
)
_TRY_ONE = "Make one by hand, which says more: reupload-monitor backup FILE"
_TRY_TO_RESTORE = "Restore the newest for trial, which changes nothing: reupload-monitor restore FILE --check"

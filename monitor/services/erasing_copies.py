"""What `erase` takes of copies: backups in the folder of those by schedule, what a restore or a damaged store left
aside, and what an unfinished one had begun."""

from __future__ import annotations

from pathlib import Path

from monitor.clock import utc_now
from monitor.model.settings import Settings
from monitor.services.backup_place import TRIAL_WORK, backup_folder, own_backups, sweep_unfinished
from monitor.services.closed_marks import MARKS_FILE
from monitor.store.swapping import own_folders
from monitor.vault.folder import STRAY

_VAULT = "vault"


def files_of_kept_copies(settings: Settings) -> list[Path]:
    """Never through a link: whoever takes them looks."""
    folder = backup_folder(settings)
    sweep_unfinished(folder)
    sweep_unfinished(settings.data_dir, TRIAL_WORK)
    found = [*own_backups(folder, utc_now()), folder / MARKS_FILE, settings.data_dir / MARKS_FILE]
    for aside in own_folders(settings.data_dir):
        for inside in (aside / _VAULT / STRAY, aside / _VAULT, aside):
            if not inside.is_symlink() and not (aside / _VAULT).is_symlink():
                found += [one for one in sorted(inside.glob("*")) if not one.is_dir()]
    return found


def folders_of_kept_copies(settings: Settings) -> list[Path]:
    """Those within another first. The folder that the person named stays."""
    found = [] if settings.backup.folder else [backup_folder(settings)]
    for aside in own_folders(settings.data_dir):
        found += [aside / _VAULT / STRAY, aside / _VAULT, aside]
    return found

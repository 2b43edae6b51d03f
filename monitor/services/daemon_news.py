"""What stands in the files and the daemon that runs does not know yet: it notices changes by itself within seconds, so
that this is told of the moment after an edit, and of a daemon that cannot read what it should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.config_files import mark_of
from monitor.config_places import calling
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.last_good import restore_watches
from monitor.ports import Store
from monitor.store.lock import running_daemon
from monitor.tracking.overview import DaemonNews as DaemonNews
from monitor.watchlist import WatchlistLoad


@dataclass(frozen=True, slots=True)
class DaemonLines:
    """Whether one runs, and the lines for a terminal: that start it, and that have it start by itself. other_file: the
    configuration that it reads, where that is not this one."""

    runs: bool
    start: str
    always: str
    other_file: str = ""


def daemon_lines(store: Store, settings: Settings) -> DaemonLines:
    runs, read, program = (
        running_daemon(settings.data_dir) is not None,
        store.machine.daemon_read(),
        calling(settings.path),
    )
    other = read.file if runs and read is not None and read.file != str(settings.path or "") else ""
    return DaemonLines(runs, f"{program} run", f"{program} service install", other)


def unknown_to_daemon(store: Store, settings: Settings, loaded: WatchlistLoad) -> DaemonNews:
    """Nothing where none runs: at its start it reads all."""
    read = store.machine.daemon_read()
    if running_daemon(settings.data_dir) is None or read is None:
        return DaemonNews()
    if read.file != str(settings.path or ""):
        return DaemonNews(other_file=read.file)
    known, there = _by_name(restore_watches(store.machine.good_watches())), _by_name(loaded.right)
    broken = {error.watch for error in (*loaded.errors, *loaded.refusals)}
    files = {error.file for error in loaded.errors}
    kept = {name for name, watch in known.items() if name in broken or str(watch.origin or "") in files}
    changed = {name for name in known.keys() | there.keys() if known.get(name) != there.get(name)}
    if not loaded.files:  # they are gone, and go on as they were read
        changed &= there.keys()
    return DaemonNews(tuple(sorted(changed - (kept - there.keys()))), read.mark != _mark(settings))


def _by_name(watches: Iterable[Watch]) -> dict[str, Watch]:
    """Those that are on, wherever in their file they stand."""
    return {watch.name: replace(watch, line=0) for watch in watches if watch.enabled}


def _mark(settings: Settings) -> str:
    """As the daemon makes it (`daemon.reloading.ReadFiles`)."""
    return mark_of([*([settings.path] if settings.path else []), *settings.secret_files])

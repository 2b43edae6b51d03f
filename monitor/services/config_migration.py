"""`config migrate`: configuration and watchlists of an earlier version, as this one has them. Comments, order and every
other byte stay; each file is kept aside as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import tomlfile
from monitor.config import load
from monitor.config_changes import Outdated, brought_up_to_date, outdated
from monitor.config_edit import edited_alone, keep_aside, one_at_a_time
from monitor.config_places import find
from monitor.errors import ConfigError
from monitor.tomlfile import Problem
from monitor.watchlist import watchlists_in


@dataclass(frozen=True, slots=True)
class FileMigration:
    """lines: what changes, each with its line in the file, in words. kept: the file as it was; None while it is only
    planned."""

    path: Path
    lines: tuple[str, ...]
    kept: Path | None = None


def plan_migration(config: Path | None, environ: Mapping[str, str] = os.environ) -> Sequence[FileMigration]:
    """Of the configuration that counts and its watchlists; without what needs nothing. Raises ConfigError where there
    is none, or one that cannot be read at all. A watchlist that cannot be read is left to `watch check`."""
    found = []
    for path, is_watchlist in _files(config, environ):
        document = tomlfile.read(path)
        if isinstance(document, Problem):
            if not is_watchlist:
                raise document.error(ConfigError)
            continue
        places = outdated(document.data, is_watchlist=is_watchlist)
        if places:
            lines = (f"line {document.line((*one.table, one.key))}: {one.said(document.data)}" for one in places)
            found.append(FileMigration(path, tuple(lines)))
    return found


def migrate(planned: FileMigration, config: Path | None, now: datetime) -> FileMigration:
    """Raises UsageError where the file is written in a way that cannot be changed, WorkFailed where it may not be: then
    it is as it was."""
    path = planned.path.resolve()
    by_hand = "Change it yourself: " + "; ".join(planned.lines)
    with one_at_a_time(path.parent):
        document = tomlfile.read(path)
        if isinstance(document, Problem):
            raise document.error(ConfigError)
        places: Sequence[Outdated] = outdated(document.data, is_watchlist=planned.path != config)
        kept = keep_aside(path, now, remedy=by_hand)
        edited_alone(path, lambda data: brought_up_to_date(data, places), by_hand=by_hand)
    return FileMigration(planned.path, planned.lines, kept)


def config_that_counts(config: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Raises ConfigError where there is none."""
    found = find(config, environ)
    if found is None:
        load(config, environ)  # says what there is to do
        raise ConfigError(
            "the configuration stands in variables alone, so there is no file to change",
            remedy="Change the variables yourself: docs/keeping-it-running.md says what has changed.",
        )
    return found.absolute()


def _files(config: Path | None, environ: Mapping[str, str]) -> Sequence[tuple[Path, bool]]:
    path = config_that_counts(config, environ)
    document = tomlfile.read(path)
    named = None if isinstance(document, Problem) else document.data.get("watchlist_dir")
    is_named = isinstance(named, str) and bool(named)
    folder = path.parent / (os.path.expanduser(str(named)) if is_named else "watchlists")
    return [(path, False), *((one, True) for one in watchlists_in(folder))]

"""What the files of the person name or lead to, and the daemon gave up when it started: told as that, and as nothing
that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monitor.errors import ConfigError, WatchlistError
from monitor.parts.confine.core import given_up
from monitor.watchlist import WatchlistLoad

OUT_OF_REACH = "out of reach"
"""The key of what is wrong with such a watchlist."""


class GivenUp(ConfigError):
    """The configuration, or a link among the watchlists, names a folder that this process may not use any more
    (`monitor.parts.confine.core`)."""

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(
            f"the daemon gave up {' and '.join(map(str, folders))} when it started: it keeps to the folders that were "
            "there then and that its files named or linked to",
            remedy="Restart the daemon: it takes what they name at its start.",
        )


def lists_given_up(loaded: WatchlistLoad) -> GivenUp | None:
    """What keeps a watchlist from being read that is right for everybody else."""
    lost = given_up(Path(error.file) for error in loaded.errors if error.file)
    return GivenUp(lost) if lost else None


def true_reasons(loaded: WatchlistLoad) -> WatchlistLoad:
    """The same, with the real reason why a watchlist cannot be read where this process gave its folder up."""
    return replace(loaded, errors=tuple(map(_true_reason, loaded.errors)))


def _true_reason(error: WatchlistError) -> WatchlistError:
    if not error.file or not (lost := given_up([Path(error.file)])):
        return error
    reason = GivenUp(lost)
    return WatchlistError.at(str(reason), remedy=reason.remedy, file=error.file, key=OUT_OF_REACH)

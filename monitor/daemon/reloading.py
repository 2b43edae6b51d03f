"""When configuration and watchlists are read again, and what a reload does with each setting: all are taken over but
those that only a restart can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor import config
from monitor.config_files import FileStates, mark_of, states_of
from monitor.daemon.given_up import GivenUp
from monitor.errors import ConfigError
from monitor.model.settings import Settings
from monitor.parts.confine.core import given_up, out_of_reach

LOOK_AT_FILES_EVERY_S = 5
UNSETTLED_LOOKS = 12  # what is written again and again is read as it is after a minute

NEEDS_RESTART: Mapping[str, str] = {
    "data_dir": "the store that is open lies there, and only one daemon works with it",
    "database": "the store was opened with its key",
    "queue": "who does the work depends on it",
}
"""Field of `Settings` -> why. A configuration that changes one of them is not taken over at all; every other field is,
with the next visit, alert, digest, draft or round. What is in hand is finished with the old ones."""


class NeedsRestart(ConfigError):
    """fields: of `Settings`."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(
            f"{' and '.join(fields)} changed, which a reload cannot take over",
            remedy="Restart the daemon, or set them back.",
            key=fields[0],
        )
        self.fields = fields


def refuse_restart(old: Settings, new: Settings) -> None:
    """Raises NeedsRestart."""
    changed = tuple(name for name in NEEDS_RESTART if getattr(old, name) != getattr(new, name))
    if changed:
        raise NeedsRestart(changed)


def other_hours(old: Settings, new: Settings) -> bool:
    """Whether visits that are planned may be meant at other times now."""
    hours = [(one.digest.timezone, one.crawl.night, one.crawl.weekend) for one in (old, new)]
    return hours[0] != hours[1]


class ReadFiles:
    """The configuration, with what it hangs on. Always the same file: where it is missing for a moment, no other one
    that may lie elsewhere takes its place."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._files: tuple[Path, ...] = (path,) if path else ()

    def load(self) -> Settings:
        """Raises ConfigError."""
        if self.path is not None and not self.path.is_file():
            raise ConfigError(f"{self.path} is not there any more", remedy="Put it back.", file=str(self.path))
        looked_at: list[Path] = []
        try:
            settings = config.load(self.path, looked_at=looked_at)
        except ConfigError:
            if lost := given_up(looked_at):  # else a secret seems to be shut to this user
                raise GivenUp(lost) from None
            raise
        finally:
            self._files = tuple(looked_at) or self._files
        if lost := out_of_reach(settings):
            raise GivenUp(lost)
        return settings

    def states(self, settings: Settings) -> FileStates:
        return states_of(self._files, settings.watchlist_dir)

    def mark(self) -> str:
        return mark_of(self._files)


class Noticing:
    """Whether files are to be read again: they are another than those that were read, and stayed as they are from one
    look to the next, so that nothing is read that is just being written."""

    def __init__(self) -> None:
        self._read: FileStates = ()
        self._seen: FileStates = ()
        self._unsettled = 0

    def looked(self, now: FileStates) -> bool:
        """At one of many looks, always as long apart. True: read them."""
        is_settled, self._seen = now == self._seen, now
        if now == self._read:
            self._unsettled = 0
            return False
        self._unsettled += 1
        return is_settled or self._unsettled >= UNSETTLED_LOOKS

    def is_behind(self, now: FileStates) -> bool:
        """They are another than those that were read."""
        return now != self._read

    def read(self, states: FileStates) -> None:
        """As they were before they were read, whatever came of it: what is wrong is told once."""
        self._read, self._unsettled = states, 0

"""What a reload does with each setting: all are taken over but those that only a restart can."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.errors import ConfigError
from monitor.model.settings import Settings

NEEDS_RESTART: Mapping[str, str] = {
    "data_dir": "the store that is open lies there, and only one daemon works with it",
    "database": "the store was opened with its key",
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

"""What is told of an upgrade of the store, and of the copies from before one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.documents.times import utc_words
from monitor.errors import MonitorError
from monitor.model.check import OK, Check
from monitor.model.settings import Settings
from monitor.store.keys import load_key
from monitor.store.opening import FILE, is_older
from monitor.store.upgrade_copies import UpgradeCopy, copies_in, way_back

UPGRADED_FOR_JOURNAL = (
    "The store was brought up to date for this version. A copy from before is kept: `doctor` says where, and how to go "
    "back."
)
"""Where others may read it: no path."""

UPGRADE_AT_MOST_S = 3600.0
"""A store of a gigabyte on a memory card takes ten minutes."""


def is_to_be_upgraded(settings: Settings) -> bool:
    """False too where that cannot be known: who opens it says why."""
    try:
        return is_older(settings.data_dir / FILE, load_key(settings))
    except (MonitorError, OSError):
        return False


def newest_copy(settings: Settings) -> UpgradeCopy | None:
    return next(iter(copies_in(settings.data_dir)), None)


def words_of_upgrade(copy: UpgradeCopy, settings: Settings) -> Sequence[str]:
    return (
        f"The store was brought up to date for this version. As it stood before, it is kept in {copy.path}.",
        f"To go back: {_steps_back(copy, settings)}",
    )


def copy_checks(settings: Settings) -> Iterator[Check]:
    """For `doctor`."""
    for copy in copies_in(settings.data_dir)[:1]:
        message = f"{copy.path} is the store as it stood before the upgrade of {utc_words(copy.at)}. To go back to it: "
        yield Check("copy before upgrade", OK, message + _steps_back(copy, settings))


def _steps_back(copy: UpgradeCopy, settings: Settings) -> str:
    """The line ends it, so that it can be copied to its end."""
    return (
        "stop the daemon, install the version that you had before (docs/installing.md says how), then type in a shell "
        "what follows here. It puts the store of now aside: what was found since the upgrade is in that one alone. "
        f"{way_back(copy, settings.data_dir / FILE)}"
    )

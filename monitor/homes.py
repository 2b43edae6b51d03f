"""The home folder, and what begins at one (`~`): a container that runs as a bare number has none."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import UsageError


class NoHome(UsageError):
    pass


def home_folder() -> Path:
    """Raises NoHome where there is none."""
    return at_home("~")


def home_if_any() -> Path | None:
    try:
        return home_folder()
    except NoHome:
        return None


def at_home(path: str | Path) -> Path:
    """With the home folder in the place of `~` and `~name`. Raises NoHome where that is not known."""
    found = os.path.expanduser(path)
    begins = str(path).partition("/")[0]
    if not begins.startswith("~") or not str(found).startswith("~"):
        return Path(found)
    if begins == "~":
        raise NoHome(
            f"there is no home folder here: HOME is not set, and this machine knows no account of the number "
            f"{os.getuid()}",
            remedy="Give it one (HOME=/a/folder of its own); or name every place by its whole path: the configuration "
            "with --config, and data_dir in it.",
        )
    raise NoHome(
        f"{path} begins with the home folder of an account that this machine does not know",
        remedy="Write the whole path, from / on, or ./ before a folder whose name begins with ~.",
    )

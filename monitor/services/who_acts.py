"""Who types a command: the user of this machine whom the kernel, or `sudo`, names."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from monitor.model.staff import SYSTEM, StaffName

_NOBODY_LOGGED_IN = str(2**32 - 1)


def system_person(environ: Mapping[str, str] = os.environ, login: Path = Path("/proc/self/loginuid")) -> StaffName:
    """Who logged in, as the kernel remembers it over `su` and `sudo`; where it remembers nobody (a container, say), who
    called `sudo`; else the account itself. Whoever already is the account can read its files, whatever is told here."""
    for told in (_text(login), environ.get("SUDO_UID", "")):
        if told.strip().isdecimal() and told.strip() != _NOBODY_LOGGED_IN:
            return _named(int(told))
    return _named(os.getuid())


def _named(uid: int) -> StaffName:
    try:
        return StaffName(f"{SYSTEM}{pwd.getpwuid(uid).pw_name}")
    except KeyError:
        return StaffName(f"{SYSTEM}{uid}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

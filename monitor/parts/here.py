"""Which parts this process asks: one answer for all of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most commands need none
    from monitor.parts.parent.launched import LaunchedParts
    from monitor.parts.starting import ProgramParts

FOLDER_NAME = "PARTS_DIRECTORY"  # of the environment, as the core's unit sets it


class _Here:
    stays_in_process = False
    parts: ProgramParts | None = None
    launched: LaunchedParts | None = None


def stay_in_process() -> None:
    """From now on everything is done in this process: for tests, and for who builds the program into another."""
    _Here.stays_in_process = True


def parts_here(*, debug: bool = False) -> ProgramParts | None:
    """systemd's where it has some for us, else started by need. None: this process does all of it. debug: what parts
    write to their standard error is shown."""
    if _Here.stays_in_process:
        return None
    if _Here.parts is None:
        if folder := os.environ.get(FOLDER_NAME, ""):
            from monitor.parts.in_run import PartsInRun

            _Here.parts = PartsInRun(Path(folder))
        else:
            from monitor.parts.confine.commands import keep_off_networks
            from monitor.parts.parent.launched import LaunchedParts

            _Here.parts = _Here.launched = LaunchedParts(debug=debug, gives_up=keep_off_networks)
    return _Here.parts


def begin_parts_here() -> ProgramParts | None:
    """`parts_here`, for a process that is about to give up what it could start them with."""
    parts = parts_here()
    if _Here.launched is not None:
        _Here.launched.begin()
    return parts


def end_parts_here() -> None:
    """When a command is done: no process of it is left."""
    if _Here.launched is not None:
        _Here.launched.close()
    _Here.parts = _Here.launched = None

"""`run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import sys

import typer

from monitor.cli import opening, options
from monitor.errors import WorkFailed


def run() -> None:
    """Run the daemon: visits the watches when they are due, alerts, sends the weekly digest. Ends on SIGTERM."""
    check_platform(sys.platform)
    found = opening.settings()
    with opening.opened(found):
        pass  # a wrong key or a newer store is said before anything starts
    from monitor.app import open_app
    from monitor.daemon.service import run_daemon

    raise typer.Exit(run_daemon(found, open_app=open_app, config_path=found.path, debug=options.given.debug))


def check_platform(platform: str) -> None:
    """Raises WorkFailed elsewhere than on Linux."""
    if platform != "linux":
        raise WorkFailed(
            f"the daemon runs on Linux only, and this is {platform}: what shuts in the parts that read hostile files "
            "exists only there",
            remedy="Ways out: a small rented server or a Raspberry Pi with Linux, or WSL2 on Windows. "
            "`guide`, `reports` and `sightings` run here too.",
        )

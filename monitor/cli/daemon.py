"""`run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import typer

from monitor.cli import lacks_words, opening, options
from monitor.errors import UsageError, WorkFailed


def run() -> None:
    """Run the daemon: visits the watches when they are due, alerts, sends the weekly digest. Ends on SIGTERM."""
    from monitor.app import open_app
    from monitor.app_daemon import served_here
    from monitor.daemon.notify import Notifier
    from monitor.daemon.service import run_daemon
    from monitor.parts.confine.core import confine_core
    from monitor.services.damage import refuse_damaged
    from monitor.services.overview import lacks_of
    from monitor.services.upgrades import UPGRADE_AT_MOST_S, is_to_be_upgraded
    from monitor.services.watches import load_watches

    check_platform(sys.platform)
    found = opening.settings()
    refuse_damaged(found)
    if is_to_be_upgraded(found):
        Notifier().upgrading(UPGRADE_AT_MOST_S)
    with opening.opened(found) as opened:  # a wrong key or a newer store is said before anything starts
        lacks = lacks_of(opened.watches, load_watches(found).right, opened.cases.meant(None))
        if found.queue.url is not None:
            _ = opened.vault  # by that the store's key lies sealed in it; a scheduler keeps nothing there itself
    lacks_words.tell_daemon(lacks, debug=options.given.debug)
    parts = opening.parts_at_once()
    # What was cut off is finished by now, wherever its files lie; no thread runs, and nothing from outside was seen.
    layers = confine_core(found) if parts is not None else ()
    open_with_parts = partial(open_app, parts=parts)
    runs: Callable[..., int] = partial(run_daemon, made_by=served_here())
    if found.queue.url is not None:
        from monitor.app_queue import run_scheduler

        runs = run_scheduler
    raise typer.Exit(
        runs(found, open_app=open_with_parts, config_path=found.path, debug=options.given.debug, confinement=layers)
    )


def worker() -> None:
    """Take work from the queue of an installation of many machines, until SIGTERM. `run` gives it out."""
    from monitor.app import open_app
    from monitor.app_queue import run_queue_worker
    from monitor.parts.confine.core import confine_core

    check_platform(sys.platform)
    found = opening.settings()
    if found.queue.url is None:
        raise UsageError(
            "no queue is set, so there is no work for a worker: `run` does everything itself",
            remedy="Where many machines share the work, set [database] url and [queue] url in config.toml: "
            "docs/operations.md. Otherwise start: reupload-monitor run",
        )
    with opening.opened(found):
        pass  # a wrong key or a newer store is said before anything starts
    parts = opening.parts_at_once()
    layers = confine_core(found) if parts is not None else ()
    raise typer.Exit(
        run_queue_worker(
            found,
            open_app=partial(open_app, parts=parts),
            config_path=found.path,
            debug=options.given.debug,
            confinement=layers,
        )
    )


def check_platform(platform: str) -> None:
    """Raises WorkFailed elsewhere than on Linux."""
    if platform != "linux":
        raise WorkFailed(
            f"the daemon runs on Linux only, and this is {platform}: what shuts in the parts that read hostile files "
            "exists only there",
            remedy="Ways out: a small rented server or a Raspberry Pi with Linux, or WSL2 on Windows. "
            "`guide`, `reports` and `sightings` run here too.",
        )

"""A command that a person types, and the page: they hold the key as the core of `run` does, and go on to read and write
what the person names. So they give up the networks alone."""

from __future__ import annotations

from monitor.kept_ways import kept_ways
from monitor.parts.confine import seccomp
from monitor.parts.confine.landlock import refuse_tcp
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.privileges import no_new_privileges


def keep_off_networks() -> tuple[Confinement, ...]:
    """For this process with all its threads, and all that it starts from now on: no socket to any network is opened.
    Those that listen already go on. Never raises."""
    but = " but the database's" if kept_ways() else ""
    return (
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("system calls", f"it can open no socket to any network{but}", _refuse),
    )


def _refuse() -> str:
    """Threads may run already, so that Landlock is no help here: which way stays open, is held by nothing."""
    return seccomp.refuse_calls(seccomp.beside_ways(seccomp.COMMAND, kept_ways()))


def keep_off_connections() -> Confinement:
    """After it, of the calling thread and what it starts: a connection that was taken is led nowhere else."""
    return layer("landlock", "a connection that it has is led nowhere else", lambda: refuse_tcp(kept_ways()))

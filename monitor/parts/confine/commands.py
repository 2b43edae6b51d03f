"""A command that a person types, and the page: they hold the key as the core of `run` does, and go on to read and write
what the person names. So they give up the networks alone."""

from __future__ import annotations

from monitor.parts.confine import seccomp
from monitor.parts.confine.landlock import refuse_tcp
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.privileges import no_new_privileges


def keep_off_networks() -> tuple[Confinement, ...]:
    """For this process with all its threads, and all that it starts from now on: no socket to any network is opened.
    Those that listen already go on. Never raises."""
    return (
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("system calls", "it can open no socket to any network", lambda: seccomp.refuse_calls(seccomp.COMMAND)),
    )


def keep_off_connections() -> Confinement:
    """After it, of the calling thread and what it starts: a connection that was taken is led nowhere else."""
    return layer("landlock", "a connection that it has is led nowhere else", refuse_tcp)

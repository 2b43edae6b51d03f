"""What a worker gives up before it sees the first byte from outside.

Layers, each on its own enough to stop most of what a taken-over parser would try: limits, another user (where it was
started by root), no new privileges, Landlock, a list of allowed system calls. Everything that a worker will ever import
or open has to be there before `confine`.

No process and no thread is started: RLIMIT_NPROC says so, and the list of system calls says it to root too.
"""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

from monitor.lifeline import stay_with
from monitor.parts.confine import attempts
from monitor.parts.confine.bpf import put_in_force, this_architecture
from monitor.parts.confine.landlock import FileReach, stay_within
from monitor.parts.confine.layers import Confinement, layer, of_root, proof
from monitor.parts.confine.privileges import become_nobody, no_new_privileges
from monitor.private import keep_private
from monitor.reader.child.syscalls import filter_program

_LIFE_CPU_SECONDS = 900  # of one worker's life; the pool watches each job's share


def die_first() -> None:
    """When memory runs out, the kernel takes a worker, not the daemon."""
    with contextlib.suppress(OSError):  # a container may forbid it; the address space is limited anyway
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def confine(*, memory: int, parent: int) -> tuple[Confinement, ...]:
    """memory: bytes of address space beyond what is in use now. Never raises: what cannot be had is said in its layer.
    Threads that already run are confined with the caller."""
    os.environ.clear()
    space = _address_space() + memory  # asked now: Landlock takes /proc away
    layers = [
        *of_root(("other user", "cannot touch what belongs to the user", become_nobody)),
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("landlock", "the kernel refuses files, TCP, and signals to others", lambda: stay_within(FileReach())),
        layer("limits", "memory, computing time, files, processes and core dumps are bounded", lambda: _limit(space)),
    ]
    stay_with(parent)  # becoming another user undid it
    keep_private()
    layers.append(layer("system calls", "only computing, memory and answering are allowed", _seccomp))
    return (*layers, *_proofs())


def _address_space() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _limit(space: int) -> str:
    for kind, soft, hard in (
        (resource.RLIMIT_AS, space, space),
        (resource.RLIMIT_CPU, _LIFE_CPU_SECONDS, _LIFE_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 3, 3),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    return ""


def _seccomp() -> str:
    architecture = this_architecture()
    put_in_force(architecture, filter_program(architecture, os.getpid()))
    return architecture.name


def _proofs() -> tuple[Confinement, ...]:
    """Tried, not believed. A descriptor is closed first: else the limit on open files alone would refuse, and a
    taken-over parser can close one too."""
    os.close(2)
    return (
        proof("opens no file", "/dev/null was refused", attempts.open_a_file),
        proof("opens no socket", "a socket was refused", attempts.open_a_socket),
        proof("starts no process", "a fork was refused", attempts.fork),
    )

"""What setting a service up and taking it away are made of: steps, each told before it is done, and taken back when a
later one fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import MonitorError
from monitor.services.service_machine import ThisMachine
from monitor.services.service_units import ServicePlaces

Undo = Callable[[], None] | None
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """says: what is done and why. shell: the same for a shell. do: gives back what takes it back. settles: what was
    made up to here is whole by itself, and stays when a later step fails."""

    says: str
    shell: str
    do: Callable[[Say], Undo]
    settles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """command: what starts the program, as absolute words; rests_on: what else it needs, its Python say. init_options:
    for the program's `init`. environ: for what is run as the account."""

    places: ServicePlaces
    command: tuple[str, ...]
    machine: ThisMachine
    rests_on: tuple[Path, ...] = ()
    init_options: tuple[str, ...] = ()
    environ: Mapping[str, str]


def carry_out(steps: Sequence[ServiceStep], tell: Say) -> None:
    """Raises what a step raises, after everything that can be taken back was."""
    with ExitStack() as undo:
        for number, step in enumerate(steps, 1):
            tell(f"[{number}/{len(steps)}] {step.says}")
            back = step.do(tell)
            if back is not None:
                undo.callback(_taken_back, step, back, tell)
            if step.settles:
                undo.pop_all()
        undo.pop_all()


def _taken_back(step: ServiceStep, back: Callable[[], None], tell: Say) -> None:
    try:
        back()
        tell(f"Taken back: {step.says}")
    except (MonitorError, OSError) as error:
        tell(f"Not taken back: {step.says}: {error}")


def linger_words(verb: str) -> tuple[str, ...]:
    """By the account's number: without it, what counts is the session, which not everybody has."""
    return ("loginctl", verb, str(os.geteuid()))


def lingers_already(request: ServiceRequest) -> bool:
    return (Path("/var/lib/systemd/linger") / request.environ.get("USER", "")).is_file()

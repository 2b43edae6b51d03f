"""`service remove` as steps. Each can be done again, whatever cut it off."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from monitor.errors import MonitorError, WorkFailed
from monitor.model.removal import TYPED
from monitor.services import service_keys
from monitor.services.service_machine import START_WITHIN_S, ThisMachine
from monitor.services.service_setup import remove_account
from monitor.services.service_start import started
from monitor.services.service_steps import Say, ServiceRequest, ServiceStep, Undo, linger_words
from monitor.services.service_units import ServicePlaces, lingers_for, own_units


def remove_steps(request: ServiceRequest, *, data: bool) -> list[ServiceStep]:
    """data: with everything that was kept: the person has said so. Each can be done again, whatever cut it off."""
    places, machine, steps = request.places, request.machine, list[ServiceStep]()
    units = [path for path in own_units(places) if path.exists()]
    if units:
        steps.append(_stop(places, machine, units))
        steps.append(_remove_units(units, places, machine))
        if places.unit in units and lingers_for(places.unit.read_text("utf-8", "replace")):
            steps.append(_end_linger(machine))  # last: it may end the systemd that is given these orders
    if data:
        if places.config.exists():
            steps.append(_erase(request))
        elif service_keys.kept_key(places) is not None:
            steps.append(_forget_key(places))
        steps += [_remove_folder(folder) for folder in reversed(places.folders) if folder.exists()]
        if places.is_system and machine.is_own_account(places.account, places.data):
            steps.append(_end_account(places, machine))
    return steps


def _stop(places: ServicePlaces, machine: ThisMachine, units: Sequence[Path]) -> ServiceStep:
    """Where an earlier version made one unit alone, or it was cut off in removing them: what is there."""
    there = {path.name for path in units}
    names = [name for name in started(places) if name in there or f"{name}.service" in there]
    words = machine.systemctl("disable", "--now", *names)

    def do(tell: Say) -> Undo:
        if names:
            machine.run(words, within_s=START_WITHIN_S)
        return None

    return ServiceStep("Stop it: the work in hand is finished, which takes up to two minutes", shlex.join(words), do)


def _end_linger(machine: ThisMachine) -> ServiceStep:
    words = linger_words("disable-linger")

    def do(say: Say) -> Undo:
        try:
            machine.run(words)
        except MonitorError as error:
            say(f"That is not allowed here ({error}): nothing of yours runs by it all the same.")
        return None

    return ServiceStep("Let nothing of yours run while you are not logged in, as before", shlex.join(words), do)


def _remove_units(units: Sequence[Path], places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    def do(tell: Say) -> Undo:
        for path in units:
            path.unlink(missing_ok=True)
        machine.run(machine.systemctl("daemon-reload"))
        with suppress(MonitorError):
            machine.run(machine.systemctl("reset-failed", f"{places.name}*"))
        return None

    says = f"Remove the units, {places.unit} and what belongs to it"
    return ServiceStep(says, shlex.join(("rm", *map(str, units))), do)


def _erase(request: ServiceRequest) -> ServiceStep:
    places, machine = request.places, request.machine
    words = (*request.command, "--config", str(places.config), "erase", "--confirm", TYPED)

    def do(tell: Say) -> Undo:
        if places.is_system:
            with service_keys.lent_key(places, machine) as lent:
                service_keys.forget_key(places)  # before all else: what is left, should it be cut off, opens no more
                code = machine.run_as(places.account, words, {**request.environ, "HOME": str(places.data), **lent})
        else:
            code = machine.run_as("", words, request.environ)
        if code:
            raise WorkFailed("not everything could be removed", remedy="Mend what stands above; give it again.")
        return None

    return ServiceStep("Erase everything that was kept: its keys first (`erase`)", shlex.join(words), do)


def _forget_key(places: ServicePlaces) -> ServiceStep:
    def do(tell: Say) -> Undo:
        service_keys.forget_key(places)
        return None

    return ServiceStep("Remove the key that the data were encrypted with", f"rm {service_keys.kept_key(places)}", do)


def _remove_folder(folder: Path) -> ServiceStep:
    def do(tell: Say) -> Undo:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            left = sorted(path.name for path in folder.iterdir())
            raise WorkFailed(
                f"{folder} holds something that is not the program's: {', '.join(left[:5])}",
                remedy="Look at it, move it away or remove it, and give the command again.",
            ) from None
        return None

    return ServiceStep(
        f"Remove the folder {folder}, if nothing else lies there", shlex.join(("rmdir", str(folder))), do
    )


def _end_account(places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    def do(tell: Say) -> Undo:
        remove_account(places, machine)
        return None

    return ServiceStep(f"Remove the account {places.account}", shlex.join(("userdel", places.account)), do)

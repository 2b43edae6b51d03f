"""The units of a service: written, all or none, and started; or what was there before stands, and runs, again."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

from monitor.errors import MonitorError, WorkFailed
from monitor.services.service_machine import START_WITHIN_S, ThisMachine
from monitor.services.service_steps import Say, ServiceRequest, ServiceStep, Undo, lingers_already
from monitor.services.service_units import ServicePlaces, lingers_for, own_units, unit_texts


def write_units(request: ServiceRequest, *, lingers: bool) -> ServiceStep:
    places, machine = request.places, request.machine

    def do(tell: Say) -> Undo:
        old = {path: path.read_bytes() if path.exists() else None for path in own_units(places)}
        before = old[places.unit]
        ran = before is not None and machine.is_so("is-active", places.name)
        comes = before is not None and machine.is_so("is-enabled", places.name)
        lingered = lingers and lingers_already(request)  # it may not have been allowed
        lingered = lingered or (before is not None and bool(lingers_for(before.decode("utf-8", "replace"))))
        facts = machine.facts()
        if not facts.has_namespaces:
            tell("Your own systemd may make no namespaces here, so the units leave out what needs them. The program")
            tell("shuts its parts in by itself as far as this system lets it: `reupload-monitor doctor` says how far.")

        def back() -> None:
            for path, text in old.items():
                if text is None:
                    path.unlink(missing_ok=True)
                else:
                    _put(path, text)
            machine.run(machine.systemctl("daemon-reload"))
            if comes:
                machine.run(machine.systemctl("enable", places.name))
            if ran:
                machine.run(machine.systemctl("restart", places.name), within_s=START_WITHIN_S)

        try:
            places.unit.parent.mkdir(parents=True, exist_ok=True)
            for path, text in unit_texts(places, request.command, facts, lingers=lingered).items():
                _put(path, text.encode())
        except OSError as error:
            with suppress(MonitorError, OSError):
                back()
            raise WorkFailed(
                f"{places.unit} and what belongs to it cannot be written: {error.strerror}",
                remedy="Make room on that disk, or let it be written to; then give the same command again.",
            ) from error
        return back

    kind = "--system" if places.is_system else "--user"
    shell = (
        f"for unit in {' '.join(path.name for path in own_units(places))}; do reupload-monitor service unit {kind} "
        f'--name {places.name} "$unit" > {shlex.quote(str(places.unit.parent))}/"$unit"; done'
    )
    return ServiceStep(_said_of(request), shell, do)


def _said_of(request: ServiceRequest) -> str:
    places = request.places
    parts = own_units(places)[:-1]
    how = f"it starts {shlex.join(request.command)}"
    if places.unit.exists() and not any(path.exists() for path in parts):
        return (
            f"Write the unit anew, {places.unit}, and beside it one for each part that speaks to the outside: what "
            f"holds the key has no network from then on; {how}"
        )
    return f"Write the units, {places.unit} and one beside it for each part: {how}"


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all; systemd may read it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.chmod(0o644)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def started(places: ServicePlaces) -> tuple[str, str]:
    """What is enabled: all else is started by need."""
    return places.name, f"{places.name}-review.socket"


def start_service(places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    stops = machine.systemctl("disable", "--now", *started(places))

    def do(tell: Say) -> Undo:
        machine.run(machine.systemctl("daemon-reload"))
        try:
            machine.run(machine.systemctl("enable", *started(places)))
            for name in reversed(started(places)):  # the core last: with what it needs
                machine.run(machine.systemctl("restart", name), within_s=START_WITHIN_S)
        except WorkFailed as error:
            said = last_words(places, machine)
            with suppress(MonitorError):
                machine.run(stops, within_s=START_WITHIN_S)
            raise WorkFailed(
                "the service does not start" + (f". Its last words: {said}" if said else f": {error}"),
                remedy=f"What was set up stays. {shlex.join(_by_hand(places))} says what is wrong; then give the same "
                "command again.",
            ) from error
        return lambda: _ignore(machine.run(stops, within_s=START_WITHIN_S))

    shell = f"{shlex.join(machine.systemctl('enable', '--now', *started(places)))}"
    return ServiceStep("Start it, now and whenever the machine starts", shell, do)


def _ignore(_: object) -> None:
    """What is said by a tool that did it."""


def _by_hand(places: ServicePlaces) -> tuple[str, ...]:
    return ("reupload-monitor", "--config", str(places.config), "doctor")


def last_words(places: ServicePlaces, machine: ThisMachine) -> str:
    words = (*("journalctl", "--no-pager", "-o", "cat", "-n", "5"), "-u" if machine.is_system else "--user-unit")
    with suppress(MonitorError):
        return " / ".join(machine.run((*words, places.name)).split("\n")).strip(" /")
    return ""

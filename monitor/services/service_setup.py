"""`service install` as steps."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from monitor.config_places import PREFIX
from monitor.errors import MonitorError, NeedsUser, UsageError, WorkFailed
from monitor.services import service_keys
from monitor.services.service_machine import NO_SHELL, ThisMachine
from monitor.services.service_start import start_service, write_units
from monitor.services.service_steps import Say, ServiceRequest, ServiceStep, Undo, linger_words, lingers_already
from monitor.services.service_units import KEY, ServicePlaces, lingers_for, own_units

HOUSEHOLD = (Path("/home"), Path("/root"), Path("/run/user"))  # which ProtectHome=yes shuts

# -- what keeps it from being done at all


def refuse_install(request: ServiceRequest) -> None:
    """Raises UsageError, WorkFailed, before anything is changed."""
    places, machine = request.places, request.machine
    _refuse_without_systemd(machine)
    strange = (path for path in own_units(places) if path.exists())
    strange = (path for path in strange if lingers_for(path.read_text("utf-8", "replace")) is None)
    if (found := next(strange, None)) is not None:
        raise UsageError(
            f"{found} is there already, and was not written by this command",
            remedy="If it is of no use any more, remove it; or choose another name: --name regular-checks.",
        )
    if not places.is_system:
        return
    if machine.uid_of(places.account) is not None and not machine.is_own_account(places.account, places.data):
        raise UsageError(
            f"there is an account {places.account!r} already, of a person or another program",
            remedy="Choose another name: --name regular-checks.",
        )
    if (shut := unreadable_part(request)) is not None:
        raise UsageError(
            f"the program lies where only one person may read it ({shut}), so a service under an account of its own "
            "cannot run it",
            remedy="Install it for the whole machine: `make install` as root, in the program's folder. "
            "Or let it run as a service of your own, without root: service install --user.",
        )


def unreadable_part(request: ServiceRequest) -> Path | None:
    """Of the program, for a service of the machine under an account of its own; None where it can read all."""
    if not request.places.is_system:
        return None
    needed = (*map(Path, request.command), *request.rests_on)
    return next((path for needs in needed if (path := shut_to_others(needs))), None)


def _refuse_without_systemd(machine: ThisMachine) -> None:
    if machine.answers():
        return
    if machine.is_system:
        raise WorkFailed(
            "systemd does not run on this machine, so it cannot be given a service",
            remedy="Let whatever starts programs here start this one: reupload-monitor run.",
        )
    raise WorkFailed(
        "your own systemd does not answer",
        remedy="Log in as yourself, not by su or sudo. Where an account has no systemd of its own, root can set up a "
        "service of the machine: service install --system.",
    )


def shut_to_others(path: Path) -> Path | None:
    """What on the way to the file others may not pass, or what a system's service does not see; None for none. Links
    are followed, and looked at on their way too."""
    if not path.is_absolute():
        return None
    for way in {path, path.resolve()}:
        if any(way.is_relative_to(home) for home in HOUSEHOLD):
            return way
        for part in (way, *way.parents):
            try:
                mode = part.stat().st_mode
            except OSError:
                return part
            needs = 0o1 if part != way else 0o4
            if not mode & needs:
                return part
    return None


# -- install


def install_steps(request: ServiceRequest) -> list[ServiceStep]:
    """What is left to be done: what is there already is used as it is."""
    places, machine, steps = request.places, request.machine, list[ServiceStep]()
    fresh = not places.config.exists()
    if places.is_system:
        if machine.uid_of(places.account) is None:
            steps.append(_make_account(places, machine))
        steps += [_make_folder(folder, places, machine) for folder in places.folders if not folder.exists()]
        if fresh and service_keys.kept_key(places) is None:
            steps.append(_make_key(places, machine))
    if fresh:
        steps.append(_ask(request))
    lingers = not places.is_system and (fresh or _key_is_in_file(places)) and not lingers_already(request)
    if lingers:
        steps.append(_let_linger(request))
    return [*steps, write_units(request, lingers=lingers), start_service(places, machine)]


def _make_account(places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    words = (
        *("useradd", "--system", "--user-group", "--home-dir", str(places.data), "--no-create-home"),
        *("--shell", NO_SHELL, places.account),
    )

    def do(tell: Say) -> Undo:
        machine.run(words)
        return lambda: remove_account(places, machine)

    return ServiceStep(f"Make the account {places.account}, which nobody can log in to", shlex.join(words), do)


def remove_account(places: ServicePlaces, machine: ThisMachine) -> None:
    machine.run(("userdel", places.account))


def _make_folder(folder: Path, places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    def do(tell: Say) -> Undo:
        try:
            folder.mkdir(mode=0o700, parents=True)
            os.chown(folder, machine.uid_of(places.account) or -1, -1)
        except OSError as error:
            raise WorkFailed(f"the folder {folder} cannot be made: {error.strerror}") from error
        return folder.rmdir

    what = "the configuration" if folder == places.config.parent else "the data"
    shell = shlex.join(("install", "-d", "-o", places.account, "-m", "0700", str(folder)))
    return ServiceStep(f"Make the folder for {what}, {folder}, for that account alone", shell, do)


def _make_key(places: ServicePlaces, machine: ThisMachine) -> ServiceStep:
    def do(tell: Say) -> Undo:
        service_keys.keep_key(service_keys.new_key(), places, machine, tell)
        return lambda: service_keys.forget_key(places)

    if machine.has("systemd-creds"):
        says = f"Make the key that the data are encrypted with; systemd seals it for this machine: {places.sealed_key}"
        shell = f"openssl rand -hex 32 | systemd-creds encrypt --name={KEY} - {places.sealed_key}"
    else:
        says = f"Make the key that the data are encrypted with, in a file that only root reads: {places.plain_key}"
        shell = f"openssl rand -hex 32 > {places.plain_key}"
    return ServiceStep(says, shell, do)


def _ask(request: ServiceRequest) -> ServiceStep:
    places, machine = request.places, request.machine
    words = (*request.command, "--config", str(places.config), "init", "--for-service", *request.init_options)
    if not places.is_system and "--store-key-file" not in words:
        words = (*words, "--store-key-file", str(key_file(places)))

    def do(tell: Say) -> Undo:
        environ = {**request.environ, f"{PREFIX}DATA_DIR": str(places.data)}
        if places.is_system:
            with service_keys.lent_key(places, machine) as lent:
                own = {**environ, "HOME": str(places.data), **lent}
                code = machine.run_as(places.account, words, own, reads_all=True)  # --passphrase-file, say
        else:
            code = machine.run_as("", words, environ)
        _refuse_unfinished(code)
        return None

    says = "Ask you how it is to be set up (`init`), and set it up so"
    return ServiceStep(says, shlex.join(words), do, settles=True)


def _refuse_unfinished(code: int) -> None:
    """What was wrong stands on the terminal already."""
    again = "Give the same command again."
    match code:
        case 0:
            return
        case 130:
            raise KeyboardInterrupt
        case 3:
            raise NeedsUser("the set-up was not finished", remedy=again)
        case 2:
            raise UsageError("the set-up was not finished", remedy=again)
    raise WorkFailed("the set-up was not finished", remedy=again)


def key_file(places: ServicePlaces) -> Path:
    """Of one's own service: a keyring is shut while nobody is logged in."""
    return places.config.parent / "store.key"


def _key_is_in_file(places: ServicePlaces) -> bool:
    from monitor import config

    return config.load(places.config).database.key is not None


def _let_linger(request: ServiceRequest) -> ServiceStep:
    machine, words = request.machine, linger_words("enable-linger")

    def do(say: Say) -> Undo:
        try:
            machine.run(words)
        except MonitorError as error:
            say(f"That is not allowed here ({error}). So it runs while you are logged in.")
            say(f"Somebody with root's rights can allow it: {shlex.join(words)}")
            return None
        return lambda: _ignore(machine.run(linger_words("disable-linger")))

    return ServiceStep("Let it run while you are not logged in too", shlex.join(words), do)


def _ignore(_: object) -> None:
    """What is said by a tool that did it."""


def command_words(argv0: str, executable: str) -> tuple[str, ...]:
    """What starts this program again, by the name that it was called by. Raises WorkFailed."""
    found = Path(argv0).absolute() if "/" in argv0 else Path(shutil.which(argv0) or "")
    if found.name == "__main__.py":  # python -m monitor
        return (executable, "-m", "monitor")
    if found.is_file() and os.access(found, os.X_OK):
        return (str(found),)
    raise WorkFailed(f"it is not known where the command lies ({argv0})", remedy="Call it by its whole path.")

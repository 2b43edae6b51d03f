"""`service`: the daemon as a service of the machine or of one's own, and away again."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import monitor
from monitor.cli import asking, options, printing
from monitor.cli.as_account import plain_environment
from monitor.config_places import PROGRAM
from monitor.errors import NeedsUser, UsageError
from monitor.model.removal import TYPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.services.service_steps import ServiceRequest, ServiceStep

app = typer.Typer(help="Let it run by itself, whenever the machine runs.", no_args_is_help=True)

_System = Annotated[
    bool | None,
    typer.Option("--system/--user", help="A service of the whole machine (as root), or one of your own account."),
]
_Name = Annotated[
    str, typer.Option(metavar="NAME", help="Of the service, its account and its folders: regular-checks, say.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command()
def install(
    init_option: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- INIT-OPTION...]", help="What `init` is given, without a terminal."),
    ] = None,
    system: _System = None,
    name: _Name = PROGRAM,
    dry_run: _DryRun = False,
    yes: options.YesOption = False,
) -> None:
    """Make the account, folders and key, ask how it is to be set up, and start it as a service."""
    from monitor.services import service_setup, service_steps

    request = _request(system, name, init_option or ())
    if dry_run:
        _show(service_setup.install_steps(request), with_lines=True)
        service_setup.refuse_install(request)  # what would keep it from being done here
        return
    _refuse_wrong_user(request)
    service_setup.refuse_install(request)
    steps = service_setup.install_steps(request)
    _show(steps, with_lines=False)
    fresh = not request.places.config.exists()
    if not asking.is_terminal() and ((fresh and "--yes" not in request.init_options) or not yes):
        raise NeedsUser(
            "some things are asked, and there is no terminal to ask them on",
            remedy="Without one: service install --yes -- --yes --adult --authorised self --name N --email E "
            "(--recipient KEY | --passphrase-file FILE | --no-vault).",
        )
    asking.confirmed("Shall it be done?", yes)
    service_steps.carry_out(steps, _say)
    _tell_installed(request)


@app.command()
def remove(
    system: _System = None,
    name: _Name = PROGRAM,
    data: Annotated[bool, typer.Option("--data", help="With everything that was kept, for every case.")] = False,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="TYPED", help=f"With --data, without a terminal: '{TYPED}'.")
    ] = "",
    dry_run: _DryRun = False,
    yes: options.YesOption = False,
) -> None:
    """Stop the service and take it away. What was kept stays, unless you say --data."""
    from monitor.services.service_removal import remove_steps
    from monitor.services.service_steps import carry_out

    request = _request(system, name)
    steps = remove_steps(request, data=data)
    if not steps:
        raise UsageError(
            f"there is no service {name!r} here" + ("" if data else ", or it was removed already"),
            remedy="Name it with --name, and say --system or --user.",
        )
    _show(steps, with_lines=dry_run)
    if dry_run:
        return
    _refuse_wrong_user(request)
    if data:
        _typed(confirm)
    else:
        asking.confirmed("Shall it be done?", yes)
    carry_out(steps, _say)
    _tell_removed(request, data=data)


@app.command()
def unit(
    which: Annotated[
        str, typer.Argument(metavar="[UNIT]", help="One of them by its name. Without: all, each below its place.")
    ] = "",
    system: _System = None,
    name: _Name = PROGRAM,
) -> None:
    """Print the units as `service install` would write them, for who does it by hand."""
    from monitor.services.service_setup import unreadable_part
    from monitor.services.service_units import unit_texts

    request = _request(system, name)
    if (shut := unreadable_part(request)) is not None:
        printing.say(f"It would not start: the program lies where only one person may read it ({shut}), and a service")
        printing.say("of the machine has an account of its own. `make install` as root puts it where all may read it.")
    texts = unit_texts(request.places, request.command, request.machine.facts(is_tried=False))
    if which:
        found = {path.name: text for path, text in texts.items()}
        if which not in found:
            raise UsageError(f"there is no unit {which!r}", remedy=f"They are: {', '.join(found)}.")
        printing.out(found[which].rstrip())
        return
    printing.out("\n\n".join(f"# {path}\n{text.rstrip()}" for path, text in texts.items()))


def _request(system: bool | None, name: str, init_options: Sequence[str] = ()) -> ServiceRequest:
    from monitor.services import service_setup, service_steps, service_units
    from monitor.services.service_machine import ThisMachine

    service_units.checked_name(name)
    is_system = os.geteuid() == 0 if system is None else system
    if options.given.config is not None or options.given.case is not None:
        raise UsageError("a service has its own configuration", remedy="Leave --config and --case out.")
    places = service_units.system_places(name) if is_system else service_units.user_places(name, os.environ)
    return service_steps.ServiceRequest(
        places=places,
        command=service_setup.command_words(sys.argv[0], sys.executable),
        machine=ThisMachine(is_system=is_system),
        rests_on=(Path(sys.executable), Path(monitor.__file__)),
        init_options=tuple(init_options),
        environ=plain_environment() if is_system else dict(os.environ),
    )


def _refuse_wrong_user(request: ServiceRequest) -> None:
    root = os.geteuid() == 0
    if request.places.is_system and not root:
        raise UsageError(
            "only root may set up a service of the whole machine",
            remedy="Put sudo before it. Or, without root: service install --user.",
        )
    if not request.places.is_system and root and "SUDO_USER" in os.environ:
        raise UsageError("by sudo it would be root's own service, not yours", remedy="Leave sudo out.")


def _show(steps: Sequence[ServiceStep], *, with_lines: bool) -> None:
    """with_lines: what a shell would be given for each, for who wants to see it, or does it by hand."""
    printing.say("This would be done:" if with_lines else "This will be done, each step told before it is done:")
    for number, step in enumerate(steps, 1):
        printing.out(_laid_out(f"{number}. {step.says}"))
        if with_lines:
            printing.out(f"       {step.shell}")


def _say(text: str) -> None:
    printing.say(_laid_out(text))


def _laid_out(text: str) -> str:
    return textwrap.fill(text, 79, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)


def _typed(given: str) -> None:
    if not given:
        if not asking.is_terminal():
            raise NeedsUser("nothing was removed: it cannot be undone", remedy=f"Add --confirm '{TYPED}'.")
        printing.say("If the police, a lawyer or a court may need the evidence, hand it over first: it will be gone.")
        given = asking.ask(f"It cannot be undone. To go on, type: {TYPED}", check=str)
    if given.strip().lower() != TYPED:
        raise NeedsUser("nothing was removed", remedy=f"The words are: {TYPED}")


def _tell_installed(request: ServiceRequest) -> None:
    places = request.places
    calling = PROGRAM if places.name == PROGRAM else f"{PROGRAM} --config {places.config}"
    printing.say()
    _say("It runs, now and whenever the machine does: `run` need not be typed. How it is:")
    printing.say(f"    {calling} status")
    _say("Next, one line each: the photos, how you are told, a place to look at:")
    for words in ("enroll FOLDER", "alerts add", "watch add ADDRESS"):
        printing.say(f"    {calling} {words}")
    if places.is_system:
        _say(f"Type its commands as root (sudo). They are done as the account {places.account}, by themselves.")
    _say("Away again:")
    printing.say(f"    {_remove_line(places.is_system, places.name)}")


def _tell_removed(request: ServiceRequest, *, data: bool) -> None:
    places = request.places
    if data:
        _say("The service and everything that was kept are removed.")
        _say("Copies of your identity, backups and what you handed out are not: look after them yourself.")
        return
    _say("The service is removed. What was kept stays, with the account and the key that belong to it:")
    for folder in places.folders:
        printing.say(f"    {folder}")
    _say("To remove that too:")
    printing.say(f"    {_remove_line(places.is_system, places.name)} --data")


def _remove_line(is_system: bool, name: str) -> str:
    named = "" if name == PROGRAM else f" --name {name}"
    return f"{PROGRAM} service remove {'--system' if is_system else '--user'}{named}"

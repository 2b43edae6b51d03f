"""`staff`: who works here, and what each may do in which case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Role
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App

app = typer.Typer(help="Who works here, and what each may do in which case.", no_args_is_help=True)

PersonArgument = Annotated[
    str,
    typer.Argument(
        metavar="PERSON",
        help="As the log-in in front of the page names them (anna@helpline.example), to the letter; or system:NAME for "
        "a user of this machine, who types commands.",
    ),
]
InstallationOption = Annotated[
    bool, typer.Option("--installation", help="Of the installation: names staff and makes cases, and sees none.")
]
RoleOption = Annotated[Role | None, typer.Option("--role", help="Each may do what stands before it too.")]


@app.command("add")
def add_member(
    person: PersonArgument,
    role: RoleOption = None,
    installation: InstallationOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Give a person a role in a case (--case), in the place of the one they had. From the first on who is named, nobody
    else is let in, and every look at a case is written down."""
    from monitor.documents.staff import member_document
    from monitor.services.who_acts import system_person

    if role is None and not installation:
        raise UsageError("which role?", remedy="--role reads, works or administers; or --installation.")
    with opening.opened() as opened:
        case = named_trail(opened, installation=installation)
        member = opened.staff.add(person, case, role or Role.ADMINISTERS, by=system_person())
    if as_json:
        printing.emit({"member": member_document(member)})
    else:
        where = f"the case {printing.plain(case)}" if case else "the installation"
        printing.out(f"{printing.plain(member.person)} {member.role.value}: {where}")


@app.command("remove")
def remove_member(
    person: PersonArgument, installation: InstallationOption = False, as_json: options.JsonOption = False
) -> None:
    """Take a person's role in a case (--case), or in the installation, from them. It holds from the next page on."""
    from monitor.services.who_acts import system_person

    with opening.opened() as opened:
        case = named_trail(opened, installation=installation)
        opened.staff.remove(person, case, by=system_person())
    if as_json:
        printing.emit({"removed": {"case": case or None, "person": person}})
    else:
        where = f"the case {printing.plain(case)}" if case else "the installation"
        printing.out(f"{printing.plain(person)} has no role in {where} any more.")


@app.command("list")
def list_(installation: InstallationOption = False, as_json: options.JsonOption = False) -> None:
    """Who has a role in a case (--case), or administers the installation."""
    from monitor.documents.staff import member_document

    with opening.opened_to_read() as opened:
        case = named_trail(opened, installation=installation)
        members, when = opened.staff.members(case), opening.local_times(opened)
    if as_json:
        printing.emit({"staff": [member_document(member) for member in members]})
        return
    for member in members:
        since = f"since {when(member.since)}, named by {printing.plain(member.by)}"
        printing.out(f"{printing.plain(member.person)}  {member.role.value}  {since}")
    if not members:
        printing.say("Nobody is named.")
    else:
        printing.say(f"{several(len(members), 'person', 'persons')}.")


def named_trail(opened: App, *, installation: bool) -> CaseId:
    """The case that is meant, or `INSTALLATION`. Raises UsageError for both at once."""
    if not installation:
        return opening.chosen_case(opened)
    if options.given.case is not None:
        raise UsageError("--case and --installation are two things", remedy="Give one of them.")
    return INSTALLATION

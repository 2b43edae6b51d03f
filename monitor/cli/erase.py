"""`erase`: everything gone, after a typed confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.errors import MonitorError, NeedsUser, UsageError, WorkFailed
from monitor.model.removal import TYPED
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.services.erasing import Erasure


def erase(
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="TYPED", help=f"Without a terminal: '{TYPED}', as it is typed there.")
    ] = "",
) -> None:
    """Remove everything of this installation, for every case: keys first, then evidence, store, drafts, settings."""
    from monitor.services.erasing import erase_all, plan_erasure
    from monitor.services.on_server import refuse_erasing

    if options.given.case is not None:
        raise UsageError("erase is for all cases at once", remedy="Leave --case out.")
    settings = opening.settings()
    refuse_erasing(settings)
    plan = plan_erasure(settings, _drafts(settings))
    _tell(plan)
    _confirm(confirm)
    done = erase_all(plan, settings)
    printing.say(f"{several(done.gone, 'file is', 'files are')} removed. The keys were the first.")
    for item in done.left:
        printing.say(f"Not removed: {printing.plain(item.path)}: {printing.plain(item.why)}")
    _tell_out_of_reach(plan)
    if done.left:
        raise WorkFailed(
            f"{several(len(done.left), 'thing is', 'things are')} still there",
            remedy="Each stands above with the reason. Mend it and give the command again, or remove it by hand.",
        )


def _drafts(settings: Settings) -> list[str] | None:
    """Where the store says that they were written; None where it does not open."""
    try:
        with opening.opened(settings) as opened:
            return opened.reports.draft_places()
    except MonitorError as error:
        printing.say(f"The store does not open: {printing.plain(error, 200)}")
        return None


def _tell(plan: Erasure) -> None:
    keys = [path for path in (plan.key_file, *plan.identities) if path is not None]
    for path in keys:
        printing.out(f"key        {path}")
    printing.out(f"evidence   {several(len(plan.sealed), 'sealed file', 'sealed files')}")
    printing.out(f"drafts     {several(len(plan.drafts), 'file', 'files')}")
    printing.out(
        f"store      {several(len(plan.store_files), 'file', 'files')}: every find, alert and report of every case"
    )
    for path in plan.settings:
        printing.out(f"settings   {path}")
    if not plan.knows_all:
        printing.say("Drafts in other folders are not known without the store: look for them yourself.")
    for item in plan.stays:
        printing.say(f"Stays, {printing.plain(item.why)}: {printing.plain(item.path)}")
    if plan.stays:
        printing.say("Look at these yourself: they may name places or people, or hold a password or a key.")
    printing.say("Your own photos are not touched, and nothing else that the program did not write.")
    if plan.sealed:
        printing.say("If the police, a lawyer or a court may need the evidence, hand it over first: it will be gone.")


def _confirm(given: str) -> None:
    if not given:
        if not asking.is_terminal():
            raise NeedsUser(
                "nothing was removed: it cannot be undone, so it has to be confirmed",
                remedy=f"Add --confirm '{TYPED}'.",
            )
        given = asking.ask(f"It cannot be undone. To go on, type: {TYPED}", check=str)
    if given.strip().lower() != TYPED:
        raise NeedsUser("nothing was removed", remedy=f"The words are: {TYPED}")


def _tell_out_of_reach(plan: Erasure) -> None:
    printing.say()
    printing.say("What this command cannot reach, and you may want to look after:")
    lines = [
        "backups and copies of this machine or of its folders, snapshots of the disk too",
        "copies of your identity: on a stick, a recovery sheet on paper, another computer",
        "what you wrote with references export, and photos: wherever you put them",
        "packets and drafts that you copied, sent or handed out; alerts in your mailbox",
        "the system's journal: it says that the program ran, and names nobody",
        "old bytes in free space: SSDs, sticks and some file systems keep them for a while, and only a disk that is "
        "encrypted as a whole, or is destroyed, is safe from that",
        "the service, if you made it one: reupload-monitor service remove",
    ]
    if plan.key_elsewhere:
        lines.insert(
            0,
            "the store's key in the environment or in a systemd credential: take it out there (the service's own: "
            "reupload-monitor service remove --data)",
        )
    lines[:0] = [f"{item.path}: it stays ({item.why})" for item in plan.stays]
    for line in lines:
        printing.say(f"  - {printing.plain(line)}")

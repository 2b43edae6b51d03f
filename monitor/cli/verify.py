"""`evidence verify`: whether what is kept is what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.cli.progress import progress
from monitor.errors import UsageError, WorkFailed
from monitor.model.custody import REFERENCE_DIGITS
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.services.evidence_check import Verified


def verify_evidence(
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    reference: Annotated[
        str, typer.Option(metavar="DIGITS", help="From a weekly digest: the log must still have that entry.")
    ] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Check every sealed file, the custody log and the time stamps; with --identity what the files hold, too."""
    wanted = "".join(reference.split()).lower()
    if reference and (len(wanted) < REFERENCE_DIGITS or set(wanted) - set("0123456789abcdef")):
        raise UsageError(
            f"{reference!r} is not a reference of the custody log",
            remedy=f"It has {REFERENCE_DIGITS} digits (0-9, a-f), as they stand in the weekly digest.",
        )
    with opening.opened() as opened, progress("checking the evidence") as step:
        case = opening.chosen_case(opened)
        done = opened.evidence_check.verify(
            case, identity, lambda: asking.passphrase_of_identity(passphrase_file), reference=wanted, tell=step
        )
    _tell(done, as_json, with_identity=identity is not None)
    if done.faults:
        raise WorkFailed(
            f"{several(len(done.faults), 'fault', 'faults')} found in the evidence",
            remedy="Change nothing more there. Keep a copy of data_dir as it is, and compare it with a backup: what is "
            "wrong, and when it was last right, is what a lawyer or the police will ask.",
        )


def _tell(done: Verified, as_json: bool, *, with_identity: bool) -> None:
    if as_json:
        from monitor.documents.evidence_check import check_of_evidence

        printing.emit(
            check_of_evidence(
                [(fault.where, fault.what) for fault in done.faults],
                files=done.files,
                opened=done.opened,
                not_opened=done.not_opened,
                entries=done.entries,
                stamps=done.stamps,
                head=done.head,
            )
        )
        return
    for fault in done.faults:
        printing.out(f"{printing.plain(fault.where)}: {printing.plain(fault.what)}")
    printing.say(
        f"Checked: {several(done.files, 'sealed file', 'sealed files')}, "
        f"{several(done.entries, 'entry', 'entries')} of the custody log, "
        f"{several(done.stamps, 'time stamp', 'time stamps')}."
    )
    if done.head.number:
        printing.say(f"The log's reference is {done.head.reference}.")
    if with_identity:
        printing.say(f"Opened and checked within: {several(done.opened, 'file', 'files')}.")
    elif done.files:
        printing.say("What the files hold was not looked at. For that: --identity FILE.")
    if done.not_opened:
        printing.say(f"Sealed to another key, and so not opened: {several(done.not_opened, 'file', 'files')}.")
    if done.aside:
        printing.say(
            f"{several(done.aside, 'sealed file lies', 'sealed files lie')} aside in vault/stray/, since nothing names "
            "them: of a crash, or of a store that was put back."
        )

"""`audit`: what the staff saw and did, as it was written down."""

from __future__ import annotations

import typer

from monitor.cli import opening, options, printing
from monitor.cli.staff import InstallationOption, named_trail
from monitor.errors import WorkFailed
from monitor.model.audit import AuditAct
from monitor.plain import several

app = typer.Typer(help="What the staff saw and did: a trail of which nothing is edited.", no_args_is_help=True)

AUDIT_WORDS = {
    AuditAct.VIEW: "saw",
    AuditAct.WORK: "worked",
    AuditAct.ADMINISTER: "administered",
    AuditAct.STAFF: "gave or took a role",
    AuditAct.REFUSED: "was refused",
}


@app.command("list")
def list_(installation: InstallationOption = False, as_json: options.JsonOption = False) -> None:
    """Who saw what of a case (--case) and did what, and when. Pages and commands by name, with the ids they were
    about."""
    from monitor.evidence.audit import audit_details, audit_document

    with opening.opened_to_read() as opened:
        entries = opened.staff.trail(named_trail(opened, installation=installation))
    if as_json:
        printing.emit({"audit": [audit_document(entry) for entry in entries]})
        return
    for entry in entries:
        told = audit_details(entry)
        about = f" ({printing.plain(told['about'])})" if "about" in told else ""
        who, what = printing.plain(told.get("who", "")), printing.plain(told.get("what", ""))
        printing.out(
            f"{entry.number:5}  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {who} {AUDIT_WORDS[entry.act]}: {what}{about}"
        )
    printing.say(f"{several(len(entries), 'entry', 'entries')}. Whether it holds: reupload-monitor audit verify")


@app.command("verify")
def verify_audit(installation: InstallationOption = False, as_json: options.JsonOption = False) -> None:
    """Is the trail whole, and as it was written? Every entry is hashed with the one before it."""
    with opening.opened_to_read() as opened:
        case = named_trail(opened, installation=installation)
        faults, count = opened.staff.faults(case), len(opened.staff.trail(case))
    if as_json:
        printing.emit({"holds": not faults, "entries": count, "faults": list(faults)})
    else:
        for fault in faults:
            printing.out(fault)
        if not faults:
            printing.out(f"The trail holds: {several(count, 'entry', 'entries')}.")
    if faults:
        raise WorkFailed(
            f"the trail does not hold: {several(len(faults), 'fault', 'faults')}",
            remedy="Somebody changed the store past this program, or its disk did. Compare it with a backup from "
            "before.",
        )

"""`evidence log`: what was done with the evidence, when."""

from __future__ import annotations

from monitor.cli import opening, options, printing
from monitor.model.custody import CustodyAct, CustodyEntry
from monitor.plain import several

ACT_WORDS = {
    CustodyAct.CAPTURE: "a page was kept",
    CustodyAct.SHOT: "a screenshot was made",
    CustodyAct.VIEW: "sealed files were opened",
    CustodyAct.EXPORT: "a packet",
    CustodyAct.ADD: "you added evidence",
    CustodyAct.DISMISS: "dismissed",
    CustodyAct.CLOSE: "closed as under 18",
    CustodyAct.DELETE: "removed",
    CustodyAct.RECIPIENTS: "who can open it",
    CustodyAct.STAMP: "trusted time",
    CustodyAct.CORRECTION: "a correction",
}
MOST_SHOWN = 60  # characters of a value


def log(as_json: options.JsonOption = False) -> None:
    """The custody log: what was kept, added, opened, handed over and removed, when. Nothing in it is edited."""
    from monitor.evidence.custody import faults, head_of
    from monitor.evidence.log_document import log_document

    with opening.opened_to_read() as opened:
        entries = opened.evidence.log(opening.chosen_case(opened))
    if as_json:
        printing.emit(log_document(entries))
        return
    for entry in entries:
        printing.out(f"{entry.number:5}  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {ACT_WORDS[entry.act]}{_details(entry)}")
    printing.say(f"{several(len(entries), 'entry', 'entries')}. Reference: {head_of(entries).reference}")
    if any(True for _ in faults(entries)):
        printing.say("It does not hold: `reupload-monitor evidence verify` says where.")


def _details(entry: CustodyEntry) -> str:
    from monitor.evidence.custody import details_of

    if entry.is_dropped:
        return ": the details were removed"
    told = ", ".join(f"{key} {_cut(value)}" for key, value in details_of(entry).items())
    return f": {printing.plain(told)}" if told else ""


def _cut(value: str) -> str:
    return value if len(value) <= MOST_SHOWN else f"{value[:16]}…"

"""`references`: the hash set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli import common, files, printing
from monitor.cli.sightings import tell_closed
from monitor.errors import UsageError, WorkFailed
from monitor.model.case import Authority

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.matching.interchange import ImportedList
    from monitor.model.fingerprint import Reference

app = typer.Typer(help="The set of enrolled photos (their fingerprints).", no_args_is_help=True)

MAX_LIST_BYTES = 512 * 1024 * 1024


@app.command("list")
def list_(as_json: common.JsonOption = False) -> None:
    """What is enrolled."""
    with common.opened() as opened:
        found = opened.store.references.all(common.chosen_case(opened.store, opened.settings))
    if as_json:
        printing.emit({"references": [_row(reference) for reference in found]})
        return
    printing.table(
        ("reference", "label", "fingerprints", "enrolled", "case", "state"),
        [
            (
                reference.id,
                reference.label,
                ", ".join(reference.fingerprint.kinds),
                printing.when(reference.enrolled_at),
                reference.case,
                f"told once an hour since {printing.when(reference.folded_at)}"
                if reference.folded_at
                else reference.origin,
            )
            for reference in found
        ],
    )
    printing.say(f"{len(found)} enrolled.")


def _row(reference: Reference) -> dict[str, object]:
    return {
        "reference": reference.id,
        "case": reference.case,
        "label": reference.label,
        "fingerprints": list(reference.fingerprint.kinds),
        "origin": reference.origin,
        "enrolled_at": reference.enrolled_at,
        "paused_at": None,  # nothing is paused any more: it is matched by, and folded
        "folded_at": reference.folded_at,
    }


def _find(opened: App, given: str) -> Reference:
    """By id, by an unambiguous beginning of one, or by label; of the chosen case."""
    known = opened.store.references.all(common.chosen_case(opened.store, opened.settings))
    found = (
        [item for item in known if item.id == given]
        or [item for item in known if item.label == given]
        or [item for item in known if item.id.startswith(given)]
    )
    if len(found) != 1:
        what = "no enrolled photo" if not found else f"{len(found)} enrolled photos"
        raise UsageError(f"there is {what} for {given!r}", remedy="`reupload-monitor references list` shows their ids.")
    return found[0]


@app.command("remove")
def remove(
    references: Annotated[list[str], typer.Argument(help="Ids or labels.")], yes: common.YesOption = False
) -> None:
    """Forget fingerprints. Sightings that they led to stay."""
    with common.opened() as opened:
        found = [_find(opened, given) for given in references]
        common.confirmed(f"Forget {len(found)} enrolled photos?", yes)
        with opened.store.transaction():
            for reference in found:
                opened.store.references.remove(reference.case, reference.id)
    printing.say(f"{len(found)} forgotten.")


@app.command()
def resume(references: Annotated[list[str], typer.Argument(help="Ids or labels.")]) -> None:
    """Tell of each find again, for photos that turned up on so many sites that they are told of once an hour."""
    from monitor.pipeline import flood

    with common.opened() as opened:
        found = [_find(opened, given) for given in references]
        for reference in found:
            flood.lift(opened.store, reference.case, reference.id, opened.clock())
    each = "1 photo: its finds are" if len(found) == 1 else f"{len(found)} photos: their finds are"
    printing.say(f"{each} told one by one again.")


@app.command("under-18")
def under_18(
    references: Annotated[list[str], typer.Argument(help="Ids or labels.")], yes: common.YesOption = False
) -> None:
    """Someone in the photo was or may have been under 18: its fingerprints and all that hangs on them are removed."""
    from monitor.guide import under_18_services

    with common.opened() as opened:
        found = [_find(opened, given) for given in references]
        common.confirmed("Remove these fingerprints and whatever was kept of their copies? It cannot be undone.", yes)
        done = [opened.close_reference_under_18(reference.id, case=reference.case) for reference in found]
    printing.say(f"{len(found)} removed. Nothing is looked for or drafted for them any more.")
    printing.say()
    printing.out(under_18_services().rstrip())
    tell_closed([sighting for one in done for sighting in one.sightings])
    files.tell_strays(opened.settings)
    files.tell([one.files for one in done])


@app.command("export")
def export(
    out: Annotated[Path | None, typer.Option("--out", help="Default: stdout.")] = None,
    format_: Annotated[
        Literal["csv", "json"], typer.Option("--format", help="PDQ CSV as ThreatExchange tools read it, or JSON.")
    ] = "csv",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """The hashes, for a hash-matching service, or to come back into this store (or a copy of it, which knows its mark);
    anywhere else it is a foreign list. As private as a list of your photos."""
    from monitor.matching.interchange import export_csv, export_json

    with common.opened() as opened:
        case = common.chosen_case(opened.store, opened.settings)
        found = opened.store.references.all(case)
        render = export_json if as_json or format_ == "json" else export_csv
        text = render(found, lambda content: opened.store.mark(case, content))
    if out is None:
        printing.out(text.rstrip("\n"))
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{out} exists already", remedy="Nothing is overwritten: give another name.") from None
    except OSError as error:
        raise WorkFailed(f"{out} cannot be written: {error.strerror}", remedy="Give another place.") from error
    printing.say(f"{len(found)} written to {printing.plain(out)}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="PDQ CSV or JSON.")],
    reason: Annotated[str, typer.Option(help="Why a list that this program did not export is taken in.")] = "",
    adult: common.AdultOption = False,
    authorised: common.AuthorisedOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Take in a hash list: one that this store exported, as it was; or with authority and reason a foreign one."""
    from monitor.matching.interchange import import_list

    try:
        with file.open("rb") as opened_file:
            untrusted = opened_file.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise WorkFailed(f"{file} cannot be read: {error.strerror}", remedy="Give a file that you may read.") from error
    found = import_list(untrusted)
    with common.opened() as opened:
        case = common.chosen_case(opened.store, opened.settings)
        common.attested(opened, case, adult, authorised)
        own = found.own(case, lambda content: opened.store.mark(case, content))
        if found.hashes and not own and (authorised is not Authority.REPRESENTATIVE or not reason.strip()):
            raise UsageError(
                f"{file} is no list that this store exported for case {case!r}: {found.why_foreign()}",
                remedy='A foreign list needs --authorised representative --reason "...": it is logged, and matches '
                "by hash only.",
            )
        imported = _keep(opened, case, found, own, reason)
    if as_json:
        printing.emit(
            {
                "imported": [{"reference": id_, "label": label} for id_, label in imported],
                "skipped": [{"line": problem.line, "reason": problem.message} for problem in found.problems],
                "repaired": list(found.repaired),
            }
        )
    else:
        for problem in found.problems:
            printing.say(f"line {problem.line}: {problem.message}")
        if found.repaired:
            lines = ", ".join(map(str, found.repaired[:20]))
            printing.say(f"{len(found.repaired)} hashes had lost leading zeros and were repaired (lines {lines}).")
        printing.out(f"{len(imported)} imported, {len(found.problems)} lines left out.")
    if not found.hashes:
        raise WorkFailed("nothing was imported", remedy="The list has one hash of 64 hexadecimal digits a line.")


def _keep(opened: App, case: str, found: ImportedList, own: bool, reason: str) -> list[tuple[str, str]]:
    """All or nothing. A hash that is enrolled already stays as it is: it may have features that no list holds."""
    import json
    import logging

    from monitor.model.fingerprint import Reference
    from monitor.model.ids import new_id

    now = opened.clock()
    known = {reference.fingerprint.pdq.bits for reference in opened.store.references.all(case)}
    taken = {reference.id for reference in opened.store.references.all(case)}
    imported = []
    with opened.store.transaction():
        for item in found.hashes:
            if item.fingerprint.pdq.bits in known:
                continue
            known.add(item.fingerprint.pdq.bits)
            id_ = item.reference if own and item.reference not in taken and item.reference.isalnum() else new_id(now)
            taken.add(id_)
            origin = "foreign-list" if not own or item.origin == "foreign-list" else "own-list"
            opened.store.references.add(Reference(id_, case, item.label, item.fingerprint, now, origin))
            imported.append((id_, item.label))
        if not own and imported:
            entry = {"count": len(imported), "reason": reason.strip()[:500]}
            opened.store.notes.set(
                f"foreign-list:{case}:{new_id(now)}", json.dumps({"at": printing.moment(now), **entry})
            )
            logging.getLogger(__name__).warning(
                "a foreign hash list was taken in", extra={"action": "foreign_list", "case": case, **entry}
            )
    return imported

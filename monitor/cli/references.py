"""`references`: the hash set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli import asking, opening, options, printing, references_sealed, removed_files
from monitor.cli.sighting_words import tell_closed
from monitor.errors import UsageError, WorkFailed
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.enrolment import TakenIn
    from monitor.model.fingerprint import Reference

_NAMED_VERSIONS = 4
_NAMED_PICTURES = 12  # the JSON has them all
_READ_AS = {"inside": " (the photo inside)", "screenshot": " (the whole screenshot)"}

app = typer.Typer(help="The set of enrolled photos (their fingerprints).", no_args_is_help=True)


@app.command("list")
def list_(
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With how each is recognised, its case and where it is from.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Your enrolled photos, as this program knows them. No picture is kept or shown."""
    from monitor.documents.references import reference_document
    from monitor.matching.remarks import remarks_on

    with opening.opened_to_read() as opened:
        found, told = opened.references.all(opening.chosen_case(opened)), opening.local_times(opened)
    if as_json:
        printing.emit({"references": [reference_document(item, remarks_on(item)) for item in found]})
        return
    printing.table(
        ("photo", "id", "enrolled", "files", *(("fingerprints", "case", "from") if verbose else ())),
        [
            (
                reference.label,
                reference.id,
                told(reference.enrolled_at),
                _versions(reference),
                *((", ".join(reference.fingerprint.kinds), reference.case, reference.origin) if verbose else ()),
            )
            for reference in found
        ],
    )
    for one in found:
        if one.folded_at:
            printing.say(
                f"{printing.plain(one.label)}: on so many sites that you are told once an hour, since "
                f"{told(one.folded_at)}. To be told of each again: reupload-monitor references resume {one.id}"
            )
    _tell_remarks(found)
    printing.say(f"{several(len(found), 'photo', 'photos')} enrolled.")


def _tell_remarks(pictures: Sequence[Reference]) -> None:
    """Each once, with those that it is said of."""
    from monitor.matching.remarks import remarks_on

    said = defaultdict[str, list[str]](list)
    for picture in pictures:
        for remark in remarks_on(picture):
            said[remark].append(printing.plain(picture.label))
    for remark, labels in said.items():
        more = f" and {len(labels) - _NAMED_PICTURES} more" if len(labels) > _NAMED_PICTURES else ""
        printing.say(f"{', '.join(labels[:_NAMED_PICTURES])}{more}: {remark}.")


def _versions(reference: Reference) -> str:
    """The best first, by the names of their files, and what was read of these where it is not the file as it is."""
    names = [version.name + _READ_AS.get(version.kind, "") for version in reference.versions]
    if len(names) == 1:
        return "1" + _READ_AS.get(reference.kind, "")
    shown = ", ".join(names[:_NAMED_VERSIONS]) + (", ..." if len(names) > _NAMED_VERSIONS else "")
    return f"{len(names)}: {shown}"


def _named(opened: App, references: Sequence[str]) -> list[Reference]:
    case = opening.chosen_case(opened)
    return [opened.references.find(given, case=case) for given in references]


@app.command("remove")
def remove(
    references: Annotated[list[str], typer.Argument(help="Ids or labels.")], yes: options.YesOption = False
) -> None:
    """Forget pictures, with all their versions. The finds that they led to stay."""
    with opening.opened() as opened:
        found = _named(opened, references)
        asking.confirmed(f"Forget {len(found)} enrolled photos?", yes)
        opened.references.remove(found)
    printing.say(f"{len(found)} forgotten.")


@app.command()
def resume(references: Annotated[list[str], typer.Argument(help="Ids or labels.")]) -> None:
    """Tell of each find again, for photos that turned up on so many sites that they are told of once an hour."""
    with opening.opened() as opened:
        found = _named(opened, references)
        for reference in found:
            opened.references.tell_one_by_one(reference)
    each = "1 photo: its finds are" if len(found) == 1 else f"{len(found)} photos: their finds are"
    printing.say(f"{each} told one by one again.")


@app.command("under-18")
def under_18(
    references: Annotated[list[str], typer.Argument(help="Ids or labels.")], yes: options.YesOption = False
) -> None:
    """Someone in the photo was or may have been under 18: its fingerprints and all that hangs on them are removed."""

    with opening.opened() as opened:
        found = _named(opened, references)
        asking.confirmed("Remove these fingerprints and whatever was kept of their copies? It cannot be undone.", yes)
        done = [opened.decisions.close_reference_under_18(reference.id, case=reference.case) for reference in found]
        aside = opened.decisions.put_aside()
    printing.say(f"{len(found)} removed. Nothing is looked for or drafted for them any more.")
    printing.say()
    printing.out(printing.services_for_minors())
    tell_closed([sighting for one in done for sighting in one.sightings])
    removed_files.tell_strays(aside)
    removed_files.tell_removed([one.files for one in done])


@app.command("export")
def export(
    out: Annotated[Path | None, typer.Option("--out", help="Default: stdout.")] = None,
    format_: Annotated[
        Literal["csv", "json"], typer.Option("--format", help="PDQ CSV as ThreatExchange tools read it, or JSON.")
    ] = "csv",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Everything that they are found by, not hashes alone; needs --out.")
    ] = False,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Seal it to this age public key, and not under a passphrase.")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The passphrase for it is its first line. Else it is asked.")
    ] = None,
) -> None:
    """The hashes, for a hash-matching service, or to come back into this store (or a copy of it, which knows its mark);
    anywhere else it is a foreign list. As private as a list of your photos. With --sealed everything, for yourself."""
    if sealed:
        references_sealed.export_sealed(out, recipient or (), passphrase_file)
        return
    if recipient or passphrase_file:
        raise UsageError("a list of hashes is not sealed", remedy="With --sealed it is, and has more than hashes.")
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        pictures = opened.references.all(case)
        text = opened.references.export(case, as_json=as_json or format_ == "json")
    if any(picture.fingerprint.features is not None for picture in pictures):
        printing.say(
            "This is hashes alone. What finds crops, captions and screenshots of the photos is not in it: for that, "
            "reupload-monitor references export --sealed --out FILE"
        )
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
    hashes = sum(len(picture.versions) for picture in pictures)
    of = f"{several(hashes, 'hash', 'hashes')} of {several(len(pictures), 'picture', 'pictures')}"
    printing.say(f"{of} written to {printing.plain(out)}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="What `references export` wrote, or a PDQ list (CSV, JSON).")],
    reason: Annotated[str, typer.Option(help="Why a list that this program did not export is taken in.")] = "",
    adult: options.AdultOption = False,
    authorised: options.AuthorisedOption = None,
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take in photos that were exported, as they were: a list of hashes that this store wrote, or a sealed file; or,
    with authority and reason, a foreign list."""
    from monitor.documents.references import taken_in_document
    from monitor.matching.interchange import MAX_LIST_BYTES, import_list
    from monitor.services.carrying import is_sealed_set

    try:
        with file.open("rb") as opened_file:
            untrusted = opened_file.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise WorkFailed(f"{file} cannot be read: {error.strerror}", remedy="Give a file that you may read.") from error
    if is_sealed_set(untrusted[:64]):
        done = references_sealed.import_sealed(
            file, identity, passphrase_file, adult=adult, authorised=authorised, reason=reason
        )
    else:
        found = import_list(untrusted)
        with opening.opened() as opened:
            case = opening.chosen_case(opened)
            opening.attested(opened, case, adult, authorised)
            done = opened.references.take_in(found, case=case, name=str(file), authority=authorised, reason=reason)
    if as_json:
        printing.emit(taken_in_document(done))
    else:
        _tell_taken_in(done)
    if not done.hashes:
        raise WorkFailed("nothing was imported", remedy="The list has one hash of 64 hexadecimal digits a line.")


def _tell_taken_in(done: TakenIn) -> None:
    for line in done.left_out:
        printing.say(f"line {line.line}: {line.reason}")
    if done.repaired:
        lines = ", ".join(map(str, done.repaired[:20]))
        printing.say(
            f"{several(len(done.repaired), 'hash', 'hashes')} had lost leading zeros; repaired (lines {lines})."
        )
    hashes, pictures = len(done.references), len({id_ for id_, _ in done.references})
    of = f"{several(hashes, 'hash', 'hashes')} of {several(pictures, 'picture', 'pictures')} imported"
    known = max(0, done.hashes - hashes)
    printing.out(f"{of}, {known} known already, {several(len(done.left_out), 'line', 'lines')} left out.")

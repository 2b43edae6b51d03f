"""`evidence`: what is kept as proof, and how it is handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import captures, custody_log, opening, options, printing, recipients, verify
from monitor.errors import WorkFailed
from monitor.plain import several

app = typer.Typer(help="Sealed evidence: what is kept, what you add, packets to hand over.", no_args_is_help=True)
app.add_typer(recipients.app, name="recipients")
app.command("verify")(verify.verify_evidence)
app.command("list")(captures.list_)
app.command("capture")(captures.capture)
app.command("log")(custody_log.log)

_When = (
    "For example 2026-11-20T21:30+01:00, 2026-11-20, or 'about the end of October'. Without a zone: of this machine."
)


@app.command("add")
def add_own(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Screenshots, mails, chat exports, videos. Without any: words alone.")
    ] = None,
    at: Annotated[str, typer.Option("--at", help=f"When it happened. {_When}")] = "",
    where: Annotated[str, typer.Option(help="Site, account, handle, device.")] = "",
    what: Annotated[str, typer.Option(help="What happened, and the exact words.")] = "",
    who: Annotated[str, typer.Option(help="Who did it, as far as you know.")] = "",
    witness: Annotated[list[str] | None, typer.Option(help="Who saw it; may be given several times.")] = None,
    reported_to: Annotated[
        list[str] | None, typer.Option(help="Body and officer you reported it to; may be given several times.")
    ] = None,
    number: Annotated[str, typer.Option(help="The number they gave it.")] = "",
    saved_by: Annotated[str, typer.Option(help="Who saved the files.")] = "",
    saved_at: Annotated[str, typer.Option(help="When they were saved, as --at.")] = "",
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    sighting: Annotated[str, typer.Option(help="The find that it is about; then it goes into its packets only.")] = "",
    adult: options.AdultOption = False,
    authorised: options.AuthorisedOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Seal threats, messages, your own screenshots, or words alone. Files are kept as they are, never looked into."""
    from monitor.documents.own_evidence import own_document
    from monitor.services.own_evidence import ToldWords

    told = ToldWords(
        at=at,
        where=where,
        what=what,
        who=who,
        witnesses=tuple(witness or ()),
        reported_to=tuple(reported_to or ()),
        number=number,
        saved_by=saved_by,
        saved_at=saved_at,
        note=note,
    )
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        opening.attested(opened, case, adult, authorised)
        done = opened.own_evidence.add(files or (), told, case=case, sighting=sighting)
    if as_json:
        printing.emit(
            {
                "entry": own_document(done.entry) if done.entry else None,
                "skipped": [{"file": item.name, "reason": item.reason} for item in done.skipped],
            }
        )
    for item in done.skipped:
        printing.say(f"skipped {printing.plain(item.name)}: {printing.plain(item.reason)}")
    if done.entry is None:
        raise WorkFailed("nothing was added", remedy="The reasons stand above." if done.skipped else "")
    if not as_json:
        printing.out(done.entry.id)
    printing.say(
        f"Sealed: {several(len(done.entry.files), 'file', 'files')}, and what you said. It is in the custody log, and "
        "goes into packets."
    )
    if done.entry.files:
        printing.say("The files themselves lie where they were. Whoever uses this account can read them there.")


@app.command("export")
def export_packet(
    sightings: Annotated[list[str], typer.Argument(help="Numbers of finds (or ids).")],
    out: Annotated[Path, typer.Option(help="The ZIP to write; best on a stick or disk that is encrypted.")],
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    with_images: Annotated[
        bool, typer.Option("--with-images", help="The pictures and screenshots too: for the police or a lawyer.")
    ] = False,
    without_own: Annotated[
        bool, typer.Option("--without-own", help="Nothing of what you added yourself: for a platform.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write a packet to hand over: report, files with their digests, custody log, and how to check it all."""
    from monitor.cli import asking
    from monitor.evidence.packet_manifest import exported_document
    from monitor.services.packets import Exported, PacketWish

    async def work() -> Exported:
        async with opening.opened() as app:
            case = opening.chosen_case(app)
            wish = PacketWish(
                out=out,
                identity=identity,
                ask=lambda: asking.passphrase_of_identity(passphrase_file),
                with_images=with_images,
                with_own=not without_own,
            )
            return await app.packets.export(sightings, wish, case=case)

    done = opening.run_async(work())
    facts = done.facts
    if as_json:
        printing.emit(exported_document(str(done.path), done.digest, facts, broken=done.broken))
    else:
        printing.out(f"{printing.plain(done.path)}  {done.digest}")
    printing.say(f"{several(done.files, 'file', 'files')}. Read report.html before you hand it over.")
    if with_images:
        printing.say("It shows the pictures, and is not encrypted: give it to nobody who must not see them.")
    else:
        printing.say("No file in it holds a picture. It is not encrypted, and tells addresses and accounts.")
    if facts.own:
        entries = several(len(facts.own), "entry", "entries")
        printing.say(f"{entries} that you added, with names and witnesses. For a platform: --without-own.")
    if facts.left_out:
        printing.say(f"{several(len(facts.left_out), 'file is', 'files are')} not in it; the report names each.")
    if facts.no_pdf:
        printing.say(f"There is no report.pdf: {printing.plain(facts.no_pdf)}. report.html says the same.")
    if facts.log.waiting:
        printing.say(f"No trusted time on it yet: {printing.plain(facts.log.waiting)}")
    for file in done.broken:
        printing.say(f"left out, {file.sealed_as}: {printing.plain(file.left_out)}")
    for fault in facts.log.faults:
        printing.say(printing.plain(fault))
    if done.broken or facts.log.faults:
        raise WorkFailed(
            "something of the evidence does not hold; the packet says so and has all else",
            remedy="Each fault stands above. Restore what is broken from a backup, then export again.",
        )


@app.command("remove")
def remove_own(
    entries: Annotated[list[str], typer.Argument(help="What you added: ids, or their beginnings.")],
    yes: options.YesOption = False,
) -> None:
    """Remove what you added yourself, for good: files and words."""
    from monitor.cli import asking

    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.own_evidence.find(name, case=case).id for name in entries]
        asking.confirmed(f"Remove {several(len(known), 'entry', 'entries')} that you added? It cannot be undone.", yes)
        done = [opened.own_evidence.remove(name, case=case) for name in known]
    printing.say(f"{several(len(known), 'entry', 'entries')} removed. The custody log keeps that there was one.")
    left = [item for removed in done for item in removed.left]
    for item in left:
        printing.say(f"Not removed: {printing.plain(item.path)}: {printing.plain(item.why)}")
    if left:
        raise WorkFailed(
            f"{several(len(left), 'sealed file', 'sealed files')} may be left on disk",
            remedy="Make its place reachable: each is tried again by every command.",
        )

"""`sightings`: what was found, and what the person says about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing, removed_files
from monitor.documents.times import utc_words
from monitor.model.sighting import Decision, Sighting, Status
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.services.decisions import LooksAt

app = typer.Typer(help="What was found, and your word on it. No picture is ever shown here.", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(help="Ids, or their beginnings.")]


@app.command("list")
def list_(
    status: Annotated[list[Status] | None, typer.Option(help="Only these; may be given several times.")] = None,
    as_json: options.JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One table for a spreadsheet on stdout.")] = False,
) -> None:
    """What was found, the newest last."""
    from monitor.documents.sightings import sighting_document

    with opening.opened_to_read() as opened:
        shown = list(opened.decisions.listed(opening.chosen_case(opened), status or ()))
    if as_json:
        _emit(shown)
        return
    if as_csv:
        rows = [sighting_document(sighting) for sighting in shown]
        printing.emit_csv([{name: value for name, value in row.items() if name != "addresses"} for row in rows])
        return
    printing.table(
        ("id", "status", "tier", "label", "first seen", "last seen", "page"),
        [
            (
                item.id,
                _said(item),
                item.match.tier.value if item.is_compared else "your word",
                item.match.label,
                utc_words(item.first_seen),
                utc_words(item.last_seen),
                _place(item),
            )
            for item in shown
        ],
    )
    printing.say(f"{several(len(shown), 'sighting', 'sightings')}.")


@app.command("show")
def show(sightings: Ids, as_json: options.JsonOption = False) -> None:
    """Everything that is known of a sighting, in words."""
    from monitor.documents.presence import looks_document
    from monitor.documents.sightings import sighting_document

    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        found = [opened.decisions.find(given, case=case) for given in sightings]
        looks = [opened.decisions.looks_at(sighting) for sighting in found]
    if as_json:
        both = zip(found, looks, strict=True)
        documents = [sighting_document(one) | looks_document(look.planned, look.changes) for one, look in both]
        printing.emit({"sightings": documents})
        return
    for number, (sighting, look) in enumerate(zip(found, looks, strict=True)):
        if number:
            printing.out()
        _say(sighting)
        _say_looks(sighting, look)


def _say(sighting: Sighting) -> None:
    from monitor.documents.presence import presence_document
    from monitor.documents.sightings import sighting_document

    said_below = presence_document(sighting.presence).keys() | {"addresses", "addresses_seen", "changes_addresses"}
    for key, value in sighting_document(sighting).items():
        if key in said_below:
            continue
        text = ", ".join(value) if isinstance(value, list) else value
        if key == "tier" and not sighting.is_compared:
            text = "your word: no photo of yours was found to match it"
        if key == "claim":
            text = _claim(sighting)
        if key in ("first_seen", "last_seen", "removed_at"):
            text = utc_words(value)
        printing.out(f"{key:12}  {printing.plain('-' if text in (None, '') else text)}")


def _say_looks(sighting: Sighting, look: LooksAt) -> None:
    """What is known of page, media and search, when each is looked at next, and what became of it."""
    from monitor.documents.presence import change_words, next_look_words, trace_words
    from monitor.model.presence import Truth

    for truth in Truth:
        known = trace_words(truth, sighting.presence.of(truth))
        words = "; ".join(filter(None, (known, next_look_words(truth, look.planned))))
        printing.out(f"{truth.value:12}  {printing.plain(words or '-')}")
    for change in look.changes:
        printing.out(f"{'what became':12}  {printing.plain(change_words(change))}")
    for line in _addresses(sighting):
        printing.out(f"{'addresses':12}  {printing.plain(line)}")
    if sighting.place.title:
        printing.out(f"{'title':12}  {printing.plain(sighting.place.title)}")


@app.command("confirm")
def confirm(sightings: Ids, as_json: options.JsonOption = False) -> None:
    """It is one of yours."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.confirm(sighting, case=case) for sighting in known], as_json)


@app.command("dismiss")
def dismiss(sightings: Ids, as_json: options.JsonOption = False) -> None:
    """It is not yours. The same picture stays quiet everywhere; its sealed media is removed a day later."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.decisions.find(given, case=case) for given in sightings]
        sheets = [path for one in known for path in opened.decisions.sheets_about(one)]
        _done([opened.decisions.dismiss(one.id, case=case) for one in known], as_json)
    _tell_sheets(sheets)


@app.command("leave")
def leave(sightings: Ids, as_json: options.JsonOption = False) -> None:
    """It is yours, but nothing is to be done about it here. Its evidence stays; elsewhere you are still told."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.decisions.find(given, case=case) for given in sightings]
        sheets = [path for one in known for path in opened.decisions.sheets_about(one)]
        _done([opened.decisions.leave(one.id, case=case) for one in known], as_json)
    _tell_sheets(sheets)


@app.command("undo")
def undo(sightings: Ids, as_json: options.JsonOption = False) -> None:
    """Take back what you said last: confirm, dismiss or leave."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.undo(sighting, case=case) for sighting in known], as_json)


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="The page where you found it, or the picture itself.")],
    picture: Annotated[
        str, typer.Option("--picture", help="The address of the picture itself, where the page shows several.")
    ] = "",
    adult: options.AdultOption = False,
    authorised: options.AuthorisedOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """File a link that you found yourself. Its page is looked at later, to keep it as evidence, with the picture that
    matches a photo of yours, or that you name."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        opening.attested(opened, case, adult, authorised)
        _done([opened.decisions.add(url, case=case, picture=picture)], as_json)


@app.command("under-18")
def under_18(sightings: Ids, yes: options.YesOption = False, as_json: options.JsonOption = False) -> None:
    """Someone shown was or may have been under 18: all that was kept is removed but address and time. For good."""
    from monitor.documents.sightings import sighting_document

    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        before = [opened.decisions.find(given, case=case) for given in sightings]
        known = [sighting.id for sighting in before]
        asking.confirmed(
            f"Remove everything that was kept of {', '.join(known)} but its address and time? It cannot be undone.", yes
        )
        done = [opened.decisions.close_under_18(sighting, case=case) for sighting in known]
        aside = opened.decisions.put_aside()
        closed = [opened.decisions.find(sighting, case=case) for sighting in known]
    if as_json:
        printing.emit(
            {
                "sightings": [sighting_document(sighting) for sighting in closed],
                **removed_files.documents([one.files for one in done]),
            }
        )
    else:
        printing.out(printing.services_for_minors())
    total = len({sighting.id for one in done for sighting in one.sightings})
    printing.say(
        f"{total} closed: the store keeps only address and time. Nothing is fetched or drafted for them again."
    )
    if any(sighting.match.reference for sighting in before):
        printing.say("The photo that they show is no longer enrolled.")
    tell_closed([sighting for one in done for sighting in one.sightings])
    removed_files.tell_strays(aside)
    removed_files.tell_removed([one.files for one in done])


def tell_closed(closed: Sequence[Sighting]) -> None:
    """What ends with a closing beside what was named: whole pages, so that nothing else is looked for there."""
    pages = dict.fromkeys(sighting.place.page_url for sighting in closed)
    if not pages:
        return
    printing.say("Not visited any more, whatever else is on them:")
    for page in pages:
        printing.say(f"  {printing.plain(page)}")
    printing.say("Take a watch on one of them out of its watchlist, or name other pages in it: it sees nothing more.")


def _said(sighting: Sighting) -> str:
    if sighting.under_18:
        return "under 18"
    return "left alone" if sighting.decision is Decision.NOT_HERE else sighting.status.value


def _place(sighting: Sighting) -> str:
    place = sighting.seen_at
    return f"{place.page_url} (says it is from {place.claimed_url})" if place.claimed_url else place.page_url


def _addresses(sighting: Sighting) -> list[str]:
    """None where it has one: that stands above."""
    if sighting.addresses_seen < 2:
        return []
    kept = sighting.addresses
    cut = f", of which {len(kept)} are kept" if sighting.addresses_seen > len(kept) else ""
    changes = "it changes its addresses: " if sighting.changes_addresses else ""
    lines = [f"{address.image_url or address.page_url}  last seen {utc_words(address.last_seen)}" for address in kept]
    return [f"{changes}{sighting.addresses_seen} so far{cut}", *lines]


def _claim(sighting: Sighting) -> str:
    place = sighting.seen_at
    named = " ".join(part for part in (place.claimed_account, place.claimed_url) if part)
    return f"says it is from {named}: nobody has looked there yet, so it counts for nothing" if named else ""


def _tell_sheets(sheets: Sequence[str]) -> None:
    """Of drafts that asked for what is to be asked for no more. sheets: paths."""
    for path in dict.fromkeys(sheets):
        is_left = Path(path).exists()
        said = "could not be taken away: do not send it" if is_left else "taken away, since it named that find"
        printing.say(f"{printing.plain(path)}: {said}")
    if sheets:
        printing.say("Do not send a copy of it. About other finds that stood in it:")
        printing.say("    reupload-monitor reports next --draft")


def _done(changed: Sequence[Sighting], as_json: bool) -> None:
    if as_json:
        _emit(changed)
        return
    for sighting in changed:
        printing.out(f"{sighting.id}  {_said(sighting)}  {printing.plain(sighting.seen_at.page_url)}")


def _emit(sightings: Iterable[Sighting]) -> None:
    from monitor.documents.sightings import sighting_document

    printing.emit({"sightings": [sighting_document(sighting) for sighting in sightings]})

"""`sightings`: what was found, and what the person says about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing, removed_files
from monitor.cli.sighting_words import tell_changed, tell_closed, tell_list, tell_sheets, tell_whole
from monitor.documents.places import number_words
from monitor.errors import UsageError
from monitor.model.deciding import DecisionAct
from monitor.model.ids import CaseId
from monitor.model.sighting import Decision, Sighting, Status
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App

app = typer.Typer(help="What was found, and your word on it. No picture is ever shown here.", no_args_is_help=True)

Finds = Annotated[list[str] | None, typer.Argument(help="Numbers, as `sightings list` has them (or ids).")]
OnPage = Annotated[str, typer.Option("--page", metavar="URL", help="All on this page: it says how many, and asks.")]


@app.command("list")
def list_(
    status: Annotated[list[Status] | None, typer.Option(help="Only these; may be given several times.")] = None,
    site: Annotated[str, typer.Option(help="Only on this site, for example forum.example.")] = "",
    page: Annotated[str, typer.Option(metavar="URL", help="Only on this page.")] = "",
    alert: Annotated[str, typer.Option(metavar="NUMBER", help="Only what this alert was about: 3-K7, say.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most.")] = None,
    after: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Only those behind that number.")] = 0,
    as_json: options.JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One table for a spreadsheet on stdout.")] = False,
) -> None:
    """What was found, the newest last."""
    from monitor.documents.sightings import sighting_document
    from monitor.services.where_found import Where

    with opening.opened_to_read() as opened:
        case, when = opening.case_of_alert(opened, alert), opening.local_times(opened)
        of_alert = opened.alerts.finds_of(alert, case) if alert else None
        walked = opened.decisions.walked(case, status or (), Where(site, page), among=of_alert, after=after)
        shown = islice(walked, limit)
        documents = (sighting_document(one) for one in shown)
        if as_json:
            printing.emit_list("sightings", documents)
            return
        if as_csv:
            printing.emit_csv({name: value for name, value in row.items() if name != "addresses"} for row in documents)
            return
        tell_list(shown, when)
        rest = next(walked, None)
        is_all = not (status or site or page or alert or after or rest)
        figures = opened.alerts.figures(case) if is_all else None
    if rest is not None:
        printing.say(f"There are more: add --after {rest.number - 1}")
    if figures is not None and figures.all:
        from monitor.documents.figures import figures_words

        printing.say_wrapped(f"{figures_words(figures, when)}.")


@app.command("show")
def show(
    sightings: Finds = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="With the figures of the comparison.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Everything that is known of a find, with its whole addresses."""
    from monitor.documents.presence import looks_document
    from monitor.documents.sightings import sighting_document

    with opening.opened_to_read() as opened:
        case, when = opening.chosen_case(opened), opening.local_times(opened)
        found = [opened.decisions.find(given, case=case) for given in _some(sightings)]
        looks = [opened.decisions.looks_at(sighting) for sighting in found]
    if as_json:
        both = zip(found, looks, strict=True)
        documents = [sighting_document(one) | looks_document(look.planned, look.changes) for one, look in both]
        printing.emit({"sightings": documents})
        return
    for at, (sighting, look) in enumerate(zip(found, looks, strict=True)):
        if at:
            printing.out()
        tell_whole(sighting, look, when, verbose=verbose)


@app.command("confirm")
def confirm(
    sightings: Finds = None, page: OnPage = "", yes: options.YesOption = False, as_json: options.JsonOption = False
) -> None:
    """It is one of yours."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = _meant(opened, sightings, page, case, None)
        _ask_of_page(page, known, "Mark all of them as yours?", yes)
        _done(opened.decisions.decided(DecisionAct.CONFIRM, known, case=case), as_json)


@app.command("dismiss")
def dismiss(
    sightings: Finds = None, page: OnPage = "", yes: options.YesOption = False, as_json: options.JsonOption = False
) -> None:
    """It is not yours. The same picture stays quiet everywhere; what was sealed of it is removed a day later."""
    with opening.opened() as opened:
        case, when = opening.chosen_case(opened), opening.local_times(opened)
        known = _meant(opened, sightings, page, case, Decision.NOT_MINE)
        _ask_of_page(page, known, "Mark all of them as not yours? The same pictures then stay quiet everywhere.", yes)
        sheets = [path for one in known for path in opened.decisions.sheets_about(one)]
        done = opened.decisions.decided(DecisionAct.DISMISS, known, case=case)
        going = [one for one in done if opened.decisions.media_goes_at(one) is not None]
        goes_at = max((opened.decisions.media_goes_at(one) or opened.clock() for one in going), default=None)
    _done(done, as_json)
    if goes_at is not None:
        numbers = " ".join(str(one.number) for one in going)
        printing.say(f"The pictures that were sealed as evidence are removed after {when(goes_at)}, and not before.")
        printing.say(f"Until then a slip loses nothing: reupload-monitor sightings undo {numbers}")
    tell_sheets(sheets)


@app.command("leave")
def leave(
    sightings: Finds = None, page: OnPage = "", yes: options.YesOption = False, as_json: options.JsonOption = False
) -> None:
    """It is yours, but nothing is to be done about it here. Its evidence stays; elsewhere you are still told."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = _meant(opened, sightings, page, case, Decision.NOT_HERE)
        _ask_of_page(page, known, "Leave all of them alone here?", yes)
        sheets = [path for one in known for path in opened.decisions.sheets_about(one)]
        _done(opened.decisions.decided(DecisionAct.LEAVE, known, case=case), as_json)
    tell_sheets(sheets)


@app.command("undo")
def undo(sightings: Finds = None, as_json: options.JsonOption = False) -> None:
    """Take back what you said last: confirm, dismiss or leave."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in _some(sightings)]
        done = [opened.decisions.undo(sighting, case=case) for sighting in known]
        again = [one for one in done if opened.decisions.is_sealed_again(one)]
        had_drafts = any(opened.decisions.lost_a_draft(one) for one in done)
    _done(done, as_json)
    if again:
        numbers = number_words(one.number for one in again)
        printing.say(f"What was sealed of {numbers} had gone. The page is looked at again, to seal what still stands.")
    if had_drafts:
        printing.say("A draft that was not sent yet had been taken away. To make it anew:")
        printing.say("    reupload-monitor reports next --draft")


def _some(names: Sequence[str] | None) -> Sequence[str]:
    if not names:
        raise UsageError(
            "no find is named", remedy="Give its number: `reupload-monitor sightings list` shows the numbers."
        )
    return names


def _meant(
    opened: App, names: Sequence[str] | None, page: str, case: CaseId, word: Decision | None
) -> Sequence[Sighting]:
    """By name, else all on a page that this can be said of. Each once."""
    if names and page:
        raise UsageError("finds are named by number, or by --page: not both", remedy="Leave one of the two out.")
    if page:
        return opened.decisions.open_on_page(page, case=case, word=word)
    found = [opened.decisions.find(given, case=case) for given in _some(names)]
    return list({one.id: one for one in found}.values())


def _ask_of_page(page: str, known: Sequence[Sighting], question: str, yes: bool) -> None:
    """Raises NeedsUser unless the person says so."""
    if not page or yes:
        return
    many = f"{several(len(known), 'find', 'finds')} on that page: {number_words(one.number for one in known)}."
    decided = [one.number for one in known if one.status not in (Status.NEW, Status.REAPPEARED)]
    if decided:
        many += f" Of {number_words(decided)} you said something before."
    asking.confirmed(f"{many} {question}", yes, why=f"{many} It is asked before it is done")


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
def under_18(sightings: Finds = None, yes: options.YesOption = False, as_json: options.JsonOption = False) -> None:
    """Someone shown was or may have been under 18: all that was kept is removed but address and time. For good."""
    from monitor.documents.sightings import sighting_document

    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        before = [opened.decisions.find(given, case=case) for given in _some(sightings)]
        known = [sighting.id for sighting in before]
        asking.confirmed(
            f"Remove everything that was kept of {number_words(one.number for one in before)} but address and time? "
            "It cannot be undone.",
            yes,
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


def _done(changed: Sequence[Sighting], as_json: bool) -> None:
    if as_json:
        _emit(changed)
        return
    tell_changed(changed)


def _emit(sightings: Iterable[Sighting]) -> None:
    from monitor.documents.sightings import sighting_document

    printing.emit({"sightings": [sighting_document(sighting) for sighting in sightings]})

"""`sightings`: what was found, and what the person says about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from monitor.cli import common, files, printing
from monitor.model.sighting import Decision, Sighting, Status

app = typer.Typer(help="What was found, and your word on it. No picture is ever shown here.", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(help="Ids, or their beginnings.")]


@app.command("list")
def list_(
    status: Annotated[list[Status] | None, typer.Option(help="Only these; may be given several times.")] = None,
    as_json: common.JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One table for a spreadsheet on stdout.")] = False,
) -> None:
    """What was found, the newest last."""
    with common.opened() as opened:
        found = opened.decisions.all(common.chosen_case(opened))
    shown = [sighting for sighting in found if not status or sighting.status in status]
    if as_json:
        _emit(shown)
        return
    if as_csv:
        printing.emit_csv([row(sighting) for sighting in shown])
        return
    printing.table(
        ("id", "status", "tier", "label", "first seen", "last seen", "page"),
        [
            (
                item.id,
                _said(item),
                item.match.tier.value,
                item.match.label,
                printing.when(item.first_seen),
                printing.when(item.last_seen),
                _place(item),
            )
            for item in shown
        ],
    )
    printing.say(f"{len(shown)} sightings.")


@app.command("show")
def show(sightings: Ids, as_json: common.JsonOption = False) -> None:
    """Everything that is known of a sighting, in words."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        found = [opened.decisions.find(given, case=case) for given in sightings]
    if as_json:
        _emit(found)
        return
    for number, sighting in enumerate(found):
        if number:
            printing.out()
        for key, value in row(sighting).items():
            text = ", ".join(value) if isinstance(value, list) else value
            if key == "claim":
                text = _claim(sighting)
            if key in ("first_seen", "last_seen", "removed_at"):
                text = printing.when(value)
            printing.out(f"{key:12}  {printing.plain('-' if text in (None, '') else text)}")
        if sighting.place.title:
            printing.out(f"{'title':12}  {printing.plain(sighting.place.title)}")


@app.command("confirm")
def confirm(sightings: Ids, as_json: common.JsonOption = False) -> None:
    """It is one of yours."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.confirm(sighting, case=case) for sighting in known], as_json)


@app.command("dismiss")
def dismiss(sightings: Ids, as_json: common.JsonOption = False) -> None:
    """It is not yours. The same picture stays quiet everywhere; its sealed media is removed a day later."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.dismiss(sighting, case=case) for sighting in known], as_json)


@app.command("leave")
def leave(sightings: Ids, as_json: common.JsonOption = False) -> None:
    """It is yours, but nothing is to be done about it here. Its evidence stays; elsewhere you are still told."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.leave(sighting, case=case) for sighting in known], as_json)


@app.command("undo")
def undo(sightings: Ids, as_json: common.JsonOption = False) -> None:
    """Take back what you said last: confirm, dismiss or leave."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        known = [opened.decisions.find(given, case=case).id for given in sightings]
        _done([opened.decisions.undo(sighting, case=case) for sighting in known], as_json)


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="The page where you found it.")],
    adult: common.AdultOption = False,
    authorised: common.AuthorisedOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """File a link that you found yourself. Nothing is fetched."""
    with common.opened() as opened:
        case = common.chosen_case(opened)
        common.attested(opened, case, adult, authorised)
        _done([opened.decisions.add(url, case=case)], as_json)


@app.command("under-18")
def under_18(sightings: Ids, yes: common.YesOption = False, as_json: common.JsonOption = False) -> None:
    """Someone shown was or may have been under 18: all that was kept is removed but address and time. For good."""
    from monitor.guide import under_18_services

    with common.opened() as opened:
        case = common.chosen_case(opened)
        before = [opened.decisions.find(given, case=case) for given in sightings]
        known = [sighting.id for sighting in before]
        common.confirmed(
            f"Remove everything that was kept of {', '.join(known)} but its address and time? It cannot be undone.", yes
        )
        done = [opened.decisions.close_under_18(sighting, case=case) for sighting in known]
        closed = [opened.decisions.find(sighting, case=case) for sighting in known]
    if as_json:
        printing.emit({"sightings": [row(sighting) for sighting in closed], **files.rows([one.files for one in done])})
    else:
        printing.out(under_18_services().rstrip())
    total = len({sighting.id for one in done for sighting in one.sightings})
    printing.say(
        f"{total} closed: the store keeps only address and time. Nothing is fetched or drafted for them again."
    )
    if any(sighting.match.reference for sighting in before):
        printing.say("The photo that they show is no longer enrolled.")
    tell_closed([sighting for one in done for sighting in one.sightings])
    files.tell_strays(opened.settings)
    files.tell([one.files for one in done])


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


def _claim(sighting: Sighting) -> str:
    place = sighting.seen_at
    named = " ".join(part for part in (place.claimed_account, place.claimed_url) if part)
    return f"says it is from {named}: nobody has looked there yet, so it counts for nothing" if named else ""


def _done(changed: Sequence[Sighting], as_json: bool) -> None:
    if as_json:
        _emit(changed)
        return
    for sighting in changed:
        printing.out(f"{sighting.id}  {_said(sighting)}  {printing.plain(sighting.seen_at.page_url)}")


def _emit(sightings: Iterable[Sighting]) -> None:
    printing.emit({"sightings": [row(sighting) for sighting in sightings]})


def row(sighting: Sighting) -> dict[str, Any]:
    """As the contract has it."""
    place, match = sighting.seen_at, sighting.match
    return {
        "id": sighting.id,
        "incident": sighting.incident,
        "case": sighting.case,
        "watch": sighting.watch,
        "page_url": place.page_url,
        "image_url": place.image_url,
        "account": place.account,
        "reference": match.reference,
        "label": match.label,
        "tier": match.tier.value,
        "score": round(match.score, 4),
        "distance": match.distance,
        "method": match.method.value if match.method else None,
        "reason": match.reason,
        "status": sighting.status.value,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "removed_at": sighting.removed_at,
        "evidence": list(sighting.evidence),
        "reports": list(sighting.reports),
        "decision": sighting.decision.value if sighting.decision else None,
        "claim": {"url": place.claimed_url or None, "account": place.claimed_account or None}
        if place.claimed_url or place.claimed_account
        else None,
    }

"""`reports hosts`: who serves the places of your finds, and where each takes reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.cli.shown_at_once import SHOW, ShownAtOnce
from monitor.documents.times import utc_words
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.hosting import AbuseContact
    from monitor.services.hosting import HostOfFinds

_CALLED = {  # by HostPart
    "host": "host",
    "cdn": "CDN, which stands before the host",
    "registrar": "registrar of the name: the last resort",
}


app = typer.Typer(cls=ShownAtOnce, help="Who serves the places of your finds, and where each takes reports.")


@app.command(SHOW)
def show_hosts(
    sightings: Annotated[list[str] | None, typer.Argument(help="Only of these: numbers (or ids).")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask registries now about what is not known yet.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Who hosts the places of your finds, as registries publish it. The word may be left out."""
    from monitor.documents.hosting import hosting_document

    names = sightings or []

    async def work() -> tuple[Sequence[HostOfFinds], date]:
        async with opening.opened() if ask else opening.opened_to_read() as opened:
            case = opening.chosen_case(opened)
            found = await opened.hosting.ask(names, case=case) if ask else opened.hosting.known(names, case=case)
            return found, opened.clock().date()

    found, today = opening.run_async(work())
    if as_json:
        printing.emit({"hosts": [hosting_document(one.host, one.sightings, one.known) for one in found]})
        return
    for one in found:
        _tell(one, today)
    unknown = sum(one.known is None for one in found)
    printing.say(f"{several(len(found), 'host', 'hosts')}. Nothing was sent to any of them.")
    if unknown and not ask:
        printing.say(f"{several(unknown, 'is', 'are')} not known yet. The daemon asks, or you: reports hosts --ask")


@app.command("confirm")
def confirm(
    host: Annotated[str, typer.Argument(help="The host, as `reports hosts` writes it.")],
    email: Annotated[str, typer.Option(help="The mailbox that you read on the organisation's own page.")] = "",
    url: Annotated[str, typer.Option(help="The web address that you opened there.")] = "",
    guess: Annotated[
        bool, typer.Option("--guess", help="It is a guess of this program, and you did read it on their page.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """You opened the organisation's own page today, and it names this address for reports. Kept for this case, with the
    day: drafts to it say "send here"."""
    from monitor.documents.hosting import hosting_document

    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        one = opened.hosting.confirm(host, case=case, email=email, url=url, takes_guess=guess)
        today = opened.clock().date()
    if as_json:
        printing.emit({"hosts": [hosting_document(one.host, one.sightings, one.known)]})
    else:
        _tell(one, today)
    printing.say(f"Confirmed: {printing.plain(' and '.join(filter(None, (email, url))))}, {today.isoformat()}.")
    printing.say("It is kept for this case alone. Drafts made from now on use it.")


def _tell(one: HostOfFinds, today: date) -> None:
    known = one.known
    printing.out(f"{printing.plain(one.host)}  ({several(len(one.sightings), 'find', 'finds')})")
    if known is None:
        printing.out("    not asked yet")
        return
    printing.out(f"    asked {utc_words(known.asked_at)}; addresses: {', '.join(known.addresses) or 'not known'}")
    if known.waiting:
        printing.out(f"    still to be asked: {printing.plain(known.waiting)}")
    for contact in known.contacts:
        _tell_contact(contact, today)
        if contact.is_guess and not contact.desk:
            printing.out(
                f"        one draft to it, after your yes: reports draft {one.sightings[0]} --guess {contact.email}"
            )


def _tell_contact(contact: AbuseContact, today: date) -> None:
    from monitor.takedown.checked_contacts import is_old, offered_as

    printing.out(f"    {_CALLED[contact.part.value]}: {printing.plain(contact.name) or 'not known'}")
    if contact.desk:
        printing.out(f"        its own report channel is known: {contact.desk}")
    for address in filter(None, (contact.email, contact.url)):
        said = "A GUESS, published by nobody" if contact.is_guess else offered_as(contact).value
        printing.out(f"        {said}: {printing.plain(address)}")
    if contact.checked_on is not None:
        again = "; that is long ago, look again" if is_old(contact, today) else ""
        printing.out(f"        you read it on their own page on {contact.checked_on}{again}")
    if not contact.email and not contact.url:
        printing.out("        no address is published")
    printing.out(f"        {printing.plain(contact.why)}")
    if contact.source and contact.asked_at:
        printing.out(f"        from {printing.plain(contact.source)}, {utc_words(contact.asked_at)}")

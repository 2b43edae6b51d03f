"""`reports hosts`: who serves the places of your finds, and where each takes reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.documents.times import utc_words
from monitor.model.hosting import AbuseContact, HostPart
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.services.hosting import HostOfFinds

_CALLED = {
    HostPart.HOST: "host",
    HostPart.CDN: "CDN, which stands before the host",
    HostPart.REGISTRAR: "registrar of the name: the last resort",
}


def show_hosts(
    sightings: Annotated[list[str] | None, typer.Argument(help="Only of these: ids, or their beginnings.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask registries now about what is not known yet.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Who hosts the places of your finds, as registries publish it."""
    from monitor.documents.hosting import hosting_document

    names = sightings or []

    async def work() -> Sequence[HostOfFinds]:
        async with opening.opened() as opened:
            case = opening.chosen_case(opened)
            return await opened.hosting.ask(names, case=case) if ask else opened.hosting.known(names, case=case)

    found = opening.run_async(work())
    if as_json:
        printing.emit({"hosts": [hosting_document(one.host, one.sightings, one.known) for one in found]})
        return
    for one in found:
        _tell(one)
    unknown = sum(one.known is None for one in found)
    printing.say(f"{several(len(found), 'host', 'hosts')}. Nothing was sent to any of them.")
    if unknown and not ask:
        printing.say(f"{several(unknown, 'is', 'are')} not known yet. The daemon asks, or you: reports hosts --ask")


def _tell(one: HostOfFinds) -> None:
    known = one.known
    printing.out(f"{printing.plain(one.host)}  ({several(len(one.sightings), 'find', 'finds')})")
    if known is None:
        printing.out("    not asked yet")
        return
    printing.out(f"    asked {utc_words(known.asked_at)}; addresses: {', '.join(known.addresses) or 'not known'}")
    if known.waiting:
        printing.out(f"    still to be asked: {printing.plain(known.waiting)}")
    for contact in known.contacts:
        _tell_contact(contact)


def _tell_contact(contact: AbuseContact) -> None:
    printing.out(f"    {_CALLED[contact.part]}: {printing.plain(contact.name) or 'not known'}")
    if contact.desk:
        printing.out(f"        its own report channel is known: {contact.desk}")
    for address in filter(None, (contact.email, contact.url)):
        guess = "A GUESS, published by nobody: " if contact.is_guess else ""
        printing.out(f"        {guess}{printing.plain(address)}")
    if not contact.email and not contact.url:
        printing.out("        no address is published")
    printing.out(f"        {printing.plain(contact.why)}")
    if contact.source and contact.asked_at:
        printing.out(f"        from {printing.plain(contact.source)}, {utc_words(contact.asked_at)}")

"""A desk that the person names and that no draft goes to: why not, and whom to ask instead."""

from __future__ import annotations

from monitor.errors import UsageError
from monitor.hosts import host_of
from monitor.model.sighting import Sighting
from monitor.plain import plain
from monitor.services.case_view import CaseView
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.rdap.contacts import for_place
from monitor.takedown.routing import fitting_routes
from monitor.takedown.whose_desk import NETWORK, desks_of


def refuse_claimed(sighting: Sighting, channel: str, view: CaseView) -> None:
    """Raises UsageError for a desk of the site that the find is only said to be from."""
    claimed, place = sighting.place.claimed_url, sighting.place
    if not claimed:
        return
    there = FindToReport(sighting=sighting.id, page_url=claimed)
    seen = {route.channel.id for route in view.routes(sighting)}
    said = {route.channel.id for route in fitting_routes(there, view.jurisdiction, view.channels)}
    if channel in said - seen:
        raise UsageError(
            f"find {sighting.number} was not seen on {host_of(claimed)}: {host_of(place.page_url)} only says that it "
            "is from there, and nobody has looked yet",
            remedy=f"Let it be looked at (reupload-monitor watch run {sighting.watch}), or open the page yourself and, "
            "if the picture is there: reupload-monitor sightings add URL",
        )


def refuse_no_guess(find: FindToReport, address: str, view: CaseView) -> None:
    """Raises UsageError where nobody guesses this address for the find, or where its own desk is known."""
    known = (for_place(view.hosting[host], find.hosts) for host in find.hosts if host in view.hosting)
    contacts = [one for hosting in known for one in hosting.contacts if one.email]
    guesses = [one for one in contacts if one.is_guess]
    asked = next((one for one in guesses if one.email == address), None)
    if asked is None:
        is_published = any(one.email == address for one in contacts)
        how = "is published, so it is no guess," if is_published else "is no guess"
        named = " or ".join(f"--guess {one.email}" for one in guesses)
        raise UsageError(
            f"{plain(address)} {how} for find {find.sighting}",
            remedy=f"Guessed is: {named}"
            if named
            else f"What is known: reupload-monitor reports hosts {find.sighting}",
        )
    if address in view.dead:
        raise UsageError(
            f"a request to {address} came back: nobody reads it",
            remedy=f"Whom else to ask: reupload-monitor reports draft {find.sighting}",
        )
    if all(channel.id != NETWORK for channel in desks_of(asked, view.channels)):
        raise UsageError(
            f"{asked.name} has a report channel of its own, so no address is guessed",
            remedy=f"reupload-monitor reports draft {find.sighting} --channel {asked.desk}",
        )

"""`alerts show`: from the number in a message's subject to what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing

if TYPE_CHECKING:
    from monitor.documents.times import When
    from monitor.model.alert import Alert
    from monitor.model.sighting import Sighting

Number = Annotated[str, typer.Argument(help="As in the subject of the message: 3-K7, or WRBT-3-K7.")]


def show_alert(number: Number, as_json: options.JsonOption = False) -> None:
    """What a message was about: the finds behind the number in its subject."""
    from monitor.documents.alerts import alert_document
    from monitor.documents.sightings import sighting_document

    with opening.opened_to_read() as opened:
        case, when = opening.case_of_alert(opened, number), opening.local_times(opened)
        alert = opened.alerts.by_number(number, case)
        finds = sorted(opened.alerts.told_of(alert), key=lambda find: find.number)
    if as_json:
        printing.emit({"alert": alert_document(alert), "sightings": [sighting_document(find) for find in finds]})
        return
    for line in _told(alert, when):
        printing.out(line)
    for find in finds:
        printing.out()
        for line in _find(find, when):
            printing.out(line)
    if finds:
        printing.say()
        printing.say("All of one: reupload-monitor sightings show NUMBER")
        printing.say(f"As a list: reupload-monitor sightings list --alert {alert.number}")
    elif alert.sightings:
        printing.say("None of them is there any more.")


def _told(alert: Alert, when: When) -> Iterator[str]:
    from monitor.alerts.wording import in_short
    from monitor.model.alert import Delivery

    yield f"{alert.number}: {in_short(alert)}"
    yield f"  made {when(alert.created_at)}"
    match alert.delivery:
        case Delivery.SENT:
            yield f"  sent {when(alert.sent_at)}"
        case Delivery.PARTLY:
            yield f"  sent {when(alert.sent_at)}, and not with everybody yet"
        case Delivery.FOLDED:
            yield f"  {alert.last_error or 'told in another'}"
        case _:
            yield "  not sent yet"
    if alert.last_error and alert.delivery is not Delivery.FOLDED:
        yield f"  what went wrong: {printing.plain(alert.last_error, 300)}"


def _find(find: Sighting, when: When) -> Iterator[str]:
    label = f": {printing.plain(find.match.label, 60)}" if find.match.label and not find.under_18 else ""
    yield f"{find.number}  {find.status.value}{label}"
    yield f"    found {when(find.first_seen)}"
    yield f"    {printing.plain(find.seen_at.page_url)}"

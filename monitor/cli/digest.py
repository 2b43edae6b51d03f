"""`digest`: the weekly review, by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.errors import UsageError, WorkFailed

if TYPE_CHECKING:
    from monitor.alerts.outbox import Sending


def digest(
    since: Annotated[str, typer.Option(help="How far back: 7d, 24h, 4w.")] = "7d",
    send: Annotated[bool, typer.Option("--send", help="Send it through the alert channels too.")] = False,
    html: Annotated[bool, typer.Option("--html", help="HTML instead of text.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """The weekly review: new, seen again, gone, what could not be seen, what is due."""
    from monitor.tomlfile import seconds

    try:
        back = timedelta(seconds=seconds(since))
    except ValueError as error:
        raise UsageError(f"--since {since} {error}", remedy="For example --since 7d.") from error
    opening.run_async(_digest(back, send, html, as_json))


async def _digest(back: timedelta, send: bool, html: bool, as_json: bool) -> None:
    from monitor.alerts import digest_words
    from monitor.alerts.zone import zone_of
    from monitor.documents.digest import digest_document
    from monitor.model.settings import AlertDetail
    from monitor.services.watches import load_watches

    async with opening.opened() if send else opening.opened_to_read() as app:
        case, since = opening.chosen_case(app), app.clock() - back
        loaded = load_watches(app.settings)
        watching = app.watches.watching(loaded, case)
        built = app.alerts.digest(since, case=case, watching=watching)
        if as_json:
            printing.emit(digest_document(built))
        else:
            own = app.settings_of(case)
            chosen, zone = own.alerts, zone_of(own.digest.timezone)
            render = digest_words.render_html if html else digest_words.render_text
            printing.out(render(built, chosen, detail=AlertDetail.FULL, zone=zone, address=printing.plain).rstrip())
        if send:
            _tell_sent(await app.alerts.send_digest(since, case=case, watching=watching))


def _tell_sent(sending: Sending) -> None:
    if not sending.sent:
        raise WorkFailed(
            "the digest was not sent: " + ("; ".join(sending.errors) or "nothing took it"),
            remedy="It waits in the outbox and is tried again. Check the channels: reupload-monitor alerts test",
        )
    printing.say(" ".join(["Sent.", *sending.errors]))  # a later channel may have taken it: that is said

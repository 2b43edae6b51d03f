"""`alerts`: a harmless test through every channel; what was sent, what waits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

from monitor.cli import alerts_add, alerts_channels, alerts_show, opening, options, printing
from monitor.errors import MonitorError, UsageError, WorkFailed
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.channel_health import ChannelResult

app = typer.Typer(help="What you are told, and through what.", no_args_is_help=True)
app.command("add")(alerts_add.add)
app.command("remove")(alerts_channels.remove)
app.command("show")(alerts_show.show_alert)


@app.command("test")
def test(as_json: options.JsonOption = False) -> None:
    """Send a harmless alert through every channel, each on its own."""
    from monitor.clock import utc_now
    from monitor.services.alerts import try_channels

    installed = opening.settings()
    case, found = options.given.case or installed.case.id, installed
    if case != installed.case.id:
        with opening.opened(installed) as opened:
            case, found = opening.chosen_case(opened), opened.settings_of(case)
    if not found.alerts.urls:
        raise UsageError("no alert channel is set", remedy="Add one: reupload-monitor alerts add")
    results = opening.through_own(lambda own: try_channels(found, own, utc_now()))
    with contextlib.suppress(MonitorError), opening.opened(installed) as opened:  # tried without a store too
        opened.alerts.note_tried(results, case)
    if as_json:
        printing.emit(
            {"channels": [{"channel": item.name, "taken": item.taken, "error": item.error or None} for item in results]}
        )
    else:
        printing.table(("channel", "result"), [(item.name, _result(item)) for item in results])
    refused = [item.name for item in results if not item.taken]
    partly = [item for item in results if item.taken and item.error]
    if partly and not refused:
        raise WorkFailed(
            f"{len(partly)} of {len(results)} channels did not take it for every recipient",
            remedy="The others have it. Mend the recipient that is named by its place in the URL, or take it out.",
        )
    if refused:
        raise WorkFailed(
            f"{len(refused)} of {len(results)} channels did not take it",
            remedy="Check the URL of each: address, port, user name and password. "
            "https://appriseit.com/services/ has the form of each.",
        )
    printing.say("Every channel took it. Look whether it arrived, in the spam folder too.")


def _result(item: ChannelResult) -> str:
    if item.taken:
        return f"taken, but not for all: {item.error}" if item.error else "taken"
    return item.error


@app.command("list")
def list_(as_json: options.JsonOption = False) -> None:
    """The channels, what was sent, what waits."""
    from monitor.documents.alerts import alert_document
    from monitor.services.alert_channels import channel_lines
    from monitor.services.alerts import NEWEST

    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        found, waiting = opened.alerts.newest_and_open(case), opened.alerts.waiting(case)
        settings, when = opened.settings_of(case), opening.local_times(opened)
    if as_json:
        channels = alerts_channels.channels_document(channel_lines(settings))
        printing.emit({"channels": channels, "alerts": [alert_document(alert) for alert in found]})
        return
    alerts_channels.print_channels(settings)
    printing.table(
        ("alert", "kind", "state", "finds", "made", "sent", "last error"),
        [
            (
                alert.number,
                alert.kind.value,
                alert.delivery.value,
                alert.count,
                when(alert.created_at),
                when(alert.sent_at),
                alert.last_error,
            )
            for alert in found
        ],
    )
    printing.say(
        f"{several(len(found), 'alert', 'alerts')}: the newest {NEWEST} and all that wait. Waiting: {waiting}."
    )

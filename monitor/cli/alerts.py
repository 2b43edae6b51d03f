"""`alerts`: a harmless test through every channel; what was sent, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from monitor.cli import common, printing
from monitor.errors import UsageError, WorkFailed

if TYPE_CHECKING:
    from monitor.model.alert import Alert
    from monitor.model.settings import Settings
    from monitor.outbound.alerts.channel import ChannelResult
    from monitor.ports import Alerts

NEWEST = 200  # a screen is read by a person; what waits is always listed

app = typer.Typer(help="What you are told, and through what.", no_args_is_help=True)


@app.command("test")
def test(as_json: common.JsonOption = False) -> None:
    """Send a harmless alert through every channel, each on its own."""
    found = common.settings()
    if not found.alerts.urls:
        raise UsageError("no alert channel is set", remedy="Add Apprise URLs to config.toml: [alerts] urls = [...].")
    results = common.run_async(_test(found))
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


async def _test(found: Settings) -> list[ChannelResult]:
    from monitor.alerts.outbox import new_alert
    from monitor.alerts.wording import render
    from monitor.clock import utc_now
    from monitor.model.alert import AlertKind
    from monitor.outbound.alerts.channel import AppriseChannel

    now = utc_now()
    alert = new_alert(AlertKind.TEST, case=found.case.id, subject="", now=now, not_before=now)
    words = render(alert, [], found.alerts)
    channel = AppriseChannel(found)
    try:
        return list(
            await channel.test(title=words.subject, text=words.text, html=words.html, message_id=alert.message_id)
        )
    finally:
        await channel.aclose()


@app.command("list")
def list_(as_json: common.JsonOption = False) -> None:
    """What was sent, what waits."""
    with common.opened() as opened:
        case = common.chosen_case(opened.store, opened.settings)
        found = _newest_and_open(opened.store.alerts, case)
        waiting = opened.store.alerts.outstanding(case).waiting
    if as_json:
        printing.emit(
            {
                "alerts": [
                    {
                        "id": alert.id,
                        "case": alert.case,
                        "kind": alert.kind.value,
                        "state": alert.delivery.value,
                        "urgent": alert.urgent,
                        "count": alert.count,
                        "sightings": list(alert.sightings),
                        "created_at": alert.created_at,
                        "not_before": alert.not_before,
                        "sent_at": alert.sent_at,
                        "attempts": alert.attempts,
                        "message_id": alert.message_id,
                        "error": alert.last_error or None,
                    }
                    for alert in found
                ]
            }
        )
        return
    printing.table(
        ("alert", "kind", "state", "finds", "made", "sent", "last error"),
        [
            (
                alert.id,
                alert.kind.value,
                alert.delivery.value,
                alert.count,
                printing.when(alert.created_at),
                printing.when(alert.sent_at),
                alert.last_error,
            )
            for alert in found
        ],
    )
    printing.say(f"{len(found)} alerts: the newest {NEWEST} and all that wait. {waiting} wait.")


def _newest_and_open(alerts: Alerts, case: str) -> list[Alert]:
    newest = alerts.all(case, newest=NEWEST)
    known = {alert.id for alert in newest}
    return [*newest, *(alert for alert in alerts.open(case) if alert.id not in known)]

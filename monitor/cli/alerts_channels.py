"""The channels in `alerts list`, and `alerts remove`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.services.alert_channels import ChannelLine

NO_CHANNEL = "no channel is set: nobody is told of anything. Add one: reupload-monitor alerts add"


def remove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `alerts list` numbers them.")],
    yes: options.YesOption = False,
) -> None:
    """Take a channel out, and the file with its password."""
    from monitor.services.alert_channels import channel_lines, remove_channel, shown_file

    found = opening.settings()
    lines = channel_lines(found)
    shown, stands_in = next(((line.leads_to, line.stands_in) for line in lines if line.place == number), ("", ""))
    if shown:
        last = " It is the only one: nobody would be told of anything then." if len(lines) == 1 else ""
        asking.confirmed(f"Take out channel {number} ({shown})?{last}", yes)
    secret = remove_channel(found, number)
    printing.out(f"removed  {shown}")
    if secret is not None:
        printing.out(f"secret   {shown_file(found, secret)} is gone")
    elif stands_in.startswith("secrets/"):
        printing.say(f"The file with its password stays: {stands_in} is not one that this command may remove.")
    if len(lines) == 1:
        printing.say(NO_CHANNEL[:1].upper() + NO_CHANNEL[1:])


def print_channels(found: Settings) -> None:
    from monitor.services.alert_channels import channel_lines

    lines = channel_lines(found)
    if not lines:
        printing.say(NO_CHANNEL[:1].upper() + NO_CHANNEL[1:])
        return
    printing.table(
        ("channel", "leads to", "only for", "address in"),
        [(line.place, line.leads_to, ", ".join(line.tags), line.stands_in) for line in lines],
    )
    if len(lines) > 1:
        each = "each gets each alert" if found.alerts.send == "all" else "tried in this order until one takes it"
        printing.say(f"{several(len(lines), 'channel', 'channels')}, {each} ([alerts] send).")
    printing.say()


def channels_document(lines: Sequence[ChannelLine]) -> list[dict[str, object]]:
    return [
        {"channel": line.place, "kind": line.kind, "leads_to": line.leads_to, "tags": list(line.tags)} for line in lines
    ]

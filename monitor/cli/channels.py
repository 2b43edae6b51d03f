"""`reports channels`: the desks that take reports, how old what is known of them is, and what you found there."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.cli.shown_at_once import SHOW, ShownAtOnce
from monitor.plain import several

_WIDTH = 78

app = typer.Typer(
    cls=ShownAtOnce, help="The desks that take reports, and how far their addresses can be relied on. One: its id."
)


@app.command(SHOW)
def show_channels(
    channel: Annotated[str | None, typer.Argument(help="The id of one; without it, all.")] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only those to look at again: old or undated, or not as they should be.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """All of them, or one with everything that is known of it. The word may be left out."""
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        service = opened.desks
        found = (service.one(case, channel),) if channel else service.listed(case, stale=stale)
    if as_json:
        from monitor.takedown.channel_document import channel_document

        rows = [
            channel_document(one.channel, offered=one.offered_words, is_stale=one.is_stale, look=one.look)
            for one in found
        ]
        printing.emit({"channels": rows})
    elif channel:
        from monitor.takedown.channel_document import channel_rows

        (one,) = found
        for name, text in channel_rows(one.channel, offered=one.offered_words, again=one.why_again, look=one.look):
            for line in _row(name, text):
                printing.out(line)
    else:
        printing.table(
            ("channel", "kind", "offered as", "copy of", "look again", "name"),
            [
                (
                    one.channel.id,
                    one.channel.kind.value,
                    one.offered_words,
                    one.channel.source_copy_date,
                    one.why_again,
                    one.channel.name,
                )
                for one in found
            ],
        )
        printing.say(f"{several(len(found), 'channel', 'channels')}. `reports channels ID` shows one.")


@app.command("confirm")
def confirm(
    channel: Annotated[str, typer.Argument(help="The id of the channel.")],
    url: Annotated[str, typer.Option(help="Its address, where it is another one now.")] = "",
    email: Annotated[str, typer.Option(help="Its mailbox, as the organisation's own page names it.")] = "",
    category: Annotated[str, typer.Option(help="What to choose there, where it is called otherwise now.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """You opened its page today, and it takes such reports. Kept in channels.d, with the day."""
    with opening.opened() as opened:
        case, service = opening.chosen_case(opened), opened.desks
        confirmed, file = service.confirm(channel, case=case, url=url, email=email, category=category)
        now = service.as_it_stands(case, confirmed)
    if as_json:
        from monitor.takedown.channel_document import channel_document

        row = channel_document(now.channel, offered=now.offered_words, is_stale=now.is_stale, look=now.look)
        printing.emit({"channels": [row]})
    printing.say(f"Confirmed: {printing.plain(confirmed.url or confirmed.email)}, {confirmed.source_copy_date}.")
    printing.say(f"It stands in {printing.plain(str(file))}. Drafts made from now on use it.")


def _row(name: str, text: str) -> list[str]:
    indent = " " * 15
    wrapped = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"{name}:".ljust(15),
        subsequent_indent=indent,
        break_long_words=False,  # an address stays whole, to be copied
        break_on_hyphens=False,
    )
    return [line.rstrip() for line in wrapped]

"""`guide`: what to do now. Needs no configuration, no store, no network."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import printing


def guide(
    topic: Annotated[
        str | None,
        typer.Argument(help="evidence, report, accounts, hash-services, extortion, under-18 or support."),
    ] = None,
) -> None:
    """What to do now, step by step. Works without any set-up."""
    from monitor import guide as texts

    printing.out(texts.text(topic).rstrip())

"""`demo`: the whole job in one go, on what ships with the program."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, printing
from monitor.errors import WorkFailed

if TYPE_CHECKING:
    from monitor.demo.summary import DemoSummary


def demo(
    out: Annotated[Path | None, typer.Option(help="Where everything is left; default: a folder that it names.")] = None,
    keep_serving: Annotated[
        bool, typer.Option("--keep-serving", help="Leave the site up until Ctrl-C, to try other commands on it.")
    ] = False,
) -> None:
    """The whole job on photos and a small site that ship with the program, on this machine only."""
    from monitor.demo.run import run_demo
    from monitor.demo.summary import summary_text

    def show(summary: DemoSummary) -> None:
        printing.out(summary_text(summary).rstrip())
        if keep_serving:
            printing.say("The site stands until you press Ctrl-C.")

    with _bar() as progress:
        summary = opening.run_async(run_demo(out, keep_serving=keep_serving, progress=progress, show=show))
    if not summary.as_promised:
        raise WorkFailed(
            "the demo did not find what it should have found, or found too much",
            remedy="The summary above says what. This is a fault of the program: please report it.",
        )


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _text, _share: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:40}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def progress(text: str, share: float) -> None:
            bar.update(task, completed=share, description=escape(printing.plain(text, 40)))

        yield progress

"""How far a command is: a counter on stderr, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from monitor.cli import printing


@contextmanager
def progress(words: str) -> Iterator[Callable[[object], None]]:
    """A counter on stderr, on a terminal only. Call it with what is being looked at."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words)

        def step(what: object) -> None:
            shown = escape(printing.plain(what, 60))
            bar.update(task, advance=1, description=f"{words}: {shown}")

        yield step

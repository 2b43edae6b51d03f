"""How far a command is: on stderr, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from monitor.cli import printing

if TYPE_CHECKING:
    from rich.progress import Progress


class Counter(Protocol):
    """Call it with what is being looked at."""

    def __call__(self, what: object, /) -> None: ...

    def of(self, total: int, /) -> None:
        """So many there will be: from here on the end is in sight."""


class _Unseen:
    def __call__(self, what: object) -> None: ...

    def of(self, total: int) -> None: ...


class _Seen:
    def __init__(self, bar: Progress, words: str) -> None:
        self._bar, self._words, self._begun = bar, words, 0
        self._task = bar.add_task(words, total=None)

    def __call__(self, what: object) -> None:
        from rich.markup import escape

        self._begun += 1
        shown = escape(printing.plain(what, 40))
        total = self._bar.tasks[0].total
        done = self._begun if total is None else self._begun - 1  # the one in hand is not done yet
        self._bar.update(self._task, completed=done, description=f"{self._words}: {shown}")

    def of(self, total: int) -> None:
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

        self._bar.columns = (
            TextColumn("{task.completed:.0f} of {task.total:.0f}"),
            BarColumn(bar_width=12),
            TimeRemainingColumn(compact=True),
            TextColumn("left  {task.description}"),
        )
        self._bar.update(self._task, total=total)


@contextmanager
def progress(words: str) -> Iterator[Counter]:
    """A counter on stderr, on a terminal only; with a bar and the time left once it is told how many there are."""
    if not sys.stderr.isatty():
        yield _Unseen()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Seen(bar, words)

"""Long texts on a terminal, a screen at a time; never where something else reads them."""

from __future__ import annotations

import os
import shutil
import sys

from monitor.cli import printing

PROMPT = "Space\\: go on   b\\: back   q\\: leave"
"""Of `less`, whose own is a colon."""


def is_paged() -> bool:
    """Whether somebody sits there who can press keys."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show_paged(text: str) -> None:
    """With $PAGER, else `less` or `more`, where it is longer than the screen; printed where none of these can be had,
    or where it failed. An empty $PAGER, or `cat`, pages nothing."""
    lines = shutil.get_terminal_size().lines
    words = _pager() if text.count("\n") + 2 > lines else []  # the last line is the shell's
    if not words or not _shown_by(words, text):
        printing.out(text)


def _pager() -> list[str]:
    """[]: none."""
    import shlex

    named = os.environ.get("PAGER")
    if named is not None:
        try:
            return shlex.split(named)
        except ValueError:  # a quote without its other one
            return []
    return next(([found] for name in ("less", "more") if (found := shutil.which(name))), [])


def _shown_by(words: list[str], text: str) -> bool:
    """Whether it was: not by a pager that cannot be started or fails; by one that was left with Ctrl-C it was."""
    import contextlib
    import signal
    import subprocess

    environ = {"LESS": f"-PM{PROMPT}$-Ps{PROMPT}$", **os.environ, "LESSSECURE": "1", "LESSHISTFILE": "-"}
    try:
        pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=environ)  # noqa: S603 - the person's own program
    except OSError:
        return False
    pressed = list[int]()  # Ctrl-C is for the pager, which decides what it means
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        with contextlib.suppress(BrokenPipeError):  # left before the end
            pager.communicate((printing.safe_lines(text) + "\n").encode())
        pager.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return pager.returncode == 0 or bool(pressed)

"""The only way to the terminal: results to stdout, talk to stderr, nothing from outside as terminal code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TextIO

from monitor.documents.tables import csv_text
from monitor.documents.times import rfc3339
from monitor.errors import MonitorError, UnderAge
from monitor.plain import is_unsafe
from monitor.plain import plain as plain  # what every command prints with

_COLUMNS = 80
"""Of a terminal that does not say how wide it is."""


def out(text: str = "") -> None:
    """A result. Lines are kept; whatever else could steer a terminal is not, even where `plain` was forgotten."""
    _write(sys.stdout, safe_lines(text))


def say(text: str = "") -> None:
    """Talk: hints, progress in words, warnings."""
    _write(sys.stderr, safe_lines(text))


def prompt(text: str) -> None:
    """Talk without an end of line: what is typed stands behind it."""
    _write(sys.stderr, safe_lines(text), end="")


def out_wrapped(text: str, *, under: int = 0) -> None:
    """A result in one sentence or a few, in lines as wide as the terminal; one line elsewhere. under: blanks before
    each line but the first."""
    out(_wrapped(text, _columns(), under))


def say_wrapped(text: str) -> None:
    """Talk, in lines as wide as the terminal; one line elsewhere."""
    say(_wrapped(text, _columns(sys.stderr)))


def _wrapped(text: str, columns: int | None, under: int = 0) -> str:
    import textwrap

    if columns is None:
        return text
    return textwrap.fill(text, columns, subsequent_indent=" " * under, break_long_words=False, break_on_hyphens=False)


def from_home(path: object) -> str:
    """A path as a person writes it, `~` for her own folder; or words with one in them."""
    home = os.path.expanduser("~")
    return str(path).replace(f"{home}/", "~/") if len(home) > 1 else str(path)


def emit(document: object) -> None:
    """The one JSON document of `--json`."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=_as_json)
    _write(sys.stdout, _escaped(text))


def emit_list(name: str, documents: Iterable[object]) -> None:
    """The one JSON document of `--json` that is a list alone, written as it comes: as `emit({name: [...]})`."""
    written = False
    for document in documents:
        text = json.dumps(document, indent=2, ensure_ascii=False, default=_as_json)
        opening = ",\n" if written else f"{{\n  {json.dumps(name)}: [\n"
        _write(sys.stdout, opening + "    " + _escaped(text).replace("\n", "\n    "), end="")
        written = True
    _write(sys.stdout, "\n  ]\n}" if written else f"{{\n  {json.dumps(name)}: []\n}}")


def emit_csv(rows: Iterable[dict[str, object]]) -> None:
    """The one table of `--csv`, RFC 4180, times as in JSON. A cell that a spreadsheet would take for a formula gets an
    apostrophe before it (OWASP, CSV injection)."""
    every = iter(rows)
    first = next(every, None)
    if first is not None:
        _write(sys.stdout, csv_text(list(first), chain([first], every)).rstrip("\n"))


def _escaped(text: str) -> str:
    """Bidi and control characters as escapes: the same JSON, and harmless on a terminal."""
    return "\n".join(line if line.isprintable() else _escaped_line(line) for line in text.split("\n"))


def _escaped_line(line: str) -> str:
    """Nothing that is printable is unsafe, and nearly all lines are."""
    return "".join(_json_escape(letter) if is_unsafe(letter) else letter for letter in line)


def _json_escape(letter: str) -> str:
    return json.dumps(letter)[1:-1] if ord(letter) != 127 else "\\u007f"


def safe_lines(text: str) -> str:
    """Lines are kept; whatever else could steer a terminal is not."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _write(stream: TextIO, text: str, end: str = "\n") -> None:
    """UTF-8 whatever the locale says; file names that are no UTF-8 as escapes."""
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # a test's own stream
        stream.write(text + end)
    else:
        buffer.write(text.encode("utf-8", errors="backslashreplace") + end.encode())
    stream.flush()


def table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, shorten: Callable[[str, int], str] | None = None
) -> None:
    """Columns for people, two blanks apart; the last one is not padded. shorten: makes a cell of the last one fit the
    room that a terminal leaves it. Without it nothing is cut: where a terminal has no room for all columns, the last
    ones stand below their row, each with its head."""
    cells = [[plain("-" if cell in (None, "") else cell) for cell in row] for row in rows]
    if not cells:
        return
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    columns = _columns()
    if shorten is not None and columns:
        room = columns - sum(widths[:-1]) - 2 * len(widths[:-1])
        cells = [[*row[:-1], shorten(row[-1], room)] for row in cells]
    beside = len(heads) if shorten is not None or not columns else _that_fit(widths, columns)
    for number, row in enumerate([list(heads), *cells]):
        padded = [cell.ljust(width) for cell, width in zip(row[: beside - 1], widths, strict=False)]
        out("  ".join([*padded, row[beside - 1]]).rstrip())
        if number and columns:
            _below(heads[beside:], row[beside:], columns)


def _that_fit(widths: Sequence[int], columns: int) -> int:
    """How many of the first columns have room beside each other; one at least."""
    beside, taken = 1, widths[0]
    while beside < len(widths) and taken + 2 + widths[beside] <= columns:
        taken += 2 + widths[beside]
        beside += 1
    return beside


def _below(heads: Sequence[str], row: Sequence[str], columns: int) -> None:
    """As many to a line as fit; what there is none of is left out."""
    line = ""
    for part in (f"{head}: {cell}" for head, cell in zip(heads, row, strict=True) if cell != "-"):
        if line and len(line) + 2 + len(part) > columns:
            out(line)
            line = ""
        line = f"{line}, {part}" if line else f"    {part}"
    if line:
        out(line)


def _columns(stream: TextIO | None = None) -> int | None:
    """Of the terminal that results (or that stream) go to; None where they go elsewhere."""
    stream = stream or sys.stdout
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS if stream.isatty() else None
    except (OSError, ValueError):  # a test's own stream
        return None


def error(problem: MonitorError) -> None:
    """What happened and why, then what to do; where somebody may be under 18, only the services made for that."""
    say(f"error: {problem}")
    if problem.remedy:
        say(problem.remedy)
    if isinstance(problem, UnderAge):
        say()
        say(services_for_minors())


def services_for_minors() -> str:
    """Only the services made for pictures of minors."""
    from monitor.clock import utc_now
    from monitor.services import guide_pages

    return guide_pages.under_18_services(utc_now().date()).rstrip()


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return str(value)

"""What a TOML file looks like before it is parsed: whether a person may have typed it, and on which line each key
stands.

Python's reader keeps no line numbers, takes quadratic time for a key of many dots and recurses with brackets. Both
looks here go once through the text, in time that grows with its length alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_NESTING = 8  # brackets in brackets
MAX_DOTS = 8  # of one key or table name: `a.b.c` has two
MAX_LINES = 100_000
MAX_KEYS = 60_000  # keys, tables and the dots in their names; ten thousand watches have fewer
MAX_COMMAS = 50_000  # entries of lists and inline tables

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Oddity:
    line: int
    what: str
    right: str


# A text in quotes, a comment, or one sign that gives the file its shape. Each begins with another sign, and none can be
# read in two ways (`++`, `*+` never give back), so nothing is tried twice.
_PARTS = re.compile(
    r"""
      (?P<long> \"\"\" (?: [^"\\]++ | \\. | "(?!"") )*+ \"\"\"+ | ''' (?: [^']++ | '(?!'') )*+ '''+ )
    | (?P<short> " (?: [^"\\\n]++ | \\[^\n] )*+ " | ' [^'\n]*+ ' )
    | (?P<comment> \#[^\n]*+ )
    | (?P<sign> [\[\]{}=,.\n"'] )
    """,
    re.VERBOSE | re.DOTALL,
)


def with_comments(text: str, change: Callable[[str], str]) -> str:
    """The same, with each comment as `change` gives it. For what parses."""
    return _PARTS.sub(lambda part: change(part[0]) if part.lastgroup == "comment" else part[0], text)


def oddity(text: str) -> Oddity | None:
    """The first thing that nobody types; None for what may be parsed. A text whose quotes do not end is left to the
    parser, which stops there too."""
    if text.count("\n") > MAX_LINES:
        return Oddity(MAX_LINES, f"has more than {MAX_LINES} lines", "Split it into several files.")
    line, depth, dots, keys, commas = 1, 0, 0, 0, 0
    for part in _PARTS.finditer(text):
        found = part[0]
        if part.lastgroup == "long":
            line += found.count("\n")
            continue
        if part.lastgroup != "sign":
            continue
        if found in "\"'":
            return None
        if found == ".":
            dots, keys = dots + 1, keys + 1
            if dots > MAX_DOTS:
                return Oddity(line, f"has a key with more than {MAX_DOTS} dots", "Tables are at most a few names deep.")
            continue
        dots = 0
        if found == "\n":
            line += 1
        elif found in "[{":
            depth += 1
            keys += depth == 1
            if depth > MAX_NESTING:
                return Oddity(line, f"has more than {MAX_NESTING} brackets in each other", "Lists and tables are flat.")
        elif found in "]}":
            depth = max(0, depth - 1)
        elif found == "=":
            keys += 1
        else:
            commas += 1
        if keys > MAX_KEYS or commas > MAX_COMMAS:
            return Oddity(line, "has more keys or list entries than anybody types", "Split it into several files.")
    return None


_TABLE = re.compile(r"[ \t]*(\[\[?)([^\[\]#]++)\]")
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"]*+"|'[^']*+')"""
_KEY = re.compile(rf"""[ \t]*({_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+)[ \t]*+=""")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Path of every table and key that begins a line -> its line, counted from 1. Entries of `[[name]]` have
    their number in the path: ("watch", 0, "url")."""
    lines: dict[KeyPath, int] = {}
    counts: dict[str, int] = {}
    table: KeyPath = ()
    fence = ""  # the three quotes that end a text over several lines
    for number, line in enumerate(text.split("\n"), start=1):
        if fence:
            if fence in line:
                fence = ""
            continue
        if header := _TABLE.match(line):
            names = _split_key(header[2])
            if not names:
                continue
            if header[1] == "[[":
                dotted = ".".join(names)
                table = (*names, counts.get(dotted, 0))
                counts[dotted] = counts.get(dotted, 0) + 1
                lines.setdefault(tuple(names), number)
            else:
                first = names[0]
                table = (first, counts[first] - 1, *names[1:]) if first in counts else tuple(names)
            lines.setdefault(table, number)
            continue
        if key := _KEY.match(line):
            path: KeyPath = table
            for name in _split_key(key[1]):
                path = (*path, name)
                lines.setdefault(path, number)
            line = line[key.end() :]
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                fence = quotes
    return lines


def _split_key(dotted: str) -> list[str]:
    parts = re.findall(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""", dotted)
    return [part.strip("\"'") for part in parts]

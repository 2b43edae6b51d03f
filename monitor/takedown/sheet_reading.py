"""A sheet as `sheets.py` wrote it, taken apart again: what is said to the person, and the blocks that are meant for the
desk. Pure. What a person changed in it is read as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.takedown.sheet_layout import AFTER_BLOCKS, BEFORE_BLOCKS, LABEL_COLUMNS, RULE_LENGTH, RULE_SIGNS
from monitor.takedown.words import WIDTH

_ITEM = "- "


@dataclass(frozen=True, slots=True)
class SheetPart:
    """words: what stands before the block, a sentence, a label or a whole item each; items keep their `- `. block: to
    be copied as it stands; None behind the last one."""

    words: tuple[str, ...]
    block: str | None = None

    @property
    def label(self) -> str:
        """What says which field the block is for."""
        return self.words[-1] if self.words else ""


@dataclass(frozen=True, slots=True)
class SheetList:
    """What the sheet lists under a title: what to know before it is sent, say."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetRead:
    """about: what stands at its head, a sentence or a labelled line each. lists: what is to be known before it is sent.
    parts: each with its block. The commands behind the last block are left out: whoever reads this has a page."""

    about: tuple[str, ...]
    lists: tuple[SheetList, ...]
    parts: tuple[SheetPart, ...]


def read_sheet(text: str) -> SheetRead:
    lines = text.splitlines()
    rule = next((line for line in lines if _is_rule(line)), "")
    parts = tuple(_parts(lines, rule)) if rule else (SheetPart(tuple(_words(lines))),)
    first = parts[0].words
    cut = next((at for at, line in enumerate(first) if line in BEFORE_BLOCKS), 0)
    about = first[: cut or (0 if rule else len(first))]
    blocks = [SheetPart(first[len(about) :], parts[0].block), *parts[1:]]
    lists = _lists(about)
    titled = {one.title for one in lists} | {f"{_ITEM}{item}" for one in lists for item in one.items}
    others = tuple(line for line in about if line not in titled)
    return SheetRead(others, lists, tuple(part for part in blocks if part.block is not None))


def _lists(words: Sequence[str]) -> tuple[SheetList, ...]:
    """Items that stand together, under the line above them."""
    found: list[tuple[str, list[str]]] = []
    for before, line in pairwise(["", *words]):
        if line.startswith(_ITEM):
            if not before.startswith(_ITEM):
                found.append((before, []))
            found[-1][1].append(line.removeprefix(_ITEM))
    return tuple(SheetList(title, tuple(items)) for title, items in found)


def _is_rule(line: str) -> bool:
    return len(line) == RULE_LENGTH and line[0] in RULE_SIGNS and set(line) == {line[0]}


def _parts(lines: Sequence[str], rule: str) -> Iterator[SheetPart]:
    """A rule opens a block and the next one ends it: it stands in no value of the draft."""
    words, block, inside = list[str](), list[str](), False
    for line in lines:
        if line == rule and inside:
            yield SheetPart(tuple(_words(words)), "\n".join(block))
            words, block, inside = [], [], False
        elif line == rule:
            inside = True
        else:
            (block if inside else words).append(line)
    words += block if inside else []
    yield SheetPart(tuple(_words(words)))


def _words(lines: Sequence[str]) -> Iterator[str]:
    """Each sentence, label or item whole again."""
    held, before = "", ""
    for line in lines:
        if line == AFTER_BLOCKS:
            break
        if held and _goes_on(before, line):
            held = f"{held} {_one_line(line)}"
        else:
            if held:
                yield held
            held = _one_line(line)
        before = line
    if held:
        yield held


def _goes_on(before: str, line: str) -> bool:
    """A line was broken where the next word had no room beside its margin. One with a label of its own begins anew."""
    if not line.strip() or line.startswith(_ITEM) or line[:LABEL_COLUMNS].rstrip().endswith(":"):
        return False
    margin = len(line) - len(line.lstrip(" "))
    taken = LABEL_COLUMNS if margin == LABEL_COLUMNS else len(before) - len(before.lstrip(" "))
    return len(before) - taken + 1 + len(line.split(maxsplit=1)[0]) > WIDTH - margin


def _one_line(line: str) -> str:
    return " ".join(line.split())

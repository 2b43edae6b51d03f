"""The guide's texts as parts, for a page: headings, paragraphs, lists, and within them code and addresses. The texts
are our own, and as plain as `guide/__init__.py` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from monitor.guide.desks import blocks_of


class GuidePart(StrEnum):
    TEXT = "text"
    CODE = "code"
    ADDRESS = "address"  # of a page or mailbox outside


@dataclass(frozen=True, slots=True)
class GuideWords:
    part: GuidePart
    text: str


@dataclass(frozen=True, slots=True)
class GuideBlock:
    """level: of a heading, 1 is the page's own; 0 elsewhere. lines: of a list its items, else one."""

    lines: tuple[tuple[GuideWords, ...], ...]
    level: int = 0
    is_list: bool = False
    is_numbered: bool = False


_ITEM = re.compile(r"(?:[-*]|[0-9]+\.) +")
_IN_LINE = re.compile(r"`(?P<code>[^`]+)`|(?P<address>https?://[^\s,)]*[^\s,).;:]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")


def read_guide(text: str) -> tuple[GuideBlock, ...]:
    blocks: list[GuideBlock] = []
    for block in filter(None, blocks_of(text)):
        if found := re.match(r"(#+) +", block):
            blocks.append(GuideBlock((_words(block[found.end() :]),), level=len(found[1])))
        elif item := _ITEM.match(block):
            line = _words(block[item.end() :])
            is_numbered = item[0][0].isdigit()
            goes_on = bool(blocks) and (blocks[-1].is_list, blocks[-1].is_numbered) == (True, is_numbered)
            before = blocks.pop().lines if goes_on else ()
            blocks.append(GuideBlock((*before, line), is_list=True, is_numbered=is_numbered))
        else:
            blocks.append(GuideBlock((_words(block),)))
    return tuple(blocks)


def _words(text: str) -> tuple[GuideWords, ...]:
    return tuple(_split(" ".join(text.split())))


def _split(text: str) -> Iterator[GuideWords]:
    last = 0
    for found in _IN_LINE.finditer(text):
        if before := text[last : found.start()]:
            yield GuideWords(GuidePart.TEXT, before)
        if found["code"]:
            yield GuideWords(GuidePart.CODE, found["code"])
        else:
            yield GuideWords(GuidePart.ADDRESS, found["address"])
        last = found.end()
    if rest := text[last:]:
        yield GuideWords(GuidePart.TEXT, rest)

"""Addresses and numbers as lists show them."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.plain import plain

_LEAST = 12  # signs that are left of an address, whatever the room


def short_address(url: str, room: int) -> str:
    """One line of at most `room` signs: the host and the end stay, for these tell addresses apart. Whole, it can be
    copied; shortened, it is without its scheme."""
    whole, room = plain(url), max(room, _LEAST)
    if len(whole) <= room:
        return whole
    bare = whole.partition("://")[2] or whole
    if len(bare) <= room:
        return bare
    host, slash = bare.partition("/")[:2]
    kept = min(len(host) + len(slash), room * 2 // 3)
    end = room - kept - 1
    return f"{bare[:kept]}…{bare[-end:] if end else ''}"


def number_words(numbers: Iterable[int]) -> str:
    """`1-3, 5`."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)

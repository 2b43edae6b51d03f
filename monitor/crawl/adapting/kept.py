"""A place's memory as it is written down, and read back: nothing is lost, and what is no memory begins anew."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.shape import HOURS
from monitor.crawl.adapting.surges import SCALES_H, Surge

_FORM = 1  # raised where an older memory says something else by these names
_SUMS = ("postings", "days", "scatter", "scatter_expected", "new", "ours", "requests", "credited")
_COUNTS = ("looks", "all_new", "all_ours", "told_looks", "standard_h")
_MOMENTS = ("at", "raised_until", "counted_until")
_MOST = 1e12


def text_of(memory: PlaceMemory) -> str:
    kept: dict[str, Any] = {"form": _FORM}
    kept |= {name: getattr(memory, name) for name in (*_SUMS, *_COUNTS, "stir")}
    kept |= {name: at.isoformat() if (at := getattr(memory, name)) else None for name in _MOMENTS}
    kept |= {"hours": memory.hours, "hours_expected": memory.hours_expected}
    kept["surges"] = [(one.excess, one.hits, one.worth) for one in memory.surges]
    return json.dumps(kept, separators=(",", ":"), allow_nan=False)


def memory_of(text: str) -> PlaceMemory | None:
    """None for what this version does not understand."""
    try:
        kept = json.loads(text)
        if kept["form"] != _FORM:
            return None
        fields: dict[str, Any] = {name: _sum(kept[name]) for name in _SUMS}
        fields["stir"] = _number(kept["stir"])
        fields |= {name: int(_number(kept[name])) for name in _COUNTS}
        fields |= {name: _moment(kept[name]) for name in _MOMENTS}
        hours, expected = _hours(kept["hours"]), _hours(kept["hours_expected"])
        surges = tuple(Surge(_number(one[0]), _number(one[1]), _sum(one[2])) for one in kept["surges"])
        if len(surges) != len(SCALES_H):
            return None
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
        return None
    return PlaceMemory(hours=hours, hours_expected=expected, surges=surges, **fields)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > _MOST:
        raise ValueError("is no number")
    return float(value)


def _sum(value: Any) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError("is no sum of counts")
    return number


def _hours(value: Any) -> tuple[float, ...]:
    if len(value) != HOURS:
        raise ValueError("are not a day's hours")
    return tuple(_sum(one) for one in value)


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("has no time zone")
    return at.astimezone(UTC)

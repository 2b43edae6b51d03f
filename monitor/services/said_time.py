"""A time as a person types it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from monitor.errors import UsageError
from monitor.localtime import instant_of
from monitor.mending import Mending
from monitor.model.own_evidence import ABOUT, SaidTime

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?")
_AHEAD = timedelta(days=1)  # a zone that was mistaken, and no more


def said_time(text: str, *, option: str, now: datetime, zone: tzinfo) -> SaidTime:
    """Without a zone of its own it is meant in `zone`, and says so. A day alone, and what begins with `about`, is kept
    as it was said. Raises UsageError for anything else, and for what is still to come."""
    text = " ".join(text.split())
    if not text:
        return SaidTime()
    about = text.lower().startswith(ABOUT)
    found = _instant(text, zone, option, anywhere=about)
    if found is None and not about:
        given = f"{option} " if option.startswith("-") else ""
        raise UsageError(
            f"{option} {text[:80]!r} is not a time",
            remedy=f"For example: {given}2026-11-20T21:30+01:00, or the day alone: {given}2026-11-20, or in words "
            f"that begin with about: {given}'about the end of October'.",
            way=Mending.SAY_WHEN,
        )
    if found is not None and found > now + _AHEAD:
        raise UsageError(f"{option} {text[:80]!r} is still to come", remedy="Give the time at which it happened.")
    if about or _DAY.fullmatch(text):
        return SaidTime(text, found)
    return SaidTime(text if _has_zone(text) else f"{text} ({zone})", found, is_exact=True)


def _instant(text: str, zone: tzinfo, option: str, *, anywhere: bool) -> datetime | None:
    found = (_WITH_TIME.search(text) or _DAY.search(text)) if anywhere else _WITH_TIME.fullmatch(text)
    if found is None:
        found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        if _DAY.fullmatch(found[0]):
            return instant_of(datetime.combine(date.fromisoformat(found[0]), datetime.min.time()), zone)
        moment = datetime.fromisoformat(found[0].replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
        return moment.astimezone(UTC) if moment.tzinfo else instant_of(moment, zone)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} {text[:80]!r} is no day of the calendar", remedy="Check the numbers.") from error


def _has_zone(text: str) -> bool:
    found = _WITH_TIME.fullmatch(text)
    return found is not None and found[3] is not None

"""When something happened, in a person's words: `just now`, `yesterday 21:04`, `2 hours ago`, `22 November, 21:04`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.documents.times import local_words
from monitor.errors import UsageError
from monitor.localtime import instant_of

_NOW = ("", "now", "just now")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AGO = re.compile(r"(?:about )?(\d{1,4}|an?|one) (minute|hour|day|week)s? ago")
_UNITS = {unit: timedelta(**{f"{unit}s": 1}) for unit in ("minute", "hour", "day", "week")}
_CLOCK = re.compile(
    r"(?:(?:at )?(\d{1,2})[:.h](\d\d)(?: ?uhr)?|(?:at )?(\d{1,2}) ?([ap])m|(?:at )?(\d{1,2})[:.](\d\d) ?([ap])m)"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d)?( ?(z|[+-]\d\d:?\d\d))?")
_DATE = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.? ([a-z]{3,9})\.?(?: (\d{4}))?|([a-z]{3,9}) (\d{1,2})(?:,? (\d{4}))?)"
)
_REMEDY = "Write it for example so: yesterday 21:04, or 2 hours ago, or 2026-11-22 21:04, or the day alone."


def said_moment(text: str, *, now: datetime, zone: tzinfo, not_before: datetime | None = None) -> datetime:
    """In UTC. Nothing said: now. A day without a time is its end, or now where that is to come, so that nothing counted
    from it is called late too early. not_before: a time to the minute that lies less than a minute before it is it, and
    a day alone that ends before it is no such day. Raises UsageError for what is no time, and for what is to come."""
    words = " ".join(text.lower().replace(",", " ").split())
    if words in _NOW:
        return now
    try:
        found = _told(words, now, zone)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise UsageError(f"{text.strip()[:80]!r} is not a time that can be read here", remedy=_REMEDY)
    if found > now:
        raise UsageError(
            f"{local_words(found, zone, now=now)} is yet to come: now it is {local_words(now, zone, now=now)}",
            remedy="Give the time at which it happened.",
        )
    if not_before is not None and timedelta() < not_before - found < timedelta(minutes=1):
        return not_before
    return found


def _told(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    if _ISO.fullmatch(words):
        moment = datetime.fromisoformat(words.upper().replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
        return moment.astimezone(UTC) if moment.tzinfo else instant_of(moment, zone)
    if ago := _AGO.fullmatch(words):
        many = int(ago[1]) if ago[1].isdecimal() else 1
        return now - many * _UNITS[ago[2]]
    today = now.astimezone(zone).date()
    day, rest = _day(words, today)
    clock = _clock(rest) if rest else None
    if rest and clock is None:
        return None
    if day is None:
        return _at(today, clock, zone) if clock else None
    if clock:
        return _at(day, clock, zone)
    return now if day == today else _at(day + timedelta(days=1), time(0), zone)


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    return instant_of(datetime.combine(day, clock), zone)


def _day(words: str, today: date) -> tuple[date | None, str]:
    """And what stands behind it."""
    first, _, rest = words.partition(" ")
    if first in ("today", "yesterday"):
        return today - timedelta(days=first == "yesterday"), rest
    if first == "on":
        return _day(rest, today)
    weekday = next((place for place, name in enumerate(_DAYS) if len(first) > 2 and name.startswith(first)), None)
    if weekday is not None:
        named, beyond = _date(rest, today)
        return (named, beyond) if named else (today - timedelta(days=(today.weekday() - weekday) % 7), rest)
    named, beyond = _date(words, today)
    return (named, beyond) if named else (None, words)


def _date(words: str, today: date) -> tuple[date | None, str]:
    """Without a year: the last such day that is not to come."""
    found = _DATE.match(words)
    if found is None:
        return None, words
    rest = words[found.end() :].strip()
    if found[1]:
        return date(int(found[1]), int(found[2]), int(found[3])), rest
    day, name, year = (found[4], found[5], found[6]) if found[4] else (found[8], found[7], found[9])
    month = next((place for place, known in enumerate(_MONTHS, start=1) if name.startswith(known)), None)
    if month is None:
        return None, words
    if year:
        return date(int(year), month, int(day)), rest
    this = date(today.year, month, int(day))
    return (this if this <= today else this.replace(year=today.year - 1)), rest


def _clock(words: str) -> time | None:
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    if found[1]:
        return time(int(found[1]), int(found[2]))
    hour, minute, half = (found[3], "0", found[4]) if found[3] else (found[5], found[6], found[7])
    if not 1 <= int(hour) <= 12:
        raise ValueError("no hour of half a day")
    return time(int(hour) % 12 + (12 if half == "p" else 0), int(minute))

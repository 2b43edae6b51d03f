"""Text on a page: times, and what came from outside."""

from __future__ import annotations

from datetime import datetime, tzinfo

from markupsafe import Markup, escape

from monitor.catalogue import said, said_many
from monitor.documents.times import zone_words
from monitor.plain import plain

SHOWN_CHARS = 200  # characters of a text from outside; the whole stands behind it


def weekday_words(day: int) -> str:
    """day: 0 is Monday."""
    return (
        said("Monday"),
        said("Tuesday"),
        said("Wednesday"),
        said("Thursday"),
        said("Friday"),
        said("Saturday"),
        said("Sunday"),
    )[day]


def month_words(month: int) -> str:
    return (
        said("January"),
        said("February"),
        said("March"),
        said("April"),
        said("May"),
        said("June"),
        said("July"),
        said("August"),
        said("September"),
        said("October"),
        said("November"),
        said("December"),
    )[month - 1]


def when(at: datetime | None, now: datetime, zone: tzinfo) -> str:
    """`2 days ago (Sunday 22 November, 21:04)`, with the year where it is another; ahead: `in 3 hours (...)`."""
    if at is None:
        return said("not yet")
    return said(
        "%(distance)s (%(date)s, %(clock)s)",
        distance=_distance(at, now),
        date=day(at, now, zone),
        clock=_clock(at, zone),
    )


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`Sunday 22 November`."""
    local = at.astimezone(zone)
    words = {"weekday": weekday_words(local.weekday()), "day": local.day, "month": month_words(local.month)}
    if local.year != now.astimezone(zone).year:
        return said("%(weekday)s %(day)d %(month)s %(year)d", year=local.year, **words)
    return said("%(weekday)s %(day)d %(month)s", **words)


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def zone_told(now: datetime, zone: tzinfo) -> str:
    return zone_words(now.astimezone(zone))


def _distance(at: datetime, now: datetime) -> str:
    away = round((now - at).total_seconds() / 60)
    ahead, minutes = away < 0, abs(away)
    if minutes < 1:
        return said("just now")
    if minutes < 60:
        return _ahead(minutes) if ahead else said_many("%(count)d minute ago", "%(count)d minutes ago", minutes)
    hours = round(minutes / 60)
    if hours < 24:
        if ahead:
            return said_many("in %(count)d hour", "in %(count)d hours", hours)
        return said_many("%(count)d hour ago", "%(count)d hours ago", hours)
    days = round(minutes / 60 / 24)
    if ahead:
        return said_many("in %(count)d day", "in %(count)d days", days)
    return said_many("%(count)d day ago", "%(count)d days ago", days)


def _ahead(minutes: int) -> str:
    return said_many("in %(count)d minute", "in %(count)d minutes", minutes)


def outside(untrusted: object, limit: int = SHOWN_CHARS) -> Markup:
    """Text from outside: one line, isolated from the direction of what stands around it; cut, with the whole on
    request."""
    text = plain(untrusted)
    if len(text) <= limit:
        return Markup("<bdi>{}</bdi>").format(text)
    return Markup("<bdi>{}</bdi> <details class='whole'><summary>{}</summary><bdi>{}</bdi></details>").format(
        text[:limit], said("all of it"), text
    )


def address(untrusted: object) -> Markup:
    """An outside address, to be copied: never a link that opens by one press."""
    return Markup("<code class='address' translate='no' dir='ltr'>{}</code>").format(escape(plain(untrusted)))

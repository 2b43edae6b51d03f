"""Text on a page: times, and what came from outside. Filters of the templates; pure.

Of what came from outside, control characters and those that turn the line round are shown as `\\u{202e}`
(`monitor.plain`); markup is escaped; each piece is isolated (`<bdi>`), so that a name in Arabic does not move what
stands beside it; what is long is cut, with the whole behind a press. An outside address is text to copy, never a link:
`openable` puts a button beside it, which leads to the page before it (`pages/opening.py`).
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from markupsafe import Markup

from monitor.catalogue import said, said_many
from monitor.documents.times import zone_words
from monitor.plain import plain

SHORT = 160
"""Characters of a name, a title or a label that stand at once."""

ADDRESS_SHORT = 120
HOST_SHORT = 60

MOST_OF_A_PIECE = 20_000
"""Characters that are shown of one piece at all, so that none makes a page of megabytes."""

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


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


def outside(untrusted: object, limit: int = SHORT) -> Markup:
    """Names, titles, words of others: in a paragraph, a list, a cell. Cut at `limit`, the whole on request."""
    return _piece(str(untrusted), limit, Markup("<bdi>{}</bdi>"))


def outside_lines(untrusted: object) -> Markup:
    """What has lines: a message, a note. Each line stands as one; not cut but at `MOST_OF_A_PIECE`."""
    lines = str(untrusted)[:MOST_OF_A_PIECE].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Markup("<br>").join(Markup('<bdi class="outside">{}</bdi>').format(plain(line)) for line in lines)


def outside_short(untrusted: object, limit: int = SHORT) -> Markup:
    """As `outside`, where nothing may be opened: in a heading, a label, a link. Show the whole elsewhere."""
    return Markup('<bdi class="outside">{}</bdi>').format(plain(untrusted, limit))


def outside_words(untrusted: object, limit: int = SHORT) -> str:
    """Without markup, for what stands in an attribute or an option: isolated by characters. The template escapes it."""
    return f"{_FIRST_STRONG_ISOLATE}{plain(untrusted, limit)}{_POP_ISOLATE}"


def address(untrusted: object, limit: int = ADDRESS_SHORT) -> Markup:
    """An address from outside: text that can be copied. Where it may be opened at all: `opens`."""
    return _piece(str(untrusted), limit, Markup('<code class="address"><bdi dir="ltr">{}</bdi></code>'))


def opens(untrusted: object) -> bool:
    """Whether a browser could open it: http or https, with a host, and nothing in it that a person cannot see."""
    text = str(untrusted)
    if len(text) > MOST_OF_A_PIECE or plain(text) != text or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def openable(untrusted: object, limit: int = ADDRESS_SHORT) -> Markup:
    """As `address`, with the button that leads to the page before it, where a browser could open it. The button belongs
    to the form with the id `opening`, of which each page has one: it may stand inside another form."""
    shown = address(untrusted, limit)
    if not opens(untrusted):
        return shown
    words = said("About opening %(site)s", site=outside_words(host_words(str(untrusted)), HOST_SHORT))
    return Markup('{} <button type="submit" form="opening" name="address" value="{}" class="opens">{}</button>').format(
        shown, untrusted, words
    )


def host_words(untrusted: str) -> str:
    """The site that an address leads to, as it is asked for; the address itself where it names none."""
    try:
        host = urlsplit(untrusted).hostname
    except ValueError:
        host = None
    return plain(host or untrusted, SHORT)


def _piece(text: str, limit: int, form: Markup) -> Markup:
    shown = plain(text[:MOST_OF_A_PIECE])
    if len(text) > MOST_OF_A_PIECE:
        shown += "..."
    if len(shown) <= limit:
        return Markup('<span class="outside">{}</span>').format(form.format(shown))
    how = said_many("All of it: %(count)d character", "All of it: %(count)d characters", len(text))
    return Markup('<details class="outside"><summary>{} <span class="more">{}</span></summary>{}</details>').format(
        form.format(f"{shown[: limit - 3]}..."), how, form.format(shown)
    )

"""An alert in words, in three degrees of detail. Never a picture, in none of them.

`discreet` (the default) is written for a mailbox or a lock screen that somebody else may see: it says that there is
something to look at, and nothing about what. `summary` names each find by its number, the photo and the site, `full`
adds addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from urllib.parse import urlsplit

from monitor.alerts.clean import inert_url
from monitor.alerts.outbox import untold_counts
from monitor.documents.blocks import Block, Items, Message, Paragraph, message
from monitor.documents.times import When, told_in, utc_words
from monitor.model.alert import Alert, AlertKind
from monitor.model.ids import SightingId
from monitor.model.match import Tier
from monitor.model.settings import AlertDetail, AlertSettings
from monitor.model.sighting import HER_WORD, Sighting
from monitor.plain import plain, several

NOTHING_BACK: Mapping[SightingId, str] = {}

MOST_SIGHTINGS = 20
"""An alert is read on a telephone; the rest stands in the program."""


def alert_message(
    alert: Alert,
    sightings: Sequence[Sighting],
    settings: AlertSettings,
    came_back: Mapping[SightingId, str] = NOTHING_BACK,
    *,
    zone: tzinfo = UTC,
) -> Message:
    """zone: of the person's clock. sightings: those of `alert.sightings` that still exist. came_back: of those that are
    new where a copy had been removed, what is said of that. A digest is rendered by `alerts.digest`."""
    product = plain(settings.product_name, 40) or "Monitor"
    when = told_in(zone, alert.created_at)
    subject, blocks = _discreet(alert, when)
    if settings.detail != AlertDetail.DISCREET:
        blocks += _details(alert, sightings, came_back, when, with_addresses=settings.detail == AlertDetail.FULL)
    if alert.number:
        blocks.append(Paragraph(f"Number: {alert.number}"))
    return message(with_number(f"{product}: {subject}", alert.number), blocks)


def with_number(subject: str, number: str) -> str:
    """`Monitor: 8 new entries, 3-K7`: no two have one subject, and what is meant can be said in three signs."""
    return f"{subject}, {number}" if number else subject


def in_short(alert: Alert) -> str:
    """`8 new entries`: what its subject says of it."""
    return "weekly summary" if alert.kind is AlertKind.DIGEST else _discreet(alert, utc_words)[0]


def _discreet(alert: Alert, when: When) -> tuple[str, list[Block]]:
    noted = Paragraph(f"First noted: {when(alert.created_at)}.")
    calm = Paragraph("Look when you have a quiet moment.")
    match alert.kind:
        case AlertKind.NEW:
            new = several(alert.count, "new entry", "new entries")
            verb = "is" if alert.count == 1 else "are"
            return new, [Paragraph(f"There {verb} {new} in your list."), noted, calm]
        case AlertKind.REAPPEARED:
            back = several(alert.count, "entry is back", "entries are back")
            return back, [Paragraph(f"{back} in your list that had been closed."), noted, calm]
        case AlertKind.BLIND:
            return "a check needs attention", [
                Paragraph("One of your regular checks has not worked for a while, so it may have missed something."),
                noted,
                calm,
            ]
        case AlertKind.STOPPED:
            some = "1 thing keeps" if alert.count == 1 else f"{alert.count} things keep"
            return "checks cannot run", [
                Paragraph(f"{some} regular checks from running, or from keeping what they find: something is missed."),
                noted,
                Paragraph("This comes again every few days until it is mended."),
            ]
        case AlertKind.CLOCK:
            return "the clock needs attention", [
                Paragraph("The clock of the machine that this runs on seems to be wrong. So may be what it noted."),
                noted,
                calm,
            ]
        case AlertKind.NO_ROOM:
            return "the disk needs attention", [
                Paragraph(
                    "The disk of the machine that this runs on is full, or nearly, or cannot be written. What is new "
                    "cannot be noted then. What was noted before is safe."
                ),
                noted,
                Paragraph("Free some space. It goes on by itself then. This comes again every day until it is mended."),
            ]
        case AlertKind.FLOOD:
            many = several(alert.count, "new entry", "new entries")
            return many, [
                Paragraph(
                    f"{many} in your list, of one kind that comes up unusually often. As long as that goes on, you get "
                    "one message an hour about it."
                ),
                noted,
                calm,
            ]
        case AlertKind.UNTOLD:
            what = _untold(alert)
            return f"{what}, late", [
                Paragraph(f"Messages could not be delivered for a while. This is what they were about: {what}."),
                noted,
                calm,
            ]
        case AlertKind.TEST:
            return "test", [Paragraph("This is a test. Messages arrive here; there is nothing to do.")]
        case AlertKind.DIGEST:
            raise ValueError("a digest is rendered by monitor.alerts.digest")


def _untold(alert: Alert) -> str:
    counts = untold_counts(alert)
    words = (
        ("new", "new entry", "new entries"),
        ("reappeared", "entry that is back", "entries that are back"),
        ("checks", "check that needed attention", "checks that needed attention"),
    )
    return ", ".join(several(counts[key], one, many) for key, one, many in words if counts.get(key))


def _details(
    alert: Alert,
    sightings: Sequence[Sighting],
    came_back: Mapping[SightingId, str],
    when: When,
    *,
    with_addresses: bool,
) -> list[Block]:
    if alert.kind is AlertKind.BLIND:
        return [Paragraph(f"The watch: {plain(alert.subject, 200)}. `reupload-monitor status` says what it met.")]
    if alert.kind is AlertKind.STOPPED:
        return [Paragraph("`reupload-monitor status` names each, with what to do.")]
    if alert.kind is AlertKind.NO_ROOM:
        return [Paragraph("`reupload-monitor doctor` says how much is free, and where.")]
    if alert.kind is AlertKind.CLOCK:
        return [Paragraph("`reupload-monitor doctor` says by how much, and what to do.")]
    if alert.kind is AlertKind.TEST or not sightings:
        return []
    lines = [
        _sighting_line(sighting, when, with_addresses=with_addresses) + back_words(came_back.get(sighting.id, ""))
        for sighting in sorted(sightings, key=lambda one: one.number)[:MOST_SIGHTINGS]
    ]
    if len(sightings) > MOST_SIGHTINGS:
        lines.append(f"and {len(sightings) - MOST_SIGHTINGS} more")
    blocks: list[Block] = [Items(tuple(lines))]
    if with_addresses:
        blocks.append(Paragraph("Addresses are written with hxxp and [.] so that no program opens them by itself."))
    blocks.append(Paragraph("`reupload-monitor sightings list` shows all of them."))
    return blocks


def back_words(why: str) -> str:
    return f"; {plain(why, 100)}" if why else ""


def _sighting_line(sighting: Sighting, when: When, *, with_addresses: bool) -> str:
    if sighting.under_18:  # everything but address and time is gone, and stays gone
        place = inert_url(sighting.place.page_url) if with_addresses else inert_host(sighting.place.page_url)
        return f"{place}, {when(sighting.first_seen)}"
    told = f"{sighting.number}: {photo_words(sighting)}, on"
    if not with_addresses:
        return f"{told} {inert_host(sighting.seen_at.page_url)}{said_to_be(sighting, full=False)}"
    title = f" “{plain(sighting.place.title, 100)}”" if sighting.place.title else ""
    return (
        f"{told} {inert_url(sighting.seen_at.page_url)}{title}{said_to_be(sighting, full=True)}, "
        f"file {inert_url(sighting.place.image_url)}"
    )


def photo_words(sighting: Sighting) -> str:
    """Which photo it shows, and how surely; `sightings show --verbose` has the figures."""
    label = f" “{plain(sighting.match.label, 60)}”" if sighting.match.label else ""
    if not sighting.is_compared:
        return f"named by you{f' as your photo{label}' if label else ''}"
    if sighting.match.tier is Tier.MATCH or sighting.status in HER_WORD:
        return f"your photo{label}"
    return f"perhaps your photo{label} (only you can tell)"


def said_to_be(sighting: Sighting, *, full: bool) -> str:
    """Where the list that it was seen in says that it is from; '' where nothing is claimed."""
    claimed = sighting.seen_at.claimed_url
    if not claimed:
        return ""
    return f", said there to be from {inert_url(claimed) if full else inert_host(claimed)} (not looked at yet)"


def inert_host(untrusted_url: str) -> str:
    """The host, with its dots in brackets; the whole address, made harmless, where there is none."""
    try:
        host = urlsplit(untrusted_url).hostname
    except ValueError:
        host = None
    return plain(host, 120).replace(".", "[.]") if host else inert_url(untrusted_url, 120)

"""The weekly review in words: text with bars, and HTML.

In a mail the degree of detail is that of `[alerts] detail`; on the person's own screen it is `full`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from monitor.alerts.clean import inert_url
from monitor.alerts.wording import inert_host, photo_words, said_to_be, with_number
from monitor.documents.blocks import Block, Heading, Items, Message, Paragraph, Table, message
from monitor.documents.course import serving_line
from monitor.documents.figures import figures_words
from monitor.documents.presence import still_words
from monitor.documents.times import When, told_in
from monitor.model.course import Course
from monitor.model.digest import Blind, Coverage, Digest
from monitor.model.report import Report
from monitor.model.settings import AlertDetail, AlertSettings
from monitor.model.sighting import Sighting, Status
from monitor.plain import plain, several

MOST_ITEMS = 50
AddressWords = Callable[[str], str]
_SAID = {Status.CONFIRMED: "; yours, as you said", Status.REPORTED: "; reported"}
BAR_WIDTH = 30  # characters; a telephone shows about 40 in a line


def digest_message(
    digest: Digest,
    settings: AlertSettings,
    *,
    detail: AlertDetail | None = None,
    number: str = "",
    zone: tzinfo = UTC,
    address: AddressWords = inert_url,
) -> Message:
    """detail: None = as `[alerts] detail` says. number: the alert's, for channels without a Message-ID. zone: of the
    person's clock. address: how one is written; at home it can be copied."""
    when = told_in(zone, digest.until)
    product = plain(settings.product_name, 40) or "Monitor"
    detail = detail or settings.detail
    blocks = (
        _discreet(digest, when)
        if detail == AlertDetail.DISCREET
        else _detailed(digest, when, address, full=detail == AlertDetail.FULL)
    )
    if digest.custody:
        blocks.append(Paragraph(_custody(digest, detail)))
    if number:
        blocks.append(Paragraph(f"Number: {number}"))
    return message(with_number(f"{product}: weekly summary", number), blocks)


def render_text(
    digest: Digest,
    settings: AlertSettings,
    *,
    detail: AlertDetail | None = None,
    zone: tzinfo = UTC,
    address: AddressWords = inert_url,
) -> str:
    return digest_message(digest, settings, detail=detail, zone=zone, address=address).text


def render_html(
    digest: Digest,
    settings: AlertSettings,
    *,
    detail: AlertDetail | None = None,
    zone: tzinfo = UTC,
    address: AddressWords = inert_url,
) -> str:
    return digest_message(digest, settings, detail=detail, zone=zone, address=address).html


def _discreet(digest: Digest, when: When) -> list[Block]:
    """Figures only: no place, no name of a watch, no word that tells what it is about."""
    coverage = digest.coverage
    counted = digest.figures
    figures = [
        (counted.new, "new"),
        (counted.to_decide, "to decide"),
        (counted.still_there, "still there, the new ones too" if counted.new else "still there"),
        (len(digest.reappeared), "back again"),
        (counted.gone, f"closed, {len(digest.removed)} of them since then" if digest.removed else "closed"),
        (len(digest.blind), "checks that did not work"),
        (len({part.watch for part in digest.partly}), "checks that worked in part"),
        (len(digest.overdue), "answers overdue"),
        (len(digest.unanswered), "without an answer"),
        (len(digest.proposed), "ready for you"),
    ]
    blocks: list[Block] = [
        Paragraph(_discreet_headline(digest)),
        Table(tuple(f"{count:>5}  {what}" for count, what in figures)),
        Paragraph(
            f"Looked at since {when(digest.since)}: {several(coverage.watches, 'check', 'checks')}, "
            f"{several(coverage.runs, 'time', 'times')} in all; {several(coverage.pages, 'page', 'pages')}, "
            f"{several(coverage.images, 'item', 'items')}."
        ),
    ]
    if before := _week_before(digest.course):
        blocks.append(Paragraph(before))
    if 0 < coverage.good < coverage.watches:
        blocks.append(Paragraph(f"{coverage.watches - coverage.good} of the checks never worked in this time."))
    if digest.cut:
        blocks.append(Paragraph("Some checks ended at their limits, so not everything was looked at."))
    if digest.folded:
        blocks.append(Paragraph("One kind of entry comes up unusually often: you get one message an hour about it."))
    if digest.wrong:
        stopped = "Some checks do not run at all: their files have mistakes."
        blocks.append(
            Paragraph(stopped if digest.stopped else "The files of the checks have mistakes; none is stopped.")
        )
    if digest.doubts:
        blocks.append(Paragraph("An address that you write to may have changed."))
    blocks += _delivery(digest, when)
    blocks += [Heading("Found by week"), Table(_bars(digest))]
    return blocks


def _week_before(course: Course | None) -> str:
    if course is None or len(course.weeks) < 2:
        return ""
    there = course.weeks[-2].open
    return f"A week ago {there} {'was' if there == 1 else 'were'} still there."


def _discreet_headline(digest: Digest) -> str:
    if not digest.nothing_new:
        return "There is something new in your list."
    if not digest.coverage.good:
        return "None of the checks worked this time, so this says nothing about what is new."
    if digest.blind or digest.stopped:
        return "Nothing new where the checks worked. Some did not, and say nothing about what is new."
    return "Nothing new this time."


def _detailed(digest: Digest, when: When, address: AddressWords, *, full: bool) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(_headline(digest)),
        Paragraph(f"In all: {figures_words(digest.figures, when)}."),
        Paragraph(_covered(digest.coverage, when(digest.since))),
    ]
    if digest.course is not None and digest.course.ever:
        blocks.append(Paragraph(" ".join(filter(None, (_week_before(digest.course), serving_line(digest.course))))))
    blocks += _finds(digest, when, address, full=full)
    if digest.blind:
        blocks += [
            Heading(f"Could not be seen ({len(digest.blind)})"),
            _capped([_blind_line(blind, when) for blind in digest.blind]),
        ]
    if digest.folded:
        labels = ", ".join(f"“{plain(label, 60)}”" for label in digest.folded[:MOST_ITEMS])
        told = f"On so many sites that you are told of it in one message an hour: {labels}. Every find is recorded."
        blocks.append(Paragraph(f"{told} `reupload-monitor references resume LABEL` tells of each again."))
    if digest.wrong:
        so = ", so something does not run" if digest.stopped else ""
        mistakes = several(digest.wrong, "thing is", "things are")
        blocks.append(Paragraph(f"{mistakes} wrong in the watchlists{so}. `reupload-monitor watch check`"))
    for title, observed in (("Seen only in part", digest.partly), ("Seen, and to be known", digest.noted)):
        if observed:
            blocks += [
                Heading(f"{title} ({len({one.watch for one in observed})})"),
                _capped([_observed_line(one) for one in observed]),
            ]
    if due := _due(digest, when):
        blocks += [
            Heading(f"Due ({len(due)})"),
            _capped(due),
            Paragraph("`reupload-monitor reports list --due` shows them; `guide report-late` says how to escalate."),
        ]
    if digest.doubts:
        addresses = several(len(digest.doubts), "address that a report needs", "addresses that reports need")
        told = f"{addresses} did not answer as before: look before you rely on it."
        blocks.append(Paragraph(f"{told} `reupload-monitor reports channels --stale`"))
    blocks += _delivery(digest, when)
    blocks += [Heading("Found by week"), Table(_bars(digest))]
    return blocks


def _finds(digest: Digest, when: When, address: AddressWords, *, full: bool) -> list[Block]:
    before = "Still there, known before" if digest.new or digest.reappeared else "Still there"
    since = "Gone since then" if digest.figures.gone > len(digest.removed) else "Gone"
    blocks: list[Block] = []
    for title, sightings in (
        ("New", digest.new),
        ("To decide: perhaps yours", digest.possible),
        ("Back again after removal", digest.reappeared),
        (before, digest.again),
        (since, digest.removed),
    ):
        if sightings:
            ordered = sorted(sightings, key=lambda one: one.number)
            lines = [_line(one, when, address if full else inert_host, full=full) for one in ordered]
            blocks += [Heading(f"{title} ({len(sightings)})"), _capped(lines)]
    return blocks


def _headline(digest: Digest) -> str:
    if digest.nothing_new:
        if not digest.coverage.good:
            return "Nothing could be looked at."
        if digest.blind or digest.stopped:
            return "Nothing new was found in what could be seen. Not everything could: see below."
        return "Nothing new was found."
    parts = [
        f"{len(sightings)} {what}"
        for what, sightings in (
            ("new", digest.new),
            ("to decide", digest.possible if digest.new_to_decide else ()),
            ("back again", digest.reappeared),
        )
        if sightings
    ]
    return "Found: " + ", ".join(parts) + "."


def _covered(coverage: Coverage, since: str) -> str:
    return (
        f"Looked at since {since}: {coverage.good} of {several(coverage.watches, 'watch', 'watches')} could be "
        f"seen, {several(coverage.runs, 'visit', 'visits')} in all; {several(coverage.pages, 'page', 'pages')} and "
        f"{several(coverage.images, 'picture', 'pictures')}, {coverage.new_images} of them for the first time."
    )


def _line(sighting: Sighting, when: When, address: AddressWords, *, full: bool) -> str:
    still = f"; {words}" if (words := still_words(sighting.presence)) else ""
    first, last = when(sighting.first_seen), when(sighting.last_seen)
    seen = f"seen {first}" if first == last else f"first seen {first}, last {last}"
    return (
        f"{sighting.number}: {photo_words(sighting)}, on {address(sighting.place.page_url)}"
        f"{said_to_be(sighting, full=full)}; {seen}{_SAID.get(sighting.status, '')}{still}"
    )


def _blind_line(blind: Blind, when: When) -> str:
    last = f"last good look {when(blind.last_good)}" if blind.last_good else "no good look so far"
    remedy = f". {plain(blind.remedy, 300)}" if blind.remedy else ""
    return f"{plain(blind.watch, 80)}: {plain(blind.cause, 200)}; {last}{remedy}"


def _observed_line(one: Blind) -> str:
    remedy = f". {plain(one.remedy, 300)}" if one.remedy else ""
    return f"{plain(one.watch, 80)}: {plain(one.cause, 200)}{remedy}"


def _delivery(digest: Digest, when: When) -> list[Block]:
    told = []
    if digest.waiting:
        since = f" The oldest is from {when(digest.oldest)}." if digest.oldest else ""
        told.append(f"{several(digest.waiting, 'message', 'messages')} could not be delivered yet.{since}")
    if digest.not_all:
        told.append(f"{several(digest.not_all, 'message', 'messages')} did not reach everybody yet.")
    told += [f"Channel {plain(part.name, 80)} {plain(part.trouble, 140)}." for part in digest.refusing]
    return [Paragraph(" ".join(told))] if told else []


def _custody(digest: Digest, detail: AlertDetail) -> str:
    """Discreet: no word of what it is a record of."""
    if detail == AlertDetail.DISCREET:
        return f"Record: {digest.custody}"
    return (
        f"Mark of the evidence log: {digest.custody}. Keep this message: `reupload-monitor evidence verify "
        f"--reference {digest.custody}` shows later whether anything up to here was changed."
    )


def _bars(digest: Digest) -> tuple[str, ...]:
    highest = max((count for _, count in digest.trend), default=0)
    return tuple(
        f"{week.isoformat()}  {'█' * _bar(count, highest)}{' ' if count else ''}{count}" for week, count in digest.trend
    )


def _bar(count: int, highest: int) -> int:
    """Any find is seen, however high another week stands."""
    return max(1, round(BAR_WIDTH * count / highest)) if count else 0


def _capped(lines: Sequence[str]) -> Items:
    more = [f"and {len(lines) - MOST_ITEMS} more"] if len(lines) > MOST_ITEMS else []
    return Items((*lines[:MOST_ITEMS], *more))


def _due(digest: Digest, when: When) -> list[str]:
    late = [f"{_report(one)}: an answer was due {_due_words(one, when)}" for one in digest.overdue]
    silent = [
        f"{_report(one)}: nothing was heard since {when(one.changed_at)}, and nothing sets them a time. If they "
        "answered, note it"
        for one in digest.unanswered
    ]
    drafted = [f"{_report(one)}: drafted for you to send next, after {one.follows}" for one in digest.proposed]
    return [*late, *silent, *drafted]


def _report(report: Report) -> str:
    return f"report {report.id} to {plain(report.channel, 60)}"


def _due_words(report: Report, when: When) -> str:
    return when(report.due_at) if report.due_at else "before now"

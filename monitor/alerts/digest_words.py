"""The weekly review in words: text with bars, and HTML.

In a mail the degree of detail is that of `[alerts] detail`; on the person's own screen it is `full`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from monitor.alerts.clean import inert_url
from monitor.alerts.wording import inert_host, number_line, photo_words, said_to_be, with_number
from monitor.catalogue import said, said_many
from monitor.documents.blocks import Block, Heading, Items, Message, Paragraph, Table, message
from monitor.documents.course import serving_line, week_before_words
from monitor.documents.figures import figures_words
from monitor.documents.how_matched import how_it_matches
from monitor.documents.presence import still_words
from monitor.documents.standstill import standstill_words
from monitor.documents.times import When, told_in
from monitor.model.digest import Blind, Coverage, Digest
from monitor.model.figures import CountedAs
from monitor.model.report import Report
from monitor.model.settings import AlertDetail, AlertSettings
from monitor.model.sighting import Sighting, Status
from monitor.plain import plain
from monitor.tracking.figures import counted_as

MOST_ITEMS = 50
MOST_STANDSTILLS = 7  # a machine that sleeps every night
AddressWords = Callable[[str], str]
BAR_WIDTH = 30  # characters; a telephone shows about 40 in a line


def digest_message(
    digest: Digest,
    settings: AlertSettings,
    *,
    detail: AlertDetail | None = None,
    number: str = "",
    zone: tzinfo = UTC,
    address: AddressWords = inert_url,
    case: str = "",
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
        blocks.append(Paragraph(number_line(number, case, detail)))
    return message(with_number(said("%(product)s: weekly summary", product=product), number), blocks)


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
        (counted.new, said("new")),
        (counted.to_decide, said("to decide")),
        (counted.still_there, said("still there, the new ones too") if counted.new else said("still there")),
        *([(counted.not_looked_at, said("not looked at yet"))] if counted.not_looked_at else []),
        (len(digest.reappeared), said("back again")),
        (counted.gone, _closed_words(len(digest.removed))),
        (len(digest.blind), said("checks that did not work")),
        (len({part.watch for part in digest.partly}), said("checks that worked in part")),
        (len(digest.overdue), said("answers overdue")),
        (len(digest.unanswered), said("without an answer")),
        (len(digest.proposed), said("ready for you")),
    ]
    blocks: list[Block] = [
        Paragraph(_discreet_headline(digest)),
        Table(tuple(f"{count:>5}  {what}" for count, what in figures)),
        Paragraph(
            said(
                "Looked at since %(since)s: %(checks)s, %(times)s in all; %(pages)s, %(items)s.",
                since=when(digest.since),
                checks=said_many("%(count)d check", "%(count)d checks", coverage.watches),
                times=said_many("%(count)d time", "%(count)d times", coverage.runs),
                pages=said_many("%(count)d page", "%(count)d pages", coverage.pages),
                items=said_many("%(count)d item", "%(count)d items", coverage.images),
            )
        ),
    ]
    if digest.course is not None and (before := week_before_words(digest.course)):
        blocks.append(Paragraph(before))
    blocks += _stood(digest, when)
    if 0 < coverage.good < coverage.watches:
        never = said_many(
            "%(count)d of the checks never worked in this time.",
            "%(count)d of the checks never worked in this time.",
            coverage.watches - coverage.good,
        )
        blocks.append(Paragraph(never))
    if digest.cut:
        blocks.append(Paragraph(said("Some checks ended at their limits, so not everything was looked at.")))
    if digest.folded:
        often = said("One kind of entry comes up unusually often: you get one message an hour about it.")
        blocks.append(Paragraph(often))
    if digest.wrong:
        stopped = said("Some checks do not run at all: their files have mistakes.")
        none_stopped = said("The files of the checks have mistakes; none is stopped.")
        blocks.append(Paragraph(stopped if digest.stopped else none_stopped))
    if digest.doubts:
        blocks.append(Paragraph(said("An address that you write to may have changed.")))
    blocks += _delivery(digest, when, discreet=True)
    blocks += [Heading(said("Found by week")), Table(_bars(digest))]
    return blocks


def _stood(digest: Digest, when: When) -> list[Block]:
    """The longest first, where there are many."""
    longest = sorted(digest.standstills, key=lambda one: one.since - one.until)[:MOST_STANDSTILLS]
    return [Paragraph(standstill_words(one, when)) for one in sorted(longest, key=lambda one: one.since)]


def _closed_words(since: int) -> str:
    return said("closed, %(count)d of them since then", count=since) if since else said("closed")


def _discreet_headline(digest: Digest) -> str:
    if not digest.nothing_new:
        return said("There is something new in your list.")
    if not digest.coverage.good:
        return said("None of the checks worked this time, so this says nothing about what is new.")
    if digest.blind or digest.stopped:
        return said("Nothing new where the checks worked. Some did not, and say nothing about what is new.")
    return said("Nothing new this time.")


def _detailed(digest: Digest, when: When, address: AddressWords, *, full: bool) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(_headline(digest)),
        Paragraph(said("In all: %(figures)s.", figures=figures_words(digest.figures, when))),
        Paragraph(_covered(digest.coverage, when(digest.since))),
    ]
    if digest.course is not None and digest.course.ever:
        lines = (week_before_words(digest.course), serving_line(digest.course))
        blocks.append(Paragraph(" ".join(filter(None, lines))))
    blocks += _stood(digest, when)
    blocks += _finds(digest, when, address, full=full)
    if digest.blind:
        blocks += [
            Heading(said("Could not be seen (%(count)d)", count=len(digest.blind))),
            _capped([_blind_line(blind, when) for blind in digest.blind]),
        ]
    if digest.folded:
        told = said(
            "On so many sites that you are told of it in one message an hour: %(photos)s. Every find is recorded. "
            "`reupload-monitor references resume LABEL` tells of each again.",
            photos=", ".join(f"“{plain(label, 60)}”" for label in digest.folded[:MOST_ITEMS]),
        )
        blocks.append(Paragraph(told))
    if digest.wrong:
        blocks.append(Paragraph(f"{_wrong_words(digest)} `reupload-monitor watch check`"))
    for title, observed in (
        (said("Seen only in part (%(count)d)", count=_watches_of(digest.partly)), digest.partly),
        (said("Seen, and to be known (%(count)d)", count=_watches_of(digest.noted)), digest.noted),
    ):
        if observed:
            blocks += [Heading(title), _capped([_observed_line(one) for one in observed])]
    if due := _due(digest, when):
        shows = said("`reupload-monitor reports list --due` shows them; `guide report-late` says how to escalate.")
        blocks += [Heading(said("Due (%(count)d)", count=len(due))), _capped(due), Paragraph(shows)]
    if digest.doubts:
        told = said_many(
            "%(count)d address that a report needs did not answer as before: look before you rely on it.",
            "%(count)d addresses that reports need did not answer as before: look before you rely on it.",
            len(digest.doubts),
        )
        blocks.append(Paragraph(f"{told} `reupload-monitor reports channels --stale`"))
    blocks += _delivery(digest, when)
    blocks += [Heading(said("Found by week")), Table(_bars(digest))]
    return blocks


def _watches_of(observed: Sequence[Blind]) -> int:
    return len({one.watch for one in observed})


def _wrong_words(digest: Digest) -> str:
    if digest.stopped:
        return said_many(
            "%(count)d thing is wrong in the watchlists, so something does not run.",
            "%(count)d things are wrong in the watchlists, so something does not run.",
            digest.wrong,
        )
    return said_many(
        "%(count)d thing is wrong in the watchlists.", "%(count)d things are wrong in the watchlists.", digest.wrong
    )


def _finds(digest: Digest, when: When, address: AddressWords, *, full: bool) -> list[Block]:
    known = digest.new or digest.reappeared
    again, removed = len(digest.again), len(digest.removed)
    still = said("Still there (%(count)d)", count=again)
    gone = said("Gone (%(count)d)", count=removed)
    blocks: list[Block] = []
    for title, sightings in (
        (said("New (%(count)d)", count=len(digest.new)), digest.new),
        (said("To decide: perhaps yours (%(count)d)", count=len(digest.possible)), digest.possible),
        (said("Back again after removal (%(count)d)", count=len(digest.reappeared)), digest.reappeared),
        (said("Still there, known before (%(count)d)", count=again) if known else still, digest.again),
        (said("Gone since then (%(count)d)", count=removed) if digest.figures.gone > removed else gone, digest.removed),
    ):
        if sightings:
            ordered = sorted(sightings, key=lambda one: one.number)
            told = ordered[:MOST_ITEMS]  # there may be ten thousand
            lines = [_line(one, when, address if full else inert_host, full=full) for one in told]
            blocks += [Heading(title), _capped(lines, len(ordered))]
    return blocks


def _headline(digest: Digest) -> str:
    if digest.nothing_new:
        if not digest.coverage.good:
            return said("Nothing could be looked at.")
        if digest.blind or digest.stopped:
            return said("Nothing new was found in what could be seen. Not everything could: see below.")
        return said("Nothing new was found.")
    new, to_decide, back = len(digest.new), len(digest.possible), len(digest.reappeared)
    parts = [said("%(count)d new", count=new)] if new else []
    parts += [said("%(count)d to decide", count=to_decide)] if to_decide and digest.new_to_decide else []
    parts += [said("%(count)d back again", count=back)] if back else []
    return said("Found: %(what)s.", what=", ".join(parts))


def _covered(coverage: Coverage, since: str) -> str:
    return said(
        "Looked at since %(since)s: %(good)d of %(watches)s could be seen, %(visits)s in all; %(pages)s and "
        "%(pictures)s, %(first)d of them for the first time.",
        since=since,
        good=coverage.good,
        watches=said_many("%(count)d watch", "%(count)d watches", coverage.watches),
        visits=said_many("%(count)d visit", "%(count)d visits", coverage.runs),
        pages=said_many("%(count)d page", "%(count)d pages", coverage.pages),
        pictures=said_many("%(count)d picture", "%(count)d pictures", coverage.images),
        first=coverage.new_images,
    )


def _line(sighting: Sighting, when: When, address: AddressWords, *, full: bool) -> str:
    first, last = when(sighting.first_seen), when(sighting.last_seen)
    seen = (
        said("seen %(when)s", when=first)
        if first == last
        else said("first seen %(first)s, last %(last)s", first=first, last=last)
    )
    place = f"{address(sighting.place.page_url)}{said_to_be(sighting, full=full)}"
    what = said("%(number)s: %(photo)s, on %(place)s", number=sighting.number, photo=photo_words(sighting), place=place)
    line = "; ".join(filter(None, (what, seen, _her_word(sighting.status), still_words(sighting.presence))))
    if counted_as(sighting) is not CountedAs.TO_DECIDE:
        return line
    return f"{line}. {' '.join(how_it_matches(sighting))}"  # for her to decide without a look at it


def _her_word(status: Status) -> str:
    if status is Status.CONFIRMED:
        return said("yours, as you said")
    return said("reported") if status is Status.REPORTED else ""


def _blind_line(blind: Blind, when: When) -> str:
    last = (
        said("last good look %(when)s", when=when(blind.last_good)) if blind.last_good else said("no good look so far")
    )
    return f"{plain(blind.watch, 80)}: {plain(blind.cause, 200)}; {last}{_remedy(blind)}"


def _remedy(blind: Blind) -> str:
    return f". {plain(blind.remedy, 300)}" if blind.remedy else ""


def _observed_line(one: Blind) -> str:
    return f"{plain(one.watch, 80)}: {plain(one.cause, 200)}{_remedy(one)}"


def _delivery(digest: Digest, when: When, *, discreet: bool = False) -> list[Block]:
    """discreet: what a channel answered is left out, for nobody knows its words."""
    told = []
    if digest.waiting:
        could_not = said_many(
            "%(count)d message could not be delivered yet.",
            "%(count)d messages could not be delivered yet.",
            digest.waiting,
        )
        told.append(could_not)
        if digest.oldest:
            told.append(said("The oldest is from %(when)s.", when=when(digest.oldest)))
    if digest.not_all:
        not_all = said_many(
            "%(count)d message did not reach everybody yet.",
            "%(count)d messages did not reach everybody yet.",
            digest.not_all,
        )
        told.append(not_all)
    told += [f"Channel {plain(part.name, 80)} {plain(part.trouble, 140)}." for part in digest.refusing]
    for one in digest.failing:
        since = {"channel": plain(one.name, 80), "since": when(one.failing_since)}
        if one.said and not discreet:
            answered = plain(one.said, 140)
            told.append(said("Channel %(channel)s took nothing since %(since)s: %(said)s.", said=answered, **since))
        else:
            told.append(said("Channel %(channel)s took nothing since %(since)s.", **since))
    return [Paragraph(" ".join(told))] if told else []


def _custody(digest: Digest, detail: AlertDetail) -> str:
    """Discreet: no word of what it is a record of."""
    if detail == AlertDetail.DISCREET:
        return said("Record: %(mark)s", mark=digest.custody)
    return said(
        "Mark of the evidence log: %(mark)s. Keep this message: `reupload-monitor evidence verify --reference %(mark)s`"
        " shows later whether anything up to here was changed.",
        mark=digest.custody,
    )


def _bars(digest: Digest) -> tuple[str, ...]:
    highest = max((count for _, count in digest.trend), default=0)
    return tuple(
        f"{week.isoformat()}  {'█' * _bar(count, highest)}{' ' if count else ''}{count}" for week, count in digest.trend
    )


def _bar(count: int, highest: int) -> int:
    """Any find is seen, however high another week stands."""
    return max(1, round(BAR_WIDTH * count / highest)) if count else 0


def _capped(lines: Sequence[str], many: int | None = None) -> Items:
    """many: of how many these are the first; None: they are all."""
    left = (len(lines) if many is None else many) - MOST_ITEMS
    more = [said_many("and %(count)d more", "and %(count)d more", left)] if left > 0 else []
    return Items((*lines[:MOST_ITEMS], *more))


def _due(digest: Digest, when: When) -> list[str]:
    late = [_late_words(one, when) for one in digest.overdue]
    silent = [
        said(
            "%(report)s: nothing was heard since %(since)s, and nothing sets them a time. If they answered, note it",
            report=_report(one),
            since=when(one.changed_at),
        )
        for one in digest.unanswered
    ]
    drafted = [
        said("%(report)s: drafted for you to send next, after %(before)s", report=_report(one), before=one.follows)
        for one in digest.proposed
    ]
    return [*late, *silent, *drafted]


def _report(report: Report) -> str:
    return said("report %(id)s to %(channel)s", id=report.id, channel=plain(report.channel, 60))


def _late_words(report: Report, when: When) -> str:
    if report.due_at:
        return said("%(report)s: an answer was due %(when)s", report=_report(report), when=when(report.due_at))
    return said("%(report)s: an answer was due before now", report=_report(report))

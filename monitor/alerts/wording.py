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
from monitor.catalogue import said, said_many
from monitor.documents.blocks import Block, Items, Message, Paragraph, message
from monitor.documents.standstill import standstill_words, stood_of
from monitor.documents.times import When, told_in, utc_words
from monitor.model.alert import CLOCK_SET, NO_BACKUP, Alert, AlertKind
from monitor.model.ids import SightingId
from monitor.model.match import Tier
from monitor.model.quota import QuotaKind
from monitor.model.settings import AlertDetail, AlertSettings
from monitor.model.sighting import HER_WORD, Sighting
from monitor.plain import plain

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
    case: str = "",
) -> Message:
    """zone: of the person's clock. case: named beside the number, where messages of several come to one place.
    sightings: those of `alert.sightings` that still exist. came_back: of those that are new where a copy had been
    removed, what is said of that. A digest is rendered by `alerts.digest`."""
    product = plain(settings.product_name, 40) or "Monitor"
    when = told_in(zone, alert.created_at)
    subject, blocks = _discreet(alert, when)
    if settings.detail != AlertDetail.DISCREET:
        blocks += _details(alert, sightings, came_back, when, with_addresses=settings.detail == AlertDetail.FULL)
    if alert.number:
        blocks.append(Paragraph(number_line(alert.number, case, settings.detail)))
    return message(with_number(f"{product}: {subject}", alert.number), blocks)


def number_line(number: str, case: str, detail: AlertDetail) -> str:
    """case: '' where it need not be said. It stands in no subject, those are read by whoever passes by; and in nothing
    discreet: the letters before the number say to the program whose it is, and to nobody else."""
    if not case or detail == AlertDetail.DISCREET:
        return said("Number: %(number)s", number=number)
    return said("Number: %(number)s, of the case %(case)s", number=number, case=plain(case, 40))


def with_number(subject: str, number: str) -> str:
    """`Monitor: 8 new entries, 3-K7`: no two have one subject, and what is meant can be said in three signs."""
    return f"{subject}, {number}" if number else subject


def in_short(alert: Alert) -> str:
    """`8 new entries`: what its subject says of it."""
    return said("weekly summary") if alert.kind is AlertKind.DIGEST else _discreet(alert, utc_words)[0]


def _discreet(alert: Alert, when: When) -> tuple[str, list[Block]]:
    noted = Paragraph(said("First noted: %(when)s.", when=when(alert.created_at)))
    calm = Paragraph(said("Look when you have a quiet moment."))
    match alert.kind:
        case AlertKind.NEW:
            there = said_many(
                "There is %(count)d new entry in your list.",
                "There are %(count)d new entries in your list.",
                alert.count,
            )
            return _new_entries(alert.count), [Paragraph(there), noted, calm]
        case AlertKind.REAPPEARED:
            there = said_many(
                "%(count)d entry is back in your list that had been closed.",
                "%(count)d entries are back in your list that had been closed.",
                alert.count,
            )
            back = said_many("%(count)d entry is back", "%(count)d entries are back", alert.count)
            return back, [Paragraph(there), noted, calm]
        case AlertKind.FLOOD:
            many = said_many(
                "%(count)d new entry in your list, of one kind that comes up unusually often. As long as that goes on, "
                "you get one message an hour about it.",
                "%(count)d new entries in your list, of one kind that comes up unusually often. As long as that goes "
                "on, you get one message an hour about it.",
                alert.count,
            )
            return _new_entries(alert.count), [Paragraph(many), noted, calm]
        case AlertKind.UNTOLD:
            what = _untold(alert)
            late = said(
                "Messages could not be delivered for a while. This is what they were about: %(what)s.", what=what
            )
            return said("%(what)s, late", what=what), [Paragraph(late), noted, calm]
        case AlertKind.TEST:
            return said("test"), [Paragraph(said("This is a test. Messages arrive here; there is nothing to do."))]
        case AlertKind.DIGEST:
            raise ValueError("a digest is rendered by monitor.alerts.digest")
        case _:
            return _of_the_machine(alert, when, noted, calm)


def _of_the_machine(alert: Alert, when: When, noted: Paragraph, calm: Paragraph) -> tuple[str, list[Block]]:
    """Of what looks and tells, and not of what was found."""
    match alert.kind:
        case AlertKind.HEARTBEAT:
            places = said_many(
                "%(count)d place was looked at in the last seven days.",
                "%(count)d places were looked at in the last seven days.",
                alert.count,
            )
            runs = Paragraph(said("Everything is running. This message asks nothing of you."))
            missing = Paragraph(
                said("This comes once a week. When it stays away, look whether the machine that this runs on is on.")
            )
            return said("running"), [runs, Paragraph(places), missing]
        case AlertKind.STOOD_STILL:
            stood = Paragraph(standstill_words(stood_of(alert.subject), when))
            return said("checks stood still, and go on"), [stood, Paragraph(_over(alert.count)), noted]
        case AlertKind.BLIND:
            blind = said("One of your regular checks has not worked for a while, so it may have missed something.")
            return said("a check needs attention"), [Paragraph(blind), noted, calm]
        case AlertKind.STOPPED if alert.subject == NO_BACKUP:
            lacking = said(
                "No copy of what is kept here could be made for a day or more, on the disk or stick that you named for "
                "it. All else goes on."
            )
            plug = said("Plug it in, or see whether there is room on it. It goes on by itself then.")
            return said("a copy could not be made"), [Paragraph(lacking), noted, Paragraph(plug)]
        case AlertKind.STOPPED:
            stopped = said_many(
                "%(count)d thing keeps regular checks from running, or from keeping what they find: something is "
                "missed.",
                "%(count)d things keep regular checks from running, or from keeping what they find: something is "
                "missed.",
                alert.count,
            )
            again = Paragraph(said("This comes again every few days until it is mended."))
            return said("checks cannot run"), [Paragraph(stopped), noted, again]
        case AlertKind.CLOCK:
            clock = said("The clock of the machine that this runs on seems to be wrong. So may be what it noted.")
            if alert.subject == CLOCK_SET:
                clock = said(
                    "The clock of the machine that this runs on was set by a day or more. What was noted before that, "
                    "or what is noted now, has a wrong time. Nothing was lost, and nothing is removed by its age for "
                    "a month."
                )
            return said("the clock needs attention"), [Paragraph(clock), noted, calm]
        case AlertKind.QUOTA:
            held = said(
                "More was asked for here than may be taken for you: some of it waits, or is left out. Nothing that is "
                "known already is lost."
            )
            raised = Paragraph(said("Whoever runs this for you can raise it. This comes once a day at most."))
            return said("a limit is reached"), [Paragraph(held), noted, raised]
        case AlertKind.CHANNEL:
            fails = said(
                "One of the ways by which messages come to you has taken none for a day: number %(channel)s. Messages "
                "come by the others as long as that lasts.",
                channel=plain(alert.subject, 60),
            )
            once = Paragraph(said("When it works again, you are told once."))
            return said("a way to reach you needs attention"), [Paragraph(fails), noted, once]
        case AlertKind.CHANNEL_BACK:
            back = said(
                "A way by which messages come to you works again: number %(channel)s. There is nothing to do.",
                channel=plain(alert.subject, 60),
            )
            return said("a way to reach you works again"), [Paragraph(back), noted]
        case _ if alert.subject == "held":
            how = said(
                "Nothing can be saved on the machine that this runs on, for minutes now: another program keeps the "
                "store to itself, or the disk does not answer. What was noted before is safe."
            )
            mend = said(
                "End that program, such as a command that does not come to its end; if you know of none, start the "
                "machine again. It goes on by itself then."
            )
            return said("nothing can be saved"), [Paragraph(how), noted, Paragraph(mend)]
        case _ if alert.subject == "damaged":
            how = said(
                "What this program noted is damaged on the disk of the machine that it runs on, and it has ended: "
                "nothing is looked at any more."
            )
            mend = said("On that machine `doctor` says what is wrong, and with which line the newest copy is put back.")
            return said("the disk needs attention"), [Paragraph(how), noted, Paragraph(mend)]
        case _:  # NO_ROOM
            how, mend = _disk_words(alert.subject)
            then = said("It goes on by itself then. This comes again every day until it is mended.")
            return said("the disk needs attention"), [Paragraph(how), noted, Paragraph(f"{mend} {then}")]


def _over(hangs: int) -> str:
    """hangs: of the last day, where there were many."""
    if not hangs:
        return said("It is over: what became due meanwhile is looked at now. There is nothing to do.")
    return said_many(
        "It is over: what became due meanwhile is looked at now. But it has happened %(count)d time in a day. Look "
        "whether another program keeps the machine busy, and whether its disk and its memory are well.",
        "It is over: what became due meanwhile is looked at now. But it has happened %(count)d times in a day. Look "
        "whether another program keeps the machine busy, and whether its disk and its memory are well.",
        hangs,
    )


def _disk_words(room: str) -> tuple[str, str]:
    """room: as the daemon has it (`daemon.room`), in small letters."""
    if room == "little":
        how = said(
            "The disk of the machine that this runs on is nearly full. What is new is still noted. Before there is no "
            "room at all, files are not kept any more, so that entries still are."
        )
        return how, said("Free some space.")
    if room == "refused":
        how = said(
            "The disk of the machine that this runs on cannot be written: it is for reading only, or this program "
            "lacks the right. What is new cannot be noted then. What was noted before is safe."
        )
        return how, said("Make the disk writable again.")
    if room == "failing":
        how = said(
            "The disk of the machine that this runs on gives errors. What is new cannot be noted as long as it does. "
            "The disk may be about to fail."
        )
        return how, said(
            "Copy the data folder to another disk now, as long as it can be read, and look after the disk."
        )
    how = said(
        "The disk of the machine that this runs on is full, or nearly. New entries are noted and told as long as a "
        "small reserve lasts; files wait, and are fetched by themselves later. What was noted before is safe."
    )
    return how, said("Free some space.")


def _new_entries(count: int) -> str:
    return said_many("%(count)d new entry", "%(count)d new entries", count)


def _untold(alert: Alert) -> str:
    counts = untold_counts(alert)
    new, back, checks = counts["new"], counts["reappeared"], counts["checks"]
    words = [_new_entries(new)] if new else []
    if back:
        words.append(said_many("%(count)d entry that is back", "%(count)d entries that are back", back))
    if checks:
        needed = said_many("%(count)d check that needed attention", "%(count)d checks that needed attention", checks)
        words.append(needed)
    return ", ".join(words)


def quota_words(alert: Alert) -> str:
    match alert.subject:
        case QuotaKind.WATCHES:
            return said("places that are watched")
        case QuotaKind.REQUESTS:
            return said("requests in a day")
        case QuotaKind.EVIDENCE_BYTES:
            return said("room for evidence")
        case QuotaKind.CAPTURES:
            return said("looks in a day that are kept as evidence")
    return plain(alert.subject, 60)


def _details(
    alert: Alert,
    sightings: Sequence[Sighting],
    came_back: Mapping[SightingId, str],
    when: When,
    *,
    with_addresses: bool,
) -> list[Block]:
    if alert.kind is AlertKind.BLIND:
        told = said(
            "The watch: %(watch)s. `reupload-monitor status` says what it met.", watch=plain(alert.subject, 200)
        )
        return [Paragraph(told)]
    if alert.kind is AlertKind.STOPPED:
        return [Paragraph(said("`reupload-monitor status` names each, with what to do."))]
    if alert.kind is AlertKind.NO_ROOM and alert.subject not in ("held", "damaged"):
        return [Paragraph(said("`reupload-monitor doctor` says how much is free, and where."))]
    if alert.kind is AlertKind.CLOCK:
        return [Paragraph(said("`reupload-monitor doctor` says by how much, and what to do."))]
    if alert.kind is AlertKind.QUOTA:
        what = said("Which it is: %(quota)s. `reupload-monitor case show` tells how much.", quota=quota_words(alert))
        return [Paragraph(what)]
    if alert.kind is AlertKind.CHANNEL:
        return [Paragraph(said("`reupload-monitor status` says what it met, `alerts test` tries each now."))]
    if alert.kind is AlertKind.STOOD_STILL:
        return [Paragraph(said("`reupload-monitor status` says it too, and what each part did last."))]
    if alert.kind is AlertKind.TEST or not sightings:
        return []
    lines = [
        _sighting_line(sighting, when, with_addresses=with_addresses) + back_words(came_back.get(sighting.id, ""))
        for sighting in sorted(sightings, key=lambda one: one.number)[:MOST_SIGHTINGS]
    ]
    if len(sightings) > MOST_SIGHTINGS:
        lines.append(said_many("and %(count)d more", "and %(count)d more", len(sightings) - MOST_SIGHTINGS))
    blocks: list[Block] = [Items(tuple(lines))]
    if with_addresses:
        inert = said("Addresses are written with hxxp and [.] so that no program opens them by itself.")
        blocks.append(Paragraph(inert))
    blocks.append(Paragraph(said("`reupload-monitor sightings list` shows all of them.")))
    return blocks


def back_words(why: str) -> str:
    return f"; {plain(why, 100)}" if why else ""


def _sighting_line(sighting: Sighting, when: When, *, with_addresses: bool) -> str:
    if sighting.under_18:  # everything but address and time is gone, and stays gone
        place = inert_url(sighting.place.page_url) if with_addresses else inert_host(sighting.place.page_url)
        return said("%(place)s, %(when)s", place=place, when=when(sighting.first_seen))
    photo, number = photo_words(sighting), sighting.number
    if not with_addresses:
        site = f"{inert_host(sighting.seen_at.page_url)}{said_to_be(sighting, full=False)}"
        return said("%(number)s: %(photo)s, on %(place)s", number=number, photo=photo, place=site)
    title = f" “{plain(sighting.place.title, 100)}”" if sighting.place.title else ""
    place = f"{inert_url(sighting.seen_at.page_url)}{title}{said_to_be(sighting, full=True)}"
    return said(
        "%(number)s: %(photo)s, on %(place)s, file %(file)s",
        number=number,
        photo=photo,
        place=place,
        file=inert_url(sighting.place.image_url),
    )


def photo_words(sighting: Sighting) -> str:
    """Which photo it shows, and how surely; `sightings show --verbose` has the figures."""
    label = plain(sighting.match.label, 60)
    if not sighting.is_compared:
        return said("named by you as your photo “%(label)s”", label=label) if label else said("named by you")
    if sighting.match.tier is Tier.MATCH or sighting.status in HER_WORD:
        return said("your photo “%(label)s”", label=label) if label else said("your photo")
    if label:
        return said("perhaps your photo “%(label)s” (only you can tell)", label=label)
    return said("perhaps your photo (only you can tell)")


def said_to_be(sighting: Sighting, *, full: bool) -> str:
    """Where the list that it was seen in says that it is from; '' where nothing is claimed."""
    claimed = sighting.seen_at.claimed_url
    if not claimed:
        return ""
    place = inert_url(claimed) if full else inert_host(claimed)
    return said(", said there to be from %(place)s (not looked at yet)", place=place)


def inert_host(untrusted_url: str) -> str:
    """The host, with its dots in brackets; the whole address, made harmless, where there is none."""
    try:
        host = urlsplit(untrusted_url).hostname
    except ValueError:
        host = None
    return plain(host, 120).replace(".", "[.]") if host else inert_url(untrusted_url, 120)

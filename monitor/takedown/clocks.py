"""By when an answer is due. Pure: every time is an argument, UTC and aware.

What starts a clock, stops it and makes it longer is the law's (`BASES`); how long it runs was frozen with the draft.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum

from monitor.errors import UsageError
from monitor.mending import Mending
from monitor.model.report import Frozen, Report, ReportState

SATURDAY = 5

FIRST_DAWN, LAST_DUSK = timezone(timedelta(hours=3)), timezone(timedelta(hours=-1))
"""Of the member states: Cyprus in summer, the Azores in winter. Where the addressee sits is not known, and nothing is
called overdue before the last day has ended wherever that may be."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Plain hours, or calendar months; never both. ISO 8601 in the data: `PT48H`, `P1M`."""

    hours: int = 0
    months: int = 0

    def __post_init__(self) -> None:
        if (self.hours > 0) == (self.months > 0) or self.hours < 0 or self.months < 0:
            raise ValueError("a deadline is a number of hours or a number of months")

    @classmethod
    def parse(cls, text: str) -> Deadline:
        """Raises ValueError for anything but `PT<n>H` and `P<n>M`: no other deadline is known."""
        hours = re.fullmatch(r"PT([1-9][0-9]{0,3})H", text)
        if hours:
            return cls(hours=int(hours[1]))
        months = re.fullmatch(r"P([1-9][0-9]?)M", text)
        if months:
            return cls(months=int(months[1]))
        raise ValueError(f"{text!r} is neither hours (PT48H) nor months (P1M)")

    @property
    def iso(self) -> str:
        return f"PT{self.hours}H" if self.hours else f"P{self.months}M"

    def __str__(self) -> str:
        """In words, for a draft."""
        if self.hours:
            return "1 hour" if self.hours == 1 else f"{self.hours} hours"
        return "1 month" if self.months == 1 else f"{self.months} months"


class Starts(StrEnum):
    """What a clock counts from."""

    RECEIPT = "receipt"
    COMPLETE = "complete"  # receipt of a request that lacks nothing: while something is asked for, none may run
    NOTICE = "notice"  # the authority's own notice to the site; to write to the authority starts none


@dataclass(frozen=True, slots=True)
class BasisClock:
    """longest: what the whole time may become, where the addressee says so in time; None where it cannot."""

    starts: Starts = Starts.RECEIPT
    longest: Deadline | None = None


BASES = {
    "us_tida": BasisClock(Starts.COMPLETE),  # 47 U.S.C. 223a(a)(3): "receiving a valid removal request"
    "uk_osa_20a": BasisClock(),  # Online Safety Act 2023 s.20A: receipt of the report
    "in_it_rules_3_2_b": BasisClock(),  # Rule 3(2)(b): from the complaint
    "eu_gdpr_17": BasisClock(longest=Deadline(months=3)),  # Art. 12(3): one month, and two more
    "au_osa_77": BasisClock(Starts.NOTICE),  # s 77: after the Commissioner gives the notice
}
"""By the ids of `channels/legal_bases.toml`. Any other that has a time counts from receipt."""

_NO_LAW = BasisClock()


def due_after(report: Report, state: ReportState, at: datetime) -> datetime | None:
    """The clock of `report` as it stands once it became `state` at `at`; None where none runs.

    What the person sent is taken as received when it was sent: forms and mail are, and nothing later is known."""
    basis, deadline = _clock_of(report.frozen)
    match state:
        case ReportState.SENT if basis.starts is not Starts.NOTICE and deadline is not None:
            return latest_due(deadline, at)
        case ReportState.DRAFT | ReportState.SENT | ReportState.BOUNCED:
            return None
        case ReportState.MORE_ASKED if basis.starts is Starts.COMPLETE:
            return None
        case _:
            return report.due_at


def set_right(report: Report, now: datetime, latest: datetime | None = None) -> Report:
    """Without steps that are yet to come (`Report.not_after`), and with the clocks counted from the right times."""
    told, right = report.events, report.not_after(now, latest).events
    events = list(right[:1])
    for was_before, was, event in zip(told, told[1:], right[1:], strict=False):
        before, due = events[-1], event.due_at
        if due is not None and due == was_before.due_at:
            due = before.due_at  # it went on as it was
        elif due is not None and event.at != was.at:
            is_sent = event.state is ReportState.SENT
            counted = due_after(report, event.state, event.at) if is_sent else None
            due = counted or due - (was.at - event.at)
        events.append(replace(event, due_at=due))
    return replace(report, events=tuple(events))


def due_after_notice(report: Report, at: datetime) -> datetime:
    """The authority gave the site its notice at `at`. Raises UsageError where no notice starts a clock."""
    basis, deadline = _clock_of(report.frozen)
    if basis.starts is not Starts.NOTICE or deadline is None:
        raise UsageError(
            f"report {report.id} goes to {report.frozen.channel_name or report.channel}, where no notice of an "
            "authority starts a clock",
            remedy="For what they wrote: --outcome acknowledged --text TEXT.",
            way=Mending.SAY_ACKNOWLEDGED,
        )
    return latest_due(deadline, at)


def due_if_extended(report: Report, at: datetime) -> datetime:
    """The addressee said at `at` that it takes longer. Raises UsageError where the law lets nobody do that, and where
    it came too late."""
    basis, deadline = _clock_of(report.frozen)
    if report.sent_at is None or report.due_at is None or basis.longest is None:
        source = f" ({report.frozen.deadline_source}: {deadline})" if deadline else ""
        raise UsageError(
            f"the time of report {report.id} cannot be made longer by those who answer{source}",
            remedy="For what they wrote: --outcome acknowledged --text TEXT. Their clock goes on as it was.",
            way=Mending.SAY_ACKNOWLEDGED,
        )
    if at > report.due_at:
        raise UsageError(
            f"the time of report {report.id} had run out at {report.due_at:%Y-%m-%dT%H:%MZ}, before they said that it "
            "takes longer",
            remedy="If they said it earlier, say when: --at TIME. Else: --outcome acknowledged --text TEXT.",
            way=Mending.SAY_WHEN_THEY_ANSWERED,
        )
    return latest_due(basis.longest, report.sent_at)


def may_not_have_begun(report: Report) -> bool:
    """The desk asked for more, and its clock counts from a complete request."""
    basis, deadline = _clock_of(report.frozen)
    return report.state is ReportState.MORE_ASKED and basis.starts is Starts.COMPLETE and deadline is not None


def may_take_longer(frozen: Frozen) -> bool:
    """Its law lets those who answer make their time longer."""
    basis, _ = _clock_of(frozen)
    return basis.longest is not None


def waits_for_notice(frozen: Frozen) -> bool:
    return _clock_of(frozen)[0].starts is Starts.NOTICE


def _clock_of(frozen: Frozen) -> tuple[BasisClock, Deadline | None]:
    deadline = Deadline.parse(frozen.deadline) if frozen.deadline else None
    return BASES.get(frozen.legal_basis, _NO_LAW), deadline


def latest_due(deadline: Deadline, at: datetime) -> datetime:
    """When the time of what was received at `at` has run out wherever the addressee sits: what a report is given."""
    return _run_out(deadline, at, received_in=FIRST_DAWN, ends_in=LAST_DUSK)


def due_at(
    deadline: Deadline | None,
    sent_at: datetime,
    *,
    zone: tzinfo = UTC,
    holidays: Container[date] = frozenset(),
) -> datetime | None:
    """When the time that `deadline` gives has run out for what was received at `sent_at`; None without a
    deadline.

    Hours are plain hours: nights, weekends and the change to summer time do not stretch them
    (as 47 U.S.C. 223a counts). Months follow Regulation (EEC, Euratom)
    1182/71, Art. 3: the day of receipt does not count; the last day is the one of the same date, or the last
    of a month that has no such date; a last day that is a Saturday, a Sunday or one of `holidays` moves to
    the next working day; the time runs out at the end of that day in `zone`, the addressee's.

    Raises ValueError for a time without a zone.
    """
    if sent_at.utcoffset() is None:
        raise ValueError(f"{sent_at} has no time zone")
    if deadline is None:
        return None
    return _run_out(deadline, sent_at, received_in=zone, ends_in=zone, holidays=holidays)


def _run_out(
    deadline: Deadline,
    sent_at: datetime,
    *,
    received_in: tzinfo,
    ends_in: tzinfo,
    holidays: Container[date] = frozenset(),
) -> datetime:
    if deadline.hours:
        return sent_at.astimezone(UTC) + timedelta(hours=deadline.hours)
    last = add_months(sent_at.astimezone(received_in).date(), deadline.months)
    while last.weekday() >= SATURDAY or last in holidays:
        last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(0), tzinfo=ends_in).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same date `months` later, or the last day of a month that is too short (1182/71 Art. 3(2)(c))."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

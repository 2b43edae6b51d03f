"""When nothing was looked at, and why as far as is known: in words, and as an alert's subject holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.catalogue import said
from monitor.documents.times import When
from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive, Standstill, StoodBecause


def standstill_words(stood: Standstill | None, when: When) -> str:
    if stood is None:
        return said("Nothing was looked at for a while.")
    since, until = when(stood.since), when(stood.until)
    return said(
        "Nothing was looked at from %(since)s to %(until)s. As far as is known: %(why)s.",
        since=since,
        until=until,
        why=standstill_reason(stood),
    )


def standstill_reason(stood: Standstill) -> str:
    match stood.because:
        case StoodBecause.OFF:
            return said("the machine was switched off or had no power")
        case StoodBecause.ASLEEP:
            return said("the machine was asleep")
        case StoodBecause.STOPPED:
            return said("this program had been stopped")
        case StoodBecause.UPGRADED:
            return said("this program had been stopped, and another version of it was started")
        case StoodBecause.ENDED:
            return said("this program was ended from outside, or fell")
        case StoodBecause.HUNG:
            return said("a part of this program hung (%(part)s)", part=stood.loop or "")
        case StoodBecause.HELD_UP:
            return said("this program was held up by the machine")
        case StoodBecause.NO_ROOM:
            return said("nothing could be saved")
        case StoodBecause.RESTORED:
            return said("a backup was restored, and what was done after it was made is not in it")


def subject_of(stood: Standstill) -> str:
    return f"{stood.since.isoformat()}/{stood.until.isoformat()}/{stood.because}/{stood.loop or ''}"


def stood_of(subject: str) -> Standstill | None:
    """None for what is none: written by hand or by another version."""
    try:
        since, until, because, loop = subject.split("/")
        stood = StoodBecause(because)
        return Standstill(
            datetime.fromisoformat(since), datetime.fromisoformat(until), stood, Loop(loop) if loop else None
        )
    except ValueError:
        return None


def standstill_document(stood: Standstill | None) -> dict[str, Any] | None:
    if stood is None:
        return None
    return {
        "since": stood.since,
        "until": stood.until,
        "because": stood.because.value,
        "part": stood.loop.value if stood.loop else None,
        "said": standstill_reason(stood),
    }


def loops_document(alive: LastAlive | None) -> dict[str, Any] | None:
    """When each of the daemon's loops got on last, as the daemon noted it. None: it never did."""
    if alive is None:
        return None
    did = {loop.value: alive.did.get(loop) for loop in Loop}
    return {"noted_at": alive.at, "ended": alive.ended or None, "did": did}

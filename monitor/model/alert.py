"""An alert to the person, as it stands in the outbox, and how far it came with each who is to get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.ids import CaseId, SightingId


class AlertKind(StrEnum):
    NEW = "new"  # a new incident, or more copies in one
    REAPPEARED = "reappeared"
    BLIND = "blind"  # a watch cannot see
    STOPPED = "stopped"  # watches that cannot run at all, all in one
    DIGEST = "digest"
    TEST = "test"
    FLOOD = "flood"  # finds of a photo that turns up everywhere, of an hour
    CLOCK = "clock"  # of this machine: a time-stamp authority says another time
    CHANNEL = "channel"  # one of several channels takes no messages; told by the others
    CHANNEL_BACK = "channel_back"  # ... and takes them again
    NO_ROOM = "no_room"  # nothing can be saved, or soon not: sent at once, since it cannot wait in the store
    STOOD_STILL = "stood_still"  # nothing was looked at for longer than the watches allow
    HEARTBEAT = "heartbeat"  # a sign of life, once a week
    QUOTA = "quota"  # the case is held to what it may take
    UNTOLD = "untold"  # what could not be delivered for long, in one


NO_BACKUP = "backup"
"""Subject of an alert that nothing is wrong but this: no copy of what is kept can be made."""
CLOCK_SET = "set"
"""The subject of an alert of kind `clock`: it was set by much, and nobody says which time is right."""


class Delivery(StrEnum):
    WAITING = "waiting"  # nobody has it yet
    PARTLY = "partly"  # somebody has it; others are still to get it
    SENT = "sent"
    FOLDED = "folded"  # told by a later alert of kind `untold`, or by a later digest
    FAILED = "failed"  # given up on by an older version; nothing is given up now


FURTHEST = timedelta(days=8, hours=1)
"""Longer than an alert waits for anything. No row is believed further ahead: it was written while the clock stood
wrong."""

MOST_COPIES = 2
"""As often one message is handed over to one recipient that never answers: it may be there each time."""


_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"  # none that is taken for a digit, or for another letter on a bad screen
_DIGITS = "23456789"
_CHECKS = 173  # prime, and no more than letters times digits: a wrong digit or two swapped ones always tell
_MOST_DIGITS = 9
_CONSONANTS = "BCDFGHJKLMNPRSTVWX"  # no word comes of them by chance
_CASE_LETTERS = 4


def case_letters(digest: bytes) -> str:
    """`WRBT`: what tells apart the alerts of several cases that are told in one mailbox, and says nothing of whose they
    are. digest: of the case, keyed. Two cases in some hundred may have the same ones."""
    drawn, letters = int.from_bytes(digest, "big"), ""
    for _ in range(_CASE_LETTERS):
        drawn, one = divmod(drawn, len(_CONSONANTS))
        letters += _CONSONANTS[one]
    return letters


def number_of(counted: int, letters: str = "") -> str:
    """3 -> `3-K7`: how the person names an alert. The letter and digit follow from the count, so that a slip in typing
    is told and not taken for another alert. letters: of its case, where there are several: `WRBT-3-K7`."""
    check = (counted * 37 + 139) % _CHECKS
    number = f"{counted}-{_LETTERS[check // len(_DIGITS)]}{_DIGITS[check % len(_DIGITS)]}"
    return f"{letters}-{number}" if letters else number


def letters_in(number: str) -> str:
    """Of the case, as typed before an alert's number; '' where there are none, or it is no number at all."""
    letters = _typed(number)[:_CASE_LETTERS]
    return letters if len(letters) == _CASE_LETTERS and set(letters) <= set(_CONSONANTS) else ""


def counted_of(number: str) -> int:
    """What `number_of` was given; small letters, blanks and a missing hyphen are no slip. Raises ValueError, which says
    what would be right."""
    typed = _typed(number).removeprefix(letters_in(number))
    counted, check = typed[:-2], typed[-2:]
    if not (counted.isascii() and counted.isdecimal() and len(counted) <= _MOST_DIGITS):
        raise ValueError("an alert's number looks like 3-K7 and stands in its subject")
    if number_of(int(counted)).partition("-")[2] != check:
        raise ValueError(f"{number.strip()} is no alert's number: there is a slip in it, for its parts do not fit")
    return int(counted)


def _typed(number: str) -> str:
    return "".join(number.upper().replace("-", " ").split()).removeprefix("#")


@dataclass(frozen=True, slots=True)
class Alert:
    """message_id: fixed when the alert is written, so that a second sending in SMTP's one window can be told to be
    the same. count: sightings grouped in it. subject: what it is about ('' = the incident id, watch name ...).
    number: by which the person names it (`number_of`); '' until it is in the store, which counts. run: as which look it
    came of the journal names (`run_names`), '' of none. Neither is a part of what makes two equal."""

    id: str
    case: CaseId
    kind: AlertKind
    subject: str
    message_id: str
    created_at: datetime
    not_before: datetime  # grouping: quiet for 60 s, at most 10 minutes after `created_at`
    urgent: bool = False
    count: int = 1
    sightings: tuple[SightingId, ...] = ()
    attempts: int = 0
    delivery: Delivery = Delivery.WAITING
    sent_at: datetime | None = None
    last_error: str = ""
    number: str = field(default="", compare=False)
    run: str = field(default="", compare=False)


class Answer(StrEnum):
    """What came of one alert at one recipient."""

    LATER = "later"  # not asked, or not now
    UNSURE = "unsure"  # handed over, and no answer came: it may have arrived
    TAKEN = "taken"
    REFUSED = "refused"  # for good, as the server says


@dataclass(frozen=True, slots=True)
class Part:
    """One alert at one recipient of a mail, or at one target of another channel.

    handed: how often it was handed over and no answer came.
    target: a digest, which tells no address and stays when channels change places. name: `1 (mailto), recipient 2`.
    retry_at: not before; None where it is done. said: what the server answered, without secrets.
    """

    alert: str
    target: str
    name: str
    answer: Answer
    tries: int
    changed_at: datetime
    retry_at: datetime | None = None
    said: str = ""
    handed: int = 0

    @property
    def channel(self) -> str:
        return self.name.partition(",")[0]

    @property
    def is_spent(self) -> bool:
        """It may have all the copies it gets, and nobody knows whether it has one."""
        return self.answer is not Answer.TAKEN and self.handed >= MOST_COPIES

    @property
    def trouble(self) -> str:
        """What is wrong with a recipient of `refusing`, to stand behind its name."""
        return (
            "had a message handed over twice without an answer" if self.is_spent else f"refuses messages: {self.said}"
        )


@dataclass(frozen=True, slots=True)
class Outstanding:
    """How the outbox stands. waiting: alerts that nobody has yet. tried: those of them that some channel did not take.
    partly: alerts that not everybody has. failed: given up by an older version. oldest: when the oldest that nobody has
    was made. finds: sightings that nobody was told of."""

    waiting: int = 0
    tried: int = 0
    partly: int = 0
    failed: int = 0
    oldest: datetime | None = None
    finds: frozenset[str] = frozenset()

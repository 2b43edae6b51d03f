"""The one error tree. Every error says what happened, and what to do about it.

MonitorError                 base; only `cli/` (exit code) and `daemon/` (log, go on) catch it
├── UsageError               the command's words or the configuration are wrong         exit 2
│   ├── NoSuch               what was named is not there, or is another case's
│   ├── NoHome               (homes) there is no home folder, and one was needed
│   ├── ChangedMeanwhile     it is not as the person saw it any more: nothing was done
│   └── InFileError          names file, line and key
│       ├── ConfigError      config.toml
│       └── WatchlistError   watchlists/*.toml
├── NeedsUser                something only the person can give or decide               exit 3
│   ├── AttestationMissing   adults only, own pictures or with authority
│   ├── NotAllowed           the role of who asks does not reach so far
│   ├── QuotaReached         the case has taken what it may
│   ├── UnderAge             someone was or may have been under 18: nothing is done here
│   ├── Locked               a key or passphrase is missing
│   │   ├── CredentialMissing  a unit of systemd was not given it
│   │   └── TooSoon          after a wrong passphrase the next one is not tried yet
│   └── LockedMeanwhile      the person locked the evidence, or left, before it was done
└── WorkFailed               the work itself failed                                     exit 1
    ├── UnreadableImage      bytes that are no usable picture
    ├── StoreError           the store cannot be opened, is damaged, is in use
    │   ├── NewerStore       a newer version of the program wrote it, or upgraded it just now
    │   ├── DamagedStore     it is empty, cut short, or not as it was written
    │   ├── StoreBusy        another process writes it, and went on for too long
    │   ├── StoreAway        the server that it is on does not answer
    │   ├── LeaseLost        another process has this work by now: nothing of it is saved here
    │   ├── NoWriting        it can be read, or could be, but not written: a full disk, a folder without rights
    │   └── DiskFailing      its disk gives errors
    ├── SealError            evidence cannot be sealed or opened
    │   └── EvidenceWaits    what is left of the disk is for finds
    ├── AlertFailed          an alert channel did not take the alert
    ├── StampFailed          a time-stamp authority gave no time stamp that holds
    ├── QueueAway            the queue of the workers does not answer
    ├── QueueMisfit          its tables are not those of the library that is installed here
    ├── BeingLookedAt        another process looks at this watch just now
    ├── PingFailed           the address that is told that all is well did not take it
    ├── StoodStill           a part of the daemon did not get on, and was cut off
    ├── NoRoom               (room) no more files, processes or memory may be had here
    ├── PartLost             a process of the program ended, hung or answered what it may not
    │   └── PartMismatch     it is of another version than the rest
    └── DraftIncomplete      a notice lacks an element that the law or the form wants
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from traceback import walk_tb
from typing import Self

from monitor.mending import Mending

_OURS = "monitor."
_STEP = "step: "


MAKE_A_KEY = (
    "Make a key with: reupload-monitor evidence recipients new FILE. Or give the public key of one that you have: "
    "reupload-monitor evidence recipients add AGE-PUBLIC-KEY"
)
"""Where evidence is to be kept, and there is nobody to seal it to."""


class MonitorError(Exception):
    """`str(error)` says what happened and why; `remedy` says what to do, as a command is typed. way: the same as data,
    for what is no command; None where `remedy` names none."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", way: Mending | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.way = way


@contextmanager
def doing(step: str) -> Iterator[None]:
    """`with doing("looking at 'forum'"): ...`: what nobody expected says in which step it came up (`step_of`). What is
    expected names it by itself, and passes."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:
        error.add_note(f"{_STEP}{step}")
        raise


def step_of(error: BaseException) -> str:
    """Of what nobody expected: what was being done, as `doing` named it, and the function of this program that it came
    up in: `looking at 'forum', in pipeline.images.decided`. '' where neither is known."""
    steps = [note.removeprefix(_STEP) for note in getattr(error, "__notes__", ()) if note.startswith(_STEP)]
    modules = [
        (str(frame.f_globals.get("__name__", "")), frame.f_code.co_name) for frame, _ in walk_tb(error.__traceback__)
    ]
    own = [f"{module}.{name}" for module, name in modules if module.startswith(_OURS) and module != __name__]
    return ", ".join([*steps, f"in {own[-1].removeprefix(_OURS)}"] if own else steps)


class UsageError(MonitorError):
    exit_code = 2


class NoSuch(UsageError):
    pass


_LISTED_BY = {
    "sightings list": Mending.LIST_FINDS,
    "reports list": Mending.LIST_REPORTS,
    "evidence list": Mending.LIST_EVIDENCE,
    "references list": Mending.LIST_PHOTOS,
}


def no_such(what: str, name: str, case: str, listing: str) -> NoSuch:
    """An id that the case does not have. Whether another case has it is not told: cases know nothing of each other."""
    return NoSuch(
        f"there is no {what} {name!r} in the case {case!r}, or several begin so",
        remedy=f"`reupload-monitor {listing} --case {case}` shows those of this case; another case: --case NAME.",
        way=_LISTED_BY[listing],
    )


class ChangedMeanwhile(UsageError):
    pass


class InFileError(UsageError):
    """What is wrong where, as data; whoever asks for one of these reads the field, never the message.

    file: '' where it is not of a file. line: 0 where it is not known. key: as written. watch: its name, '' where it is
    of no one watch or that has none. case: whose watch it is; '' where that cannot be known, of a file that is no
    TOML, say. cause: what is wrong, without the place."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        file: str = "",
        line: int = 0,
        key: str = "",
        watch: str = "",
        case: str = "",
        cause: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.file, self.line, self.key, self.watch, self.case = file, line, key, watch, case
        self.cause = cause or message

    @classmethod
    def at(
        cls,
        cause: str,
        *,
        remedy: str,
        file: str,
        line: int = 0,
        key: str = "",
        watch: str = "",
        case: str = "",
    ) -> Self:
        """With its place before it: FILE:LINE."""
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        message = f"{place}{cause}"
        return cls(message, remedy=remedy, file=file, line=line, key=key, watch=watch, case=case, cause=cause)


class ConfigError(InFileError):
    """each: where several things are wrong, one error for each, and this one has the place of the first; empty where
    this is the only one."""

    each: tuple[ConfigError, ...] = ()


class WatchlistError(InFileError):
    pass


class NeedsUser(MonitorError):
    exit_code = 3


class AttestationMissing(NeedsUser):
    pass


class NotAllowed(NeedsUser):
    pass


class QuotaReached(NeedsUser):
    pass


class UnderAge(NeedsUser):
    pass


class Locked(NeedsUser):
    pass


class CredentialMissing(Locked):
    """Of a unit of systemd. credential: its name."""

    def __init__(self, message: str, *, credential: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.credential = credential


class TooSoon(Locked):
    """at: when the next passphrase can be tried."""

    def __init__(self, message: str, *, at: datetime, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.at = at


class LockedMeanwhile(NeedsUser):
    """Nothing is wrong with any file: whoever goes on past what cannot be opened stops here."""

    def __init__(self) -> None:
        super().__init__(
            "the evidence was locked before this was done", remedy="Open it with your passphrase, then ask again."
        )


class WorkFailed(MonitorError):
    exit_code = 1


class StoodStill(WorkFailed):
    pass


class UnreadableKind(StrEnum):
    """Why bytes are no usable picture. Kept and shown by these words."""

    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    BROKEN = "broken"
    FEATURELESS = "featureless"  # nothing in it that could be told from others
    READER_DIED = "reader_died"
    READER_TIMEOUT = "reader_timeout"


READER_FELL = frozenset({UnreadableKind.READER_DIED, UnreadableKind.READER_TIMEOUT})
"""Said of a reader, not by one."""


class UnreadableImage(WorkFailed):
    def __init__(self, message: str, *, kind: UnreadableKind, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind


class StoreError(WorkFailed):
    pass


class NewerStore(StoreError):
    pass


class QueueAway(WorkFailed):
    pass


class QueueMisfit(WorkFailed):
    pass


class DamagedStore(StoreError):
    pass


class StoreBusy(StoreError):
    pass


class StoreAway(StoreError):
    pass


class LeaseLost(StoreError):
    pass


class NoWriting(StoreError):
    """is_full: for want of room; else for want of rights, or of a disk that takes writes. made_room: the reserve was
    given away for it, so that the same is tried once more."""

    def __init__(self, message: str, *, is_full: bool, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.is_full = is_full
        self.made_room = False


class DiskFailing(StoreError):
    """Neither room nor rights are wanting."""


class SealError(WorkFailed):
    pass


class EvidenceWaits(SealError):
    """For room: what is left of the disk is for finds."""


class AlertFailed(WorkFailed):
    pass


class StampFailed(WorkFailed):
    """Its text begins with what the authority did: the caller knows which it is."""


class BeingLookedAt(WorkFailed):
    pass


class PingFailed(WorkFailed):
    """Its text begins with what the address did. It never holds the address, which is a secret."""


class DraftIncomplete(WorkFailed):
    """`missing` names the elements, in the words of the form or the law."""

    def __init__(self, message: str, *, missing: tuple[str, ...], remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.missing = missing


class HowLost(StrEnum):
    """What became of a part that was asked."""

    NOT_STARTED = "not_started"
    OTHER_VERSION = "other_version"
    ENDED = "ended"
    HUNG = "hung"
    OUTSIDE_LIMITS = "outside_limits"
    FAILED = "failed"  # at this one question; it goes on
    CLOSED = "closed"  # by us


class PartLost(WorkFailed):
    """A part of the program gave no answer: never what a site did. how: what became of it."""

    def __init__(self, message: str, *, how: HowLost, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.how = how


class PartMismatch(PartLost):
    """It is of another version than who asked it."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, how=HowLost.OTHER_VERSION, remedy=remedy)

"""What the first use asks for: seven steps, any of which can wait and be taken up again. Nothing is written before the
third but in memory; from then on what is done is told by what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from monitor.errors import UsageError
from monitor.mending import Mending
from monitor.model.ids import CaseId


class WrongAnswer(UsageError):
    """field: of the form, that it is about."""

    def __init__(self, message: str, *, field: str, remedy: str = "", way: Mending | None = None) -> None:
        super().__init__(message, remedy=remedy, way=way)
        self.field = field


class FirstStep(IntEnum):
    """As they are counted for the person, and in their paths."""

    WHO_ELSE = 1
    PROMISE = 2
    PASSPHRASE = 3
    PHOTOS = 4
    PLACE = 5
    ALERTS = 6
    LOOK = 7


class StepState(StrEnum):
    DONE = "done"
    OPEN = "open"
    WAITS = "waits"
    """the person put it off"""
    SHUT = "shut"
    """another one comes first"""


@dataclass(frozen=True, slots=True)
class StepNow:
    """needs: which step comes first, where this one is shut."""

    step: FirstStep
    state: StepState
    needs: FirstStep | None = None


@dataclass(frozen=True, slots=True)
class WhoElse:
    """What the person said. None: not yet."""

    computer: bool | None = None
    mailbox: bool | None = None


@dataclass(frozen=True, slots=True)
class WhoSpeaks:
    """As it was typed: for whom requests to sites speak. Each may stay empty."""

    name: str = ""
    email: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class PromiseNow:
    """is_given: it was said that everybody shown was 18 or older. refused: it was said that somebody may not have been.
    authority: `self` or `representative`."""

    is_given: bool = False
    refused: bool = False
    authority: str = ""
    speaks: WhoSpeaks = WhoSpeaks()


@dataclass(frozen=True, slots=True)
class NewWords:
    """A passphrase as it was typed. again: the second time; not asked where it is the six words that were offered.
    key_on_sheet: the key itself is to stand on a sheet that is written."""

    words: str
    again: str
    key_on_sheet: bool = False


@dataclass(frozen=True, slots=True)
class KeptNow:
    """Where things are, in words for the person; '' where there is none. sheet: the file that holds the key as well.
    is_sealed: evidence is kept."""

    is_set_up: bool = False
    is_sealed: bool = False
    config: str = ""
    data: str = ""
    identity: str = ""
    store_key: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One file. reason: why nothing of it is kept; '' where it is. remarks: sentences on what it can be found by.
    picture: the id of what is kept of it; '' where nothing is. is_known: it adds nothing to what is there."""

    name: str
    reason: str = ""
    remarks: tuple[str, ...] = ()
    picture: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class PhotosNow:
    """kept: how many photos can be found by now. rows: of the files that were given in this sitting, the newest last.
    is_reading, of: a folder is read just now, and how many files it has. trouble: why reading it ended early."""

    kept: int
    rows: tuple[PhotoRow, ...] = ()
    is_reading: bool = False
    of: int = 0
    trouble: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class PlaceTyped:
    """text: an address, or words to search for. is_list: '' where it was not said, else `yes` or `no`. engine: of a
    search. name, every: '' for what suits."""

    text: str
    is_list: str = ""
    engine: str = ""
    name: str = ""
    every: str = ""


@dataclass(frozen=True, slots=True)
class PlaceProposed:
    """words: what it is, in a sentence. often: how often it is looked at, in words. asks_list: whether the person has
    to say if it is a list. lines: of the watchlist, as they would be written. already: the watch that looks there."""

    typed: PlaceTyped
    words: str
    name: str
    every: str
    often: str
    looks_at: tuple[str, ...]
    gives_away: tuple[str, ...]
    lines: str
    is_search: bool = False
    asks_list: bool = False
    already: str = ""


@dataclass(frozen=True, slots=True)
class PlaceAdded:
    name: str
    file: str


@dataclass(frozen=True, slots=True)
class WatchedPlace:
    """about: its address, or the words that are searched for."""

    name: str
    about: str
    was_looked_at: bool


@dataclass(frozen=True, slots=True)
class PlacesNow:
    """engines: that can be asked for words. file: the watchlist that the page writes into."""

    watched: tuple[WatchedPlace, ...]
    engines: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class AlertQuestion:
    """default: proposed. is_secret: typed unseen. choices: the answers that there are, with their words; () for any."""

    key: str
    question: str
    default: str = ""
    is_secret: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AlertWay:
    """A kind of channel. words: what it needs and gives away."""

    id: str
    name: str
    words: str
    questions: tuple[AlertQuestion, ...]


@dataclass(frozen=True, slots=True)
class ToldThrough:
    """A channel. place: counted from 1. stands_in: the file that holds its address and password."""

    place: int
    leads_to: str
    stands_in: str


@dataclass(frozen=True, slots=True)
class AlertsNow:
    ways: tuple[AlertWay, ...]
    channels: tuple[ToldThrough, ...]
    is_heard: bool
    """A test message has arrived, by the person's word."""


@dataclass(frozen=True, slots=True)
class ChannelTyped:
    way: str
    answers: Mapping[str, str] = field(default_factory=dict)


class FirstUse(Protocol):
    """Each raises MonitorError with what to do; WrongAnswer where it is about a field."""

    async def is_set_up(self) -> bool:
        """Whether there is a configuration, and so a store."""
        ...

    async def case(self) -> CaseId:
        """Whose photos and places these are."""
        ...

    async def steps(self) -> tuple[StepNow, ...]: ...
    async def put_off(self, step: FirstStep) -> None: ...

    # 1, 2
    async def who_else(self) -> WhoElse: ...
    async def say_who_else(self, answer: WhoElse) -> None: ...
    async def promise(self) -> PromiseNow: ...
    async def wrong_in_promise(self, authority: str, speaks: WhoSpeaks) -> tuple[WrongAnswer, ...]:
        """All that `give_promise` would refuse; nothing is noted."""
        ...

    async def give_promise(self, authority: str, speaks: WhoSpeaks) -> None:
        """Everybody shown was 18 or older, and the person acts by that authority."""
        ...

    async def refuse_promise(self) -> None:
        """Somebody was or may have been under 18: nothing else is done from here on."""
        ...

    async def services_for_minors(self) -> str:
        """Those made for that, as a text of the guide."""
        ...

    # 3
    async def offered_words(self, *, new: bool = False) -> str: ...
    async def kept(self) -> KeptNow: ...
    async def set_up(self, words: NewWords | None) -> KeptNow:
        """None: without any evidence for now. Makes everything, or where it is made already, the passphrase."""
        ...

    async def sheet(self) -> str:
        """The recovery sheet, without the key."""
        ...

    # 4
    async def photos(self) -> PhotosNow: ...
    async def read_folder(self, folder: str) -> None:
        """Begins. Raises WrongAnswer where it cannot be read."""
        ...

    async def stop_reading(self) -> None: ...
    async def take_photo(self, filename: str, content: bytes) -> None: ...
    async def leave_out(self, filename: str, reason: str) -> None:
        """One that is not even read."""
        ...

    async def forget_photo(self, picture: str) -> None:
        """Somebody in it was or may have been under 18: nothing of it stays."""
        ...

    # 5
    async def places(self) -> PlacesNow: ...
    async def propose(self, typed: PlaceTyped) -> PlaceProposed: ...
    async def add_place(self, typed: PlaceTyped) -> PlaceAdded: ...

    # 6
    async def alerts(self) -> AlertsNow: ...
    async def add_channel(self, typed: ChannelTyped) -> ToldThrough: ...
    async def take_out_channel(self, place: int) -> None: ...
    async def say_heard(self) -> None: ...

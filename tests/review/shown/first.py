"""The first use: the seven steps in each of their states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.errors import MonitorError
from monitor.model.ids import CaseId
from monitor.model.wish import WishEnd, WishKind, WishState
from monitor.plain import plain
from monitor.review.port.first_use import (
    AlertsNow,
    FirstStep,
    KeptNow,
    PhotoRow,
    PhotosNow,
    PlacesNow,
    PlaceTyped,
    PromiseNow,
    StepState,
    ToldThrough,
    WatchedPlace,
    WhoElse,
    WrongAnswer,
)
from monitor.review.port.wishes import DaemonTold, WishTold
from tests.review.asking import NothingFound
from tests.review.first_steps import MAIL, NTFY, PROPOSED, GivenFirstUse, all_in
from tests.review.state import State

AT = datetime(2026, 11, 29, 11, 50, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\u202egpj.exe\x1b[31m" + "x" * 300


@dataclass
class OneWish:
    last_one: WishTold | None = None
    runs: bool = True

    async def last(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold | None:
        return replace(self.last_one, id=f"w{len(about)}") if self.last_one is not None else None

    async def daemon(self) -> DaemonTold:
        return DaemonTold(self.runs, "reupload-monitor run", "reupload-monitor service install")


class TwoWait:
    async def many_waiting(self, case: CaseId) -> int:
        return 2


class BeginsWith(NothingFound):
    def __init__(self, first_use: GivenFirstUse, wishes: OneWish | None = None) -> None:
        self.inbox = TwoWait()
        self.first_use, self.wishes = first_use, wishes or OneWish()


def over(wishes: OneWish | None = None, **values: object) -> Callable[[], BeginsWith]:
    """Made anew for each test."""
    return lambda: BeginsWith(GivenFirstUse(**values), wishes)  # type: ignore[arg-type]


def wrong(field: str, words: str = "that is not right") -> Callable[[], MonitorError]:
    return lambda: WrongAnswer(words, field=field, remedy="Type it once more.")


PROMISED = PromiseNow(is_given=True, authority="self")
SET_UP = KeptNow(
    is_set_up=True,
    is_sealed=True,
    config="~/.config/reupload-monitor/config.toml",
    data="~/.local/share/reupload-monitor",
    identity="~/.config/reupload-monitor/identity.age",
    store_key="in the keyring",
)
MIDWAY = all_in(StepState.OPEN) | {
    FirstStep.WHO_ELSE: StepState.DONE,
    FirstStep.PROMISE: StepState.DONE,
    FirstStep.PASSPHRASE: StepState.WAITS,
    FirstStep.LOOK: StepState.SHUT,
}
ROWS = (
    PhotoRow("beach.jpg", remarks=("It is small: copies that are larger may be missed.",), picture="p1"),
    PhotoRow(plain(EVIL, 200), picture="p2"),
    PhotoRow("again.jpg", "already enrolled as 'beach'", picture="p1", is_known=True),
    PhotoRow("notes.txt", "This is no picture."),
    PhotoRow(EVIL, "It has no features."),
)
TESTED = WishTold("w1", WishKind.TEST, "", AT, WishState.ENDED, ended_at=AT, end=WishEnd.TAKEN_BY_ALL)
LOOKED = WishTold(
    "w2",
    WishKind.LOOK,
    "forum-example",
    AT,
    WishState.ENDED,
    ended_at=AT,
    end=WishEnd.SEEN,
    pages=3,
    pictures=40,
    finds=1,
)
CHANNELS = (ToldThrough(1, "mail to jane@mail.example", "secrets/mail.url"), ToldThrough(2, EVIL, "x"))
PLACES = PlacesNow(
    (WatchedPlace("forum-example", "https://forum.example/x", True), WatchedPlace("search", EVIL, False)),
    ("searxng", "duckduckgo-html"),
    "~/watchlists/places.toml",
)
WORDS = (("act", "make"), ("words", "one"), ("again", "two"))
TYPED = (("text", "forum.example/x"), ("act", "propose"))

STATES = (
    State("begin: nothing done", "/begin", over(set_up_already=False)),
    State("begin: in the middle", "/begin", over(states=MIDWAY)),
    State("begin: all done", "/begin", over(states=all_in(StepState.DONE))),
    State("begin: under 18", "/begin", over(promised=PromiseNow(refused=True))),
    State("begin: a step that waits", "/begin/6/wait", over(), sends=()),
    State("begin 1: not answered", "/begin/1", over()),
    State("begin 1: both", "/begin/1", over(who=WhoElse(True, True))),
    State("begin 1: nobody", "/begin/1", over(who=WhoElse(False, False))),
    State("begin 1: half an answer", "/begin/1", over(), sends=(("computer", "yes"),)),
    State("begin 2: not answered", "/begin/2", over()),
    State("begin 2: given", "/begin/2", over(promised=PROMISED)),
    State("begin 2: given long ago", "/begin/2", over(promised=PromiseNow(is_given=True))),
    State("begin 2: nothing chosen", "/begin/2", over(), sends=()),
    State(
        "begin 2: no such country",
        "/begin/2",
        over(wrong=wrong("country", "no country is known as 'Atlantis'")),
        sends=(("adult", "yes"), ("authority", "self"), ("name", EVIL), ("country", "Atlantis")),
    ),
    State("begin 3: before the promise", "/begin/3", over()),
    State("begin 3: open", "/begin/3", over(promised=PROMISED)),
    State("begin 3: not the same", "/begin/3", over(promised=PROMISED, wrong=wrong("again")), sends=WORDS),
    State("begin 3: other words", "/begin/3", over(promised=PROMISED), sends=(("act", "other"),)),
    State("begin 3: set up without", "/begin/3", over(promised=PROMISED, kept_now=replace(SET_UP, is_sealed=False))),
    State("begin 3: done", "/begin/3", over(promised=PROMISED, kept_now=SET_UP)),
    State("begin 3: done, with a sheet", "/begin/3", over(kept_now=replace(SET_UP, sheet="~/recovery-sheet.txt"))),
    State("begin 3: the sheet", "/begin/3/sheet", over()),
    State("begin 4: none yet", "/begin/4", over()),
    State("begin 4: a folder is read", "/begin/4", over(photos_now=PhotosNow(1, ROWS[:1], is_reading=True, of=40))),
    State("begin 4: read", "/begin/4", over(photos_now=PhotosNow(2, ROWS))),
    State(
        "begin 4: stopped by a full disk",
        "/begin/4",
        over(photos_now=PhotosNow(1, ROWS, of=9, trouble="the disk is full", remedy="Make room.")),
    ),
    State("begin 4: no such folder", "/begin/4", over(wrong=wrong("folder")), sends=(("folder", EVIL),)),
    State("begin 4: under 18", "/begin/4/under-18", over(), sends=(("picture", "p2"), ("name", EVIL))),
    State("begin 5: none yet", "/begin/5", over()),
    State("begin 5: two", "/begin/5", over(places_now=PLACES)),
    State("begin 5: what it would be", "/begin/5", over(), sends=TYPED),
    State(
        "begin 5: a search",
        "/begin/5",
        over(
            proposed=replace(PROPOSED, typed=PlaceTyped(EVIL), is_search=True, asks_list=False, words=f"Search {EVIL}")
        ),
        sends=(("text", EVIL), ("engine", "duckduckgo-html"), ("act", "propose")),
    ),
    State("begin 5: looked at already", "/begin/5", over(proposed=replace(PROPOSED, already="forum")), sends=TYPED),
    State("begin 5: no link", "/begin/5", over(wrong=wrong("text")), sends=(("text", EVIL), ("act", "add"))),
    State("begin 6: none yet", "/begin/6", over()),
    State(
        "begin 6: one, no program runs",
        "/begin/6",
        over(OneWish(runs=False), alerts_now=AlertsNow((MAIL, NTFY), CHANNELS[:1], False)),
    ),
    State("begin 6: tested", "/begin/6", over(OneWish(TESTED), alerts_now=AlertsNow((MAIL, NTFY), CHANNELS, False))),
    State(
        "begin 6: it did not come",
        "/begin/6?came=no",
        over(OneWish(TESTED), alerts_now=AlertsNow((MAIL, NTFY), CHANNELS, True)),
    ),
    State("begin 6: a mail", "/begin/6/mail", over()),
    State("begin 6: no mail address", "/begin/6/mail", over(wrong=wrong("address")), sends=(("address", EVIL),)),
    State("begin 6: ntfy", "/begin/6/ntfy", over()),
    State("begin 7: no place", "/begin/7", over()),
    State("begin 7: places, no program runs", "/begin/7", over(OneWish(runs=False), places_now=PLACES)),
    State("begin 7: looked", "/begin/7", over(OneWish(LOOKED), places_now=PLACES, photos_now=PhotosNow(3))),
)

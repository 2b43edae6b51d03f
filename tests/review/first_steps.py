"""A first use whose state is given: for pages, not for what the steps do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.model.ids import CaseId
from monitor.review.port.first_use import (
    AlertQuestion,
    AlertsNow,
    AlertWay,
    ChannelTyped,
    FirstStep,
    KeptNow,
    NewWords,
    PhotosNow,
    PlaceAdded,
    PlaceProposed,
    PlacesNow,
    PlaceTyped,
    PromiseNow,
    StepNow,
    StepState,
    ToldThrough,
    WhoElse,
    WhoSpeaks,
    WrongAnswer,
)

OPEN, DONE = StepState.OPEN, StepState.DONE
MAIL = AlertWay(
    "mail",
    "A mail",
    "A mail address that sends the messages.",
    (
        AlertQuestion("address", "Your mail address"),
        AlertQuestion("password", "Its password", is_secret=True),
        AlertQuestion("security", "How it encrypts", "ssl", choices=(("ssl", "at once"), ("starttls", "later"))),
    ),
)
NTFY = AlertWay("ntfy", "ntfy", "A telephone.", (AlertQuestion("topic", "The topic", "m-abc"),))
PROPOSED = PlaceProposed(
    PlaceTyped("https://forum.example/x"),
    "A page of a web site.",
    "forum-example",
    "2h",
    "every 2 hours",
    ("Each visit looks at this place, and at its further pages.",),
    ("forum.example sees a browser's visits from this machine's address: which pages and pictures, and when.",),
    '[[watch]]\nname = "forum-example"\n',
    asks_list=True,
)


def all_in(state: StepState) -> dict[FirstStep, StepState]:
    return dict.fromkeys(FirstStep, state)


@dataclass
class GivenFirstUse:
    """wrong: what everything that is sent is answered with. took: files that were handed on, and what was said of those
    that were not."""

    states: Mapping[FirstStep, StepState] = field(default_factory=lambda: all_in(OPEN))
    set_up_already: bool = True
    who: WhoElse = field(default_factory=WhoElse)
    promised: PromiseNow = field(default_factory=PromiseNow)
    kept_now: KeptNow = field(default_factory=KeptNow)
    photos_now: PhotosNow = field(default_factory=lambda: PhotosNow(0))
    places_now: PlacesNow = field(
        default_factory=lambda: PlacesNow((), ("duckduckgo-html",), "~/watchlists/places.toml")
    )
    proposed: PlaceProposed = PROPOSED
    alerts_now: AlertsNow = field(default_factory=lambda: AlertsNow((MAIL, NTFY), (), False))
    services: str = "## Services\n\n- One: https://services.example"
    wrong: Callable[[], WrongAnswer] | None = None
    took: list[tuple[str, bytes | str]] = field(default_factory=list)
    sent: list[object] = field(default_factory=list)

    def _send(self, what: object) -> None:
        if self.wrong is not None:
            raise self.wrong()
        self.sent.append(what)

    async def is_set_up(self) -> bool:
        return self.set_up_already

    async def case(self) -> CaseId:
        return CaseId("default")

    async def steps(self) -> Sequence[StepNow]:
        needs = {StepState.SHUT: FirstStep.PROMISE}
        return tuple(StepNow(step, self.states[step], needs.get(self.states[step])) for step in FirstStep)

    async def put_off(self, step: FirstStep) -> None:
        self.sent.append(step)

    async def who_else(self) -> WhoElse:
        return self.who

    async def say_who_else(self, answer: WhoElse) -> None:
        self.who = answer

    async def promise(self) -> PromiseNow:
        return self.promised

    async def wrong_in_promise(self, authority: str, speaks: WhoSpeaks) -> tuple[WrongAnswer, ...]:
        return (self.wrong(),) if self.wrong else ()

    async def give_promise(self, authority: str, speaks: WhoSpeaks) -> None:
        self._send((authority, speaks))

    async def refuse_promise(self) -> None:
        self.promised = PromiseNow(refused=True)

    async def services_for_minors(self) -> str:
        return self.services

    async def offered_words(self, *, new: bool = False) -> str:
        return "angle bread copper dance eager fabric"

    async def kept(self) -> KeptNow:
        return self.kept_now

    async def set_up(self, words: NewWords | None) -> KeptNow:
        self._send(words)
        return self.kept_now

    async def sheet(self) -> str:
        return "RECOVERY SHEET\nMade on 2026-11-29.\n" + "x" * 120

    async def photos(self) -> PhotosNow:
        return self.photos_now

    async def read_folder(self, folder: str) -> None:
        self._send(folder)

    async def stop_reading(self) -> None:
        self.sent.append("stop")

    async def take_photo(self, filename: str, content: bytes) -> None:
        self.took.append((filename, content))

    async def leave_out(self, filename: str, reason: str) -> None:
        self.took.append((filename, reason))

    async def forget_photo(self, picture: str) -> None:
        self._send(picture)

    async def places(self) -> PlacesNow:
        return self.places_now

    async def propose(self, typed: PlaceTyped) -> PlaceProposed:
        self._send(typed)
        return self.proposed

    async def add_place(self, typed: PlaceTyped) -> PlaceAdded:
        self._send(typed)
        return PlaceAdded("forum-example", "~/watchlists/places.toml")

    async def alerts(self) -> AlertsNow:
        return self.alerts_now

    async def add_channel(self, typed: ChannelTyped) -> ToldThrough:
        self._send(typed)
        return ToldThrough(1, "mail to jane@mail.example", "secrets/mail.url")

    async def take_out_channel(self, place: int) -> None:
        self.sent.append(place)

    async def say_heard(self) -> None:
        self.sent.append("heard")

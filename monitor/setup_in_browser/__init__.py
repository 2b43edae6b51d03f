"""The first use in the browser: `review.port.first_use.FirstUse` over what `init`, `enroll`, `watch add` and `alerts
add` do. Each step asks the same functions as those, and decides nothing itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.clock import utc_now
from monitor.errors import UnderAge
from monitor.model.ids import CaseId
from monitor.review.port.first_use import (
    AlertsNow,
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

if TYPE_CHECKING:  # a page that shows what was found has no use for them: imported where they are used
    from monitor.app import App
    from monitor.setup_in_browser.alerts import AlertsStep
    from monitor.setup_in_browser.making import Making
    from monitor.setup_in_browser.photos import PhotosSitting
    from monitor.setup_in_browser.places import PlacesStep


class SetUpInBrowser:
    """config: where config.toml is, or will be. opens: the App, once there is a configuration; raises MonitorError.
    review_address: of the page, which goes into the configuration; '' = one is drawn."""

    def __init__(
        self,
        config: Path,
        opens: Callable[[], App],
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], datetime] = utc_now,
        review_address: str = "",
    ) -> None:
        self._config, self._opens = config.absolute(), opens
        self._environ, self._clock, self._address = environ, clock, review_address
        self._put_off: set[FirstStep] = set()

    @cached_property
    def _making(self) -> Making:
        from monitor.setup_in_browser.making import Making

        return Making(self._config, self._opens, self._clock, self._environ, self._address)

    @cached_property
    def _photos(self) -> PhotosSitting:
        from monitor.setup_in_browser.photos import PhotosSitting

        return PhotosSitting(self._opens)

    @cached_property
    def _places(self) -> PlacesStep:
        from monitor.setup_in_browser.places import PlacesStep

        return PlacesStep(self._config, self._opens, self._environ)

    @cached_property
    def _alerts(self) -> AlertsStep:
        from monitor.setup_in_browser.alerts import AlertsStep

        return AlertsStep(self._config, self._opens, self._environ)

    @property
    def _case(self) -> CaseId:
        return self._opens().settings.case.id

    async def is_set_up(self) -> bool:
        return self._config.is_file()

    async def case(self) -> CaseId:
        return self._case

    async def steps(self) -> tuple[StepNow, ...]:
        done = self._done()
        return tuple(self._now(step, done) for step in FirstStep)

    async def put_off(self, step: FirstStep) -> None:
        self._put_off.add(step)

    def _done(self) -> frozenset[FirstStep]:
        making = self._making
        places = self._places.watched() if making.is_set_up() else ()
        is_done = {
            FirstStep.WHO_ELSE: making.has_thought_of(),
            FirstStep.PROMISE: making.promise().is_given,
            FirstStep.PASSPHRASE: making.kept().is_sealed,
            FirstStep.PHOTOS: making.is_set_up() and self._opens().references.count(self._case) > 0,
            FirstStep.PLACE: bool(places),
            FirstStep.ALERTS: making.is_set_up() and self._alerts.is_heard(),
            FirstStep.LOOK: any(place.was_looked_at for place in places),
        }
        return frozenset(step for step, is_so in is_done.items() if is_so)

    def _now(self, step: FirstStep, done: frozenset[FirstStep]) -> StepNow:
        if step in done:
            return StepNow(step, StepState.DONE)
        if (needs := self._needs(step, done)) is not None:
            return StepNow(step, StepState.SHUT, needs)
        return StepNow(step, StepState.WAITS if step in self._put_off else StepState.OPEN)

    def _needs(self, step: FirstStep, done: frozenset[FirstStep]) -> FirstStep | None:
        if step > FirstStep.PROMISE and FirstStep.PROMISE not in done:
            return FirstStep.PROMISE
        if step > FirstStep.PASSPHRASE and not self._making.is_set_up():
            return FirstStep.PASSPHRASE
        return FirstStep.PLACE if step is FirstStep.LOOK and FirstStep.PLACE not in done else None

    def _refuse(self) -> None:
        if self._making.refused:
            raise UnderAge("someone was or may have been under 18, so nothing is hashed, fetched or stored here")

    # -- who, and by what right

    async def who_else(self) -> WhoElse:
        return self._making.who

    async def say_who_else(self, answer: WhoElse) -> None:
        self._making.say_who_else(answer)

    async def promise(self) -> PromiseNow:
        return self._making.promise()

    async def wrong_in_promise(self, authority: str, speaks: WhoSpeaks) -> tuple[WrongAnswer, ...]:
        return self._making.wrong_in_promise(authority, speaks)

    async def give_promise(self, authority: str, speaks: WhoSpeaks) -> None:
        self._making.give_promise(authority, speaks)

    async def refuse_promise(self) -> None:
        self._making.refused, self._making.given = True, None

    async def services_for_minors(self) -> str:
        from monitor.services.guide_pages import under_18_services

        return under_18_services(self._clock().date())

    # -- the keys

    async def offered_words(self, *, new: bool = False) -> str:
        return self._making.offered_words(new=new)

    async def kept(self) -> KeptNow:
        return self._making.kept()

    async def set_up(self, words: NewWords | None) -> KeptNow:
        self._refuse()
        return await self._making.make(words)

    async def sheet(self) -> str:
        return self._making.sheet()

    # -- the photos

    async def photos(self) -> PhotosNow:
        return self._photos.told(self._case)

    async def read_folder(self, folder: str) -> None:
        self._refuse()
        await self._photos.read_folder(folder, self._case)

    async def stop_reading(self) -> None:
        self._photos.stop()

    async def take_photo(self, filename: str, content: bytes) -> None:
        self._refuse()
        await self._photos.take(filename, content, self._case)

    async def leave_out(self, filename: str, reason: str) -> None:
        self._photos.leave_out(filename, reason)

    async def forget_photo(self, picture: str) -> None:
        self._photos.forget(picture, self._case)

    # -- a place, and how it is told

    async def places(self) -> PlacesNow:
        return self._places.told()

    async def propose(self, typed: PlaceTyped) -> PlaceProposed:
        return self._places.propose(typed)

    async def add_place(self, typed: PlaceTyped) -> PlaceAdded:
        self._refuse()
        return self._places.add(typed)

    async def alerts(self) -> AlertsNow:
        return self._alerts.told()

    async def add_channel(self, typed: ChannelTyped) -> ToldThrough:
        return self._alerts.add(typed)

    async def take_out_channel(self, place: int) -> None:
        self._alerts.take_out(place)

    async def say_heard(self) -> None:
        self._alerts.heard()

"""Alerts, a real channel and a clock that is moved, for tests of who gets what and when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.alerts.outbox import alert_for
from monitor.alerts.sending import send_due
from monitor.model.alert import Alert, Answer
from monitor.model.settings import Settings
from monitor.outbound.alerts.apprise_channel import AppriseChannel, Limits
from tests.alerts.alert_helpers import Clock, settings, sighting
from tests.stores import a_store


class Bench:
    """One alert or more, a channel, and a clock that is moved from one due time to the next."""

    def __init__(self, chosen: Settings, limits: Limits | None = None) -> None:
        self.store, self.clock, self.chosen = a_store(), Clock(), chosen
        self.channel = AppriseChannel(chosen, limits)

    def find(self, number: int = 1, *, urgent: bool = True, incident: str = "") -> Alert:
        found = sighting(number, incident=incident or f"inc{number}")
        found = replace(found, first_seen=self.clock(), last_seen=self.clock())
        self.store.sightings.save(found)
        made = alert_for(found, None, now=self.clock(), urgent=urgent, settings=self.chosen.alerts)
        self.store.alerts.save(made)
        return made

    async def send(self) -> None:
        await send_due(self.store, self.channel, self.chosen, self.clock)  # type: ignore[arg-type]

    async def until(self, at: datetime, step: timedelta = timedelta(minutes=10)) -> None:
        while self.clock.now < at:
            await self.send()
            self.clock.now += step

    def alert(self, made: Alert) -> Alert:
        found = self.store.alerts.get(made.case, made.id)
        assert found is not None
        return found

    def answers(self, made: Alert) -> dict[str, Answer]:
        return {part.name.rpartition(", ")[2]: part.answer for part in self.store.alert_parts.of(made.case, made.id)}


@pytest.fixture
async def bench() -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(*urls: str, limits: Limits | None = None, **alerts: Any) -> Bench:
        made.append(Bench(settings(*urls, **alerts), limits))
        return made[-1]

    yield make
    for one in made:
        await one.channel.aclose()

"""However much turns up, what a person gets is bearable: counted in messages that a channel took."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.alerts.outbox import FURTHER, MOST_SITES, TOLD_LATELY, alert_for, subject_for
from monitor.alerts.sending import send_due
from monitor.model.alert import Alert, AlertKind, Answer, Delivery
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.telling import tell_find
from monitor.ports import Recipients
from tests.alerts.alert_helpers import NOW, Clock, settings, sighting, unnumbered
from tests.stores import a_store, every_alert

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROUND = timedelta(seconds=10)


@dataclass
class Days:
    """Finds at their times, and a daemon that looks into the outbox every 10 seconds."""

    urgent: bool = False
    clock: Clock = field(default_factory=Clock)
    told: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store, self.chosen = a_store(), settings("mailto://never")
        self._deps = cast(Any, SimpleNamespace(store=self.store, settings=self.chosen, clock=self.clock))

    async def send(self, *, title: str, recipients: Recipients | None = None, **_: str) -> tuple[str, ...]:
        assert recipients is not None
        if recipients.wanted("me") and recipients.handing_over("me", "1 (mailto), recipient 1"):
            self.told.append((self.clock(), title))
            recipients.answered("me", "1 (mailto), recipient 1", Answer.TAKEN)
        return ()

    def find(self, found: Sighting) -> None:
        found = replace(found, first_seen=self.clock(), last_seen=self.clock())
        with self.store.transaction():
            self.store.sightings.save(found)
            tell_find(found, cast(Any, SimpleNamespace(urgent=self.urgent)), self._deps, self.clock())

    async def lived(self, finds: list[tuple[timedelta, Sighting]], *, until: timedelta) -> None:
        """The daemon looks every 10 s; here only where something may be due."""
        finds = sorted(finds, key=lambda one: one[0])
        end = NOW + until
        while True:
            next_find = NOW + finds[0][0] if finds else end
            due = min((alert.not_before for alert in self.store.alerts.open()), default=end)
            at = min(next_find, self._round_after(due), end)
            self.clock.now = max(self.clock.now, at)
            if finds and next_find <= at:
                self.find(finds.pop(0)[1])
                continue
            await send_due(self.store, cast(Any, self), self.chosen, self.clock)
            if at >= end:
                return

    def _round_after(self, due: datetime) -> datetime:
        since = max(due, self.clock.now) - NOW
        return NOW + (since // ROUND + 1) * ROUND

    @property
    def counted(self) -> list[int]:
        """How many entries each message told of."""
        return [int(unnumbered(title).removeprefix("Monitor: ").split()[0]) for _, title in self.told]


def copies(many: int, *, sites: int = 1) -> list[Sighting]:
    """As many photos, one copy of each."""
    made = [sighting(number, incident=f"inc{number % sites}") for number in range(many)]
    return [replace(one, match=replace(one.match, reference=f"r{n}")) for n, one in enumerate(made)]


async def test_thirty_copies_of_thirty_photos_in_one_thread_within_ten_minutes_are_one_message() -> None:
    days = Days()
    await days.lived([(n * timedelta(seconds=20), one) for n, one in enumerate(copies(30))], until=DAY)
    assert days.counted == [30]
    (alert,) = every_alert(days.store)
    assert alert.subject == "inc0" and days.told[0][1] == f"Monitor: 30 new entries, {alert.number}"
    assert days.told[0][0] <= NOW + 10 * MINUTE + timedelta(seconds=10)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12))])
async def test_three_hundred_over_a_day_on_five_sites_are_twelve_at_most(seed: int) -> None:
    chance, days = random.Random(seed), Days()
    finds = [(chance.random() * DAY, one) for one in copies(300, sites=5)]
    await days.lived(finds, until=3 * DAY)
    assert len(days.counted) <= 12 and sum(days.counted) == 300, "each told once"
    first = {one.incident: at for at, one in reversed(sorted(finds, key=lambda one: one[0]))}
    for at in first.values():
        assert any(NOW + at < told <= NOW + at + 11 * MINUTE for told, _ in days.told), "a site is told of at once"


async def test_a_site_that_was_quiet_for_a_day_is_told_of_at_once_again() -> None:
    days = Days()
    found = copies(3)
    at = [timedelta(), 3 * HOUR, 3 * HOUR + DAY + MINUTE]
    await days.lived(list(zip(at, found, strict=True)), until=3 * DAY)
    assert [told - NOW - one < 2 * MINUTE for (told, _), one in zip(days.told, at, strict=True)] == [True, True, True]


async def test_what_a_search_finds_on_forty_sites_at_once_is_a_handful_of_messages() -> None:
    days = Days()
    await days.lived([(n * timedelta(seconds=61), one) for n, one in enumerate(copies(40, sites=40))], until=DAY)
    assert len(days.counted) <= MOST_SITES + 2 and sum(days.counted) == 40


async def test_an_urgent_watch_tells_the_first_at_once_and_a_thread_in_few() -> None:
    days = Days(urgent=True)
    await days.lived([(n * timedelta(seconds=3), one) for n, one in enumerate(copies(30))], until=DAY)
    assert days.counted[0] <= 4 and days.told[0][0] <= NOW + timedelta(seconds=10)
    assert len(days.counted) == 2 and sum(days.counted) == 30


async def test_a_day_on_an_urgent_watch_is_one_an_hour() -> None:
    days = Days(urgent=True)
    await days.lived([(n * 15 * MINUTE, one) for n, one in enumerate(copies(96))], until=2 * DAY)
    assert len(days.counted) <= 24 + 6 and sum(days.counted) == 96


async def test_what_is_back_joins_what_is_new_on_its_site() -> None:
    days = Days()
    back = replace(sighting(7), status=Status.REAPPEARED)
    await days.lived([(timedelta(), sighting(1)), (MINUTE / 2, back)], until=HOUR)
    (alert,) = every_alert(days.store)
    assert (alert.kind, alert.count, len(days.told)) == (AlertKind.NEW, 2, 1)


@pytest.mark.parametrize(
    ("lately", "urgent", "subject"),
    [
        pytest.param({}, False, "inc1", id="nothing was told"),
        pytest.param({"inc1": {}}, False, "inc1", id="its own waits: it grows"),
        pytest.param({"inc1": {"attempts": 1}}, False, FURTHER, id="its own may have gone out"),
        pytest.param({"inc1": {"delivery": Delivery.SENT}}, False, FURTHER, id="its own was sent"),
        pytest.param({"inc1": {"delivery": Delivery.SENT}}, True, "inc1", id="urgent: never with others"),
        pytest.param({"inc2": {"delivery": Delivery.SENT}}, False, "inc1", id="another site was told of"),
        pytest.param({f"o{n}": {} for n in range(MOST_SITES - 1)}, False, "inc1", id="a few others"),
        pytest.param({f"o{n}": {} for n in range(MOST_SITES)}, False, FURTHER, id="many others within the hour"),
        pytest.param({f"o{n}": {} for n in range(MOST_SITES)}, True, "inc1", id="many others, urgent"),
        pytest.param({f"o{n}": {"created_at": NOW - HOUR} for n in range(9)}, False, "inc1", id="many, an hour ago"),
    ],
)
def test_which_alert_tells_of_it(lately: dict[str, dict[str, Any]], urgent: bool, subject: str) -> None:
    def made(name: str, changes: dict[str, Any]) -> Alert:
        of = replace(sighting(9), incident=name)
        return replace(alert_for(of, None, now=NOW, urgent=False, settings=settings().alerts), **changes)

    alerts = [made(name, changes) for name, changes in lately.items()]
    assert subject_for(sighting(1), alerts, now=NOW, urgent=urgent) == subject


def test_a_clock_that_was_ahead_holds_nothing_up() -> None:
    told = replace(
        alert_for(sighting(1), None, now=NOW + 300 * DAY, urgent=False, settings=settings().alerts),
        delivery=Delivery.SENT,
        sent_at=NOW + 300 * DAY,
    )
    made = alert_for(sighting(2), None, now=NOW, urgent=False, settings=settings().alerts, lately=[told])
    assert made.subject == FURTHER and made.not_before <= NOW + TOLD_LATELY

"""A channel that takes nothing for a day is told of on the others, once; that it works again, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.health import channel_target, failed_long, is_back, is_to_ask, is_to_tell, noted
from monitor.alerts.outbox import alert_for
from monitor.alerts.sending import send_due
from monitor.model.alert import AlertKind, Delivery
from monitor.model.channel_health import ChannelHealth, ChannelResult
from monitor.model.settings import AlertUrl, Secret, Settings
from monitor.outbound.alerts.apprise_channel import AppriseChannel, Limits
from monitor.services.channel_health import Outlet, check_channels, look_after_channels, note_tried
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import NOW, Clock, endpoint, settings, sighting, unnumbered
from tests.own_ways import local_own
from tests.serving.mail import mail_server
from tests.stores import a_store, every_alert

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL, HOOK = AlertUrl(url=Secret("mailto://mail.test/?to=me@mail.test")), AlertUrl(url=Secret("json://hook.test"))
CHOSEN = settings(MAIL, HOOK)


def tried(before: ChannelHealth | None, hours: float, *, taken: bool, let_in: bool = False) -> ChannelHealth:
    now = NOW + hours * HOUR
    target = channel_target(MAIL)
    return noted(
        before, target=target, name="1 (mailto)", taken=taken, now=now, said="" if taken else "down", let_in=let_in
    )


@pytest.mark.parametrize(
    ("tries", "at", "told"),
    [
        pytest.param([(0, False)], 23.9, False, id="not yet a day"),
        pytest.param([(0, False)], 24, True, id="a day"),
        pytest.param([(0, False), (23, True)], 48, False, id="it took one in between"),
        pytest.param([(0, False), (1, True), (2, False)], 25.9, False, id="the day counts from the new failure"),
        pytest.param([(0, False), (1, True), (2, False)], 26, True, id="a day of the new failure"),
        pytest.param([(0, True)], 100, False, id="it works"),
        pytest.param([(50, False), (1, False)], 24.9, False, id="first noted by a clock that was ahead"),
        pytest.param([(50, False), (1, False)], 25, True, id="a day after that clock was mended"),
    ],
)
def test_a_channel_is_told_of_after_a_day(tries: list[tuple[float, bool]], at: float, told: bool) -> None:
    health = None
    for hours, taken in tries:
        health = tried(health, hours, taken=taken)
    assert health is not None
    assert is_to_tell(health, NOW + at * HOUR) is told


@pytest.mark.parametrize(
    ("url", "let_in", "taken", "after", "asked"),
    [
        pytest.param(MAIL, False, False, 1, True, id="a mail server, after an hour"),
        pytest.param(MAIL, False, False, 0.9, False, id="not before"),
        pytest.param(MAIL, True, False, 5, False, id="it let us in and refused the message: that proves nothing"),
        pytest.param(MAIL, False, True, 5, False, id="it works"),
        pytest.param(HOOK, False, False, 5, False, id="a webhook can only be sent to"),
        pytest.param(MAIL, False, False, -3, True, id="the clock was set back"),
    ],
)
def test_a_mail_server_that_cannot_be_reached_is_asked_every_hour(
    url: AlertUrl, let_in: bool, taken: bool, after: float, asked: bool
) -> None:
    assert is_to_ask(tried(None, 0, taken=taken, let_in=let_in), url, NOW + after * HOUR) is asked


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), max_size=40))
def test_failing_is_told_once_and_its_return_once(steps: list[tuple[int, bool, bool]]) -> None:
    """By turns, whatever happens, and never of a channel that took something less than a day ago."""
    health, at, told, last_taken = None, 0, list[str](), None
    for wait, taken, _ in steps:
        at += wait
        health = tried(health, at, taken=taken)
        last_taken = at if taken else last_taken
        if is_to_tell(health, NOW + at * HOUR):
            assert last_taken is None or at - last_taken >= 0
            assert failed_long(health, NOW + at * HOUR)
            told.append("fails")
            health = ChannelHealth(**_fields(health) | {"told_at": NOW + at * HOUR})
        elif is_back(health):
            told.append("back")
            health = ChannelHealth(**_fields(health) | {"told_at": None})
    assert told == ["fails", "back"] * (len(told) // 2) + ["fails"] * (len(told) % 2)


def _fields(health: ChannelHealth) -> dict[str, Any]:
    return {name: getattr(health, name) for name in ChannelHealth.__slots__}


class Asked:
    """What mail servers would answer."""

    def __init__(self) -> None:
        self.taken, self.times = False, 0

    async def __call__(self, chosen: Any) -> Sequence[ChannelResult]:
        self.times += 1
        return [ChannelResult("1 (mailto)", self.taken, "" if self.taken else "down") for _ in chosen.alerts.urls]


async def test_the_daemon_asks_tells_and_forgets() -> None:
    store, clock, asked = a_store(), Clock(), Asked()
    store.channel_health.save(tried(None, 0, taken=False))
    for _ in range(2 * 30):  # every half hour for thirty hours
        clock.forward(minutes=30)
        await look_after_channels(store, CHOSEN, clock, asked)
    assert asked.times == 30
    assert [(alert.kind, alert.subject) for alert in every_alert(store)] == [(AlertKind.CHANNEL, "1 (mailto)")]
    asked.taken = True
    for _ in range(3):
        clock.forward(minutes=30)
        await look_after_channels(store, CHOSEN, clock, asked)
    assert [alert.kind for alert in every_alert(store)] == [AlertKind.CHANNEL_BACK, AlertKind.CHANNEL]
    await look_after_channels(store, settings(HOOK, HOOK), clock, asked)
    assert not store.channel_health.all(), "what is not set any more is forgotten"


async def test_where_there_is_no_other_channel_there_is_nobody_to_tell() -> None:
    store, clock = a_store(), Clock(NOW + 3 * DAY)
    store.channel_health.save(tried(None, 0, taken=False))
    assert await look_after_channels(store, settings(MAIL), clock, Asked()) == 0
    assert not every_alert(store)


def test_a_test_by_hand_is_noted() -> None:
    store = a_store()
    store.channel_health.save(tried(None, 0, taken=False))
    results = [ChannelResult("1 (mailto)", True), ChannelResult("2 (json)", False, "404")]
    note_tried(store, Outlet("", CHOSEN), results, NOW + HOUR)
    first, second = store.channel_health.all()
    assert not first.fails and second.fails and second.said == "404"


def find(number: int, store: SqlStore, clock: Clock) -> None:
    found = sighting(number, incident=f"inc{number}", first_seen=clock(), last_seen=clock())
    with store.transaction():
        store.sightings.save(found)
        store.alerts.save(alert_for(found, None, now=clock(), urgent=True, settings=CHOSEN.alerts))


async def a_day_without_mail(
    every_h: int, hours: int, *, asks: bool
) -> tuple[SqlStore, list[dict[str, Any]], list[str], list[str]]:
    """A daemon's rounds on a moved clock, the real sender, a real mail server that goes and comes back. What the
    webhook got, the subjects of the mails, the ids of all alerts. asks: the server is really asked every hour."""
    store, clock = a_store(), Clock()
    async with endpoint() as hook, mail_server() as first:
        port = first.port
        chosen = settings(first.url(), hook.url())
        channel = AppriseChannel(chosen, Limits(greeting_s=10.0, patience_s=30.0))
        find(0, store, clock)
        await send_due(store, channel, chosen, clock)
        assert len(first.mails) == 1
        mails = list(first.mails)

        async def would_be_asked(only: Settings) -> Sequence[ChannelResult]:
            return [ChannelResult("1 (mailto)", not first.away, "down" if first.away else "")]

        async def are_asked(only: Settings) -> Sequence[ChannelResult]:
            async with local_own() as own:
                return await check_channels(only, own)

        async def live(until: int, number: int) -> int:
            for hour in range(until):
                clock.forward(hours=1)
                if hour % every_h == 0:
                    find(number, store, clock)
                    number += 1
                channel._resting.clear()  # its five minutes are of the real clock
                await look_after_channels(store, chosen, clock, are_asked if asks else would_be_asked)
                await send_due(store, channel, chosen, clock)
            return number

        try:
            first.away = True
            number = await live(hours, 1)
            first.away = False
            await live(4, number)
        finally:
            await channel.aclose()
        assert first.port == port
        mails = list(first.mails)
    subjects = [unnumbered(str(mail["Subject"])) for mail in mails]
    return store, hook.bodies, subjects, [alert.id for alert in every_alert(store)]


@pytest.mark.parametrize(
    ("every_h", "asks"),
    [
        pytest.param(12, False, id="few"),
        pytest.param(1, True, marks=pytest.mark.long, id="one an hour"),
    ],
)
async def test_mail_away_for_a_day_each_alert_once_and_the_failing_and_the_return_told_by_the_webhook(
    every_h: int, asks: bool
) -> None:
    store, bodies, mails, alerts = await a_day_without_mail(every_h, 26, asks=asks)
    hooks = [unnumbered(body["title"]) for body in bodies]
    fails, back = "Monitor: a way to reach you needs attention", "Monitor: a way to reach you works again"
    assert (hooks.count(fails), hooks.count(back)) == (1, 1)
    assert fails not in mails and back not in mails, "it is told by the others"
    assert len(hooks) + len(mails) == len(alerts), "each once"
    assert all(alert.delivery is Delivery.SENT for alert in every_alert(store)), "none lost"
    assert mails[0] == mails[-1] == "Monitor: 1 new entry", "by mail before, and after it is back"

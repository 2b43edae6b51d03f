"""A channel that is dead for days or weeks: nothing is lost, what was not told comes as one message, first of all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.alerts import digest
from monitor.alerts.outbox import FOLD_AFTER, Sending, alert_for, folded, new_alert
from monitor.alerts.retrying import MOST_A_MINUTE
from monitor.alerts.sending import KeptRecipients, queue_digest, send_due
from monitor.errors import AlertFailed
from monitor.model.alert import Alert, AlertKind, Answer, Delivery
from monitor.model.settings import DigestSettings, Settings
from monitor.model.sighting import Status
from monitor.ports import Recipients
from tests.alerts.alert_helpers import NOW, Clock, run, settings, sighting, unnumbered
from tests.stores import a_store, every_alert

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)


class Line:
    """A channel with one recipient, dead or not. told: (moment, subject, text) of what it took."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.dead = True
        self.answer = Answer.LATER
        self.tries = 0
        self.told: list[tuple[datetime, str, str]] = []

    async def send(
        self,
        *,
        title: str,
        text: str,
        html: str,
        message_id: str,
        tag: str,
        recipients: Recipients | None = None,
        apart: str = "",
    ) -> tuple[str, ...]:
        assert recipients is not None
        if not recipients.wanted("me") or (
            not self.dead and not recipients.handing_over("me", "1 (mailto), recipient 1")
        ):
            raise AlertFailed("nobody is to be asked yet", remedy="")
        self.tries += 1
        if self.dead:
            recipients.answered("me", "1 (mailto), recipient 1", self.answer, "down")
            raise AlertFailed("down", remedy="")
        assert recipients.handing_over("me", "1 (mailto), recipient 1")
        self.told.append((self._clock(), title, text))
        recipients.answered("me", "1 (mailto), recipient 1", Answer.TAKEN)
        return ()


class Weeks:
    """Rounds of the daemon on a moved clock; `at` holds what happens when."""

    def __init__(self, chosen: Settings | None = None) -> None:
        self.store, self.clock = a_store(), Clock()
        self.line = Line(self.clock)
        self.chosen = chosen or settings("mailto://never")
        self.at: list[tuple[datetime, Callable[[], object]]] = []
        self.last = NOW
        self.numbers = iter(range(10_000))

    def find(self, *, urgent: bool = False, status: Status = Status.NEW) -> Alert:
        number = next(self.numbers)
        found = sighting(number, incident=f"inc{number}", status=status)
        found = replace(found, first_seen=self.clock(), last_seen=self.clock())
        self.store.sightings.save(found)
        made = alert_for(found, None, now=self.clock(), urgent=urgent, settings=self.chosen.alerts)
        self.store.alerts.save(made)
        return made

    async def round(self, **more: bool) -> Sending:
        return await send_due(self.store, self.line, self.chosen, self.clock, **more)  # type: ignore[arg-type]

    async def until(self, end: datetime, step: timedelta = HALF_HOUR) -> None:
        while self.clock.now < end:
            while self.at and self.at[0][0] <= self.clock.now:
                self.at.pop(0)[1]()
            self.store.runs.save(run("forum-jane-doe", at=self.clock.now))
            if digest.digest_due(self.last, DigestSettings(), self.clock.now, zone=NOW.tzinfo):  # type: ignore[arg-type]
                queue_digest(self.store, "default", since=self.last, now=self.clock.now)  # type: ignore[arg-type]
                self.last = self.clock.now
            await self.round()
            self.clock.now += step

    def kept(self, made: Alert) -> Alert:
        found = self.store.alerts.get(made.case, made.id)
        assert found is not None
        return found

    def alive(self) -> None:
        self.line.dead = False


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("days", "rounds_every"),
    [
        (1, HALF_HOUR),
        (3, 2 * HALF_HOUR),
        (16, 8 * HALF_HOUR),
        pytest.param(16, 4 * HALF_HOUR, marks=pytest.mark.long),
        pytest.param(8, HALF_HOUR, marks=pytest.mark.long),
        pytest.param(40, HALF_HOUR, marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("answer", [Answer.LATER, Answer.REFUSED])
async def test_a_dead_channel_tells_first_of_all_what_it_missed(
    days: int, rounds_every: timedelta, answer: Answer
) -> None:
    weeks = Weeks()
    weeks.line.answer = answer
    ends = NOW + days * DAY
    weeks.find()
    for share in (0.2, 0.4, 0.9):  # finds at several moments, digests between
        weeks.at.append((NOW + days * DAY * share, weeks.find))
    weeks.at.append((ends, weeks.alive))
    await weeks.until(ends, rounds_every)
    assert weeks.line.told == [] and weeks.store.alerts.outstanding().waiting >= 1
    assert len(weeks.store.alerts.outstanding().finds) == 4
    assert weeks.line.tries < 4 * 24 * days, "no storm"
    await weeks.until(ends + DAY)
    await weeks.until(ends + 10 * DAY, 4 * HALF_HOUR)
    first, *rest = weeks.line.told
    assert first[0] <= ends + timedelta(hours=6, minutes=30)
    said = " ".join(text for at, _, text in weeks.line.told if at <= first[0])
    assert "Nothing new this time" not in said and "new entr" in first[1]
    assert sum(int(title.split(": ")[1].split(" ")[0]) for _, title, _ in weeks.line.told if "new entr" in title) == 4
    digests = [at for at, title, _ in weeks.line.told if "weekly" in title]
    assert len([at for at in digests if at <= first[0] + timedelta(hours=1)]) <= 1, "one, not one for each week"
    assert weeks.store.alerts.outstanding().waiting == 0 and len(rest) <= 4


@pytest.mark.long
async def test_the_digest_after_a_long_silence_tells_of_all_the_time(tmp_path: object) -> None:
    weeks = Weeks()
    weeks.at = [(NOW + DAY, weeks.find), (NOW + 16 * DAY, weeks.alive)]
    await weeks.until(NOW + 17 * DAY, 4 * HALF_HOUR)
    (text,) = (text for _, title, text in weeks.line.told if "weekly" in title)
    assert "    1  new" in text and "There is something new in your list." in text
    assert "Looked at since Sun 22 Nov, 21:04 UTC" in text


@pytest.mark.long
async def test_a_digest_never_says_nothing_new_while_finds_wait() -> None:
    """Its own channel works, that of the finds does not."""
    weeks = Weeks()
    weeks.find()
    await weeks.until(NOW + 8 * DAY)
    built = digest.build(
        digest.gather(weeks.store, "default", since=NOW + 7 * DAY, now=weeks.clock())  # type: ignore[arg-type]
    )
    assert len(built.new) == 1 and built.waiting >= 1 and not built.nothing_new


async def test_when_any_channel_takes_one_the_rest_goes_at_once() -> None:
    weeks = Weeks()
    old = weeks.find()
    await weeks.until(NOW + timedelta(hours=5))  # tried, and waiting for its next hour
    assert weeks.kept(old).not_before > weeks.clock()
    weeks.alive()
    weeks.find(urgent=True)
    await weeks.round()
    await weeks.round()
    assert [unnumbered(title) for _, title, _ in weeks.line.told] == ["Monitor: 1 new entry"] * 2


async def test_after_long_silence_ten_a_minute_in_order() -> None:
    weeks = Weeks()
    made = []
    for _ in range(35):
        made.append(weeks.find())
        weeks.clock.forward(seconds=61)
    weeks.alive()
    weeks.clock.now = NOW + timedelta(hours=9)  # the machine was off meanwhile
    for _ in range(24):
        await weeks.round()
        weeks.clock.forward(seconds=10)
    moments = [at for at, _, _ in weeks.line.told]
    assert len(moments) == 35
    for at in moments:
        assert sum(at - timedelta(minutes=1) < other <= at for other in moments) <= MOST_A_MINUTE
    order = [text.rsplit("Number: ")[1].strip() for _, _, text in weeks.line.told]
    numbers = {alert.id: alert.number for alert in every_alert(weeks.store)}
    assert order == [numbers[alert.id] for alert in made]


async def test_an_urgent_one_is_not_held_up_by_the_ten() -> None:
    weeks = Weeks()
    for _ in range(20):
        weeks.find()
    weeks.alive()
    weeks.clock.forward(hours=9)
    await weeks.round()
    assert len(weeks.line.told) == MOST_A_MINUTE
    weeks.find(urgent=True)
    await weeks.round()
    assert len(weeks.line.told) == MOST_A_MINUTE + 1


@pytest.mark.rows(1)
@pytest.mark.parametrize("urgent", [False, True], ids=["ordinary", "urgent"])
@pytest.mark.parametrize("hours", [72, 16 * 24])
async def test_after_days_without_mail_all_of_it_comes_in_order_at_most_ten_a_minute(hours: int, urgent: bool) -> None:
    """Fifty finds, most of them of the last hours, so that they are not folded into one."""
    weeks, made = Weeks(), list[Alert]()
    ends = NOW + timedelta(hours=hours)
    for number in range(50):
        at = NOW + timedelta(minutes=number) if number < 10 else ends - timedelta(minutes=5 * (50 - number))
        weeks.at.append((at, lambda: made.append(weeks.find(urgent=urgent))))
    weeks.last = ends  # no digest between
    await weeks.until(NOW + timedelta(hours=1), timedelta(minutes=1))
    await weeks.until(ends - timedelta(hours=5), 4 * HALF_HOUR)
    await weeks.until(ends, timedelta(minutes=5))
    weeks.alive()
    for _ in range(8 * 6):
        await weeks.round()
        weeks.clock.forward(seconds=10)
    assert weeks.store.alerts.outstanding().waiting == 0, "nothing is given up"
    moments = [at for at, _, _ in weeks.line.told]
    for at in moments:
        late = [other for other in moments if at - timedelta(minutes=1) < other <= at]
        assert len(late) <= MOST_A_MINUTE + (6 if urgent else 0), "of what is urgent, the newest half hour goes at once"
    entries = [int(title.split(": ")[1].split(" ")[0]) for _, title, _ in weeks.line.told if "new entr" in title]
    assert sum(entries) == len(made) == 50
    order = [text.rsplit("Number: ")[1].strip() for _, _, text in weeks.line.told]
    numbers = {alert.id: alert.number for alert in every_alert(weeks.store)}
    told = [number for number in (numbers[one.id] for one in made) if number in order]
    if not urgent:
        assert [number for number in order if number in told] == told


async def test_what_may_have_arrived_is_not_folded() -> None:
    weeks = Weeks()
    weeks.line.answer = Answer.UNSURE
    kept = weeks.find()
    weeks.clock.forward(minutes=2)
    part_name = "1 (mailto), recipient 1"
    await weeks.round()
    KeptRecipients(weeks.kept(kept), weeks.store, weeks.clock).handing_over("me", part_name)  # type: ignore[arg-type]
    weeks.line.answer = Answer.LATER
    for _ in range(3):
        weeks.find()
    await weeks.until(NOW + 2 * DAY)
    by_kind = {alert.id: alert.delivery for alert in every_alert(weeks.store)}
    assert by_kind[kept.id] is Delivery.WAITING
    assert sum(alert.kind is AlertKind.UNTOLD for alert in weeks.store.alerts.open()) == 1


async def test_a_clock_set_back_a_year_does_not_silence_the_outbox() -> None:
    weeks = Weeks()
    weeks.clock.now = NOW + timedelta(days=365)
    weeks.find()
    await weeks.until(NOW + timedelta(days=365, hours=3))
    weeks.clock.now = NOW
    weeks.alive()
    await weeks.until(NOW + timedelta(hours=2))
    assert [unnumbered(title) for _, title, _ in weeks.line.told if "new" in title] == ["Monitor: 1 new entry"]


def waiting(kind: AlertKind, hours: float, **changes: object) -> Alert:
    at = NOW - timedelta(hours=hours)
    subject = f"{(at - 7 * DAY).isoformat()}/{at.isoformat()}" if kind is AlertKind.DIGEST else "i"
    made = new_alert(kind, case="default", subject=subject, now=at, not_before=at)
    return replace(made, attempts=3, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alerts", "counts"),
    [
        pytest.param([waiting(AlertKind.NEW, 9)], None, id="one alone stays what it is"),
        pytest.param([waiting(AlertKind.NEW, 9), waiting(AlertKind.NEW, 1)], None, id="the other is fresh"),
        pytest.param(
            [waiting(AlertKind.NEW, 9), replace(waiting(AlertKind.NEW, 8), attempts=0)], None, id="the other is untried"
        ),
        pytest.param(
            [waiting(AlertKind.NEW, 9, count=2, sightings=("a", "b")), waiting(AlertKind.NEW, 8, sightings=("b", "c"))],
            {"new": 3},
            id="two",
        ),
        pytest.param(
            [waiting(AlertKind.NEW, 9), waiting(AlertKind.REAPPEARED, 8, urgent=True), waiting(AlertKind.BLIND, 7)],
            {"new": 1, "reappeared": 1, "checks": 1},
            id="of each kind",
        ),
        pytest.param(
            [
                replace(waiting(AlertKind.UNTOLD, 99), subject=json.dumps({"new": 5, "checks": 1}), count=6),
                waiting(AlertKind.FLOOD, 7, count=30),
                waiting(AlertKind.NEW, 7),
            ],
            {"new": 36, "checks": 1},
            id="with what was folded before",
        ),
        pytest.param(
            [
                waiting(AlertKind.FLOOD, 9, count=3, sightings=("a", "b", "c")),
                waiting(AlertKind.FLOOD, 8, count=2, sightings=("c", "d")),
            ],
            {"new": 4},
            id="floods are finds",
        ),
        pytest.param(
            [waiting(AlertKind.NEW, 9, sightings=("a",)), waiting(AlertKind.NEW, 8, sightings=("a",))],
            {"new": 1},
            id="one find in two",
        ),
        pytest.param(
            [
                waiting(AlertKind.NEW, 12, sightings=("a",)),
                replace(
                    waiting(AlertKind.UNTOLD, 9, sightings=("a", "b")),
                    subject=json.dumps({"new": 2, "reappeared": 0}),
                ),
                waiting(AlertKind.STOPPED, 8, count=4),
            ],
            {"new": 2, "checks": 1},
            id="one find alone and among what was folded before",
        ),
        pytest.param(
            [replace(waiting(AlertKind.UNTOLD, 9), subject="by hand", count=2), waiting(AlertKind.NEW, 8)],
            {"new": 3},
            id="folded by hand",
        ),
    ],
)
def test_folding(alerts: list[Alert], counts: dict[str, int] | None) -> None:
    done = folded(alerts, NOW)
    if counts is None:
        assert done is None
        return
    assert done is not None
    one, old = done
    assert json.loads(one.subject) == counts and one.count == sum(counts.values())
    assert one.kind is AlertKind.UNTOLD
    assert one.created_at == min(alert.created_at for alert in alerts) and one.attempts == 3
    assert one.urgent is any(alert.urgent for alert in alerts)
    assert set(one.sightings) == {name for alert in alerts for name in alert.sightings}
    assert one.message_id not in {alert.message_id for alert in alerts}
    assert {alert.id for alert in old} == {alert.id for alert in alerts}
    assert all(alert.delivery is Delivery.FOLDED for alert in old)


def test_eight_digests_are_one_about_all_the_time() -> None:
    weekly = [waiting(AlertKind.DIGEST, 24 * 7 * week + FOLD_AFTER.total_seconds() / 3600) for week in range(8)]
    done = folded(weekly, NOW)
    assert done is not None
    since, _, until = done[0].subject.partition("/")
    assert datetime.fromisoformat(until) - datetime.fromisoformat(since) == 8 * 7 * DAY and len(done[1]) == 8

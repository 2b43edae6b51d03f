from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import outbox, retrying
from monitor.alerts.sending import _untold
from monitor.model.alert import FURTHEST, Alert, AlertKind, Answer, Delivery, Part
from monitor.model.ids import SightingId
from monitor.model.settings import AlertSettings
from monitor.model.sighting import Status
from tests.alerts.alert_helpers import NOW, sighting
from tests.stores import a_store

SETTINGS = AlertSettings()


def first(now: datetime = NOW, *, urgent: bool = False) -> Alert:
    return outbox.alert_for(sighting(1), None, now=now, urgent=urgent, settings=SETTINGS)


def test_a_new_incident_waits_until_it_has_been_quiet() -> None:
    alert = first()
    assert (alert.kind, alert.subject, alert.count, alert.sightings) == (AlertKind.NEW, "inc1", 1, ("s1",))
    assert alert.not_before == NOW + timedelta(seconds=60)


def test_thirty_copies_in_ten_minutes_are_one_alert_that_goes_out_by_then() -> None:
    alert: Alert | None = None
    for number in range(30):
        now = NOW + timedelta(seconds=20 * number)
        alert = outbox.alert_for(sighting(number), alert, now=now, urgent=False, settings=SETTINGS)
        assert alert.not_before <= NOW + timedelta(minutes=10)
    assert alert is not None
    assert alert.count == len(alert.sightings) == 30
    assert alert.not_before == NOW + timedelta(minutes=10)


def test_urgent_goes_out_now_and_makes_the_waiting_alert_urgent() -> None:
    assert first(urgent=True).not_before == NOW
    joined = outbox.alert_for(sighting(2), first(), now=NOW, urgent=True, settings=SETTINGS)
    assert joined.urgent and joined.not_before == NOW and joined.count == 2


def test_the_same_sighting_twice_changes_nothing() -> None:
    alert = first()
    assert outbox.alert_for(sighting(1), alert, now=NOW, urgent=False, settings=SETTINGS) == alert


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param({"attempts": 1}, id="tried: it may have arrived"),
        pytest.param({"delivery": Delivery.SENT}, id="sent"),
        pytest.param({"delivery": Delivery.FAILED}, id="given up"),
    ],
)
def test_nothing_joins_an_alert_that_may_have_gone_out(closed: dict[str, object]) -> None:
    old = replace(first(), **closed)  # type: ignore[arg-type]
    fresh = outbox.alert_for(sighting(2), old, now=NOW, urgent=False, settings=SETTINGS)
    assert fresh.id != old.id and fresh.message_id != old.message_id and fresh.sightings == ("s2",)


def test_what_is_back_is_said_as_back() -> None:
    back = sighting(1, status=Status.REAPPEARED)
    alert = outbox.alert_for(back, None, now=NOW, urgent=False, settings=SETTINGS)
    assert alert.kind is AlertKind.REAPPEARED
    mixed = outbox.alert_for(sighting(2), alert, now=NOW, urgent=False, settings=SETTINGS)
    assert mixed.kind is AlertKind.NEW


def test_what_was_folded_before_counts_first_and_no_find_twice() -> None:
    old = replace(first(), attempts=1, created_at=NOW - outbox.FOLD_AFTER)
    before = replace(
        old,
        id="a",
        kind=AlertKind.UNTOLD,
        subject='{"new": 2, "checks": 1}',
        sightings=(SightingId("s1"), SightingId("s2")),
    )
    back = replace(old, id="b", kind=AlertKind.REAPPEARED, sightings=(SightingId("s2"), SightingId("s3")))
    for waiting in ([before, back], [back, before]):
        done = outbox.folded(waiting, NOW)
        assert done is not None
        assert json.loads(done[0].subject) == {"new": 2, "reappeared": 1, "checks": 1}
        assert done[0].count == 4 and set(done[0].sightings) == {"s1", "s2", "s3"}


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        pytest.param({}, False, id="never tried: it waits for its time"),
        pytest.param({"attempts": 1}, True, id="tried"),
        pytest.param({"attempts": 1, "delivery": Delivery.PARTLY}, False, id="somebody has it"),
    ],
)
def test_only_what_was_tried_is_hurried_on_when_a_channel_works_again(changes: dict[str, object], counts: bool) -> None:
    assert _untold(replace(first(), **changes), a_store()) is counts  # type: ignore[arg-type]


def test_message_ids_are_random_and_tell_nothing() -> None:
    made = {outbox.new_message_id() for _ in range(100)}
    assert len(made) == 100
    assert all(name.endswith("@localhost>") and "monitor" not in name for name in made)


@given(st.integers(min_value=0, max_value=10_000))
def test_the_next_try_comes_later_and_is_capped(attempts: int) -> None:
    wait = retrying.retry_at(attempts, NOW) - NOW
    assert retrying.FIRST_RETRY <= wait <= retrying.RETRY_CAP
    assert wait <= retrying.retry_at(attempts + 1, NOW) - NOW


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("answer", "delivery", "tries", "handed", "gap"),
    [
        pytest.param(Answer.TAKEN, Delivery.WAITING, 0, 0, None, id="taken"),
        pytest.param(Answer.LATER, Delivery.WAITING, 0, 0, timedelta(minutes=2), id="later, nobody has it"),
        pytest.param(Answer.LATER, Delivery.WAITING, 500, 0, HOUR, id="for weeks: every hour"),
        pytest.param(Answer.LATER, Delivery.PARTLY, 0, 0, timedelta(minutes=5), id="later, others have it"),
        pytest.param(Answer.LATER, Delivery.PARTLY, 500, 0, 6 * HOUR, id="for long: every six hours"),
        pytest.param(Answer.LATER, Delivery.WAITING, 0, 1, 6 * HOUR, id="later, and it may be there already"),
        pytest.param(Answer.REFUSED, Delivery.PARTLY, 0, 0, None, id="refused, others have it"),
        pytest.param(Answer.REFUSED, Delivery.WAITING, 0, 0, HOUR, id="refused, nobody has it"),
        pytest.param(Answer.REFUSED, Delivery.WAITING, 500, 0, 6 * HOUR, id="refused for weeks"),
        pytest.param(Answer.UNSURE, Delivery.WAITING, 9, 0, timedelta(minutes=20), id="handed over once"),
        pytest.param(Answer.UNSURE, Delivery.WAITING, 9, 1, None, id="twice: not again"),
        pytest.param(Answer.UNSURE, Delivery.PARTLY, 9, 1, None, id="twice, others have it"),
        pytest.param(Answer.LATER, Delivery.WAITING, 9, 2, None, id="twice, by an older version"),
    ],
)
def test_when_a_recipient_is_asked_again(
    answer: Answer, delivery: Delivery, tries: int, handed: int, gap: timedelta | None
) -> None:
    alert = replace(first(), delivery=delivery)
    before = Part(alert.id, "t", "1 (mailto)", Answer.LATER, tries, NOW, NOW, handed=handed)
    part = retrying.answered(before, alert=alert, target="t", name="1 (mailto)", answer=answer, now=NOW)
    assert part.retry_at == (None if gap is None else NOW + gap) and part.tries == tries + 1
    assert gap is None or gap <= FURTHEST


def test_who_cannot_be_reached_for_a_month_counts_as_refusing() -> None:
    alert = replace(first(), delivery=Delivery.PARTLY)
    late = NOW + timedelta(days=31)
    part = retrying.answered(None, alert=alert, target="t", name="1 (mailto)", answer=Answer.LATER, now=late)
    assert part.answer is Answer.REFUSED and part.retry_at is None
    last = alert.created_at + retrying.PART_FOR
    for at, counts_as in ((last - timedelta(microseconds=1), Answer.LATER), (last, Answer.REFUSED)):
        part = retrying.answered(None, alert=alert, target="t", name="1 (mailto)", answer=Answer.LATER, now=at)
        assert part.answer is counts_as
    only_one = replace(alert, delivery=Delivery.WAITING)
    part = retrying.answered(None, alert=only_one, target="t", name="1 (mailto)", answer=Answer.LATER, now=late)
    assert part.answer is Answer.LATER, "nobody has it"


def part_of(channel: int, answer: Answer, minutes: float = 5) -> Part:
    retry = None if answer is Answer.TAKEN else NOW + timedelta(minutes=minutes)
    return Part("a", f"{channel}{answer}{minutes}", f"{channel} (mailto), recipient 1", answer, 1, NOW, retry)


SPENT = replace(part_of(1, Answer.UNSURE, 2), handed=2)


@pytest.mark.parametrize(
    ("parts", "delivery", "minutes"),
    [
        pytest.param([], Delivery.WAITING, 2, id="no channel could be asked"),
        pytest.param([part_of(1, Answer.LATER), part_of(1, Answer.UNSURE, 20)], Delivery.WAITING, 5, id="the soonest"),
        pytest.param([part_of(1, Answer.REFUSED, 60)], Delivery.WAITING, 60, id="refused, the only one"),
        pytest.param([part_of(1, Answer.TAKEN)], Delivery.SENT, None, id="taken"),
        pytest.param(
            [part_of(1, Answer.TAKEN), part_of(1, Answer.REFUSED)], Delivery.SENT, None, id="the other refuses"
        ),
        pytest.param([part_of(1, Answer.TAKEN), part_of(1, Answer.LATER)], Delivery.PARTLY, 5, id="the other: later"),
        pytest.param([part_of(1, Answer.TAKEN), SPENT], Delivery.SENT, None, id="the other may have it twice"),
        pytest.param([SPENT], Delivery.WAITING, 360, id="all may have it twice"),
        pytest.param([SPENT, part_of(2, Answer.LATER)], Delivery.WAITING, 5, id="a way out is still asked"),
        pytest.param([part_of(2, Answer.TAKEN), part_of(1, Answer.LATER)], Delivery.SENT, None, id="a way out took it"),
        pytest.param(
            [part_of(1, Answer.TAKEN), part_of(1, Answer.UNSURE, 20), part_of(2, Answer.LATER)],
            Delivery.PARTLY,
            20,
            id="the other may have it",
        ),
    ],
)
def test_what_becomes_of_an_alert(parts: list[Part], delivery: Delivery, minutes: float | None) -> None:
    after = retrying.after_try(first(), parts, attempt=1, now=NOW, said="")
    assert after.delivery is delivery and (after.sent_at is None) is (delivery is Delivery.WAITING)
    assert minutes is None or after.not_before == NOW + timedelta(minutes=minutes)


BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (time(22, 0), time(7, 0))


@pytest.mark.parametrize(
    ("span", "now", "until"),
    [
        pytest.param(None, "2026-11-22T23:00Z", None, id="none set"),
        pytest.param(NIGHT, "2026-11-22T20:59Z", None, id="a minute before"),
        pytest.param(NIGHT, "2026-11-22T21:00Z", "2026-11-23T06:00Z", id="begins, over midnight"),
        pytest.param(NIGHT, "2026-11-23T05:59Z", "2026-11-23T06:00Z", id="last minute"),
        pytest.param(NIGHT, "2026-11-23T06:00Z", None, id="over"),
        pytest.param((time(12), time(14)), "2026-11-22T12:00Z", "2026-11-22T13:00Z", id="within a day"),
        pytest.param((time(9), time(9)), "2026-11-22T08:00Z", None, id="an empty span"),
        pytest.param(NIGHT, "2026-03-28T23:00Z", "2026-03-29T05:00Z", id="night that summer time shortens"),
        pytest.param(NIGHT, "2026-10-24T23:00Z", "2026-10-25T06:00Z", id="night that winter time lengthens"),
        pytest.param((time(1), time(2, 30)), "2026-10-25T01:15Z", None, id="second pass of the repeated hour"),
    ],
)
def test_quiet_hours(span: tuple[time, time] | None, now: str, until: str | None) -> None:
    held = retrying.hold_until(first(), span, BERLIN, datetime.fromisoformat(now).astimezone(UTC))
    assert held == (datetime.fromisoformat(until) if until else None)


def test_urgent_alerts_and_tests_do_not_wait_for_the_morning() -> None:
    night = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    for alert in (first(urgent=True), replace(first(), kind=AlertKind.TEST)):
        assert retrying.hold_until(alert, NIGHT, BERLIN, night) is None


def test_a_flood_is_one_summary_that_grows_until_it_is_tried() -> None:
    alert = outbox.flood_alert(sighting(1), None, now=NOW, not_before=NOW)
    assert (alert.kind, alert.subject, alert.count, alert.not_before) == (AlertKind.FLOOD, "r1", 1, NOW)
    grown = outbox.flood_alert(sighting(2), alert, now=NOW, not_before=NOW)
    assert (grown.id, grown.count, len(grown.sightings)) == (alert.id, 2, 2)
    assert outbox.flood_alert(sighting(2), grown, now=NOW, not_before=NOW) == grown
    assert outbox.flood_alert(sighting(3), replace(grown, attempts=1), now=NOW, not_before=NOW).id != alert.id

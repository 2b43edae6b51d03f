"""That nothing was looked at for a while: in the weekly summary, and in a message of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import digest, digest_words
from monitor.alerts.wording import alert_message
from monitor.documents.standstill import stood_of, subject_of
from monitor.model.alert import AlertKind
from monitor.model.progress import Loop
from monitor.model.settings import AlertDetail
from monitor.model.standstill import Standstill, StoodBecause
from monitor.services.standing import note_standstill
from tests.alerts.alert_helpers import settings
from tests.daemon.test_daemon_service import watch
from tests.stores import a_store, every_alert

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = settings("json://127.0.0.1/x").alerts


@pytest.mark.parametrize("detail", AlertDetail)
def test_the_weekly_summary_tells_it(detail: AlertDetail) -> None:
    store = a_store()
    store.standstills.note(Standstill(NOW - 200 * HOUR, NOW - 190 * HOUR, StoodBecause.OFF))  # told the week before
    store.standstills.note(Standstill(NOW - 30 * HOUR, NOW - 28 * HOUR, StoodBecause.HUNG, Loop.STORE))
    built = digest.build(digest.gather(store, "default", since=NOW - 168 * HOUR, now=NOW))
    told = digest_words.digest_message(built, SETTINGS, detail=detail).text
    told = " ".join(told.split())
    assert told.count("Nothing was looked at from") == 1
    assert "As far as is known: a part of this program hung (store)." in told


def test_of_many_the_longest_are_told_in_order() -> None:
    store = a_store()
    for day in range(1, 7 * 3):
        since = NOW - day * 8 * HOUR
        store.standstills.note(Standstill(since, since + timedelta(minutes=15 + day), StoodBecause.ASLEEP))
    built = digest.build(digest.gather(store, "default", since=NOW - 168 * HOUR, now=NOW))
    told = digest_words.digest_message(built, SETTINGS).text
    assert told.count("Nothing was looked at from") == 7


def test_a_message_of_its_own_is_of_each_case_that_watches() -> None:
    store = a_store()
    note_standstill(Standstill(NOW - 30 * HOUR, NOW, StoodBecause.NO_ROOM), store, [watch("a")], NOW)
    note_standstill(Standstill(NOW - 30 * HOUR, NOW, StoodBecause.NO_ROOM), store, [watch("a", enabled=False)], NOW)
    note_standstill(Standstill(NOW - 30 * HOUR, NOW, StoodBecause.NO_ROOM), store, [watch("a", case="other")], NOW)
    (alert,) = every_alert(store)
    assert (alert.kind, alert.case) == (AlertKind.STOOD_STILL, "default")
    assert "nothing could be saved" in alert_message(alert, [], SETTINGS).text


def test_what_hangs_again_and_again_is_told_once_a_day_however_short_each_was() -> None:
    store, told = a_store(), list[int]()
    for number in range(30 * 6):  # of minutes, for thirty hours
        now = NOW + timedelta(minutes=10 * number)
        stood = Standstill(now - timedelta(minutes=4), now, StoodBecause.HUNG, Loop.STORE)
        note_standstill(stood, store, [watch("a")], now)
        told.append(len(every_alert(store)))
    assert told[1:3] == [0, 1] and told[143 + 2] == 1 and told[-1] == 2
    words = [alert_message(alert, [], SETTINGS).text.replace("\n", " ") for alert in every_alert(store)]
    assert any("happened 3 times in a day" in text for text in words)


def test_other_short_standstills_are_no_message() -> None:
    store = a_store()
    for _ in range(9):
        note_standstill(Standstill(NOW - HOUR / 3, NOW, StoodBecause.ASLEEP), store, [watch("a")], NOW)
    assert every_alert(store) == []


MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(MOMENTS, MOMENTS, st.sampled_from(StoodBecause), st.none() | st.sampled_from(Loop))
def test_an_alerts_subject_holds_it(since: datetime, until: datetime, because: StoodBecause, loop: Loop | None) -> None:
    stood = Standstill(since, until, because, loop)
    assert stood_of(subject_of(stood)) == stood


@given(st.text())
def test_what_is_no_subject_of_ours_is_told_without_times(subject: str) -> None:
    assert stood_of(subject) is None or subject.count("/") == 3

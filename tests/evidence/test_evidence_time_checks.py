"""What `doctor` says of trusted time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.ids import DEFAULT_CASE
from monitor.model.stamp import StampTry, TimeStamp
from monitor.services.time_checks import check_time_stamps
from monitor.store.store import SqlStore
from tests.stores import a_store

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
URL = "https://tsa.example/tsr"


def stamped(store: SqlStore, apart: timedelta) -> None:
    store.time_stamps.save(TimeStamp(DEFAULT_CASE, 1, URL, NOW, NOW + apart, b"d", b"q", b"r", b"c"))


def tried(store: SqlStore) -> None:
    store.time_stamps.note_try(DEFAULT_CASE, StampTry(2, NOW, NOW + timedelta(hours=1), "tsa.example: it refused"))


@pytest.mark.parametrize(
    ("urls", "apart", "waits", "states", "said"),
    [
        pytest.param([], None, False, [], "", id="off"),
        pytest.param([URL], None, False, ["ok"], "none yet", id="nothing kept so far"),
        pytest.param([URL], timedelta(0), False, ["ok"], "the last came 2026-11-22 20:00 UTC", id="as it should"),
        pytest.param([URL], timedelta(0), True, ["warning"], "tsa.example: it refused", id="it waits"),
        pytest.param([URL], timedelta(hours=1), False, ["fault", "ok"], "1h behind", id="the clock is behind"),
        pytest.param([], timedelta(hours=-1), False, ["fault"], "1h ahead of", id="ahead, and off since"),
    ],
)
def test_it_is_said(urls: list[str], apart: timedelta | None, waits: bool, states: list[str], said: str) -> None:
    store = a_store()
    if apart is not None:
        stamped(store, apart)
    if waits:
        tried(store)
    found = list(check_time_stamps(store, [DEFAULT_CASE], urls, NOW))
    assert [one.state for one in found] == states
    assert said in "\n".join(one.message for one in found)

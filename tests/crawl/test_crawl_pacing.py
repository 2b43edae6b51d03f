from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.pacing import MAX_ASKED_S, MAX_BACK_OFF_S, back_off, gap, parse_reset, parse_retry_after

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "asked", "jitter", "seconds"),
    [
        pytest.param(5.0, None, 0.0, 5.0, id="own"),
        pytest.param(5.0, 20.0, 0.0, 20.0, id="robots.txt raises it"),
        pytest.param(5.0, 1.0, 0.0, 5.0, id="robots.txt never lowers it"),
        pytest.param(5.0, 1e9, 0.0, 300.0, id="an absurd delay is cut"),
        pytest.param(0.0, None, 1.0, 0.0, id="none stays none"),
        pytest.param(4.0, None, 1.0, 5.0, id="jitter adds a quarter at most"),
    ],
)
def test_gap(own: float, asked: float | None, jitter: float, seconds: float) -> None:
    assert gap(own, asked, jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"),
    [
        pytest.param(1, None, 30, id="first"),
        pytest.param(2, None, 60, id="doubled"),
        pytest.param(5, None, 480, id="fifth"),
        pytest.param(30, None, MAX_BACK_OFF_S, id="capped"),
        pytest.param(1, 120.0, 120, id="as asked"),
        pytest.param(5, 1.0, 480, id="never less than its own"),
        pytest.param(1, 86_400.0, 86_400, id="a day, as asked: not sooner"),
        pytest.param(30, 86_400.0, 86_400, id="a day, whatever our own growth came to"),
        pytest.param(1, 1e9, MAX_ASKED_S, id="asked for ever"),
        pytest.param(0, None, 30, id="none yet"),
    ],
)
def test_back_off(failures: int, asked: float | None, seconds: float) -> None:
    assert back_off(failures, asked, 0.0) == timedelta(seconds=seconds)


@given(st.integers(-5, 10**6), st.none() | st.floats(0, 1e12), st.floats(0, 1))
def test_back_off_stays_in_bounds(failures: int, asked: float | None, jitter: float) -> None:
    seconds = back_off(failures, asked, jitter).total_seconds()
    assert 30 <= seconds <= MAX_ASKED_S
    assert seconds >= min(asked or 0, MAX_ASKED_S)  # never sooner than asked
    assert asked or seconds <= MAX_BACK_OFF_S


def test_what_was_asked_for_is_not_kept_to_the_dot() -> None:
    """Everybody who was told the same would come back in the same second."""
    assert back_off(1, 600.0, 1.0) > back_off(1, 600.0, 0.0) == timedelta(seconds=600)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 22 Nov 2026 20:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 19:00:00 GMT", 0.0),
        ("Sunday, 22-Nov-26 20:01:00 GMT", 60.0),
        ("99999999999999999999", 366 * 86400.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0661\u0662", None),
        ("Sun, 99 Nov 2026 99:00:00 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds


@given(st.text(max_size=80))
def test_retry_after_never_raises(text: str) -> None:
    found = parse_retry_after(text, NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"ratelimit-reset": "30"}, 30.0, id="seconds, as the IETF's draft has it"),
        pytest.param({"x-ratelimit-reset": "123.5"}, 123.5, id="seconds, as Reddit says"),
        pytest.param({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90.0, id="since 1970, as Bluesky says"),
        pytest.param({"x-ratelimit-reset": "2026-11-22T20:05:00.000Z"}, 300.0, id="a time, as Mastodon says"),
        pytest.param({"x-ratelimit-reset": "2026-11-22T19:00:00Z"}, 0.0, id="over"),
        pytest.param({"x-ratelimit-reset": "soon"}, None, id="words"),
        pytest.param({"x-ratelimit-reset": "nan"}, None, id="no number"),
        pytest.param({"x-ratelimit-reset": "-5"}, None, id="before"),
        pytest.param({"x-ratelimit-reset": "9" * 39}, None, id="absurd"),
        pytest.param({}, None, id="nothing said"),
    ],
)
def test_when_a_counted_limit_begins_anew(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_reset(headers, NOW) == seconds

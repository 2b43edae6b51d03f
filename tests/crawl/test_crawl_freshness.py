"""RFC 9111, and what is made of it: when a known address is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.freshness import (
    MOST_APART,
    SOON,
    UNSAID,
    WHOLE_AFTER,
    ask_again_at,
    heuristic,
    is_asked_whole,
    lifetime,
    names_what_changes,
)
from monitor.crawl.sameness import ONE_IN
from monitor.errors import UnreadableKind

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DATE = ("date", "Sun, 29 Nov 2026 12:00:00 GMT")
IN_AN_HOUR = ("expires", "Sun, 29 Nov 2026 13:00:00 GMT")
DAY = timedelta(days=1)


def control(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple(("cache-control", value) for value in values)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param((), None, id="nothing is said"),
        pytest.param(control(""), None, id="said with no words"),
        pytest.param(control("public"), None, id="public alone says nothing of time"),
        pytest.param(control("private"), None, id="private is for a cache like this one"),
        pytest.param(control('private="set-cookie"'), None, id="of one field only"),
        pytest.param(control('no-cache="set-cookie"'), None, id="no-cache of one field only"),
        pytest.param(control("no-store"), 0, id="no-store"),
        pytest.param(control("no-cache"), 0, id="no-cache"),
        pytest.param(control("No-Cache"), 0, id="in capitals"),
        pytest.param(control("no-store, max-age=3600"), 0, id="no-store goes before max-age"),
        pytest.param(control("max-age=3600", "no-cache"), 0, id="in two lines"),
        pytest.param(control("max-age=3600"), 3600, id="max-age"),
        pytest.param(control("max-age = 3600"), 3600, id="with blanks around it"),
        pytest.param(control('max-age="3600"'), 3600, id="in quotes"),
        pytest.param(control("MAX-AGE=3600"), 3600, id="max-age in capitals"),
        pytest.param(control("max-age=0"), 0, id="of no time"),
        pytest.param(control("max-age=-1"), 0, id="of less than no time"),
        pytest.param(control("max-age=1.5"), 0, id="a fraction is wrongly written"),
        pytest.param(control("max-age=soon"), 0, id="a word is wrongly written"),
        pytest.param(control("max-age"), 0, id="without a number"),
        pytest.param(control("max-age=3600, max-age=60"), 60, id="twice: the shorter one"),
        pytest.param(control("max-age=99999999999999999999999"), 0, id="endless digits"),
        pytest.param(control("max-age=9999999999999"), 2**31, id="more than a cache can hold"),
        pytest.param(control("s-maxage=3600"), None, id="for shared caches only"),
        pytest.param(control("s-maxage=0, max-age=60"), 60, id="s-maxage counts for others"),
        pytest.param(control("must-revalidate"), None, id="must-revalidate says nothing of time"),
        pytest.param((*control("max-age=3600"), ("age", "600")), 3000, id="lay in a cache for a while"),
        pytest.param((*control("max-age=3600"), ("age", "7200")), 0, id="was old when it came"),
        pytest.param((*control("max-age=3600"), ("age", "x")), 3600, id="an age that is none"),
        pytest.param((DATE, IN_AN_HOUR), 3600, id="expires"),
        pytest.param((IN_AN_HOUR,), 3600, id="expires, by when it came"),
        pytest.param((DATE, ("expires", "0")), 0, id="expires: 0"),
        pytest.param((DATE, ("expires", "-1")), 0, id="expires: -1"),
        pytest.param((DATE, ("expires", "Thu, 01 Jan 1970 00:00:00 GMT")), 0, id="expired long ago"),
        pytest.param((DATE, ("expires", "Sun, 99 Nov 2026 13:00:00 GMT")), 0, id="expires on no day"),
        pytest.param((DATE, ("expires", "Sunday, 29-Nov-26 13:00:00 GMT")), 3600, id="in the old form"),
        pytest.param((DATE, ("expires", "Sun Nov 29 13:00:00 2026")), 3600, id="as C writes it"),
        pytest.param((DATE, IN_AN_HOUR, *control("max-age=60")), 60, id="max-age goes before expires"),
        pytest.param((("date", "not a date"), IN_AN_HOUR), 3600, id="a date that is none"),
        pytest.param((("pragma", "no-cache"),), 0, id="pragma, as older programs say it"),
        pytest.param((("pragma", "no-cache"), *control("max-age=60")), 60, id="cache-control goes before pragma"),
        pytest.param((("vary", "*"),), 0, id="for this request alone"),
        pytest.param((("vary", "accept-encoding"),), None, id="one for each coding"),
        pytest.param(control("immutable"), 30 * 86400, id="immutable"),
        pytest.param(control("max-age=60, immutable"), 60, id="immutable for a minute"),
    ],
)
def test_what_an_answer_says_of_itself(headers: tuple[tuple[str, str], ...], seconds: int | None) -> None:
    said = lifetime(headers, NOW)
    assert said == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param((), None, id="nothing is said"),
        pytest.param((DATE, ("last-modified", "Thu, 19 Nov 2026 12:00:00 GMT")), DAY, id="a tenth of ten days"),
        pytest.param((("last-modified", "Thu, 19 Nov 2026 12:00:00 GMT"),), DAY, id="by when it came"),
        pytest.param((DATE, ("last-modified", "Mon, 30 Nov 2026 12:00:00 GMT")), None, id="changed tomorrow"),
        pytest.param((DATE, ("last-modified", "yesterday")), None, id="no date"),
    ],
)
def test_what_is_guessed_of_the_rest(headers: tuple[tuple[str, str], ...], expected: timedelta | None) -> None:
    assert heuristic(headers, NOW) == expected


OLD_FILE = (DATE, ("last-modified", "Sat, 29 Nov 2025 12:00:00 GMT"))


@pytest.mark.parametrize(
    ("headers", "more", "proven", "expected"),
    [
        pytest.param(control("no-store"), {}, timedelta(0), SOON, id="not for long"),
        pytest.param(control("max-age=60"), {}, timedelta(0), timedelta(minutes=1), id="for a minute"),
        pytest.param(control("max-age=31536000"), {}, timedelta(0), MOST_APART, id="for a year"),
        pytest.param((), {}, timedelta(0), UNSAID, id="says nothing"),
        pytest.param((), {"is_changing": True}, timedelta(0), SOON, id="an avatar that says nothing"),
        pytest.param(OLD_FILE, {"is_changing": True}, timedelta(0), SOON, id="an old avatar that says nothing"),
        pytest.param(control("max-age=86400"), {"is_changing": True}, timedelta(0), DAY, id="an avatar for a day"),
        pytest.param(OLD_FILE, {}, timedelta(0), MOST_APART, id="unchanged for a year"),
        pytest.param((DATE, ("last-modified", DATE[1])), {}, timedelta(0), UNSAID, id="changed just now"),
        pytest.param((), {"passed_on": True}, timedelta(0), SOON, id="a redirect led there"),
        pytest.param(
            control("max-age=31536000"), {"unreadable": UnreadableKind.BROKEN}, timedelta(0), SOON, id="half a file"
        ),
        pytest.param(
            OLD_FILE, {"unreadable": UnreadableKind.NOT_AN_IMAGE}, timedelta(0), SOON, id="a page in its place"
        ),
        pytest.param(OLD_FILE, {"unreadable": UnreadableKind.UNSUPPORTED}, timedelta(0), MOST_APART, id="a drawing"),
        pytest.param(control("no-store"), {}, DAY, DAY, id="not for long, and the same for a day"),
        pytest.param(control("no-store"), {}, 8 * DAY, 8 * DAY, id="and for eight"),
        pytest.param(control("no-store"), {}, 80 * DAY, MOST_APART, id="and for eighty"),
        pytest.param(control("no-store"), {}, -DAY, SOON, id="the clock was set back"),
    ],
)
def test_when_it_is_asked_again(
    headers: tuple[tuple[str, str], ...], more: dict[str, object], proven: timedelta, expected: timedelta
) -> None:
    assert ask_again_at(headers, NOW, same_since=NOW - proven, **more) - NOW == expected  # type: ignore[arg-type]


def test_one_that_stays_the_same_is_asked_less_and_less() -> None:
    """At a visit every two hours."""
    due, asked = NOW, 0
    for visit in range(60 * 12):
        at = NOW + timedelta(hours=2 * visit)
        if due <= at:
            due, asked = ask_again_at(control("no-store"), at, same_since=NOW), asked + 1
    assert asked <= 12


@pytest.mark.parametrize(
    ("url", "changes"),
    [
        pytest.param("https://a.example/avatar/17.jpg", True, id="avatar"),
        pytest.param("https://a.example/u/17/avatar_300.png?v=2", True, id="in the name"),
        pytest.param("https://a.example/profile-banner.jpg", True, id="banner"),
        pytest.param("https://a.example/users/17/cover.webp", True, id="cover"),
        pytest.param("https://a.example/discovery/17.jpg", False, id="a word that holds another"),
        pytest.param("https://a.example/17.jpg?from=avatar", False, id="in the query"),
        pytest.param("data:sha256,avatar", False, id="written into the page"),
    ],
)
def test_addresses_of_what_changes(url: str, changes: bool) -> None:
    assert names_what_changes(url) is changes


def test_not_modified_for_ever_is_not_believed_for_ever() -> None:
    young, old = NOW - WHOLE_AFTER + timedelta(hours=1), NOW - WHOLE_AFTER
    days = [NOW + timedelta(days=day) for day in range(ONE_IN)]
    assert not any(is_asked_whole("https://a.example/1.jpg", NOW, same_since=young) for _ in days)
    assert sum(is_asked_whole("https://a.example/1.jpg", day, same_since=old) for day in days) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("cache-control", "expires", "date", "age", "pragma", "vary", "last-modified")), st.text()
        )
    ),
)
def test_whatever_is_sent_it_is_asked_within_thirty_days(headers: list[tuple[str, str]]) -> None:
    again = ask_again_at(headers, NOW, same_since=NOW)
    assert NOW + SOON <= again <= NOW + MOST_APART

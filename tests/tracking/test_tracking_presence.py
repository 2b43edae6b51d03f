"""Three truths: only an observation of a thing changes that thing, and blocked is not removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.model.match import Match, Method, Tier
from monitor.model.presence import REMOVAL_SPACING, Glance, Presence, Saw, Standing, Trace, Truth
from monitor.model.sighting import Decision, Place, Sighting, Status
from monitor.tracking import sighting_life
from monitor.tracking.presence import last_seen, observed, of_a_find, traced, truths_of

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
DAY = timedelta(days=1)
MATCH = Match(Tier.MATCH, 0.9, "same picture", "ref", "photo", Method.PDQ, 4)
ON_A_PAGE = Place("https://forum.example/t/1", "https://cdn.example/a.jpg")
IN_THE_PAGE = replace(ON_A_PAGE, image_url="data:sha256,00")
RESULT = replace(ON_A_PAGE, result_url="https://engine.example/?q=1")
IN_THE_LIST = replace(RESULT, page_url=RESULT.result_url)
PLACES = {"page": ON_A_PAGE, "data": IN_THE_PAGE, "result": RESULT, "list": IN_THE_LIST}

there, gone, unknown = Saw.THERE, Saw.GONE, Saw.UNKNOWN


def sighting(place: Place = ON_A_PAGE, status: Status = Status.NEW, **changes: object) -> Sighting:
    first = sighting_life.first_seen(
        MATCH,
        place,
        sighting_id="s1",
        incident="i1",
        case="default",
        watch="w",
        digest="d",
        now=NOW,
        glances=of_a_find(place),
    )
    return replace(first, status=status, **changes)  # type: ignore[arg-type]


def looks(page: Saw | None = None, media: Saw | None = None, search: Saw | None = None) -> list[Glance]:
    said = ((Truth.PAGE, page), (Truth.MEDIA, media), (Truth.SEARCH, search))
    return [Glance(truth, saw, "why") for truth, saw in said if saw is not None]


def after(days: Sequence[tuple[Saw | None, Saw | None]], place: Place = ON_A_PAGE, **changes: object) -> list[Status]:
    """(page, media) of one look a day."""
    now, told = sighting(place, **changes), []  # type: ignore[arg-type]
    for day, (page, media) in enumerate(days, 1):
        now = observed(now, looks(page, media), now=NOW + day * DAY)
        told.append(now.status)
    return told


NEW, REMOVED, BACK = Status.NEW, Status.REMOVED, Status.REAPPEARED


@pytest.mark.parametrize(
    ("page", "media", "becomes"),
    [
        # The whole table: what two looks, a day apart, that both said this, make of a find on a page.
        pytest.param(there, there, NEW, id="both there"),
        pytest.param(there, gone, REMOVED, id="file gone, the page still names it"),
        pytest.param(there, unknown, NEW, id="file blocked"),
        pytest.param(there, None, NEW, id="named, file not asked"),
        pytest.param(gone, there, NEW, id="page gone, file still served"),
        pytest.param(gone, gone, REMOVED, id="both gone"),
        pytest.param(gone, unknown, NEW, id="page gone, file blocked"),
        pytest.param(gone, None, NEW, id="page gone, file not asked"),
        pytest.param(unknown, there, NEW, id="page walled, file served"),
        pytest.param(unknown, gone, NEW, id="page walled, file gone: it may have moved there"),
        pytest.param(unknown, unknown, NEW, id="site down"),
        pytest.param(unknown, None, NEW, id="page walled, file not asked"),
        pytest.param(None, there, NEW, id="page not asked, file served"),
        pytest.param(None, gone, NEW, id="page not asked, file gone"),
        pytest.param(None, unknown, NEW, id="page not asked, file blocked"),
    ],
)
def test_what_two_spaced_looks_make_of_a_find_on_a_page(page: Saw | None, media: Saw | None, becomes: Status) -> None:
    assert after([(page, media)] * 2) == [NEW, becomes]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param([(there, gone), (there, gone), (there, there)], [NEW, REMOVED, BACK], id="restored"),
        pytest.param([(there, gone), (there, there), (there, gone)], [NEW] * 3, id="flapping"),
        pytest.param([(there, gone), (there, unknown), (there, gone)], [NEW, NEW, REMOVED], id="blocked between"),
        pytest.param([(unknown, gone), (unknown, gone), (there, None)], [NEW, NEW, REMOVED], id="wall comes down"),
        pytest.param([(gone, unknown), (gone, gone), (gone, gone)], [NEW, NEW, REMOVED], id="403, then 404"),
        pytest.param([(gone, None), (unknown, gone), (unknown, gone)], [NEW] * 3, id="page gone before the file was"),
        pytest.param(
            [(there, gone), (there, gone), (there, None), (there, unknown)],
            [NEW, REMOVED, REMOVED, REMOVED],
            id="named again is not back",
        ),
        pytest.param(
            [(gone, gone), (gone, gone), (there, gone), (there, there), (there, there)],
            [NEW, REMOVED, REMOVED, BACK, BACK],
            id="back once",
        ),
        pytest.param(
            [(there, gone), (there, gone), (gone, there), (gone, gone), (gone, gone)],
            [NEW, REMOVED, BACK, BACK, REMOVED],
            id="removed, back without its page, removed",
        ),
    ],
)
def test_a_course(days: Sequence[tuple[Saw, Saw]], told: Sequence[Status]) -> None:
    assert after(days) == told


@pytest.mark.parametrize(
    ("place", "days", "told"),
    [
        pytest.param("data", [(gone, None), (gone, None)], REMOVED, id="in the page: not in it any more"),
        pytest.param("data", [(unknown, None), (unknown, None)], NEW, id="in the page: walled"),
        pytest.param("data", [(there, gone), (there, gone)], NEW, id="in the page: it has no file"),
        pytest.param("list", [(None, gone), (None, gone)], REMOVED, id="in a list: its file decides"),
        pytest.param("list", [(gone, None), (gone, None)], NEW, id="in a list: it has no page"),
        pytest.param("list", [(None, unknown), (None, unknown)], NEW, id="in a list: blocked"),
        pytest.param("result", [(None, gone), (None, gone)], NEW, id="result: the page was not seen"),
        pytest.param("result", [(gone, gone), (gone, gone)], REMOVED, id="result: as any page"),
    ],
)
def test_places_that_have_other_truths(place: str, days: Sequence[tuple[Saw | None, Saw | None]], told: Status) -> None:
    assert after(days, PLACES[place])[-1] is told


@pytest.mark.parametrize("place", ["result", "list"])
def test_the_search_decides_nothing(place: str) -> None:
    found = sighting(PLACES[place])
    for day in (1, 2, 3):
        found = observed(found, looks(search=gone), now=NOW + day * DAY)
    assert (found.status, found.presence.search.standing) == (NEW, Standing.GONE)
    removed = sighting(PLACES[place], REMOVED)
    shown = observed(removed, looks(search=there), now=NOW + DAY)
    assert (shown.status, shown.presence.search.seen_at) == (REMOVED, NOW + DAY), "it still shows what was removed"


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(hours=1), REMOVAL_SPACING - timedelta(microseconds=1)])
def test_two_that_are_too_near_count_as_one(apart: timedelta) -> None:
    once = observed(sighting(), looks(there, gone), now=NOW + DAY)
    assert observed(once, looks(there, gone), now=NOW + DAY + apart).status is NEW
    assert observed(once, looks(there, gone), now=NOW + DAY + REMOVAL_SPACING).status is REMOVED


def test_a_clock_that_was_ahead_makes_nothing_gone() -> None:
    ahead = observed(sighting(), looks(there, gone), now=NOW + 400 * DAY)
    assert observed(ahead, looks(there, gone), now=NOW + DAY).status is NEW
    seen = observed(sighting(), looks(there, there), now=NOW - DAY)
    assert seen.last_seen == seen.presence.media.seen_at == NOW, "nor a find older"


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.REPORTED, Status.REAPPEARED, Status.NEW])
def test_seen_again_changes_no_decision(status: Status) -> None:
    again = observed(sighting(status=status), looks(there, there), now=NOW + DAY)
    assert (again.status, again.last_seen) == (status, NOW + DAY)
    assert not sighting_life.is_news(sighting(status=status), again)


def test_what_is_back_is_news_once() -> None:
    removed = sighting(status=REMOVED, removed_at=NOW)
    back = observed(removed, looks(media=there), now=NOW + DAY)
    assert sighting_life.is_news(removed, back)
    assert not sighting_life.is_news(back, observed(back, looks(there, there), now=NOW + 2 * DAY))


@pytest.mark.parametrize("saw", list(Saw))
def test_what_is_closed_as_under_18_is_left_as_it_is(saw: Saw) -> None:
    closed = sighting(under_18=True)
    assert observed(closed, looks(saw, saw, saw), now=NOW + DAY) == closed


def test_of_what_was_dismissed_only_that_it_stands_is_noted() -> None:
    left = sighting_life.dismiss(sighting(), Decision.NOT_HERE, now=NOW)
    for day in (1, 2, 3):
        assert observed(left, looks(gone, gone), now=NOW + day * DAY) == left
    again = observed(left, looks(there, there), now=NOW + DAY)
    assert (again.status, again.last_seen) == (Status.DISMISSED, NOW + DAY)


def test_only_its_page_makes_hearsay_a_find() -> None:
    said = sighting(only_said=True)
    assert observed(said, looks(media=there), now=NOW + DAY).is_hearsay
    assert not observed(said, looks(page=there), now=NOW + DAY).is_hearsay


@pytest.mark.parametrize(
    ("page", "media", "at"),
    [
        pytest.param(Trace(), Trace(), None, id="never observed"),
        pytest.param(Trace(NOW), Trace(), NOW, id="named, file never asked"),
        pytest.param(Trace(NOW + DAY), Trace(NOW), NOW + DAY, id="named since"),
        pytest.param(Trace(NOW), Trace(NOW + DAY), NOW + DAY, id="file had since"),
        pytest.param(Trace(NOW + 2 * DAY), Trace(NOW, NOW + DAY, NOW + DAY), NOW, id="named, but its file is gone"),
        pytest.param(Trace(NOW, NOW + DAY, NOW + DAY), Trace(NOW + DAY), NOW + DAY, id="only the file is there"),
        pytest.param(Trace(NOW + DAY), Trace(NOW, unknown_since=NOW + DAY), NOW + DAY, id="named, its file blocked"),
    ],
)
def test_last_seen_is_the_pictures(page: Trace, media: Trace, at: datetime | None) -> None:
    assert last_seen(Presence(page, media), ON_A_PAGE) == at


@pytest.mark.parametrize(
    ("with_page", "with_media", "moved"),
    [
        pytest.param(True, True, {Truth.PAGE, Truth.MEDIA}, id="both came"),
        pytest.param(True, False, {Truth.PAGE}, id="a known picture on another page"),
        pytest.param(False, False, set(), id="by kept hashes alone"),
    ],
)
def test_what_a_find_says(with_page: bool, with_media: bool, moved: set[Truth]) -> None:
    seen = of_a_find(ON_A_PAGE, with_page=with_page, with_media=with_media)
    assert {one.truth for one in seen} == moved
    removed = sighting(status=REMOVED)
    assert (observed(removed, seen, now=NOW + DAY).status is BACK) is (Truth.MEDIA in moved)


def test_why_is_that_of_the_latest_look_that_did_not_find_it() -> None:
    trace = traced(Trace(NOW), Glance(Truth.MEDIA, gone, "404"), now=NOW + DAY)
    blocked = traced(trace, Glance(Truth.MEDIA, unknown, "403"), now=NOW + 2 * DAY)
    assert (trace.why, blocked.why) == ("404", "403")
    assert (blocked.standing, blocked.unknown_since) == (Standing.GONE_ONCE, NOW + 2 * DAY)
    assert traced(blocked, Glance(Truth.MEDIA, there), now=NOW + 3 * DAY) == Trace(NOW + 3 * DAY)


SAWS = st.sampled_from([None, *Saw])


class Life(RuleBasedStateMachine):
    """Any looks in any order, with a clock that is set back now and then, and the person's word."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.found = sighting()
        self.place = "page"
        self.gone: list[datetime] = []  # looks that found the deciding truth gone, since it was last there
        self.started = False

    @precondition(lambda self: not self.started)
    @rule(place=st.sampled_from(sorted(PLACES)))
    def at(self, place: str) -> None:
        self.place, self.found, self.started = place, sighting(PLACES[place]), True

    @rule(hours=st.integers(-5, 60), page=SAWS, media=SAWS, search=SAWS)
    def look(self, hours: int, page: Saw | None, media: Saw | None, search: Saw | None) -> None:
        self.started = True
        self.now += timedelta(hours=hours)
        before, decides = self.found, page if self.place == "data" else media
        self.found = observed(before, looks(page, media, search), now=self.now)
        if before.status is not Status.DISMISSED:
            self.gone = [] if decides is there else [*self.gone, self.now] if decides is gone else self.gone
        self._check(before, decides)
        self._only_its_own_moves(before, {Truth.PAGE: page, Truth.MEDIA: media, Truth.SEARCH: search})

    def _check(self, before: Sighting, decides: Saw | None) -> None:
        was, now = before.status, self.found.status
        if now is REMOVED and was is not REMOVED:
            assert max(self.gone) - min(self.gone) >= REMOVAL_SPACING
        if was is not BACK and now is BACK:
            assert (was, decides) == (REMOVED, there)
        if was is not now:
            assert now in (REMOVED, BACK) and was is not Status.DISMISSED

    def _only_its_own_moves(self, before: Sighting, said: dict[Truth, Saw | None]) -> None:
        for truth, saw in said.items():
            was, now = before.presence.of(truth), self.found.presence.of(truth)
            if saw is None or truth not in truths_of(before.place):
                assert now == was
            if saw is not there:
                assert now.seen_at == was.seen_at
            if saw is unknown:
                assert now.standing is was.standing
            assert was.seen_at is None or (now.seen_at is not None and now.seen_at >= was.seen_at)

    @rule(word=st.sampled_from([sighting_life.confirm, sighting_life.reported]))
    def says(self, word: object) -> None:
        self.found = word(self.found)  # type: ignore[operator]

    @rule(word=st.sampled_from(Decision))
    def dismisses(self, word: Decision) -> None:
        self.found = sighting_life.dismiss(self.found, word, now=self.now)

    @precondition(lambda self: self.found.status is Status.DISMISSED)
    @rule()
    def takes_back(self) -> None:
        self.found = sighting_life.undo(self.found)

    @invariant()
    def each_is_in_order(self) -> None:
        for truth in Truth:
            trace = self.found.presence.of(truth)
            assert (trace.gone_since is None) == (trace.gone_at is None)
            assert trace.gone_since is None or trace.gone_at is None or trace.gone_since <= trace.gone_at


class Shut(RuleBasedStateMachine):
    """No look that could not tell ever makes anything of a find."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.found = NOW, sighting(RESULT)

    @rule(days=st.integers(0, 90), page=st.sampled_from([None, there, unknown]), search=SAWS)
    def look(self, days: int, page: Saw | None, search: Saw | None) -> None:
        self.now += days * DAY
        self.found = observed(self.found, looks(page, unknown, search), now=self.now)

    @invariant()
    def it_is_as_it_was(self) -> None:
        assert self.found.status is NEW and self.found.removed_at is None


FEW = settings(max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
TestLife, TestShut = Life.TestCase, Shut.TestCase
TestLife.settings = TestShut.settings = FEW

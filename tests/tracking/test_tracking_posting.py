"""What a look says of how much is posted at a place, and which looks say nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.observation import RunStatus
from monitor.model.run import LimitKind, LimitReached, Run
from monitor.model.visit import LooksBefore, VisitCount
from monitor.model.watch import Adapt, Every, Follow, ImageRules, Kind, Render, Watch
from monitor.tracking.posting import count_of, sight_of

NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=2)
RUN = Run("w", "default", RunStatus.OK, NOW, NOW, appeared=3, appeared_hers=1, requests=7, sight="s")
PART, BLIND = replace(RUN, status=RunStatus.PARTIAL), replace(RUN, status=RunStatus.FAILED)
PART_NONE = replace(PART, appeared=0, appeared_hers=0)
CUT_NONE = replace(PART_NONE, limits=(LimitReached(LimitKind.IMAGES, 2),))
SINCE, AHEAD = LooksBefore(BEFORE), NOW + timedelta(days=9)
NONE = replace(RUN, appeared=0, appeared_hers=0)


def says(since: datetime | None, appeared: int | None, ours: int, changed: bool | None) -> VisitCount:
    return VisitCount(NOW, since, appeared, ours, changed, 7)


@pytest.mark.parametrize(
    ("run", "before", "count"),
    [
        pytest.param(RUN, LooksBefore(), says(None, None, 0, None), id="the first look: all was posted before"),
        pytest.param(RUN, SINCE, says(BEFORE, 3, 1, True), id="three more since"),
        pytest.param(NONE, SINCE, says(BEFORE, 0, 0, False), id="none since"),
        pytest.param(PART, SINCE, says(BEFORE, None, 0, True), id="cut, or blind in part: some at least"),
        pytest.param(PART_NONE, SINCE, says(BEFORE, None, 0, False), id="in part, none"),
        pytest.param(PART_NONE, LooksBefore(BEFORE, 5, 0), says(BEFORE, None, 0, False), id="in part, none any more"),
        pytest.param(CUT_NONE, SINCE, says(BEFORE, None, 0, None), id="cut, none: what was left out may be new"),
        pytest.param(PART, LooksBefore(), says(None, None, 0, None), id="the first look, cut"),
        pytest.param(BLIND, SINCE, says(BEFORE, None, 0, None), id="failed"),
        pytest.param(RUN, LooksBefore(BEFORE, 5, 2), says(BEFORE, 8, 3, True), id="whole: with what others met"),
        pytest.param(NONE, LooksBefore(BEFORE, 5, 0), says(BEFORE, 5, 0, True), id="whole, and nothing more"),
        pytest.param(RUN, LooksBefore(AHEAD), says(None, None, 0, None), id="by a clock that was ahead"),
        pytest.param(RUN, LooksBefore(NOW), says(None, None, 0, None), id="no time has passed"),
    ],
)
def test_what_a_look_says(run: Run, before: LooksBefore, count: VisitCount) -> None:
    assert count_of(run, before) == count


WATCH = Watch("w", Kind.PAGE, Every(3600), urls=("https://a.example/",))


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        pytest.param({"schedule": Adapt(900, 3600)}, True, id="schedule"),
        pytest.param({"name": "other", "line": 9, "tags": ("urgent",)}, True, id="what it is called"),
        pytest.param({"images": ImageRules(max_images=9)}, True, id="the cap: what it cut is told as that"),
        pytest.param({"urls": ("https://b.example/",)}, False, id="address"),
        pytest.param({"images": ImageRules(select="img.big")}, False, id="selector"),
        pytest.param({"follow": Follow(links="a.next")}, False, id="links"),
        pytest.param({"follow": Follow(max_pages=500)}, False, id="more pages"),
        pytest.param({"render": Render.BROWSER}, False, id="a browser"),
        pytest.param({"kind": Kind.FEED}, False, id="kind"),
        pytest.param({"query": "other"}, False, id="query"),
        pytest.param({"credentials": "me"}, False, id="as whom"),
        pytest.param({"ignore_robots": True}, False, id="robots"),
    ],
)
def test_with_what_change_a_place_is_another_one(changed: dict[str, object], is_same: bool) -> None:
    other = replace(WATCH, **changed)  # type: ignore[arg-type]
    assert (sight_of(other, is_logged_in=False) == sight_of(WATCH, is_logged_in=False)) is is_same
    assert sight_of(WATCH, is_logged_in=True) != sight_of(WATCH, is_logged_in=False)

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model.match import Match, Method, Tier
from monitor.model.sighting import Decision, Place, Sighting, Status
from monitor.tracking import sighting_life

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
MATCH = Match(Tier.MATCH, 0.9, "same picture", "ref", "photo", Method.PDQ, 4)
PLACE = Place("https://forum.example/t/1", "https://cdn.example/a.jpg")


def sighting(status: Status = Status.NEW, **changes: object) -> Sighting:
    first = sighting_life.first_seen(
        MATCH, PLACE, sighting_id="s1", incident="i1", case="default", watch="w", digest="d", now=NOW
    )
    return replace(first, status=status, **changes)  # type: ignore[arg-type]


def test_a_first_sighting_is_news() -> None:
    assert sighting_life.is_news(None, sighting())


@given(
    st.sampled_from([s for s in Status if s is not Status.DISMISSED]),
    st.lists(st.sampled_from(Decision), min_size=1, max_size=4),
)
def test_undo_gives_back_what_a_dismissal_took(status: Status, words: list[Decision]) -> None:
    before = decided = sighting(status)
    for hours, word in enumerate(words):
        decided = sighting_life.dismiss(decided, word, now=NOW + timedelta(hours=hours))
    assert (decided.status, decided.decision) == (Status.DISMISSED, words[-1])
    assert sighting_life.undo(decided) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(Status.NEW, Status.NEW, id="new"),
        pytest.param(Status.CONFIRMED, Status.CONFIRMED, id="confirmed"),
        pytest.param(Status.REAPPEARED, Status.REAPPEARED, id="back"),
        pytest.param(Status.REMOVED, Status.REMOVED, id="removed: no report changes that"),
    ],
)
def test_what_is_not_reported_any_more_is_what_it_was(before: Status, after: Status) -> None:
    sent = sighting_life.reported(sighting(status=before))
    back = sighting_life.not_reported(sent)
    assert (back.status, back.before_report) == (after, None)
    assert sighting_life.not_reported(back) == back
    quiet = sighting_life.dismiss(sent, Decision.NOT_HERE, now=NOW)
    assert sighting_life.undo(sighting_life.not_reported(quiet)).status is after


def test_what_an_older_version_saw_reported_was_confirmed_by_that() -> None:
    assert sighting_life.not_reported(sighting(status=Status.REPORTED)).status is Status.CONFIRMED


def test_a_confirmation_takes_a_dismissal_back() -> None:
    left = sighting_life.dismiss(sighting(), Decision.NOT_HERE, now=NOW)
    assert sighting_life.confirm(left) == sighting(Status.CONFIRMED)


@pytest.mark.parametrize(
    ("tier", "status", "match", "surer", "news"),
    [
        pytest.param(Tier.POSSIBLE, Status.NEW, Tier.MATCH, True, True, id="only possible, and sure now"),
        pytest.param(Tier.POSSIBLE, Status.NEW, Tier.POSSIBLE, False, False, id="possible as before"),
        pytest.param(Tier.MATCH, Status.NEW, Tier.MATCH, False, False, id="sure as before"),
        pytest.param(Tier.MATCH, Status.NEW, Tier.POSSIBLE, False, False, id="never less sure than it was"),
        pytest.param(Tier.POSSIBLE, Status.CONFIRMED, Tier.MATCH, True, False, id="the person knew"),
        pytest.param(Tier.POSSIBLE, Status.DISMISSED, Tier.MATCH, False, False, id="dismissed stays as it is"),
    ],
)
def test_what_was_only_possible_may_turn_out_sure(
    tier: Tier, status: Status, match: Tier, surer: bool, news: bool
) -> None:
    earlier = sighting(status, match=replace(MATCH, tier=tier))
    found = replace(MATCH, tier=match)
    assert sighting_life.is_surer(earlier, found) is surer
    again = replace(earlier, match=found) if surer else earlier
    assert sighting_life.is_news(earlier, again) is news


def test_nothing_to_undo_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to take back"):
        sighting_life.undo(sighting(Status.NEW))


def left(found: Sighting) -> Sighting:
    return sighting_life.dismiss(found, Decision.NOT_HERE, now=NOW)


def dismissed(found: Sighting) -> Sighting:
    return sighting_life.dismiss(found, Decision.NOT_MINE, now=NOW)


@pytest.mark.parametrize("decide", [sighting_life.confirm, dismissed, left, sighting_life.undo])
def test_what_was_closed_as_under_18_stays_closed(decide: object) -> None:
    with pytest.raises(UsageError, match="under 18"):
        decide(sighting(Status.CONFIRMED, under_18=True))  # type: ignore[operator]

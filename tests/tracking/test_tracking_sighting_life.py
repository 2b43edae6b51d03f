from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model.match import Match, Method, Tier
from monitor.model.page import OutcomeKind
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


@pytest.mark.parametrize(
    ("status", "after", "news"),
    [
        pytest.param(Status.NEW, Status.NEW, False, id="seen again is no news"),
        pytest.param(Status.CONFIRMED, Status.CONFIRMED, False, id="a decision stays"),
        pytest.param(Status.DISMISSED, Status.DISMISSED, False, id="a dismissal stays"),
        pytest.param(Status.REPORTED, Status.REPORTED, False, id="a report stays"),
        pytest.param(Status.REMOVED, Status.REAPPEARED, True, id="what was removed is back"),
        pytest.param(Status.REAPPEARED, Status.REAPPEARED, False, id="back is told once"),
    ],
)
def test_seen_again(status: Status, after: Status, news: bool) -> None:
    earlier = sighting(status)
    again = sighting_life.seen_again(earlier, now=NOW + timedelta(hours=1))
    assert again.status is after
    assert again.last_seen == NOW + timedelta(hours=1)
    assert sighting_life.is_news(earlier, again) is news


def test_a_clock_set_back_does_not_make_a_find_look_older() -> None:
    assert sighting_life.seen_again(sighting(), now=NOW - timedelta(days=1)).last_seen == NOW


def test_a_first_sighting_is_news() -> None:
    assert sighting_life.is_news(None, sighting())


@pytest.mark.parametrize(
    ("page", "media", "counts"),
    [
        pytest.param(OutcomeKind.GONE, OutcomeKind.GONE, True, id="page and media gone"),
        pytest.param(OutcomeKind.OK, OutcomeKind.GONE, True, id="page stands, media gone"),
        pytest.param(OutcomeKind.GONE, OutcomeKind.OK, False, id="media still served"),
        pytest.param(OutcomeKind.OK, OutcomeKind.BLOCKED, False, id="blocked is not removed"),
        pytest.param(OutcomeKind.WALL, OutcomeKind.GONE, False, id="page behind a wall"),
        pytest.param(OutcomeKind.TIMEOUT, OutcomeKind.TIMEOUT, False, id="site down"),
        pytest.param(OutcomeKind.GONE, OutcomeKind.DNS, False, id="media host unknown"),
    ],
)
def test_only_two_spaced_gone_outcomes_remove(page: OutcomeKind, media: OutcomeKind, counts: bool) -> None:
    once = sighting_life.after_check(sighting(), page, media, now=NOW)
    assert once.status is Status.NEW
    too_soon = sighting_life.after_check(once, page, media, now=NOW + timedelta(hours=1))
    assert too_soon.status is Status.NEW
    later = sighting_life.after_check(too_soon, page, media, now=NOW + sighting_life.REMOVAL_SPACING)
    assert (later.status is Status.REMOVED) is counts
    assert (later.removed_at is not None) is counts


@pytest.mark.parametrize(
    "settled",
    [
        pytest.param(sighting(Status.DISMISSED), id="dismissed"),
        pytest.param(replace(sighting(Status.REMOVED), removed_at=NOW), id="removed"),
        pytest.param(replace(sighting(), under_18=True), id="under 18"),
    ],
)
@pytest.mark.parametrize("came", [OutcomeKind.GONE, OutcomeKind.OK])
def test_no_check_changes_what_is_settled(settled: Sighting, came: OutcomeKind) -> None:
    gone = replace(settled, gone_since=NOW - 2 * sighting_life.REMOVAL_SPACING)
    for before in (settled, gone):
        assert sighting_life.after_check(before, came, came, now=NOW) == before


def test_a_good_look_between_starts_over() -> None:
    gone = sighting_life.after_check(sighting(), OutcomeKind.GONE, OutcomeKind.GONE, now=NOW)
    back = sighting_life.after_check(gone, OutcomeKind.OK, OutcomeKind.OK, now=NOW + timedelta(hours=10))
    assert back.gone_since is None
    gone_again = sighting_life.after_check(back, OutcomeKind.GONE, OutcomeKind.GONE, now=NOW + timedelta(hours=30))
    assert gone_again.status is Status.NEW


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

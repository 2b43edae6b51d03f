"""What became of a find is noted where it was observed; when it was gone is read from that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.course import Absence
from monitor.model.ids import SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import Change, ChangeKind, Glance, Saw, Truth
from monitor.model.sighting import Place, Sighting, Status
from monitor.tracking.changes import absences_of, changes_between
from monitor.tracking.presence import observed

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
S1, S2 = SightingId("s1"), SightingId("s2")
REMOVED, BACK = ChangeKind.REMOVED, ChangeKind.BACK


def on(day: int, kind: ChangeKind, sighting: SightingId = S1) -> Change:
    return Change(sighting, NOW + day * DAY, kind, "why")


def span(gone: int, back: int | None = None, sighting: SightingId = S1) -> Absence:
    return Absence(sighting, NOW + gone * DAY, None if back is None else NOW + back * DAY)


@pytest.mark.parametrize(
    ("noted", "spans"),
    [
        pytest.param([], [], id="never gone"),
        pytest.param([on(1, REMOVED)], [span(1)], id="gone"),
        pytest.param([on(1, REMOVED), on(3, BACK)], [span(1, 3)], id="gone and back"),
        pytest.param([on(1, REMOVED), on(3, BACK), on(5, REMOVED)], [span(1, 3), span(5)], id="gone again"),
        pytest.param([on(1, REMOVED), on(-2, BACK)], [span(1, 1)], id="back by a clock that was set back"),
        pytest.param([on(9, REMOVED), on(9, BACK), on(2, REMOVED)], [span(9, 9), span(2)], id="gone by such a clock"),
        pytest.param([on(1, REMOVED), on(2, REMOVED)], [span(1)], id="gone twice: it is gone since the first"),
        pytest.param([on(1, BACK)], [], id="back, and nobody knows since when it was gone"),
        pytest.param([on(1, ChangeKind.DELISTED), on(2, ChangeKind.LISTED)], [], id="what a search shows"),
        pytest.param([on(1, REMOVED), on(2, ChangeKind.LISTED)], [span(1)], id="listed again, and still gone"),
        pytest.param([on(1, REMOVED), on(2, ChangeKind.ELSEWHERE)], [span(1)], id="a copy stands elsewhere"),
        pytest.param(
            [on(1, REMOVED), on(2, REMOVED, S2), on(3, BACK), on(4, BACK, S2)],
            [span(1, 3), span(2, 4, S2)],
            id="two finds in turn",
        ),
    ],
)
def test_when_it_was_gone(noted: list[Change], spans: list[Absence]) -> None:
    gone = absences_of(noted)
    assert [one for of_find in gone.values() for one in of_find] == spans
    assert all(one.sighting == sighting for sighting, of_find in gone.items() for one in of_find)


A_FIND = Sighting(
    id=S1,
    incident="i",
    case="default",
    watch="w",
    place=Place("https://a.example/p", "https://a.example/i.jpg"),
    match=Match(Tier.MATCH, 1.0, "same picture"),
    status=Status.NEW,
    first_seen=NOW,
    last_seen=NOW,
)
LOOKS = st.lists(st.tuples(st.sampled_from(Saw), st.sampled_from(Saw), st.integers(-40, 60)), max_size=25)


@given(LOOKS)
def test_whatever_was_seen_it_is_gone_where_its_status_says_so(looks: list[tuple[Saw, Saw, int]]) -> None:
    """The clock may go back too; hours: since the look before."""
    find, now, noted = A_FIND, NOW, list[Change]()
    for page, media, hours in looks:
        now += timedelta(hours=hours)
        again = observed(find, (Glance(Truth.PAGE, page), Glance(Truth.MEDIA, media)), now=now)
        noted += changes_between(find, again, now)
        find = again
        absences = absences_of(noted).get(S1, ())
        assert (bool(absences) and absences[-1].back_at is None) is (find.status is Status.REMOVED)
        assert not absences or absences[-1].gone_at == find.removed_at
        assert all(one.back_at is not None and one.back_at >= one.gone_at for one in absences[:-1])


def test_a_removal_is_noted_for_when_the_find_has_it() -> None:
    after = replace(A_FIND, status=Status.REMOVED, removed_at=NOW + DAY)
    assert changes_between(A_FIND, after, NOW + DAY + timedelta(seconds=1)) == (Change(S1, NOW + DAY, REMOVED),)

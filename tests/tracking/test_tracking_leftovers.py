"""What becomes of each thing that a cut-off process left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.ids import CaseId
from monitor.model.intent import Intent, IntentKind
from monitor.tracking.leftovers import Settlement, ThereNow, settled, staying

CASE, NOW = CaseId("default"), datetime(2026, 11, 29, 20, tzinfo=UTC)
SEAL = Intent(IntentKind.SEAL, "a.age", CASE, NOW)
CLOSED = Intent(IntentKind.SEAL, "a.age", CASE, NOW, is_closed=True)
SITTING = Intent(IntentKind.SITTING, "/d/2026-11-29", CASE, NOW)
SHEETS = ("/d/2026-11-29/00-what-first.txt", "/d/2026-11-29/01-a.txt", "/d/2026-11-29/01-a.eml")


@pytest.mark.parametrize(
    ("intent", "there", "becomes"),
    [
        pytest.param(SEAL, ThereNow(), Settlement(done=(SEAL,)), id="nothing was written"),
        pytest.param(SEAL, ThereNow(in_place=["a.age"]), Settlement(put_aside=("a.age",)), id="a file without a row"),
        pytest.param(SEAL, ThereNow(aside=["a.age"]), Settlement(), id="put aside already: it stays written down"),
        pytest.param(SEAL, ThereNow(["a.age"], ["a.age"]), Settlement(done=(SEAL,)), id="a row names it"),
        pytest.param(
            CLOSED, ThereNow(in_place=["a.age"]), Settlement(remove=(CLOSED,), done=(CLOSED,)), id="closed: removed"
        ),
        pytest.param(
            CLOSED, ThereNow(aside=["a.age"]), Settlement(remove=(CLOSED,), done=(CLOSED,)), id="closed, put aside"
        ),
        pytest.param(
            CLOSED, ThereNow(["a.age"], ["a.age"]), Settlement(done=(CLOSED,)), id="closed, and a row names it"
        ),
        pytest.param(
            SITTING,
            ThereNow(drafts={SITTING.path: SHEETS}),
            Settlement(drafts=tuple((SITTING, path) for path in SHEETS), done=(SITTING,)),
            id="drafts of no report",
        ),
        pytest.param(
            SITTING,
            ThereNow(drafts={SITTING.path: SHEETS}, reported=SHEETS[1:]),
            Settlement(drafts=((SITTING, SHEETS[0]),), done=(SITTING,)),
            id="drafts of which reports name some",
        ),
        pytest.param(SITTING, ThereNow(), Settlement(done=(SITTING,)), id="a sitting of which nothing was written"),
    ],
)
def test_what_is_left(intent: Intent, there: ThereNow, becomes: Settlement) -> None:
    assert settled([intent], there) == becomes


@pytest.mark.parametrize(
    ("intent", "there", "is_let_alone"),
    [
        pytest.param(SEAL, ThereNow(in_place=["a.age"]), True, id="a file in its place: somebody may be at it"),
        pytest.param(CLOSED, ThereNow(in_place=["a.age"]), True, id="closed: whoever is at it looks again"),
        pytest.param(CLOSED, ThereNow(aside=["a.age"]), False, id="what was put aside is nobody's work"),
        pytest.param(SITTING, ThereNow(drafts={SITTING.path: SHEETS}), True, id="drafts"),
    ],
)
def test_where_others_may_be_at_work_what_is_young_is_let_alone(
    intent: Intent, there: ThereNow, is_let_alone: bool
) -> None:
    assert (settled([intent], there, alive_since=NOW) == Settlement()) is is_let_alone
    assert settled([intent], there, alive_since=NOW + timedelta(seconds=1)) == settled([intent], there)


@pytest.mark.parametrize(
    ("sheets", "stays"),
    [
        pytest.param((), (), id="none of a report: nothing stays"),
        pytest.param((SHEETS[1],), SHEETS, id="its mail and the index stay with a sheet"),
    ],
)
def test_what_stays_of_a_sitting(sheets: tuple[str, ...], stays: tuple[str, ...]) -> None:
    assert staying(SHEETS, sheets, "00-what-first.txt") == frozenset(stays)

"""Looks at sites over a simulated year (`bench/removal/`): its judge, and what the program makes of it."""

from __future__ import annotations

import pytest

from bench.removal.simulate import simulate
from bench.removal.sites import sites
from bench.removal.truth import Judge


def faults(gone: tuple[tuple[float, float], ...], looks: str) -> list[str]:
    """looks: hour and what is told then, as `5:new 26:removed`."""
    judge = Judge("a site", gone)
    for hour, status in (look.split(":") for look in looks.split()):
        judge.look(float(hour), status, "")
    return [fault.what for fault in judge.faults]


ONCE, AWAY = ((10.0, 1e9),), ((10.0, 100.0),)


@pytest.mark.parametrize(
    ("gone", "looks", "expected"),
    [
        pytest.param((), "5:new 30:reported", [], id="stands"),
        pytest.param((), "5:new 30:removed", ["false removed"], id="stands, told removed"),
        pytest.param(ONCE, "5:new 12:new 33:removed", [], id="known by the second look that counts"),
        pytest.param(ONCE, "5:new 12:new 21:new 33:removed", [], id="a look in between does not count"),
        pytest.param(ONCE, "5:new 12:new 33:new", ["removal late"], id="late"),
        pytest.param(AWAY, "12:new 33:removed 101:reappeared", [], id="back"),
        pytest.param(AWAY, "12:new 33:removed 101:removed", ["return late"], id="back, not told"),
        pytest.param(AWAY, "12:new 33:removed 50:reappeared", ["false reappeared", "removal late"], id="not back"),
        pytest.param((), "5:new 9:reappeared", ["false reappeared"], id="was never removed"),
        pytest.param((), "5:new 400:new", ["never looked at"], id="two weeks and more without a look"),
    ],
)
def test_the_judge_of_a_find(gone: tuple[tuple[float, float], ...], looks: str, expected: list[str]) -> None:
    assert faults(gone, looks) == expected


def test_every_site_says_what_is_true_of_it() -> None:
    there = sites(80)
    assert len(there) >= 30
    assert sum(bool(one.gone) for one in there) >= 15, "real removals"
    assert sum(one.gone != () and one.gone[0][1] < 1e8 for one in there) >= 4, "and returns"


@pytest.mark.long
def test_a_year_of_looks() -> None:
    """No removal that was none, no return that was none, every real one known by the second look that counts, and
    nothing unlooked though no watch is there any more."""
    course = simulate(days=365)
    assert [str(fault) for fault in course.faults] == []
    assert len(course.judges) >= 30 and sum(judge.removals for judge in course.judges) >= 15
    assert course.delisted.count("found-by-a-search: delisted") == 1


@pytest.mark.long
def test_a_month_of_looks() -> None:
    names = ["file-404", "signed-page-404", "by-hand-the-page-alone", "flaps-by-request"]
    course = simulate(days=30, names=names)
    assert [str(fault) for fault in course.faults] == []
    assert sum(judge.removals for judge in course.judges) == 3

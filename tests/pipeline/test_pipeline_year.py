"""The simulated year (`bench/year/`): its judge, and what the program makes of it."""

from __future__ import annotations

import pytest

from bench.year.simulate import simulate
from bench.year.truth import MUST_BE_NONE, Day, Judge, Sight, Told

HERE, GONE = frozenset({"h0"}), frozenset[str]()


def faults(*days: tuple[str, str], visited: bool = True) -> list[str]:
    """Each day: "+" it stands and is seen, "-" it is gone, "?" its page is gone and its file is not, "w" it stands
    behind a wall; and the statuses of its sightings, "." for none, as "new+new"."""
    judge = Judge("a place")
    for day, (truth, statuses) in enumerate(days):
        stands = HERE if truth in "+w" else GONE
        unsure = HERE if truth == "?" else GONE
        sight = Sight.NOTHING if truth == "w" else Sight.WHOLE
        told = [
            Told(str(number), status.rstrip("!"), day if status.endswith("!") else 0)
            for number, status in enumerate(statuses.split("+"))
            if status != "."
        ]
        there = Day(stands, GONE if truth == "w" else stands, sight, unsure)
        judge.end_of_day(day, there, {"h0": told} if told else {}, visited=visited)
    return [fault.what for fault in judge.faults]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param("+:new +:new -:new -:removed -:removed", [], id="found, gone, told"),
        pytest.param("+:. +:. +:new", [], id="missed twice"),
        pytest.param("+:. +:. +:.", ["missed"], id="missed three times"),
        pytest.param("+:. w:. +:. w:. +:new", [], id="a wall's days do not count"),
        pytest.param("+:new +:new+new", ["told twice"], id="told twice"),
        pytest.param("-:new", ["found nowhere"], id="was never there"),
        pytest.param("+:new w:removed", ["false removed"], id="blocked is not removed"),
        pytest.param("+:new ?:removed ?:removed", [], id="page gone, file not: may be removed"),
        pytest.param("+:new ?:new ?:new ?:new ?:new ?:new", [], id="page gone, file not: may stand"),
        pytest.param("+:new -:new -:removed +:reappeared", [], id="back"),
        pytest.param("+:new -:new -:removed -:reappeared", ["false reappeared"], id="not back"),
        pytest.param("+:new +:reappeared", ["false reappeared"], id="never gone"),
        pytest.param("+:new -:new -:removed +:removed +:removed +:removed", ["return missed"], id="back, not told"),
        pytest.param("+:new -:new -:new -:new -:new -:new", ["removal late"], id="not told removed"),
        pytest.param(
            "+:new -:new! -:removed! -:removed! -:removed! -:removed!", ["seen when gone"], id="seen, though gone"
        ),
    ],
)
def test_year_judges_what_is_known_of_a_copy(days: str, expected: list[str]) -> None:
    assert faults(*((truth, told) for truth, told in (day.split(":") for day in days.split()))) == expected


@pytest.mark.parametrize(
    ("sight", "status", "expected"),
    [
        (Sight.WHOLE, "ok", []),
        (Sight.WHOLE, "partial", ["cried wolf"]),
        (Sight.EITHER, "ok", []),
        (Sight.EITHER, "partial", []),
        (Sight.EITHER, "failed", ["cried wolf"]),
        (Sight.LESS, "ok", ["false ok"]),
        (Sight.LESS, "partial", []),
        (Sight.NOTHING, "ok", ["false ok"]),
        (Sight.NOTHING, "failed", []),
    ],
)
def test_year_judges_a_look(sight: Sight, status: str, expected: list[str]) -> None:
    judge = Judge("a place")
    judge.look(0, Day(GONE, GONE, sight), status, "")
    assert [fault.what for fault in judge.faults] == expected


@pytest.mark.long
def test_year_in_short() -> None:
    """Sixteen days of four places. All of them: `python -m bench.year`, see bench/README.md for what falls short."""
    names = ["file-stand-in", "token-path-old-404", "jsessionid", "log-in-comes-and-goes"]
    year = simulate(seed=11, days=16, names=names, every=2)
    assert [str(fault) for fault in year.faults if fault.what in MUST_BE_NONE] == []
    assert year.tells >= len(names) and not year.unplaced

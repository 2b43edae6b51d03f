"""A run's status rests on what was observed alone."""

from __future__ import annotations

import pytest

from monitor.model.observation import (
    NAMED,
    Covers,
    Noted,
    Observation,
    RunStatus,
    RunTrouble,
    Weight,
    error_kind,
    foremost,
    named,
    status_of,
    unlike,
)
from monitor.model.outcome import OutcomeKind


def of(covers: Covers, weight: Weight, kind: str = "other", url: str = "") -> Observation:
    return Observation(url, error_kind(kind), "it was so", "Look at it.", covers, weight)


@pytest.mark.parametrize(
    ("observed", "good_looks", "status"),
    [
        pytest.param([], 1, RunStatus.OK, id="nothing"),
        pytest.param([], 0, RunStatus.FAILED, id="not one good look"),
        pytest.param([of(Covers.PLACE, Weight.SAID)], 3, RunStatus.OK, id="said"),
        pytest.param([of(Covers.PICTURE, Weight.PART)], 3, RunStatus.PARTIAL, id="a picture"),
        pytest.param([of(Covers.PAGE, Weight.PART)], 3, RunStatus.PARTIAL, id="a page"),
        pytest.param([of(Covers.PLACE, Weight.PART)], 3, RunStatus.PARTIAL, id="a part of the place"),
        pytest.param([of(Covers.PAGE, Weight.BLIND)], 3, RunStatus.PARTIAL, id="one page blind, others not"),
        pytest.param([of(Covers.PAGE, Weight.BLIND)], 0, RunStatus.FAILED, id="the only page blind"),
        pytest.param([of(Covers.PLACE, Weight.BLIND)], 3, RunStatus.FAILED, id="the place"),
        pytest.param([of(Covers.PICTURE, Weight.PART), of(Covers.PLACE, Weight.BLIND)], 3, RunStatus.FAILED, id="both"),
    ],
)
def test_status(observed: list[Observation], good_looks: int, status: RunStatus) -> None:
    assert status_of(observed, good_looks=good_looks) is status


@pytest.mark.parametrize("kind", list(NAMED))
def test_words_are_whole(kind: RunTrouble) -> None:
    one = named(Noted(kind, 7, "app.bsky.embed.new"), "https://a.example/", watch="{forum}")
    assert "{count}" not in one.message and "{what}" not in one.message and not one.message[0].isupper()
    assert len(one.remedy.split()) >= 5 and not one.remedy[0].islower() and one.remedy[-1] == "."


def test_the_foremost_is_what_makes_it_blind_then_what_came_first() -> None:
    said, part, other = of(Covers.PLACE, Weight.SAID), of(Covers.PAGE, Weight.PART), of(Covers.PAGE, Weight.PART, "cut")
    blind, offline = of(Covers.PLACE, Weight.BLIND), of(Covers.PAGE, Weight.PART, OutcomeKind.OFFLINE)
    assert foremost([]) is None and foremost([said]) is said
    assert foremost([said, part, other]) is part
    assert foremost([said, part, offline]) is offline
    assert foremost([part, blind]) is blind
    again = of(Covers.PAGE, Weight.PART, "cut", url="https://b.example/")
    assert unlike([said, other, again, offline]) == (offline, other, said)

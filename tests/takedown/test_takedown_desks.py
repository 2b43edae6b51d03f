"""Whether the address of a desk can still be relied on, by one look at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.page import Outcome, OutcomeKind
from monitor.takedown.desks import judged, to_ask, warning

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OK = Outcome(OutcomeKind.OK)
FORM = "https://help.example.com/report-ncii"


@pytest.mark.parametrize(
    ("address", "came_from", "outcome", "answer"),
    [
        pytest.param(FORM, FORM, OK, DeskAnswer.FINE, id="there"),
        pytest.param(FORM, FORM + "/", OK, DeskAnswer.FINE, id="with a stroke behind it"),
        pytest.param(FORM, "https://help.example.com/en/report-ncii?hl=en", OK, DeskAnswer.FINE, id="in a language"),
        pytest.param(
            "https://support.example.com/hc/articles/38675",
            "https://support.example.com/hc/en-us/articles/38675-Report-it",
            OK,
            DeskAnswer.FINE,
            id="with its title",
        ),
        pytest.param("https://example.com/", "https://www.example.com/en", OK, DeskAnswer.FINE, id="a front page"),
        pytest.param(FORM, "https://help.example.com/", OK, DeskAnswer.MOVED, id="to the front page"),
        pytest.param(FORM, "https://help.example.com/hc/en-us", OK, DeskAnswer.MOVED, id="to another page"),
        pytest.param(FORM, "https://example.org/report-ncii", OK, DeskAnswer.MOVED, id="to another site"),
        pytest.param(
            "https://go.microsoft.com/fwlink?LinkId=1",
            "https://www.microsoft.com/digitalsafety/report",
            OK,
            DeskAnswer.FINE,
            id="a link service leads elsewhere",
        ),
        pytest.param(FORM, "https://help.example.com/login?next=/report-ncii", OK, DeskAnswer.LOG_IN, id="to a log-in"),
        pytest.param(FORM, "https://accounts.google.com/v3/signin/x", OK, DeskAnswer.LOG_IN, id="to another's log-in"),
        pytest.param(FORM, "https://example.com/blogging-report-ncii", OK, DeskAnswer.FINE, id="no log-in: blogging"),
        pytest.param(
            FORM, FORM, Outcome(OutcomeKind.WALL, "the site wants a log-in (401)"), DeskAnswer.LOG_IN, id="401"
        ),
        pytest.param(
            FORM, FORM, Outcome(OutcomeKind.WALL, "a bot check stands before the page"), DeskAnswer.UNKNOWN, id="a wall"
        ),
        pytest.param(FORM, FORM, Outcome(OutcomeKind.GONE, "nothing (404)"), DeskAnswer.GONE, id="404"),
        pytest.param(FORM, FORM, Outcome(OutcomeKind.MOVED, "its front page"), DeskAnswer.MOVED, id="sent home"),
        pytest.param(FORM, FORM, Outcome(OutcomeKind.SERVER_ERROR, "503"), DeskAnswer.UNKNOWN, id="their fault"),
        pytest.param(FORM, FORM, Outcome(OutcomeKind.OFFLINE, "no network"), DeskAnswer.UNKNOWN, id="off-line"),
        pytest.param(FORM, FORM, Outcome(OutcomeKind.ROBOTS, "robots.txt"), DeskAnswer.UNKNOWN, id="robots.txt"),
    ],
)
def test_what_one_look_means(address: str, came_from: str, outcome: Outcome, answer: DeskAnswer) -> None:
    judgement, said = judged(address, came_from, outcome)
    assert judgement is answer
    assert bool(said) is (answer is not DeskAnswer.FINE)


def look(answer: DeskAnswer, **ago: float) -> DeskLook:
    return DeskLook(FORM, NOW - timedelta(**ago), answer, "what came")


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        pytest.param(None, True, id="never asked"),
        pytest.param(look(DeskAnswer.FINE, days=7), True, id="a week ago"),
        pytest.param(look(DeskAnswer.FINE, days=6.9), False, id="less than a week ago"),
        pytest.param(look(DeskAnswer.GONE, days=1), False, id="gone is known for a week"),
        pytest.param(look(DeskAnswer.UNKNOWN, days=1), True, id="what told nothing, after a day"),
        pytest.param(look(DeskAnswer.UNKNOWN, hours=23), False, id="but not at once"),
        pytest.param(look(DeskAnswer.FINE, days=-1), True, id="of the future: the clock was set back"),
    ],
)
def test_what_is_asked_and_when(known: DeskLook | None, asked: bool) -> None:
    assert to_ask([FORM], {FORM: known} if known else {}, NOW) == ((FORM,) if asked else ())


@pytest.mark.parametrize("answer", DeskAnswer)
def test_a_doubt_is_told_and_nothing_else(answer: DeskAnswer) -> None:
    told = warning(look(answer, hours=1))
    assert bool(told) is answer.is_doubt
    if told:
        assert "2026-11-29" in told and "what came" in told and told.endswith("before you rely on it.")
    assert warning(None) == ""

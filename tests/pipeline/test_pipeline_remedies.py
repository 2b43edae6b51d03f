"""Whatever a run may tell has a remedy in plain words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.model.observation import RunStatus, RunTrouble
from monitor.model.page import GOOD_LOOK, REMEDIES, Outcome, OutcomeKind
from monitor.model.run import LIMIT_REMEDIES, LimitKind, LimitReached
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.tally import UNREADABLE_REMEDIES, Tally

NOW = datetime(2026, 11, 26, tzinfo=UTC)
KINDS = [kind for kind in OutcomeKind if kind not in GOOD_LOOK]
PICTURES = list(UnreadableKind)
LIMITS = list(LimitKind)


def in_plain_words(remedy: str) -> bool:
    """A sentence or more that tells what to do, without what only programmers know."""
    jargon = re.search(r"traceback|exception|errno|stack|None|null|httpx|aiohttp|selectolax", remedy, re.IGNORECASE)
    return len(remedy.split()) >= 5 and remedy[0].isupper() and remedy.rstrip()[-1] in ".`" and jargon is None


def tally() -> Tally:
    return Tally(Watch("forum", Kind.PAGE, Every(3600)), NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome(kind: OutcomeKind) -> None:
    run = tally()
    run.failed("https://a.example/", Outcome(kind, "it was so"))
    (error,) = run.finish(NOW).errors
    assert error.kind == kind.value and in_plain_words(error.remedy), error.remedy


@pytest.mark.parametrize("kind", PICTURES)
def test_every_unreadable_picture(kind: UnreadableKind) -> None:
    run = tally()
    run.image_unreadable("https://a.example/1.jpg", UnreadableImage("it was so", kind=kind, remedy="Save a copy."))
    (error,) = run.finish(NOW).errors
    assert error.kind == kind and in_plain_words(error.remedy), error.remedy
    assert "save" not in error.remedy.lower()  # the picture is on a site, not in a file of the person's


@pytest.mark.parametrize("what", LIMITS)
def test_every_limit(what: LimitKind) -> None:
    assert in_plain_words(LIMIT_REMEDIES[LimitReached(what, 1).what])


@pytest.mark.parametrize(
    ("left_out", "says", "when"),
    [
        pytest.param(0, "beyond was not seen", "The next runs go on", id="none that is known"),
        pytest.param(1, "seen: 1 pictures", "all are seen after 1 more run. ", id="one"),
        pytest.param(1200, "seen: 1200 pictures", "all are seen after 3 more runs. ", id="as many as three runs take"),
    ],
)
def test_what_a_cap_left_out_is_said_with_when_it_is_seen(left_out: int, says: str, when: str) -> None:
    run = tally()
    run.limit(LimitKind.IMAGES, 500, left_out=left_out)
    (observed,) = run.finish(NOW).observed
    assert says in observed.message and when in observed.remedy and in_plain_words(observed.remedy)


def test_a_picture_that_is_gone_is_said_and_makes_no_run_partial() -> None:
    run = tally()
    run.good_looks = 1
    run.image_failed("https://a.example/1.jpg", Outcome(OutcomeKind.GONE, "gone (404)"))
    kept = run.finish(NOW)
    assert (kept.status, [error.kind for error in kept.errors]) == (RunStatus.OK, [OutcomeKind.GONE])


def test_pictures_that_hold_more_than_is_looked_at_are_told_once_and_make_no_run_partial() -> None:
    run = tally()
    run.good_looks = 1
    for number in range(300):
        run.left_inside(f"https://a.example/{number}.gif", "frames of an animation")
    kept = run.finish(NOW)
    (said,) = kept.errors
    assert (kept.status, said.kind, said.url) == (RunStatus.OK, RunTrouble.MORE_INSIDE, "https://a.example/0.gif")
    assert said.message.startswith("300 pictures") and said.message.endswith("frames of an animation")


def test_nothing_is_missing_and_nothing_is_dead() -> None:
    assert set(REMEDIES) == set(KINDS) and set(UNREADABLE_REMEDIES) == set(PICTURES)
    assert set(LIMIT_REMEDIES) == set(LIMITS)


def test_more_errors_than_are_kept_are_counted() -> None:
    run = tally()
    for number in range(205):
        run.failed(f"https://a.example/{number}", Outcome(OutcomeKind.TIMEOUT, "no answer"))
    errors = run.finish(NOW).errors
    assert len(errors) == 201 and errors[-1].message.startswith("5 more") and errors[-1].remedy

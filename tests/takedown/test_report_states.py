"""A report goes only where a report can go, and every step stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor.errors import UsageError
from monitor.model.ids import SightingId
from monitor.model.report import ASKED_AFTER, NEXT_STATES, WAITING, Frozen, Report, ReportEvent, ReportState
from monitor.takedown.clocks import due_after

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
TIDA = Frozen(legal_basis="us_tida", deadline="PT48H", deadline_source="the Act")
DRAFT = Report.drafted(
    id="r1",
    case="default",
    sightings=[SightingId("s1"), SightingId("s2")],
    channel="meta",
    route="us_tida",
    at=NOW,
    file="/d/1.txt",
    frozen=TIDA,
)
ANSWERS = [
    ReportState.BOUNCED,
    ReportState.ACKNOWLEDGED,
    ReportState.MORE_ASKED,
    ReportState.REFUSED,
    ReportState.REMOVED,
]


class AnyOrderOfSteps(RuleBasedStateMachine):
    """Any step at any time: it is either in the table, or refused without a change."""

    def __init__(self) -> None:
        super().__init__()
        self.report = DRAFT
        self.now = NOW
        self.seen = [ReportState.DRAFT]

    def step(self, state: ReportState, minutes: int) -> None:
        at = self.now + timedelta(minutes=minutes)
        before = self.report
        allowed = state in NEXT_STATES[before.state] and at >= before.changed_at
        due = due_after(before, state, at)
        try:
            if state is ReportState.SENT:
                self.report = before.sent(at=at, due_at=due, number="n1")
            elif state is ReportState.WITHDRAWN:
                self.report = before.withdrawn(at=at)
            elif state is ReportState.DRAFT:
                at = max(at, before.changed_at)
                allowed = state in NEXT_STATES[before.state]
                self.report = before.drafted_anew(
                    sightings=before.sightings, route="us_tida", lane="", file="/d/2.txt", frozen=TIDA, at=at
                )
            else:
                self.report = before.answered(state, at=at, due_at=due, text="t")
        except UsageError as error:
            assert not allowed
            assert error.remedy
            assert self.report is before
        else:
            assert allowed
            self.now = at
            self.seen.append(state)
            assert self.report.events[:-1] == before.events, "no step is lost"

    @rule(minutes=st.integers(-5, 5_000))
    def draft(self, minutes: int) -> None:
        self.step(ReportState.DRAFT, minutes)

    @rule(minutes=st.integers(-5, 5_000))
    def send(self, minutes: int) -> None:
        self.step(ReportState.SENT, minutes)

    @rule(state=st.sampled_from(ANSWERS), minutes=st.integers(-5, 5_000))
    def answer(self, state: ReportState, minutes: int) -> None:
        self.step(state, minutes)

    @rule(minutes=st.integers(-5, 5_000))
    def withdraw(self, minutes: int) -> None:
        self.step(ReportState.WITHDRAWN, minutes)

    @invariant()
    def state_and_times_agree(self) -> None:
        report = self.report
        assert [event.state for event in report.events] == self.seen
        assert report.state is self.seen[-1]
        assert (report.sent_at is not None) == (ReportState.SENT in self.seen)
        far = self.now + timedelta(days=400)
        assert (report.look_at is not None) == (report.state in WAITING)
        assert report.overdue(far) == (report.state in WAITING and report.due_at is not None)
        assert report.overdue(far) + report.unanswered(far) == (report.state in WAITING)
        if report.state is ReportState.SENT:
            assert report.due_at == report.changed_at + timedelta(hours=48)
        if report.state in (ReportState.DRAFT, ReportState.MORE_ASKED, ReportState.BOUNCED):
            assert report.due_at is None, "a clock that counts from a complete request, and none was received"
        if report.due_at and report.state in WAITING:
            assert not report.overdue(report.due_at)
        if report.sent_at:
            assert report.number == "n1"


TestAnyOrderOfSteps = AnyOrderOfSteps.TestCase


def test_refusal_says_what_can_follow() -> None:
    with pytest.raises(UsageError, match="is draft, so it cannot become removed") as caught:
        DRAFT.answered(ReportState.REMOVED, at=NOW)
    assert caught.value.remedy == "It can become: sent, withdrawn."
    closed = DRAFT.withdrawn(at=NOW)
    with pytest.raises(UsageError) as caught:
        closed.sent(at=NOW, due_at=None)
    assert "closed" in caught.value.remedy


def test_a_time_before_the_step_before_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(UsageError, match="drafted at 2026-11-22T20:00Z, so it cannot have been sent at") as caught:
        DRAFT.sent(at=NOW - timedelta(minutes=1), due_at=None)
    assert "from 2026-11-22T20:00Z on" in caught.value.remedy


def test_a_time_given_to_the_minute_is_the_same_minute() -> None:
    drafted = replace(DRAFT, events=(replace(DRAFT.events[0], at=NOW + timedelta(seconds=30)),))
    sent = drafted.sent(at=NOW, due_at=None, noted_at=NOW + timedelta(seconds=50))
    assert sent.sent_at == drafted.created_at and sent.events[1].noted_at == NOW + timedelta(seconds=50)


def test_a_desk_without_a_clock_is_asked_about_after_a_week() -> None:
    sent = DRAFT.sent(at=NOW, due_at=None)
    assert not sent.overdue(NOW + timedelta(days=900))
    assert not sent.unanswered(NOW + ASKED_AFTER)
    assert sent.unanswered(NOW + ASKED_AFTER + timedelta(seconds=1))
    heard = sent.answered(ReportState.ACKNOWLEDGED, at=NOW + timedelta(days=6))
    assert not heard.unanswered(NOW + timedelta(days=12))


def test_what_was_noted_by_a_clock_that_was_years_ahead_is_asked_about_at_once() -> None:
    ahead = NOW + timedelta(days=900)
    sent = DRAFT.sent(at=ahead, due_at=ahead + timedelta(hours=48))
    assert sent.unanswered(NOW) and not sent.overdue(NOW)
    assert not DRAFT.sent(at=NOW, due_at=NOW + timedelta(days=97)).unanswered(NOW)


@pytest.mark.parametrize("state", [ReportState.DRAFT, ReportState.SENT, ReportState.WITHDRAWN])
def test_only_answers_are_answers(state: ReportState) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        DRAFT.answered(state, at=NOW)


def test_one_sighting_goes_and_the_report_stays_for_the_others() -> None:
    left = DRAFT.without({"s1"})
    assert (left.sightings, left.sighting) == (("s2",), "s2")
    assert left.without({"s2"}) is left


def test_without_words_only_times_and_states_are_left() -> None:
    sent = replace(DRAFT, frozen=replace(TIDA, circumstances="c", text_sha256="ab")).sent(at=NOW, due_at=NOW)
    told = sent.answered(ReportState.REFUSED, at=NOW, due_at=NOW, text="about her")
    left = told.without_words()
    assert (left.file, left.response, left.frozen) == ("", "", TIDA)
    assert [(one.at, one.state) for one in left.events] == [(one.at, one.state) for one in told.events]


def test_the_desks_number_stays_while_the_request_stands_for_others() -> None:
    sent = DRAFT.sent(at=NOW, due_at=NOW, number="T-1")
    assert sent.without_words().number == "T-1"
    assert sent.withdrawn(at=NOW).without_words().number == ""


def event(state: ReportState, **values: object) -> ReportEvent:
    return replace(ReportEvent(report="r1", at=NOW, noted_at=NOW, state=state), **values)  # type: ignore[arg-type]


FIRST = event(ReportState.DRAFT)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"sightings": ()}, id="about nothing"),
        pytest.param({"sightings": ("s1", "s1")}, id="about one twice"),
        pytest.param({"events": ()}, id="nothing happened"),
        pytest.param({"events": (event(ReportState.SENT),)}, id="never drafted"),
        pytest.param({"events": (FIRST, event(ReportState.REFUSED))}, id="refused but never sent"),
        pytest.param({"events": (FIRST, event(ReportState.SENT, at=NOW - timedelta(1)))}, id="sent before it was made"),
        pytest.param({"events": (FIRST, event(ReportState.SENT, report="r2"))}, id="a step of another"),
    ],
)
def test_impossible_values(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(DRAFT, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"at": datetime(2026, 1, 1)}, id="no zone"),  # noqa: DTZ001
        pytest.param({"due_at": NOW}, id="a draft that is due"),
    ],
)
def test_impossible_steps(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        event(ReportState.DRAFT, **wrong)

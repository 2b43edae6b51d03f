"""A report goes only where a report can go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor.errors import UsageError
from monitor.model.report import NEXT_STATES, WAITING, Report, ReportState
from monitor.takedown.clocks import Deadline, due_at

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
DRAFT = Report(id="r1", case="default", sighting="s1", channel="meta", route="us_tida", created_at=NOW, changed_at=NOW)
ANSWERS = [ReportState.ACKNOWLEDGED, ReportState.MORE_ASKED, ReportState.REFUSED, ReportState.REMOVED]


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
        try:
            if state is ReportState.SENT:
                self.report = before.sent(at=at, due_at=due_at(Deadline(hours=48), at), number="n1")
            elif state is ReportState.WITHDRAWN:
                self.report = before.withdrawn(at=at)
            else:
                self.report = before.answered(state, at=at, text="t")
        except UsageError as error:
            assert not allowed
            assert error.remedy
            assert self.report is before
        else:
            assert allowed
            self.now = at
            self.seen.append(state)

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
        assert report.state is self.seen[-1]
        assert (report.sent_at is not None) == (ReportState.SENT in self.seen)
        assert (report.due_at is None) == (report.sent_at is None)
        far = self.now + timedelta(days=400)
        assert report.overdue(far) == (report.state in WAITING)
        if report.due_at:
            assert not report.overdue(report.due_at)
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


def test_a_desk_without_a_clock_is_never_overdue() -> None:
    assert not DRAFT.sent(at=NOW, due_at=None).overdue(NOW + timedelta(days=900))


@pytest.mark.parametrize("state", [ReportState.DRAFT, ReportState.SENT, ReportState.WITHDRAWN])
def test_only_answers_are_answers(state: ReportState) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        DRAFT.answered(state, at=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"created_at": datetime(2026, 1, 1)}, id="no zone"),  # noqa: DTZ001
        pytest.param({"changed_at": NOW - timedelta(days=1)}, id="changed before it was made"),
        pytest.param({"sent_at": NOW}, id="a draft that was sent"),
        pytest.param({"due_at": NOW}, id="a draft that is due"),
        pytest.param({"state": ReportState.REFUSED}, id="refused but never sent"),
    ],
)
def test_impossible_values(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(DRAFT, **wrong)  # type: ignore[arg-type]

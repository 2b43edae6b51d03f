"""Steps that can be ticked off: their ids stay, and a tick stands where it was set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.errors import UsageError
from monitor.guide import topics
from monitor.guide.steps import all_steps, course_text, step_named, steps_text
from monitor.model.ids import CaseId
from monitor.model.own_evidence import SaidTime
from monitor.model.settings import DigestSettings, Settings
from monitor.model.tick import MOST_NOTE, Tick
from monitor.services.guide_ticks import TickService
from monitor.services.packet_parts import done_parts
from tests.fakes import FakeClock
from tests.stores import a_store

CASE = CaseId("default")
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)

SHIPPED = """
evidence-addresses evidence-screens evidence-threats evidence-place
report-sites report-search report-receipts report-hosts report-regulator
accounts-safety accounts-spyware accounts-mailbox accounts-forwarding accounts-sessions accounts-cloud accounts-devices
accounts-number hash-stopncii hash-versions
extortion-stopped extortion-kept extortion-reported extortion-police extortion-bank
impersonation-recorded impersonation-reported impersonation-warned impersonation-private
support-person support-helpline police-reported program-heard
""".split()
"""Stores keep these: one may be added, none may go or be called something else."""


def test_every_shipped_step_is_still_there_under_its_id() -> None:
    assert [step.id for step in all_steps()] == SHIPPED


def test_each_step_has_a_topic_of_the_guide_and_plain_words() -> None:
    for step in all_steps():
        assert step.topic in topics()
        assert step.words.isascii() and len(step.words) <= 74 and not step.words.endswith(".")
    without = {topic for topic in topics() if not any(step.topic == topic for step in all_steps())}
    assert without == {"under-18", "report-where", "report-late", "again", "privacy"}


def test_a_step_that_there_is_none_of_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no step 'report-serch'") as caught:
        step_named("report-serch")
    assert "'report-search'" in caught.value.remedy


@pytest.fixture
def service() -> TickService:
    settings = Settings(path=None, data_dir=None, watchlist_dir=None, digest=DigestSettings(timezone="Europe/Berlin"))  # type: ignore[arg-type]
    return TickService(a_store(), settings, FakeClock(NOW))


def test_a_step_is_ticked_off_now_unless_another_time_is_said(service: TickService) -> None:
    assert service.done("report-search", case=CASE).tick == Tick(CASE, "report-search", SaidTime(), NOW)
    at = service.done("report-sites", case=CASE, at="2026-11-20 10:00", note=" no. 7 ").tick
    assert (at.at, at.note) == (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), "no. 7")
    day = service.done("report-receipts", case=CASE, at="2026-11-20").tick
    assert (day.day, day.done.is_exact) == ("2026-11-20", False)


def test_ticked_off_again_nothing_changes_but_what_is_given(service: TickService) -> None:
    first = service.done("hash-stopncii", case=CASE, at="2026-11-01", note="case 12")
    assert (first.before, first.is_changed) == (None, True)
    again = service.done("hash-stopncii", case=CASE)
    assert (again.tick, again.is_changed) == (first.tick, False)
    noted = service.done("hash-stopncii", case=CASE, note="case 13")
    assert noted.is_changed and noted.tick == replace(first.tick, note="case 13")
    assert service.all(CASE) == {"hash-stopncii": noted.tick}


def test_what_is_not_done_after_all_is_taken_back(service: TickService) -> None:
    tick = service.done("support-person", case=CASE).tick
    assert service.undone("support-person", case=CASE) == tick
    assert service.undone("support-person", case=CASE) is None
    assert service.all(CASE) == {}


@pytest.mark.parametrize(
    ("step", "at", "note", "told"),
    [
        pytest.param("sleep", "", "", "no step", id="no step"),
        pytest.param("report-search", "2026-12-24", "", "still to come", id="to come"),
        pytest.param("report-search", "2026-02-30", "", "no day", id="no day"),
        pytest.param("report-search", "yesterday", "", "not a time", id="no time"),
        pytest.param("report-search", "", "x" * (MOST_NOTE + 1), f"{MOST_NOTE} fit", id="a long note"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    service: TickService, step: str, at: str, note: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        service.done(step, case=CASE, at=at, note=note)
    assert caught.value.remedy
    assert service.all(CASE) == {}


def test_a_case_has_its_own(service: TickService) -> None:
    from monitor.model.case import Case

    other = CaseId("other")
    service.store.cases.save(Case(other))
    service.done("report-search", case=CASE)
    assert service.all(other) == {}
    service.done("report-search", case=other, note="theirs")
    service.undone("report-search", case=CASE)
    assert (service.all(CASE), service.all(other)["report-search"].note) == ({}, "theirs")


def test_a_topic_shows_its_steps_and_what_is_done() -> None:
    tick = Tick(CASE, "report-search", SaidTime("2026-11-20", NOW), NOW, "no. 7")
    told = steps_text("report", {tick.step: tick})
    assert "- [x] Reported to the search engines\n      report-search: 2026-11-20, no. 7\n" in told
    assert "- [ ] Reported to every site" in told and "      report-sites\n" in told
    assert "hash-stopncii" not in told
    assert steps_text("under-18", {}) == ""


def test_the_overview_says_how_far_it_is_once_something_is_done() -> None:
    assert course_text({}) == ""
    ticks = {
        step: Tick(CASE, step, SaidTime(), NOW.replace(day=day))
        for step, day in (("report-sites", 20), ("report-search", 21), ("support-person", 2))
    }
    assert course_text(ticks).splitlines()[2:] == [
        "- report: 2 of 5 steps, the last on 2026-11-21",
        "- support: 1 of 2 steps, the last on 2026-11-02",
    ]


def test_what_is_about_the_person_herself_goes_into_no_packet(service: TickService) -> None:
    for step in ("support-person", "report-search"):
        service.done(step, case=CASE)
    told = [[part.tick.step for part in done_parts(CASE, service.store, with_private=both)] for both in (False, True)]
    assert told == [["report-search"], ["report-search", "support-person"]]

"""What the person says became of a request, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from monitor.errors import UsageError
from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import Change, ChangeKind
from monitor.model.removal import DraftFile
from monitor.model.report import ASKED_AFTER, Frozen, Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.services import drafting
from monitor.services.drafting import Statements
from monitor.services.reports import LONGEST_ANSWER, LONGEST_NUMBER
from monitor.services.timeline import timeline_of
from tests.pipeline.pipeline_bench import Bench

CASE = CaseId("default")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIDA = Frozen(legal_basis="us_tida", deadline="PT48H", deadline_source="the Act", channel_name="A site")
GDPR = Frozen(legal_basis="eu_gdpr_17", deadline="P1M", deadline_source="GDPR", channel_name="A host")
ESAFETY = Frozen(legal_basis="au_osa_77", deadline="PT24H", deadline_source="Online Safety Act", channel_name="eSafety")
DSA = Frozen(legal_basis="eu_dsa_16", channel_name="A host")
MAIL = replace(DSA, address="abuse@host.example")


def about(bench: Bench, *urls: str) -> list[Sighting]:
    return [bench.decisions.add(url, case=CASE) for url in urls]


def drafted(bench: Bench, frozen: Frozen = TIDA, *, name: str = "r1", urls: int = 1) -> Report:
    sightings = about(bench, *(f"https://forum.example/t/{number}" for number in range(urls)))
    made = Report.drafted(
        id=name,
        case=CASE,
        sightings=[one.id for one in sightings],
        channel="site_own",
        route="platform",
        at=bench.clock(),
        frozen=frozen,
    )
    bench.store.reports.save(made)
    return made


def sent(bench: Bench, frozen: Frozen = TIDA, **more: int) -> Report:
    return bench.reports.mark_sent(drafted(bench, frozen, **more).id, case=CASE).report


def respond(bench: Bench, outcome: str, **said: object) -> Report:
    return bench.reports.record_response("r1", case=CASE, outcome=outcome, **said).report  # type: ignore[arg-type]


def test_every_sighting_of_a_request_is_reported(bench: Bench) -> None:
    report = sent(bench, urls=3)
    assert len(report.sightings) == 3
    assert {one.status for one in bench.store.sightings.all(CASE)} == {Status.REPORTED}
    assert all(one.reports == ("r1",) for one in bench.store.sightings.all(CASE))


def test_what_was_taken_back_gives_its_finds_their_state_back_once_nothing_else_stands(bench: Bench) -> None:
    def state() -> Status:
        return bench.store.sightings.all(CASE)[0].status

    first, second = sent(bench), sent(bench, name="r2")
    drafted(bench, name="r3")
    bench.reports.withdraw(first.id, case=CASE)
    assert state() is Status.REPORTED, "the other one stands"
    bench.reports.withdraw("r3", case=CASE)
    assert state() is Status.REPORTED, "a draft says nothing"
    bench.reports.withdraw(second.id, case=CASE)
    assert state() is Status.CONFIRMED
    sent(bench, name="r4")
    assert state() is Status.REPORTED


def test_sent_twice_is_one_step_and_is_told(bench: Bench) -> None:
    first = sent(bench)
    bench.clock.now += HOUR
    again = bench.reports.mark_sent("r1", case=CASE)
    assert again.report == first == bench.store.reports.get(CASE, "r1")
    assert "marked as sent at " in again.told[0]
    numbered = bench.reports.mark_sent("r1", case=CASE, number="A-7")
    assert (numbered.report.number, len(numbered.report.events)) == ("A-7", 2)
    assert numbered.report.due_at == first.due_at and "A-7" in numbered.told[0]


def test_the_clock_is_the_one_that_was_frozen_with_the_draft(bench: Bench) -> None:
    assert sent(bench, replace(TIDA, deadline="PT72H")).due_at == bench.clock() + 72 * HOUR


def test_a_draft_of_an_earlier_version_has_no_clock_but_is_asked_about(bench: Bench) -> None:
    sent(bench, Frozen())
    bench.clock.now += ASKED_AFTER
    assert bench.reports.due(CASE) == ()
    bench.clock.now += timedelta(seconds=1)
    assert [one.id for one in bench.reports.due(CASE)] == ["r1"]


def test_asked_for_more_no_clock_runs_until_the_request_is_complete(bench: Bench) -> None:
    sent(bench)
    bench.clock.now += HOUR
    noted = bench.reports.record_response("r1", case=CASE, outcome="more-asked", text="Which of the pictures?")
    assert noted.report.due_at is None
    assert "may not have begun" in noted.told[0] and "reports sent r1" in noted.told[-1]
    bench.clock.now += HOUR
    again = bench.reports.mark_sent("r1", case=CASE).report
    assert again.due_at == bench.clock() + 48 * HOUR and again.sent_at == bench.clock()
    assert [event.state.value for event in again.events] == ["draft", "sent", "more-asked", "sent"]


def test_where_the_clock_counts_from_receipt_a_question_stops_nothing(bench: Bench) -> None:
    due = sent(bench, GDPR).due_at
    assert due is not None and respond(bench, "more-asked").due_at == due


def test_a_month_becomes_three_only_if_they_say_so_in_time(bench: Bench) -> None:
    sent(bench, GDPR)  # on a Sunday: the month ends on Tuesday, 22 December
    assert respond(bench, "acknowledged").due_at == datetime(2026, 12, 23, 1, tzinfo=UTC)
    bench.clock.now += 10 * DAY
    longer = respond(bench, "extended", text="It is complex.")
    assert longer.due_at == datetime(2027, 2, 23, 1, tzinfo=UTC) and longer.state is ReportState.ACKNOWLEDGED


def test_too_late_to_take_longer(bench: Bench) -> None:
    sent(bench, GDPR)
    bench.clock.now += 40 * DAY
    with pytest.raises(UsageError, match="had run out at 2026-12-23T01:00Z") as caught:
        respond(bench, "extended")
    assert "--at TIME" in caught.value.remedy
    in_time = respond(bench, "extended", at=datetime(2026, 12, 1, tzinfo=UTC))
    assert in_time.due_at == datetime(2027, 2, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize("frozen", [TIDA, DSA, Frozen()], ids=["TIDA", "DSA", "an old one"])
def test_nobody_else_can_take_longer(bench: Bench, frozen: Frozen) -> None:
    before = sent(bench, frozen)
    with pytest.raises(UsageError, match="cannot be made longer"):
        respond(bench, "extended")
    assert bench.store.reports.get(CASE, "r1") == before


def test_to_write_to_an_authority_starts_nothing_its_notice_does(bench: Bench) -> None:
    report = drafted(bench, ESAFETY)
    noted = bench.reports.mark_sent(report.id, case=CASE)
    assert noted.report.due_at is None and "--outcome notice" in noted.told[-1]
    bench.clock.now += DAY
    given = bench.clock() - 2 * HOUR
    assert respond(bench, "notice", at=given).due_at == given + 24 * HOUR


def test_elsewhere_there_is_no_notice(bench: Bench) -> None:
    sent(bench)
    with pytest.raises(UsageError, match="no notice of an authority"):
        respond(bench, "notice")


def test_what_came_back_marks_its_address_as_dead_until_somebody_answers(bench: Bench) -> None:
    sent(bench, MAIL)
    noted = bench.reports.record_response("r1", case=CASE, outcome="bounced", text="550 no such user")
    assert noted.report.due_at is None and "abuse@host.example is marked as dead" in noted.told[0]
    assert bench.store.dead_addresses.all() == {"abuse@host.example": bench.clock()}
    respond(bench, "acknowledged")
    assert bench.store.dead_addresses.all() == {}


def test_a_dead_address_is_in_no_draft(bench: Bench) -> None:
    (sighting,) = about(bench, "https://x.com/somebody/status/1")
    made = bench.drafts.draft([sighting.id], case=CASE, statements=Statements()).reports
    address = next(one for one in made if one.channel == "x_tida").frozen.address
    assert address and address in Path(made[0].file).read_text()
    bench.store.dead_addresses.note(address, bench.clock())
    again = bench.drafts.draft([sighting.id], case=CASE, statements=Statements()).reports
    assert all(one.frozen.address != address for one in again)
    assert not any(f" {address}" in Path(one.file).read_text() for one in again)


NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
WRONG_TIMES = [
    pytest.param(NOW + 2 * HOUR, "is yet to come: now it is ", id="tomorrow"),
    pytest.param(NOW - HOUR, "drafted at 2026-11-22T20:00Z, so it cannot have been sent at 2026-11-22T19", id="before"),
    pytest.param(
        datetime(2026, 11, 22, 20, tzinfo=timezone(timedelta(hours=9))),
        "cannot have been sent at 2026-11-22T11:00Z",
        id="in another zone",
    ),
]


@pytest.mark.parametrize(("at", "words"), WRONG_TIMES)
def test_a_time_that_cannot_be_is_refused_with_what_would_be_right(bench: Bench, at: datetime, words: str) -> None:
    before = drafted(bench)
    bench.clock.now += HOUR
    with pytest.raises(UsageError, match=words) as caught:
        bench.reports.mark_sent("r1", case=CASE, at=at)
    assert "time zone" in caught.value.remedy
    assert bench.store.reports.get(CASE, "r1") == before


@pytest.mark.parametrize("ahead", [DAY, 40 * DAY, 4000 * DAY], ids=["a day", "weeks", "years"])
def test_drafted_by_a_clock_that_stood_ahead_it_is_sent_at_the_true_time(bench: Bench, ahead: timedelta) -> None:
    drafted(bench)
    bench.clock.now -= ahead
    step = bench.reports.mark_sent("r1", case=CASE)
    assert step.report.sent_at == bench.clock() and step.report.due_at == bench.clock() + 48 * HOUR
    assert step.report.created_at == bench.clock(), "it was not drafted after it was sent"
    assert "clock stood ahead" in " ".join(step.told)
    bench.clock.now += 49 * HOUR
    assert [one.id for one in bench.reports.due(CASE)] == ["r1"]


def test_the_true_time_is_taken_though_the_drafts_was_wrong(bench: Bench) -> None:
    drafted(bench)
    bench.clock.now -= 40 * DAY
    true = bench.clock() - 3 * HOUR
    report = bench.reports.mark_sent("r1", case=CASE, at=true).report
    assert (report.sent_at, report.due_at) == (true, true + 48 * HOUR)


def test_drafted_anew_by_the_right_clock_it_has_the_right_time(bench: Bench) -> None:
    made = drafted(bench)
    bench.clock.now -= 40 * DAY
    again = made.drafted_anew(
        sightings=made.sightings, route=made.route, lane="", file="", frozen=TIDA, at=bench.clock()
    )
    assert {event.at for event in again.events} == {bench.clock()}
    bench.store.reports.save(again)
    bench.clock.now += HOUR
    assert bench.reports.mark_sent("r1", case=CASE).report.due_at == bench.clock() + 48 * HOUR


def test_what_was_marked_as_sent_by_that_clock_is_set_right_by_saying_it_again(bench: Bench) -> None:
    sent(bench)
    bench.clock.now -= 40 * DAY
    step = bench.reports.mark_sent("r1", case=CASE)
    assert [event.state for event in step.report.events] == [ReportState.DRAFT, ReportState.SENT], "one request"
    assert step.report == bench.store.reports.get(CASE, "r1")
    assert (step.report.sent_at, step.report.due_at) == (bench.clock(), bench.clock() + 48 * HOUR)
    assert bench.reports.mark_sent("r1", case=CASE).told[0].startswith("It was marked as sent at")


def test_an_answer_sets_right_what_was_before_it_and_the_clock_goes_on(bench: Bench) -> None:
    sent(bench, GDPR)
    respond(bench, "extended")
    bench.clock.now -= 40 * DAY
    report = respond(bench, "acknowledged")
    assert {event.at for event in report.events} == {bench.clock()}
    assert report.due_at is not None and timedelta(80) < report.due_at - bench.clock() < timedelta(100)


def test_taken_back_it_was_so_by_the_right_clock(bench: Bench) -> None:
    sent(bench)
    bench.clock.now -= 40 * DAY
    assert bench.reports.withdraw("r1", case=CASE).changed_at == bench.clock()


def test_a_step_that_a_right_clock_noted_stays_where_it_is(bench: Bench) -> None:
    made = drafted(bench)
    true = bench.clock() + HOUR
    wrong = made.sent(at=true + 40 * DAY, due_at=true + 42 * DAY)
    bench.store.reports.save(wrong)
    bench.clock.now = true
    report = bench.reports.mark_sent("r1", case=CASE, at=true - 2 * HOUR).report
    assert (report.created_at, report.sent_at) == (made.created_at, made.created_at), "not before it was drafted"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param({"number": "A\nB"}, "on one line", id="two lines"),
        pytest.param({"number": "9" * (LONGEST_NUMBER + 1)}, "at most 100", id="a long number"),
        pytest.param({"number": "\x1b[31m"}, "on one line", id="a colour"),
        pytest.param({"text": "x" * (LONGEST_ANSWER + 1)}, "too long", id="a long answer"),
    ],
)
def test_a_number_or_a_text_that_cannot_be_is_refused(bench: Bench, said: dict[str, str], words: str) -> None:
    before = sent(bench)
    with pytest.raises(UsageError, match=words) as caught:
        respond(bench, "acknowledged", **said)
    assert caught.value.remedy
    assert bench.store.reports.get(CASE, "r1") == before


def test_an_outcome_that_is_none(bench: Bench) -> None:
    sent(bench)
    with pytest.raises(UsageError, match="not an outcome") as caught:
        respond(bench, "deleted")
    assert "bounced" in caught.value.remedy


# --- what is closed or dismissed leaves


def test_closed_as_under_18_it_leaves_and_the_others_stay_reported(bench: Bench, tmp_path: Path) -> None:
    report = sent(bench, urls=2)
    file = tmp_path / "both.txt"
    file.write_text("names both")
    for name in report.sightings:
        bench.store.draft_files.add(DraftFile(CASE, name, str(file)))
    answered = respond(bench, "acknowledged", text="about both")
    bench.store.reports.save(replace(answered, file=str(file)))
    bench.decisions.close_under_18(report.sightings[0], case=CASE)
    left = bench.store.reports.get(CASE, "r1")
    assert left is not None and left.sightings == report.sightings[1:]
    assert (left.state, left.due_at, left.file, left.response) == (ReportState.ACKNOWLEDGED, report.due_at, "", "")
    assert not file.exists() and bench.store.draft_files.all(CASE) == []
    bench.decisions.close_under_18(report.sightings[1], case=CASE)
    last = bench.store.reports.get(CASE, "r1")
    assert last is not None and last.state is ReportState.WITHDRAWN


@pytest.mark.parametrize("how", ["dismiss", "leave"])
def test_dismissed_it_leaves_what_was_not_sent_yet(bench: Bench, how: str) -> None:
    draft = drafted(bench, urls=2)
    getattr(bench.decisions, how)(draft.sightings[0], case=CASE)
    left = bench.store.reports.get(CASE, "r1")
    assert left is not None and (left.sightings, left.state) == (draft.sightings[1:], ReportState.DRAFT)
    getattr(bench.decisions, how)(draft.sightings[1], case=CASE)
    last = bench.store.reports.get(CASE, "r1")
    assert last is not None and last.state is ReportState.WITHDRAWN


def test_what_was_sent_stays_on_record_and_is_due_no_more(bench: Bench) -> None:
    report = sent(bench)
    bench.clock.now += 3 * DAY
    assert [one.id for one in bench.reports.due(CASE)] == ["r1"]
    bench.decisions.dismiss(report.sighting, case=CASE)
    assert bench.reports.due(CASE) == ()
    assert bench.store.reports.get(CASE, "r1") == report


# --- whom to ask next


def reported(bench: Bench, url: str = "https://x.com/somebody/status/1", channel: str = "x_tida") -> Report:
    (sighting,) = about(bench, url)
    said = Statements(forged=True, circumstances="It is not me.")
    done = bench.drafts.draft([sighting.id], case=CASE, channel=channel, statements=said)
    return bench.reports.mark_sent(done.reports[0].id, case=CASE).report


def test_when_the_time_has_run_out_the_next_is_drafted_once_and_listed(bench: Bench) -> None:
    first = reported(bench)
    assert bench.escalation.round(CASE) == ()
    bench.clock.now += 48 * HOUR + timedelta(seconds=1)
    made = bench.escalation.round(CASE)
    assert made
    for following in made:
        assert (following.follows, following.state) == (first.id, ReportState.DRAFT)
        assert following.channel != first.channel and following.sightings == first.sightings
        assert (following.frozen.forged, following.frozen.circumstances) == (True, "It is not me.")
        assert Path(following.file).is_relative_to(bench.settings.data_dir / "drafts" / CASE)
    assert bench.escalation.round(CASE) == (), "once"
    assert [one.id for one in bench.reports.due(CASE)] == [first.id, *sorted(one.id for one in made)]
    for following in made:
        bench.reports.withdraw(following.id, case=CASE)
    assert bench.escalation.round(CASE) == (), "she took it back"
    assert [one.id for one in bench.reports.due(CASE)] == [first.id]


def test_a_draft_that_stands_is_what_follows(bench: Bench) -> None:
    first = reported(bench)
    own = bench.drafts.draft([first.sighting], case=CASE, channel="x_policy", statements=Statements()).reports[0]
    bench.clock.now += 49 * HOUR
    made = {one.channel: one for one in bench.escalation.round(CASE)}
    assert (made["x_policy"].id, made["x_policy"].follows) == (own.id, first.id)


def gone(bench: Bench, report: Report, status: Status) -> None:
    for name in report.sightings:
        sighting = bench.store.sightings.get(CASE, name)
        assert sighting is not None
        bench.store.sightings.save(replace(sighting, status=status, removed_at=bench.clock()))


def test_what_is_gone_is_not_asked_for(bench: Bench) -> None:
    first = reported(bench)
    bench.clock.now += 49 * HOUR
    gone(bench, first, Status.REMOVED)
    assert bench.escalation.round(CASE) == () and bench.reports.due(CASE) == ()


def test_what_is_there_again_is_asked_for_from_the_first_desk_on(bench: Bench) -> None:
    first = reported(bench)
    bench.clock.now += DAY
    gone(bench, first, Status.REMOVED)
    bench.reports.record_response(first.id, case=CASE, outcome="removed")
    bench.clock.now += 9 * DAY
    gone(bench, first, Status.REAPPEARED)
    bench.store.changes.add(CASE, Change(first.sighting, bench.clock(), ChangeKind.BACK))
    bench.clock.now += HOUR
    made = bench.escalation.round(CASE)
    again = next(one for one in made if one.channel == first.channel)
    assert {one.follows for one in made} == {first.id} and again.id != first.id
    assert bench.escalation.round(CASE) == ()
    assert set(made) <= set(bench.reports.due(CASE))


def test_the_same_picture_at_another_place_of_that_site_too(bench: Bench) -> None:
    first = reported(bench)
    gone(bench, first, Status.REMOVED)
    bench.clock.now += DAY
    (elsewhere,) = about(bench, "https://x.com/another/status/2")
    bench.store.changes.add(CASE, Change(elsewhere.id, bench.clock(), ChangeKind.ELSEWHERE))
    made = bench.escalation.round(CASE)
    assert first.channel in {one.channel for one in made}
    assert {(one.sightings, one.follows) for one in made} == {((elsewhere.id,), first.id)}
    assert bench.escalation.round(CASE) == ()


def test_where_nothing_was_ever_sent_nothing_is_drafted(bench: Bench) -> None:
    (sighting,) = about(bench, "https://x.com/somebody/status/1")
    bench.store.changes.add(CASE, Change(sighting.id, bench.clock(), ChangeKind.BACK))
    assert bench.escalation.round(CASE) == ()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda one: replace(one, under_18=True, status=Status.DISMISSED), id="under 18"),
        pytest.param(lambda one: replace(one, status=Status.DISMISSED), id="dismissed"),
    ],
)
def test_about_what_was_closed_nothing_is_drafted(bench: Bench, spoil: Callable[[Sighting], Sighting]) -> None:
    first = reported(bench)
    sighting = bench.store.sightings.get(CASE, first.sighting)
    assert sighting is not None
    bench.store.sightings.save(spoil(sighting))
    bench.clock.now += 49 * HOUR
    assert bench.escalation.round(CASE) == ()


def test_after_a_refusal_or_a_bounce_the_next_is_offered(bench: Bench) -> None:
    first = reported(bench)
    refused = bench.reports.record_response(first.id, case=CASE, outcome="refused").report
    offered = bench.escalation.offer(refused)
    assert offered and first.channel not in {batch.route.channel.id for batch in offered}
    second = reported(bench, "https://fansly.com/somebody/1", "fansly")
    form, mailbox = second.frozen.address, second.frozen.email
    assert form.startswith("https://") and "@" in mailbox
    bounced = bench.reports.record_response(second.id, case=CASE, outcome="bounced").report
    assert list(bench.store.dead_addresses.all()) == [mailbox]
    (again,) = [batch.route.channel for batch in bench.escalation.offer(bounced) if batch.route.channel.id == "fansly"]
    assert (again.url, again.email) == (form, ""), "its form is still there"
    bench.store.dead_addresses.note(form, bench.clock())
    assert "fansly" not in {batch.route.channel.id for batch in bench.escalation.offer(bounced)}


def ask_everybody(bench: Bench, one: Sighting) -> None:
    at = bench.clock()
    for number, route in enumerate(bench.drafts.view(CASE, [one]).routes(one)):
        made = Report.drafted(
            id=f"{one.id}-{number}",
            case=CASE,
            sightings=[one.id],
            channel=route.channel.id,
            route=route.regime.id,
            at=at,
            lane=route.lane.value,
            frozen=TIDA,
        )
        bench.store.reports.save(made.sent(at=at, due_at=at + 2 * DAY))


def test_where_nobody_is_left_a_round_looks_at_the_case_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in about(bench, *(f"https://forum{number}.example/t/1" for number in range(4))):
        ask_everybody(bench, one)
    bench.clock.now += 3 * DAY
    looked = []
    case_view = drafting.case_view
    monkeypatch.setattr(drafting, "case_view", lambda *given: looked.append(given) or case_view(*given))
    assert bench.escalation.round(CASE) == () and len(bench.reports.due(CASE)) > 8
    assert len(looked) == 1


def test_another_case_is_neither_seen_nor_touched(bench: Bench) -> None:
    first = reported(bench)
    bench.clock.now += 49 * HOUR
    other = CaseId("second")
    assert bench.reports.due(other) == () and bench.escalation.round(other) == ()
    with pytest.raises(UsageError, match="no report"):
        bench.reports.mark_sent(first.id, case=other)
    with pytest.raises(UsageError, match="no report"):
        bench.reports.record_response(first.id, case=other, outcome="removed")
    assert bench.store.reports.of_sighting(other, SightingId(first.sighting)) == []


def test_a_timeline_reads_a_report_about_many_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    report, asked, read = sent(bench, urls=5), list[int](), bench.store.reports.of_sightings

    def counted(case: CaseId, wanted: Iterable[SightingId]) -> Sequence[Report]:
        found = read(case, wanted)
        asked.append(len(found))
        return found

    monkeypatch.setattr(bench.store.reports, "of_sightings", counted)
    told = timeline_of([], case=CASE, store=bench.store, now=bench.clock())
    assert asked == [1], "not once for each find"
    (reported,) = [one for one in told.happenings if one.what.startswith("reported to")]
    assert [told.finds[number - 1].id for number in reported.finds] == sorted(report.sightings)


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param("", id="sent"),
        pytest.param("refused", id="refused"),
        pytest.param("removed", id="removed"),
        pytest.param("more-asked", id="more asked, which stops the clock"),
    ],
)
def test_a_step_that_was_a_mistake_is_taken_back_and_all_is_as_before(bench: Bench, outcome: str) -> None:
    before = sent(bench) if outcome else drafted(bench)
    states = [one.status for one in bench.store.sightings.all(CASE)]
    bench.clock.now += HOUR
    if outcome:
        noted = respond(bench, outcome, text="No.", number="N-1")
    else:
        noted = bench.reports.mark_sent("r1", case=CASE).report
    bench.clock.now += HOUR
    undone = bench.reports.undo("r1", case=CASE, seen=noted.steps).report
    assert undone == bench.store.reports.get(CASE, "r1")
    assert replace(undone, undone=()) == before and (undone.due_at is not None) is bool(outcome)
    assert [(one.state, one.undone_at) for one in undone.undone] == [(noted.state, bench.clock.now)]
    assert [one.status for one in bench.store.sightings.all(CASE)] == states
    assert undone.steps not in (before.steps, noted.steps), "who looked before sees that it has changed"
    told = timeline_of([], case=CASE, store=bench.store, now=bench.clock()).happenings
    assert any(one.what.startswith("taken back: report to site_own") for one in told)


def test_what_came_back_by_mistake_has_a_living_address_again(bench: Bench) -> None:
    sent(bench, MAIL)
    respond(bench, "bounced")
    assert bench.store.dead_addresses.all()
    bench.reports.undo("r1", case=CASE)
    assert not bench.store.dead_addresses.all()
    respond(bench, "bounced")
    respond(bench, "acknowledged")
    bench.reports.undo("r1", case=CASE)
    assert bench.store.dead_addresses.all(), "as the step before had it"


def test_taken_back_by_mistake_it_stands_again_with_its_finds(bench: Bench) -> None:
    before = sent(bench)
    bench.reports.withdraw("r1", case=CASE)
    undone = bench.reports.undo("r1", case=CASE).report
    assert (undone.state, undone.due_at) == (ReportState.SENT, before.due_at)
    assert [one.status for one in bench.store.sightings.all(CASE)] == [Status.REPORTED]


def test_a_step_on_which_something_was_built_stays(bench: Bench) -> None:
    sent(bench)
    respond(bench, "refused")
    (one,) = bench.store.sightings.all(CASE)
    bench.store.reports.save(
        Report.drafted(
            id="r2", case=CASE, sightings=[one.id], channel="host", route="host", at=bench.clock(), follows="r1"
        )
    )
    with pytest.raises(UsageError, match="r2"):
        bench.reports.undo("r1", case=CASE)
    bench.reports.withdraw("r2", case=CASE)
    assert bench.reports.undo("r1", case=CASE).report.state is ReportState.SENT


def test_what_was_dismissed_since_comes_back_into_no_draft(bench: Bench) -> None:
    drafted(bench)
    bench.reports.withdraw("r1", case=CASE)
    (one,) = bench.store.sightings.all(CASE)
    bench.decisions.dismiss(one.id, case=CASE)
    with pytest.raises(UsageError, match="not to be reported"):
        bench.reports.undo("r1", case=CASE)


def test_a_draft_has_no_step_to_take_back(bench: Bench) -> None:
    drafted(bench)
    with pytest.raises(UsageError, match="draft"):
        bench.reports.undo("r1", case=CASE)

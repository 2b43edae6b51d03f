"""What stands in a timeline: every step of a report once, every going and coming back, what was ticked off."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.evidence.packet import DonePart, FindPart, PacketFacts
from monitor.evidence.packet_manifest import manifest_text
from monitor.evidence.timeline import happenings
from monitor.model.course import Absence
from monitor.model.deciding import DecisionAct, DecisionVia, MadeDecision, SaidBefore
from monitor.model.ids import SightingId
from monitor.model.own_evidence import SaidTime
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Status
from monitor.model.tick import Tick
from tests.evidence.packet_values import AT, CASE, sighting

HOUR = timedelta(hours=1)


def packet(*finds: FindPart, done: tuple[DonePart, ...] = ()) -> PacketFacts:
    return PacketFacts(made_at=AT + 99 * HOUR, program="p", with_images=False, finds=finds, done=done)


def a_report(*sightings: str) -> Report:
    return Report.drafted(id="r1", case=CASE, sightings=sightings, channel="forum_desk", route="platform", at=AT)


def steps(facts: PacketFacts) -> list[tuple[datetime | None, str, tuple[int, ...], str, str]]:
    seen = ("found", "seen there last")
    return [(one.at, one.what, one.finds, one.where, one.detail) for one in happenings(facts) if one.what not in seen]


def test_every_step_of_a_report_is_told_with_its_number_and_clock() -> None:
    report = a_report("sighting1").sent(at=AT + HOUR, due_at=AT + 49 * HOUR, number="T-1")
    report = report.answered(ReportState.MORE_ASKED, at=AT + 2 * HOUR, text="Which one?")
    report = report.sent(at=AT + 3 * HOUR, due_at=AT + 51 * HOUR)
    report = report.answered(ReportState.REMOVED, at=AT + 4 * HOUR, due_at=AT + 51 * HOUR)
    where = sighting(1).place.page_url
    assert steps(packet(FindPart(number=1, sighting=sighting(1), reports=(report,)))) == [
        (AT + HOUR, "reported to forum_desk", (1,), where, "their number: T-1; due by 2026-11-24 21:00 UTC"),
        (AT + 2 * HOUR, "report to forum_desk: more-asked", (1,), where, "Which one?"),
        (AT + 3 * HOUR, "reported to forum_desk, completed", (1,), where, "due by 2026-11-24 23:00 UTC"),
        (AT + 4 * HOUR, "report to forum_desk: removed", (1,), where, ""),
    ]


def test_what_came_back_and_was_sent_again_is_told_so() -> None:
    report = a_report("sighting1").sent(at=AT + HOUR, due_at=None).answered(ReportState.BOUNCED, at=AT + 2 * HOUR)
    told = steps(
        packet(FindPart(number=1, sighting=sighting(1), reports=(report.sent(at=AT + 3 * HOUR, due_at=None),)))
    )
    assert [what for _, what, *_ in told] == [
        "reported to forum_desk",
        "report to forum_desk: bounced",
        "reported to forum_desk, once more",
    ]


def test_a_report_about_several_finds_is_told_once() -> None:
    report = a_report("sighting1", "sighting2").sent(at=AT + HOUR, due_at=None)
    finds = [FindPart(number=number, sighting=sighting(number), reports=(report,)) for number in (1, 2)]
    assert steps(packet(*finds)) == [(AT + HOUR, "reported to forum_desk", (1, 2), "", "")]


def a_decision(name: str, act: DecisionAct, hours: int, **values: object) -> MadeDecision:
    made = MadeDecision(
        case=CASE,
        sighting=SightingId(name),
        act=act,
        at=AT + hours * HOUR,
        via=DecisionVia.PAGE,
        batch=f"b{hours}",
        before=SaidBefore(Status.NEW),
    )
    return replace(made, **values)


def test_what_the_person_said_is_told_a_stroke_a_line_and_what_she_took_back_twice() -> None:
    back = {"undone_at": AT + 5 * HOUR}
    first = (
        a_decision("sighting1", DecisionAct.CONFIRM, 1),
        a_decision("sighting1", DecisionAct.NOTE, 2, text="He  wrote\nto me"),
        a_decision("sighting1", DecisionAct.LEAVE, 3, **back),
    )
    second = (a_decision("sighting2", DecisionAct.CONFIRM, 1), a_decision("sighting2", DecisionAct.LEAVE, 3, **back))
    finds = [FindPart(number=n, sighting=sighting(n), decisions=one) for n, one in ((1, first), (2, second))]
    leave = "the person said that nothing is to be done here"
    assert [(at, what, told, detail) for at, what, told, _, detail in steps(packet(*finds))] == [
        (AT + HOUR, "the person said that the picture is theirs", (1, 2), ""),
        (AT + 2 * HOUR, "noted by the person", (1,), "He wrote to me"),
        (AT + 3 * HOUR, leave, (1, 2), ""),
        (AT + 5 * HOUR, f"taken back: {leave}", (1, 2), ""),
    ]


def test_each_going_and_coming_back_is_told() -> None:
    absences = (Absence("sighting1", AT + HOUR, AT + 2 * HOUR), Absence("sighting1", AT + 3 * HOUR))
    told = steps(packet(FindPart(number=1, sighting=sighting(1), absences=absences)))
    assert [(at, what) for at, what, *_ in told] == [
        (AT + HOUR, "found gone, twice"),
        (AT + 2 * HOUR, "there again"),
        (AT + 3 * HOUR, "found gone, twice"),
    ]


def test_what_was_ticked_off_stands_where_it_was_done_as_it_was_said() -> None:
    day = DonePart("Reported to the police", Tick(CASE, "police-reported", SaidTime("2026-11-20", AT), AT, "no. 7"))
    now = DonePart("Reported to the search engines", Tick(CASE, "report-search", SaidTime(), AT + HOUR))
    facts = packet(done=(now, day))
    told = happenings(facts)
    assert [(one.exactly, one.said, one.detail) for one in told] == [(None, "2026-11-20", "no. 7"), (AT + HOUR, "", "")]
    assert told[0].what == "step done by the person: Reported to the police"
    assert [one["step"] for one in json.loads(manifest_text(facts))["steps_done"]] == [
        "report-search",
        "police-reported",
    ]

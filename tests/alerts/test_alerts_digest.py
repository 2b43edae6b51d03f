from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import digest, digest_words
from monitor.documents.digest import digest_document
from monitor.documents.times import told_in
from monitor.model.alert import Answer, Outstanding, Part
from monitor.model.course import Absence
from monitor.model.custody import CustodyAct
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Tier
from monitor.model.observation import Observation, RunStatus
from monitor.model.outline import FindOutline
from monitor.model.report import Report
from monitor.model.run import LimitReached
from monitor.model.settings import AlertSettings, DigestSettings
from monitor.model.sighting import Sighting, Status
from monitor.plain import plain
from monitor.tracking.course import course_of
from tests.alerts.alert_helpers import NOW, run, sighting
from tests.store.store_values import a_reference
from tests.stores import a_store

SINCE = NOW - timedelta(days=7)
BEFORE = SINCE - timedelta(days=3)
FULL = AlertSettings(detail="full")
WHEN = told_in(UTC, NOW)


def facts(*sightings: Sighting, **more: Any) -> digest.DigestFacts:
    base: dict[str, Any] = {"runs": (run(),), "last_good": {"forum": NOW}}
    return digest.DigestFacts(case="default", since=SINCE, until=NOW, sightings=sightings, **base | more)


@pytest.mark.parametrize(
    ("changes", "section"),
    [
        pytest.param({}, "new", id="first seen in the window"),
        pytest.param({"first_seen": SINCE}, "new", id="first seen at its very start"),
        pytest.param({"match": replace(sighting().match, tier=Tier.POSSIBLE)}, "possible", id="below the alert tier"),
        pytest.param({"first_seen": BEFORE}, "again", id="old and seen again"),
        pytest.param({"first_seen": BEFORE, "status": Status.REPORTED}, "again", id="reported and still there"),
        pytest.param({"first_seen": BEFORE, "last_seen": SINCE}, "again", id="old and seen at its very start"),
        pytest.param(
            {"first_seen": BEFORE, "last_seen": BEFORE},
            "again",
            id="old and not seen again: still there as far as is known",
        ),
        pytest.param({"first_seen": BEFORE, "status": Status.REAPPEARED}, "reappeared", id="back after removal"),
        pytest.param(
            {"first_seen": BEFORE, "last_seen": BEFORE, "status": Status.REAPPEARED}, "again", id="back long before"
        ),
        pytest.param(
            {"first_seen": BEFORE, "match": replace(sighting().match, tier=Tier.POSSIBLE)},
            "possible",
            id="old and still to decide",
        ),
        pytest.param({"status": Status.REMOVED, "removed_at": NOW}, "removed", id="gone in the window"),
        pytest.param({"status": Status.REMOVED, "removed_at": BEFORE}, None, id="gone long before"),
        pytest.param({"status": Status.DISMISSED}, None, id="dismissed"),
        pytest.param({"under_18": True}, None, id="under age"),
    ],
)
def test_each_find_stands_in_one_section(changes: dict[str, Any], section: str | None) -> None:
    built = digest.build(facts(sighting(1, **changes)))
    found = {name for name in ("new", "possible", "again", "reappeared", "removed") if getattr(built, name)}
    assert found == ({section} if section else set())


def test_every_find_of_the_time_is_named_in_its_section() -> None:
    changes: dict[str, dict[str, Any]] = {
        "New": {},
        "To decide: perhaps yours": {"match": replace(sighting().match, tier=Tier.POSSIBLE)},
        "Back again after removal": {"first_seen": BEFORE, "status": Status.REAPPEARED},
        "Still there, known before": {"first_seen": BEFORE},
        "Gone": {"status": Status.REMOVED, "removed_at": NOW},
    }
    finds = [sighting(number, **change) for number, change in enumerate(changes.values(), start=1)]
    text = digest_words.render_text(digest.build(facts(*finds)), FULL)
    for number, title in enumerate(changes, start=1):
        told = text.partition(f"{title} (1)")[2]
        assert re.findall(r"forum\[\.\]example/threads/(\d+)", told)[:1] == [str(number)], title


def test_at_home_addresses_can_be_copied_in_a_mail_they_cannot_be_opened_by_a_slip() -> None:
    built, page = digest.build(facts(found := sighting(1))), found.place.page_url
    shown, mail = digest_words.render_text(built, FULL, address=plain), digest_words.render_text(built, FULL)
    assert page in shown and page not in mail and "hxxps://" in mail
    assert page not in digest_words.render_text(built, AlertSettings(), address=plain), "discreet names no place"


def test_the_course_is_told_in_one_line_and_discreetly_without_what_it_is_about() -> None:
    gone = sighting(2, status=Status.REMOVED, removed_at=NOW, first_seen=BEFORE)
    finds = [sighting(1, first_seen=BEFORE), gone, sighting(3)]
    course = course_of(map(FindOutline.of, finds), {gone.id: [Absence(gone.id, NOW)]}, until=NOW)
    built = digest.build(facts(*finds, course=course))
    told = digest_words.render_text(built, FULL)
    assert (
        "In all: 2 still there, 1 of them new since Sun 15 Nov, 21:04 UTC; 0 to decide (perhaps yours); 1 gone." in told
    )
    assert "A week ago 2 were still there. Still serving: 2 hosts." in told
    discreet = digest_words.render_text(built, AlertSettings())
    assert "    2  still there, the new ones too\n" in discreet and "    1  closed, 1 of them since then\n" in discreet
    assert "A week ago 2 were still there." in discreet and "host" not in discreet
    assert digest_document(built)["course"]["open"] == 2
    nothing = digest.build(facts(course=course_of([], until=NOW)))
    assert "A week ago" not in digest_words.render_text(nothing, FULL) + digest_words.render_text(
        nothing, AlertSettings()
    )


def test_nothing_new_says_what_was_looked_at() -> None:
    built = digest.build(facts())
    text = digest_words.render_text(built, FULL)
    assert built.nothing_new and "Nothing new was found." in text
    assert "1 of 1 watch could be seen, 1 visit in all; 3 pages and 40 pictures, 5 of them for the first time" in text
    assert "since Sun 15 Nov, 21:04 UTC" in text


def test_nothing_new_is_not_said_of_what_could_not_be_seen() -> None:
    blocked = run("board", status=RunStatus.FAILED, errors=(Observation("u", "blocked", "a wall: CAPTCHA", ""),))
    built = digest.build(facts(runs=(blocked,), last_good={"board": BEFORE, "new-one": None}, watches=("new-one",)))
    text = digest_words.render_text(built, FULL)
    assert "Nothing new" not in text and "Nothing could be looked at." in text
    assert "board: a wall: CAPTCHA; last good look Thu 12 Nov, 21:04 UTC" in text
    assert "new-one: it was not looked at in this time; no good look so far" in text
    discreet = digest_words.render_text(built, AlertSettings())
    assert "None of the checks worked" in discreet and "Nothing new" not in discreet


def test_nothing_new_names_what_could_not_be_seen() -> None:
    """One good look among watches that failed, saw a part or ended at a cap says nothing about those."""
    wall = Observation("u", "wall", "a bot check stands before the page", "Look yourself.")
    runs = (
        run("good"),
        run("board", status=RunStatus.FAILED, errors=(wall,), pages=9, pages_seen=0, images_seen=0),
        run("part", status=RunStatus.PARTIAL, errors=(replace(wall, message="one page timed out"),), pages_seen=2),
        run(
            "long",
            status=RunStatus.PARTIAL,
            limits=(LimitReached("pages", 50), LimitReached("images", 20, "trap.example")),
        ),
    )
    last_good = {"good": NOW, "board": BEFORE, "part": NOW, "long": NOW}
    built = digest.build(facts(runs=runs, last_good=last_good, wrong=2, stopped=True))
    text = digest_words.render_text(built, FULL)
    assert "Nothing new was found in what could be seen. Not everything could: see below." in text
    assert "3 of 4 watches could be seen, 4 visits in all; 8 pages and 120 pictures" in text  # not what was only asked
    assert "board: a bot check stands before the page; last good look Thu 12 Nov, 21:04 UTC. Look yourself." in text
    assert "part: one page timed out" in text
    assert "long: it ended at its limit of 50 pages; what lay beyond was not seen" in text
    assert "long: it ended at its limit of 20 images of trap" in text and "Raise follow.max_pages" in text
    assert "2 things are wrong in the watchlists" in text
    discreet = digest_words.render_text(built, AlertSettings())
    assert "Nothing new where the checks worked. Some did not" in discreet and "limits" in discreet
    assert not any(word in discreet for word in ("board", "trap", "wall"))
    document = digest_document(built)
    assert document["coverage"]["limits"] == [
        {"watch": "long", "what": "pages", "at": 50, "site": None},
        {"watch": "long", "what": "images", "at": 20, "site": "trap.example"},
    ]
    assert [part["watch"] for part in document["partly"]] == ["long", "long", "part"] and document[
        "watchlist_errors"
    ] == 2


def test_what_is_wrong_and_stops_nothing_is_told_as_that() -> None:
    built = digest.build(facts(runs=(run("good"),), last_good={"good": NOW}, wrong=1))
    text, discreet = digest_words.render_text(built, FULL), digest_words.render_text(built, AlertSettings())
    assert "1 thing is wrong in the watchlists. " in text and "does not run" not in text
    assert "Nothing new was found.\n" in text
    assert "have mistakes; none is stopped" in discreet and "Nothing new this time." in discreet


def test_a_watch_that_recovered_is_not_blind() -> None:
    runs = (run(at=NOW - timedelta(hours=2), status=RunStatus.FAILED), run(at=NOW, status=RunStatus.PARTIAL))
    assert digest.build(facts(runs=runs)).blind == ()


def replace_id(report: Report, name: str) -> Report:
    return replace(report, id=name, events=tuple(replace(event, report=name) for event in report.events))


def test_what_is_due_and_what_was_not_delivered() -> None:
    draft = Report.drafted(
        id="rep1", case="default", sightings=[SightingId("s1")], channel="example-desk", route="platform", at=BEFORE
    )
    report = draft.sent(at=BEFORE, due_at=BEFORE + timedelta(hours=48))
    part = Part("a", "t", "1 (mailto), recipient 2", Answer.REFUSED, 3, NOW, None, "the mail server answered 552")
    stand = Outstanding(waiting=9, tried=2, partly=1, oldest=BEFORE)
    silent, later = replace_id(draft, "rep2").sent(at=BEFORE, due_at=None), replace_id(draft, "rep3")
    later = replace(later, follows="rep1")
    built = digest.build(facts(reports=(report, silent), proposed=(later,), outstanding=stand, refusing=(part,)))
    text = digest_words.render_text(built, FULL)
    assert "report rep1 to example-desk: an answer was due Sat 14 Nov, 21:04 UTC" in text
    assert f"report rep2 to example-desk: nothing was heard since {WHEN(BEFORE)}" in text
    assert "report rep3 to example-desk: drafted for you to send next, after rep1" in text and "Due (3)" in text
    told = text.split("Found by week")[0]
    assert f"2 messages could not be delivered yet. The oldest is from {WHEN(BEFORE)}." in told
    assert "1 message did not reach everybody yet." in told
    assert "Channel 1 (mailto), recipient 2 refuses messages: the mail server answered 552." in told
    discreet = digest_words.render_text(built, AlertSettings())
    assert all(line in discreet for line in ("1  answers overdue", "1  without an answer", "1  ready for you"))


def test_an_address_that_a_report_needs_and_that_changed_is_told() -> None:
    look = DeskLook("https://desk.example/report", NOW, DeskAnswer.GONE, "nothing (404)")
    built = digest.build(facts(doubts=(look,)))
    full, discreet = digest_words.render_text(built, FULL), digest_words.render_text(built, AlertSettings())
    assert "1 address that a report needs did not answer as before" in " ".join(full.split())
    assert "An address that you write to may have changed." in discreet and "desk.example" not in discreet
    calm = digest.build(facts())
    assert "address" not in digest_words.render_text(calm, AlertSettings())


def test_the_trend_is_bars_in_text_with_every_week() -> None:
    old = [sighting(n, first_seen=NOW - timedelta(days=15)) for n in range(40)]
    built = digest.build(facts(*old, sighting(99)))
    bars = digest_words.render_text(built, FULL).split("Found by week")[1]
    assert len(built.trend) == 8 and [count for _, count in built.trend] == [0, 0, 0, 0, 0, 40, 0, 1]
    assert "2026-11-01  " + "█" * 30 + " 40" in bars and "2026-11-15  █ 1" in bars


def test_json_has_every_part() -> None:
    document = digest_document(digest.build(facts(sighting(1))))
    assert document["new"] == ["s1"] and document["since"] == "2026-11-15T21:04:00Z"
    assert document["coverage"] == {
        "watches": 1,
        "watches_seen": 1,
        "runs": 1,
        "pages": 3,
        "images": 40,
        "new_images": 5,
        "limits": [],
    }


@pytest.mark.long
@given(st.text(), st.text())
def test_hostile_names_and_causes_stay_text(name: str, cause: str) -> None:
    hostile = "<script>\r\nX: y\u202e\x1b[2J" + cause
    failed = run(name + hostile, status=RunStatus.FAILED, errors=(Observation("u", "k", hostile, ""),))
    place = replace(sighting().place, page_url="https://" + hostile)
    built = digest.build(facts(sighting(1, place=place), runs=(failed,), last_good={}))
    message = digest_words.digest_message(built, FULL)
    assert "<script" not in message.html
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", message.text + message.html)
    message.html.encode()


def test_the_head_of_the_custody_log_stands_in_it_and_tells_nothing_in_a_discreet_one() -> None:
    store = a_store()
    assert digest.build(digest.gather(store, "default", since=SINCE, now=NOW)).custody == ""
    head = store.custody.note(CaseId("default"), CustodyAct.CAPTURE, {"capture": "c1"}, NOW).digest[:16]
    built = digest.build(digest.gather(store, "default", since=SINCE, now=NOW))
    assert built.custody == head
    assert f"evidence verify --reference {head}" in digest_words.render_text(built, FULL)
    discreet = digest_words.render_text(built, AlertSettings())
    assert f"Record: {head}" in discreet
    assert "evidence" not in discreet and "custody" not in discreet
    assert digest_document(built)["custody_reference"] == head


def test_gather_reads_what_build_needs() -> None:
    store = a_store()
    store.sightings.save(sighting(1))
    store.runs.save(run())
    store.runs.save(run(at=BEFORE))
    store.references.add(a_reference("r1"))
    store.references.fold("default", "r1", NOW)
    gathered = digest.gather(store, "default", since=SINCE, now=NOW, watches=["other"])  # type: ignore[arg-type]
    assert len(gathered.runs) == 1 and gathered.last_good == {"forum": NOW, "other": None}
    assert gathered.folded == ("label of r1",)


BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = DigestSettings(weekday="sunday", at=time(18))
GAP = DigestSettings(weekday="sunday", at=time(2, 30))  # summer time begins and ends on Sundays


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("settings", "last", "now", "due"),
    [
        pytest.param(SUNDAY, None, "2026-11-22T18:00Z", False, id="never: the first start is noted instead"),
        pytest.param(SUNDAY, "2026-11-15T17:00Z", "2026-11-22T16:59Z", False, id="a minute early"),
        pytest.param(SUNDAY, "2026-11-15T17:00Z", "2026-11-22T17:00Z", True, id="on time"),
        pytest.param(SUNDAY, "2026-11-22T17:00Z", "2026-11-22T17:00Z", False, id="already sent"),
        pytest.param(SUNDAY, "2026-11-22T17:00Z", "2026-11-29T16:59Z", False, id="almost a week later"),
        pytest.param(SUNDAY, "2026-10-01T00:00Z", "2026-11-25T08:00Z", True, id="machine was off for weeks"),
        pytest.param(SUNDAY, "2026-03-22T17:00Z", "2026-03-29T16:00Z", True, id="18:00 is an hour earlier in summer"),
        pytest.param(SUNDAY, "2026-03-22T17:00Z", "2026-03-29T15:59Z", False, id="and not before"),
        pytest.param(SUNDAY, "2036-01-01T00:00Z", "2026-11-25T08:00Z", True, id="noted by a clock that was ahead"),
        pytest.param(GAP, "2026-03-22T01:30Z", "2026-03-29T00:59Z", False, id="skipped hour: not before"),
        pytest.param(GAP, "2026-03-22T01:30Z", "2026-03-29T01:00Z", True, id="skipped hour: when the clocks go on"),
        pytest.param(GAP, "2026-10-18T00:30Z", "2026-10-25T00:30Z", True, id="repeated hour: the first"),
        pytest.param(GAP, "2026-10-25T00:30Z", "2026-10-25T01:30Z", False, id="repeated hour: not again"),
    ],
)
def test_when_a_digest_is_due(settings: DigestSettings, last: str | None, now: str, due: bool) -> None:
    assert digest.digest_due(utc(last) if last else None, settings, utc(now), zone=BERLIN) is due


@given(
    st.integers(min_value=946_684_800, max_value=2_208_988_800),  # 2000 to 2040
    st.sampled_from(digest.WEEKDAYS),
    st.times(),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]),
)
def test_one_is_due_every_week_wherever_one_lives(seconds: int, weekday: str, at: time, zone: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    settings = DigestSettings(weekday=weekday, at=at.replace(tzinfo=None))
    last = digest.last_occurrence(settings, now, ZoneInfo(zone))
    assert timedelta(0) <= now - last <= timedelta(days=8, hours=3)
    assert not digest.digest_due(last, settings, now, zone=ZoneInfo(zone))
    assert digest.digest_due(last, settings, now + timedelta(days=8, hours=3), zone=ZoneInfo(zone))

"""From the number in a message's subject to the finds that it was about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.outbox import new_alert
from monitor.alerts.sending import queue_digest
from monitor.app import open_app
from monitor.config import load
from monitor.model.alert import AlertKind, Delivery, number_of
from monitor.model.ids import CaseId
from monitor.model.staff import Role, StaffMember, StaffName
from monitor.store.store import open_store
from tests.alerts.alert_helpers import sighting
from tests.cli.cli_program import Program

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def told(enrolled: Program) -> Program:
    """1: sent, about two finds. 2: folded into 3. 3: waits. 4: a weekly summary of all three."""
    store = open_store(load(enrolled.home / "config.toml"))
    finds = [replace(sighting(n), first_seen=NOW, last_seen=NOW) for n in (1, 2, 3)]
    with store.transaction():
        for find in finds:
            store.sightings.save(find)
        made = [new_alert(AlertKind.NEW, case="default", subject=f"i{n}", now=NOW, not_before=NOW) for n in range(3)]
        store.alerts.save(replace(made[0], sightings=("s1", "s2"), count=2, delivery=Delivery.SENT, sent_at=NOW))
        store.alerts.save(replace(made[1], sightings=("s3",), delivery=Delivery.FOLDED, last_error="told in 3-K7"))
        store.alerts.save(replace(made[2], sightings=("s3", "gone"), count=2))
    queue_digest(store, "default", since=NOW - timedelta(days=7), now=NOW + timedelta(minutes=1))
    store.close()
    return enrolled


def numbers(program: Program, number: str) -> list[int]:
    return [row["number"] for row in program("alerts", "show", number, "--json").json["sightings"]]


def test_a_number_leads_to_the_finds_and_how_to_go_on(told: Program) -> None:
    done = told("alerts", "show", number_of(1).lower().replace("-", " "))
    assert done.code == 0 and done.out.startswith(f"{number_of(1)}: 2 new entries\n")
    assert "https://forum.example/threads/1" in done.out and "https://forum.example/threads/2" in done.out
    assert "threads/3" not in done.out and "sightings show NUMBER" in done.err
    assert max(map(len, done.out.splitlines())) <= 80
    shown = told("alerts", "show", number_of(1), "--json").json
    assert shown["alert"]["number"] == number_of(1) and numbers(told, number_of(1)) == [1, 2]


def test_what_was_told_in_another_and_what_waits(told: Program) -> None:
    assert "told in 3-K7" in told("alerts", "show", number_of(2)).out
    assert "not sent yet" in told("alerts", "show", "3-K7").out and numbers(told, "3-K7") == [3], "what there still is"


def test_a_weekly_summary_leads_to_what_was_new_in_it(told: Program) -> None:
    assert "weekly summary" in told("alerts", "show", number_of(4)).out
    assert numbers(told, number_of(4)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param("3-K8", "there is a slip in it", id="a wrong sign"),
        pytest.param("nonsense", "looks like 3-K7", id="no number"),
        pytest.param(number_of(99), f"there is no alert {number_of(99)}", id="none has it"),
    ],
)
def test_a_slip_is_told_with_where_the_numbers_stand(told: Program, number: str, said: str) -> None:
    done = told("alerts", "show", number)
    assert (done.code, done.out) == (2, "") and said in done.err and "`reupload-monitor alerts list` shows" in done.err
    assert told("alerts", "list").code == 0


@pytest.fixture
def of_two(told: Program) -> dict[str, str]:
    """A second case, whose first alert has the same count; by case, the number of the first."""
    words = "init --yes --case anna --adult --authorised self --name A".split()
    assert told(*words).code == 0
    store = open_store(load(told.home / "config.toml"))
    store.sightings.save(replace(sighting(7), case="anna"))
    other = new_alert(AlertKind.NEW, case="anna", subject="i", now=NOW, not_before=NOW)
    store.alerts.save(replace(other, sightings=("s7",)))
    letters = {case: store.letters_of(case) for case in ("default", "anna")}
    store.close()
    return {case: number_of(1, letters[case]) for case in letters}


def test_of_several_cases_the_number_says_whose_it_is(told: Program, of_two: dict[str, str]) -> None:
    shown = told("alerts", "show", of_two["anna"].lower().replace("-", " "))
    assert shown.code == 0, shown.err
    assert shown.out.startswith(f"{of_two['anna']}: ") and "threads/7" in shown.out and "threads/1" not in shown.out
    assert [
        row["number"] for row in told("sightings", "list", "--alert", of_two["default"], "--json").json["sightings"]
    ]
    assert of_two["anna"] in told("alerts", "list", "--case", "anna").out
    without = told("alerts", "show", number_of(1))
    assert without.code == 2 and "which one is meant" in without.err
    assert told("alerts", "show", number_of(1), "--case", "anna").out == shown.out
    assert told("alerts", "show", of_two["anna"], "--case", "default").code == 2
    nobody_s = told("alerts", "show", f"BBBB-{number_of(1)}")
    assert nobody_s.code == 2 and f"there is no alert BBBB-{number_of(1)}" in nobody_s.err


def test_whoever_works_in_both_types_no_case_and_nobody_learns_of_another(
    told: Program, of_two: dict[str, str]
) -> None:
    with open_app(load(told.home / "config.toml")) as app:
        for person, cases in (("ann", ("default", "anna")), ("ben", ("default",))):
            for case in cases:
                member = StaffMember(CaseId(case), StaffName(f"system:{person}"), Role.READS, NOW, StaffName("x"))
                app.store.staff.save(member)
    told.monkeypatch.setattr("monitor.services.who_acts.system_person", lambda: StaffName("system:ann"))
    assert "threads/7" in told("alerts", "show", of_two["anna"]).out
    assert told("sightings", "list", "--alert", of_two["anna"]).code == 0
    told.monkeypatch.setattr("monitor.services.who_acts.system_person", lambda: StaffName("system:ben"))
    theirs, nobody_s = told("alerts", "show", of_two["anna"]), told("alerts", "show", f"BBBB-{number_of(1)}")
    assert (theirs.code, theirs.out) == (nobody_s.code, nobody_s.out) == (2, "")
    assert theirs.err.replace(of_two["anna"], "_") == nobody_s.err.replace(f"BBBB-{number_of(1)}", "_")

"""`reports progress`, `timeline` and `mirrors` over a store in which something happened."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import config
from monitor.app import open_app
from monitor.clock import utc_now
from monitor.model.match import Match, Method, Tier
from monitor.model.presence import Change, ChangeKind
from monitor.model.report import Report
from monitor.model.sighting import Place, Sighting, Status
from tests.cli.cli_program import Program

DAY = timedelta(days=1)
HOSTILE = "=cmd|'/c calc'!A1\u202e\n{{ 7 * 7 }}<script>"


@pytest.fixture
def going_on(ready: Program) -> Program:
    """Three finds: one open, one removed four days after it was reported, one back again."""
    now = utc_now()
    with open_app(config.load(ready.home / "config.toml")) as app:
        for number, status in enumerate((Status.CONFIRMED, Status.REMOVED, Status.REMOVED), start=1):
            find = Sighting(
                id=f"aa0{number}aa00",
                incident="i",
                case="default",
                watch="w",
                place=Place(f"https://s{number}.example/p", f"https://media.example/{number}.jpg", HOSTILE),
                match=Match(Tier.MATCH, 0.98, "same picture", reference="r", method=Method.PDQ),
                status=status,
                first_seen=now - 10 * DAY,
                last_seen=now - 9 * DAY,
                removed_at=now - 4 * DAY if status is Status.REMOVED else None,
            )
            app.store.sightings.save(find)
            if find.removed_at is not None:
                app.store.changes.add("default", Change(find.id, find.removed_at, ChangeKind.REMOVED, "404"))
                draft = Report.drafted(
                    id=f"r{number}",
                    case="default",
                    sightings=[find.id],
                    channel="desk",
                    route="platform",
                    at=now - 9 * DAY,
                )
                app.store.reports.save(draft.sent(at=now - 8 * DAY, due_at=now - 6 * DAY, number=HOSTILE))
            if number == 3:
                app.store.sightings.save(replace(find, status=Status.REAPPEARED, last_seen=now - DAY))
                app.store.changes.add("default", Change(find.id, now - DAY, ChangeKind.BACK))
    return ready


def test_the_course_in_words_numbers_and_a_picture(going_on: Program) -> None:
    svg = going_on.home / "course.svg"
    done = going_on("reports", "progress", "--svg", str(svg), "--json")
    assert done.code == 0, done.err
    course = done.json["progress"]
    assert (course["open"], course["back_again"], course["removed"], course["ever"]) == (2, 1, 1, 3)
    assert [(week["new"], week["removed"], week["back"], week["open"]) for week in course["weeks"]] == [
        (3, 0, 0, 3),
        (0, 2, 1, 2),
    ]
    assert [week["median_hours"] for week in course["weeks"]] == [None, 96.0]
    assert course["hosts"] == ["media.example", "s1.example", "s3.example"]
    (route,) = course["routes"]
    assert (route["channel"], route["sent"], route["median_hours"]) == ("desk", 2, 96.0)
    assert svg.stat().st_mode & 0o077 == 0 and ">2 still there, 1 of them back again; 1 of 3 gone." in svg.read_text()
    told = going_on("reports", "progress")
    assert "2 still there, 1 of them back again; 1 of 3 gone. A week ago 3 were still there." in told.out
    assert "\u202e" not in told.out and "removed, median 96 h" in told.out


def test_a_file_that_is_there_is_not_written_over(going_on: Program) -> None:
    photo = going_on.home / "photo.jpg"
    photo.write_bytes(b"a photo")
    done = going_on("reports", "progress", "--svg", str(photo))
    assert (done.code, photo.read_bytes()) == (2, b"a photo")
    assert "already" in done.err
    assert going_on("reports", "progress", "--svg", "/nowhere/course.svg").code == 1


def test_nothing_found_is_said_calmly(ready: Program) -> None:
    done = ready("reports", "progress")
    assert (done.code, done.out.splitlines()[0]) == (0, "0 still there; 0 of 0 gone.")


@pytest.mark.parametrize("command", ["timeline", "mirrors"])
def test_a_table_runs_no_formula_and_has_its_rows(going_on: Program, command: str) -> None:
    done = going_on("reports", command, "--csv")
    assert done.code == 0, done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == len(going_on("reports", command, "--json").json[command]) >= 3
    cells = [cell for row in rows for cell in row.values()]
    assert any("cmd|" in cell for cell in cells), "or the row proves nothing"
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert not [cell for cell in cells if not cell.isprintable()]
    assert going_on("reports", command, "--csv", "--json").code == 2


def test_what_happened_stands_in_its_order(going_on: Program) -> None:
    going_on("guide", "done", "support-person", "--at", "2026-11-01", "--note", "my sister")
    rows = going_on("reports", "timeline", "--json").json["timeline"]
    assert [row["event"] for row in rows if row["sightings"] == ["aa03aa00"]] == [
        "found",
        "reported to desk",
        "found gone, twice",
        "seen there last",
        "there again",
    ]
    assert ("step done by the person: Somebody you trust knows", "my sister") in [
        (row["event"], row["detail"]) for row in rows
    ]
    assert "support" not in str(going_on("reports", "timeline", "aa03", "--json").json)


def test_every_address_of_one_find(going_on: Program) -> None:
    rows = going_on("reports", "mirrors", "aa02", "--json").json["mirrors"]
    assert [(row["sighting"], row["page_url"], row["status"]) for row in rows] == [
        ("aa02aa00", "https://s2.example/p", "removed")
    ]
    told = going_on("reports", "mirrors")
    assert "https://s1.example/p" in told.out and "3 addresses" in told.err

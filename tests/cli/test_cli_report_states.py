"""What the commands say of a request's way: sent, answered, due, and what comes next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import config
from monitor.app import open_app
from monitor.clock import exact_now
from tests.cli.cli_program import Program


def drafted(program: Program, url: str = "https://x.com/somebody/status/1", channel: str = "x_tida") -> str:
    sighting = program("sightings", "add", url, "--json").json["sightings"][0]["id"]
    done = program("reports", "draft", sighting, "--channel", channel, "--json")
    assert done.code == 0, done.err
    (report,) = done.json["reports"]
    assert (report["sightings"], report["deadline"], report["legal_basis"]) == ([sighting], "PT48H", "us_tida")
    assert len(report["text_sha256"]) == 64 and [event["state"] for event in report["events"]] == ["draft"]
    identity: str = report["id"]
    return identity


def test_sent_twice_is_said_and_changes_nothing(ready: Program) -> None:
    report = drafted(ready)
    first = ready("reports", "sent", report, "--json")
    assert "They have until" in first.err and "sec. 3-4" in first.err
    again = ready("reports", "sent", report, "--json")
    assert again.code == 0 and again.json == first.json
    assert "marked as sent at" in again.err and "one request, one clock" in again.err


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param("yesterday", "is not a time", id="no time"),
        pytest.param("2026-02-30T10:00Z", "is not a time", id="no such day"),
        pytest.param("0001-01-01T00:00+14:00", "is not a time", id="before the calendar"),
        pytest.param("2999-01-01T00:00Z", "is yet to come: now it is", id="yet to come"),
        pytest.param("2020-01-01T00:00Z", "so it cannot have been sent at 2020-01-01", id="before it was drafted"),
    ],
)
def test_a_time_that_cannot_be(ready: Program, at: str, words: str) -> None:
    report = drafted(ready)
    done = ready("reports", "sent", report, "--at", at)
    assert done.code == 2 and words in done.err
    (row,) = ready("reports", "list", "--json").json["reports"]
    assert row["state"] == "draft"


def test_asked_for_more_then_complete(ready: Program) -> None:
    report = drafted(ready)
    ready("reports", "sent", report)
    asked = ready("reports", "response", report, "--outcome", "more-asked", "--text", "Which picture?", "--json")
    assert asked.json["reports"][0]["due_at"] is None
    assert "may not have begun" in asked.err and f"reports sent {report}" in asked.err
    again = ready("reports", "sent", report, "--number", "A-1", "--json").json["reports"][0]
    assert again["due_at"] and again["number"] == "A-1"
    assert [event["state"] for event in again["events"]] == ["draft", "sent", "more-asked", "sent"]


def test_after_a_refusal_the_next_is_named(ready: Program) -> None:
    report = drafted(ready)
    ready("reports", "sent", report)
    done = ready("reports", "response", report, "--outcome", "refused")
    assert "Whom to ask next: " in done.err
    command = done.err.split("reupload-monitor ")[-1].split()
    assert command[:2] == ["reports", "draft"] and ready(*command).code == 0


def test_when_the_time_has_run_out_the_next_stands_in_the_list(ready: Program) -> None:
    report = drafted(ready)
    ready("reports", "sent", report)
    assert ready("reports", "list", "--due", "--json").json["reports"] == []
    later = exact_now() + timedelta(hours=49)
    with open_app(config.load(ready.home / "config.toml", environ={}), clock=lambda: later) as app:
        assert app.draft_next() > 0
        assert app.draft_next() == 0
    rows = ready("reports", "list", "--due", "--json").json["reports"]
    assert rows and all(row["follows"] == report and row["state"] == "draft" for row in rows)
    assert "draft, next" in ready("reports", "list", "--due").out
    told = ready("digest", "--json").json["drafted_next"]
    assert {row["report"] for row in told} == {row["id"] for row in rows}


def test_without_a_daemon_the_list_says_whom_to_ask_next(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    report = drafted(ready)
    ready("reports", "sent", report)
    assert "Whom to ask next" not in ready("reports", "list", "--due").err
    later = exact_now() + timedelta(hours=49)
    monkeypatch.setattr(
        "monitor.app.open_app", lambda settings, **more: open_app(settings, clock=lambda: later, **more)
    )
    done = ready("reports", "list", "--due")
    assert "overdue" in done.out and f"{report} (" in done.err and "Whom to ask next: " in done.err
    names = done.err.split("Whom to ask next: ")[1].split("\n")[0]
    command = done.err.split("reupload-monitor ")[1].split()
    made = ready(*command, "--json")
    assert command[:2] == ["reports", "draft"] and made.code == 0
    assert all(name in names for name in ("Google", "Bing")) and made.json["reports"]
    with_json = ready("reports", "list", "--due", "--json")
    assert with_json.json["reports"][0]["id"] == report and "Whom to ask next" in with_json.err


def test_what_the_person_confirms_is_dead_no_more(ready: Program) -> None:
    settings = config.load(ready.home / "config.toml", environ={})
    with open_app(settings) as app:
        address = app.channels.get("tumblr").url
        app.store.dead_addresses.note(address, exact_now())
    assert ready("reports", "channels", "confirm", "tumblr").code == 0
    with open_app(settings) as app:
        assert address not in app.store.dead_addresses.all()

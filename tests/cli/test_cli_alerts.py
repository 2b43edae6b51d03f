"""How the outbox stands is told honestly, however much came after what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.outbox import new_alert
from monitor.config import load
from monitor.model.alert import AlertKind, Answer, Delivery, Part, number_of
from monitor.store.store import open_store
from tests.cli.cli_program import Program

NOW = datetime.now(UTC).replace(microsecond=0)
REFUSES = "1 (mailto), recipient 2"
SILENT = "1 (mailto), recipient 3"
TWICE = f"hannel {SILENT} had a message handed over twice without an answer"


def with_an_old_one_and_many_since(program: Program) -> str:
    """The id of the old one, which nobody has."""
    store = open_store(load(program.home / "config.toml"))
    old = NOW - timedelta(days=30)
    waits = replace(
        new_alert(AlertKind.NEW, case="default", subject="i", now=old, not_before=NOW + timedelta(hours=1)),
        attempts=40,
        sightings=("s1",),
        last_error="the mail server answered 451",
    )
    with store.transaction():
        store.alerts.save(waits)
        for number in range(230):
            at = old + timedelta(minutes=number + 1)
            sent = new_alert(AlertKind.NEW, case="default", subject=f"i{number}", now=at, not_before=at)
            store.alerts.save(replace(sent, delivery=Delivery.SENT, sent_at=at))
        part = Part(sent.id, "t", REFUSES, Answer.REFUSED, 1, at, None, "the mail server answered 552 to RCPT")
        store.alert_parts.save(sent.case, part)
        silent = Part(sent.id, "u", SILENT, Answer.UNSURE, 2, at, None, "the mail server broke off", handed=2)
        store.alert_parts.save(sent.case, silent)
    store.close()
    return waits.id


@pytest.mark.long
def test_what_waits_is_told_however_much_came_after_it(enrolled: Program) -> None:
    old = with_an_old_one_and_many_since(enrolled)
    told = enrolled("status", "--json").json["alerts"]
    assert (told["waiting"], told["partly"], told["failed"], told["finds_untold"]) == (1, 0, 0, 1)
    assert told["oldest_waiting"] == f"{NOW - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    assert [row["recipient"] for row in told["refusing"]] == [REFUSES, SILENT] and "552" in told["refusing"][0]["said"]
    said = enrolled("status").out
    assert (
        "1 waiting, the oldest since" in said
        and f"channel {REFUSES} refuses messages: the mail server answered 552" in said
    )
    assert TWICE in said and TWICE in enrolled("digest").out
    assert old in {row["id"] for row in enrolled("alerts", "list", "--json").json["alerts"]}
    assert number_of(1) in enrolled("alerts", "list").out
    digest = enrolled("digest", "--json").json["alerts"]
    assert digest["waiting"] == 1 and digest["refusing"][0]["recipient"] == REFUSES
    assert "1 message could not be delivered yet" in enrolled("digest").out
    enrolled.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:1/x"]')
    checks = [row for row in enrolled("doctor", "--json").json["checks"] if row["name"] == "alerts"]
    assert [row["state"] for row in checks] == ["ok", "warning", "warning", "warning"]
    assert TWICE in checks[3]["message"]
    assert "1 could not be delivered yet, the oldest since" in checks[1]["message"] and REFUSES in checks[2]["message"]


@pytest.mark.long
def test_a_channel_that_takes_nothing_is_told_until_a_test_shows_that_it_works(enrolled: Program) -> None:
    """127.0.0.1:1 takes nothing; what `alerts test` met is remembered."""
    enrolled.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:1/x"]')
    assert "took nothing since" not in enrolled("status").out
    assert enrolled("alerts", "test").code == 1
    told = enrolled("status").out
    assert "channel 1 (json) took nothing since" in told and "`reupload-monitor alerts test` tries each" in told
    (failing,) = enrolled("status", "--json").json["alerts"]["failing"]
    assert failing["channel"] == "1 (json)" and failing["said"]
    assert enrolled("digest", "--json").json["alerts"]["failing"] == [], "the summary tells it after a day"
    enrolled.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:2/y"]')
    assert "took nothing since" not in enrolled("status").out, "of a channel that is set no more nothing is told"

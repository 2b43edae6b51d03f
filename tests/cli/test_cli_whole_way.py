"""A hundred finds from `reports next` to removed, by the commands, on a site of its own, with a clock that moves."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import app as composition
from monitor import config
from monitor.app import open_app
from monitor.clock import utc_now
from monitor.model.report import ReportState
from tests.cli.cli_program import LocalSite, Program

FINDS = 100
HOUR = timedelta(hours=1)


class Mending:
    """The person at the commands. `later` moves the clock of all of them."""

    def __init__(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program, self.now = program, utc_now()
        defaults = composition.open_app.__kwdefaults__
        monkeypatch.setitem(defaults, "clock", lambda: self.now)

    def later(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def __call__(self, *words: str | Path) -> Any:
        done = self.program("reports", *words, "--json")
        assert done.code == 0, done.err
        return done.json

    def answered(self, report: str, outcome: str) -> None:
        self.later(0.1)
        self("response", report, "--outcome", outcome, "--text", "words of a desk")

    def states(self) -> dict[str, str]:
        return {one["id"]: one["state"] for one in self("list")["reports"]}

    def look_again(self) -> None:
        """As the daemon does."""

        async def looked() -> None:
            async with open_app(config.load(self.program.home / "config.toml"), screenshots=False) as app:
                await app.recheck([])

        asyncio.run(looked())


@pytest.mark.long
def test_a_hundred_finds_from_next_to_removed(
    ready: Program, site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Mending(ready, monkeypatch)
    for number in range(FINDS):
        site.pages[f"/t/{number}"] = ("text/html", b"<p>some words")
    assert ready("sightings", "add", f"{site.url}/t/0").code == 0
    with open_app(config.load(ready.home / "config.toml")) as app:
        for number in range(1, FINDS):
            app.decisions.add(f"{site.url}/t/{number}", case="default")

    forms = way("next", "--draft")["forms"]
    reports = {form["channel"]: form["report"] for form in forms}
    assert all(len(form["sightings"]) == FINDS for form in forms)
    assert [form["lane"] for form in forms] == ["platform", "search", "search", "search"]
    own, *engines = (form["report"] for form in forms)
    assert set(way.states().values()) == {"draft"}

    seen: set[str] = {"draft"}
    way.later(1)
    for report in (own, *engines):
        way("sent", report, "--number", "A-1")
    seen |= set(way.states().values())
    assert ready("reports", "next").out == "", "all is in somebody's hands"

    way.answered(engines[0], "acknowledged")
    way.answered(engines[1], "refused")
    way.answered(engines[2], "bounced")
    way.answered(own, "more-asked")
    seen |= set(way.states().values())
    way.later(1)
    way("sent", own)
    way.later(49)
    (overdue,) = [one for one in way("list", "--due")["reports"] if one["id"] == own]
    assert datetime.fromisoformat(overdue["due_at"]) < way.now

    following = {form["channel"]: form for form in way("next", "--draft")["forms"]}
    assert following and not set(reports) & set(following), "who was asked is not asked again"
    at_source = next(form for form in following.values() if form["lane"] != "search" and form["lane"] != "regulator")
    way("withdraw", at_source["report"])
    way.answered(engines[0], "removed")
    seen |= set(way.states().values())
    assert seen == {state.value for state in ReportState}

    site.pages.clear()
    for _ in range(4):
        way.later(26)
        way.look_again()
    assert way("next")["open"] == 0
    svg = tmp_path / "course.svg"
    course = way("progress", "--svg", svg)["progress"]
    assert (course["open"], course["reported"], course["removed"], course["ever"]) == (0, 0, FINDS, FINDS)
    heard = {channel for channel, report in reports.items() if report != engines[2]}  # which came back
    assert {one["channel"] for one in course["routes"] if one["sent"]} == heard
    assert all(one["removed"] <= one["sent"] for one in course["routes"])
    text = svg.read_text()
    assert "<script" not in text and re.search(rf"\b{FINDS}\b", text)


@pytest.mark.long
def test_a_thousand_finds_are_drafted_in_seconds_and_without_a_socket() -> None:
    done = subprocess.run([sys.executable, "-m", "bench.many_drafts"], capture_output=True, text=True, check=True)
    seconds = [float(number) for number in re.findall(r"([\d.]+) s of CPU", done.stdout)]
    (highest,) = re.findall(r"at its highest: (\d+) MiB", done.stdout)
    assert "1000 finds" in done.stdout and "sockets: none" in done.stdout
    assert sum(seconds) < 10 and int(highest) < 150, done.stdout

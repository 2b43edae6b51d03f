"""Lets a year pass. Nothing is asked but when a look is due by the program's own plan: the clock is moved to there, a
quarter of an hour on at least, as the daemon's rounds are. After the first pass no watch is there any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.removal.sites import PAGE, PICTURE, START, Filed, Site, sites
from bench.removal.truth import Fault, Judge
from bench.year.simulate import free_port, lab
from bench.year.web import Ask, Counts, Reply, served

CASE = "default"
ROUND = timedelta(minutes=15)


@dataclass
class Course:
    days: int
    judges: list[Judge] = field(default_factory=list)
    rounds: int = 0
    looks: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    counts: Counts = field(default_factory=Counts)
    delisted: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        return [fault for judge in self.judges for fault in judge.faults]


def simulate(*, days: int, names: list[str] | None = None, told: Callable[[str], None] | None = None) -> Course:
    port = free_port()
    places = sites(port, names)
    with lab(port, places) as config:  # type: ignore[arg-type]
        _add_engine(config, places, port)
        return asyncio.run(_pass(config, places, port, days, told or (lambda _: None)))


def _add_engine(config: Path, places: list[Site], port: int) -> None:
    """The search is asked at the host of the site that it finds."""
    host = next((place.hosts[0] for place in places if place.filed is Filed.SEARCH), "")
    if host:
        text = config.read_text()
        config.write_text(text.replace(f"http://127.7.250.1:{port}", f"http://{host}:{port}"))


async def _pass(config: Path, places: list[Site], port: int, days: int, told: Callable[[str], None]) -> Course:
    from monitor.app import open_app
    from monitor.config import load
    from monitor.watchlist import load_all

    settings, now = load(config), [START]
    course, end = Course(days), START + timedelta(days=days)
    by_host = {host: place for place in places for host in place.hosts}

    def hour() -> float:
        return (now[0] - START) / timedelta(hours=1)

    def answer(ask: Ask) -> Reply:
        place = by_host.get(ask.host)
        return place.reply(ask, hour()) if place else Reply(status=404)

    began, cpu = time.monotonic(), time.process_time()
    async with (
        served(answer, tuple(by_host), port, course.counts),
        open_app(settings, clock=lambda: now[0], screenshots=False) as app,
    ):
        loaded = load_all(settings).watches
        for watch in loaded:
            await app.run_watch(watch)
        for place in places:
            if place.filed in (Filed.BY_HAND, Filed.PAGE_BY_HAND):
                picture = f"{place.media}{PICTURE}" if place.filed is Filed.BY_HAND else ""
                app.decisions.add(f"{place.root}{PAGE}", case=CASE, picture=picture)
        renamed = {place.name for place in places if place.filed is Filed.RENAMED}
        left = [replace(watch, name=f"{watch.name}-anew") for watch in loaded if watch.name in renamed]
        found = _found(app, places)
        course.judges = [Judge(place.name, place.gone) for place in places]
        judges = {judge.site: judge for judge in course.judges}
        assert found.keys() == judges.keys(), judges.keys() - found.keys()
        now[0] += timedelta(minutes=30)
        for place in places:
            if place.is_reported:
                _report(app, found[place.name], now[0])
        known_faults = 0
        while (due := _next_due(app, found)) is not None and due <= end:
            now[0] = max(due, now[0] + ROUND)
            planned = {name: app.store.rechecks.of(CASE, sighting) for name, sighting in found.items()}
            done = await app.recheck(left)
            course.rounds, course.looks = course.rounds + 1, course.looks + done.looked
            for name, sighting in found.items():
                if app.store.rechecks.of(CASE, sighting) != planned[name]:
                    known = app.store.sightings.get(CASE, sighting)
                    assert known is not None
                    judges[name].look(hour(), known.status.value, known.presence.media.why or known.presence.page.why)
            for fault in course.faults[known_faults:]:
                told(str(fault))
            known_faults = len(course.faults)
            if course.rounds % 100 == 0:
                told(f"day {hour() / 24:.0f}, {time.monotonic() - began:.0f} s: {known_faults} faults")
        for place in places:
            judges[place.name].end(days * 24.0, is_watched=place.stands(days * 24.0))
        names = {sighting: name for name, sighting in found.items()}
        course.delisted = [f"{names[one.sighting]}: {one.kind.value}" for one in app.store.changes.since(CASE, START)]
    course.seconds, course.cpu = time.monotonic() - began, time.process_time() - cpu
    return course


def _found(app: Any, places: list[Site]) -> dict[str, str]:
    """Of each site, its find."""
    found = dict[str, str]()
    for one in app.store.sightings.all(CASE):
        for place in places:
            if place.is_home_of(one.place.page_url):
                assert place.name not in found, f"{place.name} was found twice"
                found[place.name] = one.id
    return found


def _report(app: Any, sighting: str, now: Any) -> None:
    """A person has sent it."""
    from monitor.model.ids import new_id
    from monitor.model.report import Report

    report = Report.drafted(id=new_id(now), case=CASE, sightings=(sighting,), channel="x", route="platform", at=now)
    app.store.reports.save(report)
    app.reports.mark_sent(report.id, case=CASE, at=now)


def _next_due(app: Any, found: dict[str, str]) -> Any:
    """Of what may still be looked at."""
    from monitor.tracking.next_look import WATCHED_FOR

    times = []
    for sighting in found.values():
        known = app.store.sightings.get(CASE, sighting)
        due = min((look.due_at for look in app.store.rechecks.of(CASE, sighting)), default=None)
        is_over = known.status.value == "removed" and due is not None and due > known.removed_at + WATCHED_FOR
        if due is not None and not is_over:
            times.append(due)
    return min(times, default=None)

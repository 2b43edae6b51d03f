"""A person's case with finds on several sites and reports in every state, over a real store: for the pages of finds,
reports, course and digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from unittest.mock import patch

from monitor.app import App
from monitor.model.ids import SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import Change, ChangeKind, Presence, Trace
from monitor.model.report import Report
from monitor.model.settings import CaseSettings, Settings
from monitor.model.sighting import Decision, Place, Sighting, Status
from monitor.review.local import LocalCore
from monitor.takedown.facts import Statements
from tests.review.asking import NOW
from tests.store.store_values import a_run
from tests.stores import a_folder, a_store, file_of

CASE = "default"
HOSTILE = "<script>alert(1)</script>\u202egnp.exe\u0007 ' \" &"
DAY = timedelta(days=1)
OVERDUE, DRAFT, WAITING, ANSWERED, REFUSED = "report-1", "report-2", "report-5", "report-6", "report-7"


@dataclass
class FoundApp:
    """clock: stands still until it is moved."""

    app: App
    now: datetime = NOW

    @property
    def core(self) -> LocalCore:
        return LocalCore(self.app)

    def add(self, site: str, many: int = 1, **values: object) -> list[Sighting]:
        added = []
        for place in range(many):
            made = a_find(site, place, self.now - 9 * DAY)
            self.app.store.sightings.save(replace(made, **values))
            added.append(self.app.store.sightings.get(CASE, made.id))
        return added

    def drafted(self, *finds: Sighting) -> list[Report]:
        """Their ids are `report-1`, `report-2` and so on."""
        numbers = count(len(self.app.store.reports.all(CASE)) + 1)
        with patch("monitor.services.drafting.new_id", lambda _: f"report-{next(numbers)}"):
            done = self.app.drafts.draft([one.id for one in finds], case=CASE, statements=Statements())
        return list(done.reports)


def a_find(site: str, place: int, at: datetime) -> Sighting:
    """Its id and that of its incident can be told from the site."""
    return Sighting(
        id=SightingId(f"{site.replace('.', '')}x{place}"),
        incident=f"at-{site}",
        case=CASE,
        watch="forum",
        place=Place(
            page_url=f"https://www.{site}/t/{place}",
            image_url=f"https://i.{site}/{place}.jpg",
            account=f"poster{place}",
        ),
        match=Match(Tier.MATCH, 0.97, "same picture, smaller: 4 bits of 256", reference="ref1", label="owl"),
        status=Status.NEW,
        first_seen=at + place * timedelta(hours=3),
        last_seen=at + 5 * DAY + place * timedelta(hours=3),
        image_digest=hashlib.sha256(f"{site} {place}".encode()).hexdigest(),
    )


def an_app(*, name: str = "Jane Quirk", file: bytes = b"") -> FoundApp:
    """Nothing is found yet. file: of a store, as `a_store` has it."""
    folder, store = a_folder(), a_store(file)
    settings = Settings(
        path=None,
        data_dir=folder,
        watchlist_dir=folder,
        case=CaseSettings(id=CASE, name=name, email="jane@mail.example", jurisdiction="US"),
    )
    found = FoundApp(App(settings, store, lambda: found.now))
    return found


def a_full_app() -> FoundApp:
    """Finds in every state, reports in every state: `OVERDUE` and the others are ids. The sheets of its drafts are
    shared by all of a process: a test that changes one makes it anew."""
    return an_app(file=_full_file())


@cache
def _full_file() -> bytes:
    """Of its store: made once a process."""
    found = an_app()
    store = found.app.store
    perhaps = Match(Tier.POSSIBLE, 0.6, "perhaps the same picture, part of it: x", reference="ref1", label="owl")
    first = found.add("reddit.com", 3)
    found.add("forum.example", 2, match=perhaps)
    gone = Trace(seen_at=NOW - 6 * DAY, gone_since=NOW - 3 * DAY, gone_at=NOW - 2 * DAY, why="404")
    (removed,) = found.add(
        "board.example", status=Status.REMOVED, removed_at=NOW - 2 * DAY, presence=Presence(page=gone, media=gone)
    )
    store.changes.add(CASE, Change(removed.id, NOW - 2 * DAY, ChangeKind.REMOVED, "404"))
    found.add("left.example", status=Status.DISMISSED, decision=Decision.NOT_HERE, decided_at=NOW - DAY)
    found.add("other.example", status=Status.DISMISSED, decision=Decision.NOT_MINE, decided_at=NOW - DAY)
    found.add("closed.example", under_18=True)
    found.add("back.example", status=Status.REAPPEARED)
    found.add("evil.example", match=replace(perhaps, label=HOSTILE), place=hostile_place())
    store.runs.save(a_run(started_at=NOW - DAY, finished_at=NOW - DAY))
    found.now = NOW - 5 * DAY
    found.drafted(first[0])
    found.app.reports.mark_sent(OVERDUE, case=CASE, number="A-1")
    found.now = NOW - DAY
    found.drafted(*found.add("x.com", 2), *found.add("tumblr.com"))
    for one in (WAITING, ANSWERED, REFUSED):
        found.app.reports.mark_sent(one, case=CASE)
    found.now = NOW - timedelta(hours=2)
    found.app.reports.record_response(ANSWERED, case=CASE, outcome="more-asked", text=HOSTILE)
    found.app.reports.record_response(REFUSED, case=CASE, outcome="refused", text="No.")
    found.now = NOW
    found.drafted(first[1])
    return file_of(store)


def hostile_place() -> Place:
    return Place(
        page_url="https://www.evil.example/" + "a" * 2_000,
        image_url="https://www.evil.example/<b>.jpg",
        account=HOSTILE,
        title=HOSTILE * 200,
    )

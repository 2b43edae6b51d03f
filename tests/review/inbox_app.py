"""An app with finds that wait, over a real store, for the inbox."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.app import App
from monitor.documents.how_matched import how_it_matches
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.match import Match, Method, Tier
from monitor.model.observation import RunStatus
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.model.sighting import Place, Sighting, Status
from monitor.review.local import LocalCore
from tests.alerts.alert_helpers import run, settings, sighting
from tests.review.asking import NOW
from tests.stores import a_store

HERE = CaseId("default")
HOSTILE = "\u202e<script>alert(1)</script>\x07 \N{FACE WITH TEARS OF JOY}" + "x" * 9_900
POSSIBLE = Match(
    Tier.POSSIBLE,
    0.6,
    "perhaps the same picture, mirrored, about half of it, in the lower left: 9 places agree",
    "r1",
    "bedroom",
    Method.FEATURES,
    variant="mirrored",
)
HOUR = timedelta(hours=1)


def a_find(number: int, incident: int, **changes: object) -> Sighting:
    """On site number `incident`."""
    at = NOW - HOUR * (incident + 1)
    base = sighting(number, incident=f"incident{incident}", first_seen=at, last_seen=at)
    place = Place(f"https://www.site{incident}.example/{number}", f"https://cdn.example/{number}.jpg", "anon")
    return replace(base, id=SightingId(f"find{number}"), place=place, **changes)  # type: ignore[arg-type]


def an_inbox(*finds: Sighting, watches: str = "") -> App:
    folder = Path(tempfile.mkdtemp(prefix="inbox-"))
    (folder / "places.toml").write_text(watches)
    made: Settings = replace(settings(), data_dir=folder, watchlist_dir=folder)
    store = a_store()
    with store.transaction():
        for find in finds:
            store.sightings.save(find)
    return App(made, store, lambda: NOW)


def a_full_inbox() -> App:
    """Sites 0 to 4: sure with a draft and evidence; perhaps; three copies, one back; one put aside; decided."""
    app = an_inbox(
        a_find(1, 0),
        a_find(2, 1, match=POSSIBLE),
        a_find(3, 2),
        a_find(4, 2, status=Status.REAPPEARED),
        replace(
            a_find(5, 2, match=POSSIBLE), place=Place("https://other.site2.example/5", "https://cdn.example/5.jpg")
        ),
        a_find(6, 3, later_until=NOW + 20 * HOUR),
        a_find(7, 4, status=Status.CONFIRMED),
    )
    file = SealedFile("find1-image.age", "aa" * 32, "bb" * 32, 12_345)
    app.store.evidence.save(
        EvidenceItem(new_id(NOW), HERE, SightingId("find1"), EvidenceKind.IMAGE, NOW, "image/jpeg", file)
    )
    drafted = Report.drafted(
        id="report1",
        case=HERE,
        sightings=[SightingId("find1")],
        channel="a-platform",
        route="platform",
        at=NOW - HOUR,
        file="/home/p/drafts/1.txt",
    )
    app.store.reports.save(drafted)
    return app


def core_of(app: App) -> LocalCore:
    return LocalCore(app)


def full() -> LocalCore:
    return core_of(a_full_inbox())


def one_of_each_word() -> LocalCore:
    app = a_full_inbox()
    say = app.decisions.deciding.decide
    for number, act in enumerate(DecisionAct, start=1):
        say(
            act,
            [SightingId(f"find{number}")],
            case=HERE,
            via=DecisionVia.PAGE,
            until=NOW + HOUR,
            text="asked a friend\nwho knows that site",
        )
    app.decisions.undo("find2", case=HERE)
    return core_of(app)


def hostile() -> LocalCore:
    place = Place("https://site9.example/9?" + "q" * 3_000, "https://cdn.example/9.jpg", HOSTILE, HOSTILE)
    match = replace(POSSIBLE, label=HOSTILE)
    finds = [
        replace(a_find(number, 9), place=replace(place, page_url=f"{place.page_url}{number}"), match=match)
        for number in (1, 2)
    ]
    assert how_it_matches(finds[0])
    alone = replace(a_find(3, 8), place=Place(f"https://{'a' * 63}.{'b' * 63}.example/", "https://c.example/", HOSTILE))
    return core_of(an_inbox(*finds, alone))


def many(sites: int = 60) -> LocalCore:
    return core_of(an_inbox(*(a_find(number, number) for number in range(sites))))


WATCHES = """
[[watch]]
name = "forum-jane-doe"
kind = "page"
url = "https://forum.example/"
every = "2h"
[[watch]]
name = "another"
kind = "page"
url = "https://other.example/"
every = "2h"
"""


def nothing_seen_well() -> LocalCore:
    app = an_inbox(watches=WATCHES)
    app.store.runs.save(run("forum-jane-doe", at=NOW - HOUR, pages_seen=3, images_seen=40))
    app.store.runs.save(run("another", at=NOW - HOUR, status=RunStatus.FAILED))
    return core_of(app)


def nothing_watched() -> LocalCore:
    return core_of(an_inbox())


def put_aside_alone() -> LocalCore:
    return core_of(an_inbox(a_find(1, 1, later_until=NOW + HOUR), watches=WATCHES))

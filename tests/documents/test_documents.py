"""What commands print as JSON: keys, order and shapes, as the contract and older versions have them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.documents.alerts import alert_document
from monitor.documents.checks import WHY, check_document
from monitor.documents.digest import digest_document
from monitor.documents.overview import overview_document
from monitor.documents.presence import change_words
from monitor.documents.references import enrolment_document, file_match_document, taken_in_document
from monitor.documents.removals import removal_document
from monitor.documents.reports import report_document
from monitor.documents.runs import run_document
from monitor.documents.sightings import sighting_document
from monitor.documents.times import local_words, rfc3339, span, utc_words
from monitor.documents.watches import mistake_documents, schedule_words, watch_document
from monitor.errors import WatchlistError
from monitor.model.alert import Alert, AlertKind, Answer, Delivery, Part
from monitor.model.channel_health import ChannelHealth
from monitor.model.check import WARNING, Check
from monitor.model.digest import Blind, Coverage, Cut, Digest
from monitor.model.enrolment import Enrolled, Enrolment, FileMatch, LeftOut, Skipped, TakenIn
from monitor.model.figures import Figures
from monitor.model.intent import LeftKind, Recovery
from monitor.model.match import Match, Method, Tier
from monitor.model.observation import Observation, RunStatus
from monitor.model.presence import Change, ChangeKind, Presence, Trace
from monitor.model.report import Frozen, Report
from monitor.model.run import LIMIT_REMEDIES, LimitKind, LimitReached, Run
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.watch import Adapt, Cron, Every, Kind, Watch
from monitor.tracking.health import Health, Sight
from monitor.tracking.hindrances import Hindrance
from monitor.tracking.overview import AlertsOverview, CaseOverview, ClockSet, Overview, WatchOverview
from monitor.tracking.readiness import Lack

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
Z = "2026-11-22T20:00:00Z"

RUN = Run(
    "forum",
    "default",
    RunStatus.PARTIAL,
    AT,
    AT,
    pages=2,
    images=3,
    new_images=1,
    matches=1,
    new_sightings=1,
    bytes=10,
    errors=(Observation("https://a.example/", "dns", "no such host", "Correct it."),),
    limits=(LimitReached("pages", 50), LimitReached("images", 9, "cdn.example")),
    pages_seen=1,
    images_seen=3,
)
BEYOND = "; what lay beyond was not seen"
RUN_DOCUMENT = {
    "watch": "forum",
    "status": "partial",
    "started_at": Z,
    "finished_at": Z,
    "pages": 2,
    "images": 3,
    "new_images": 1,
    "not_modified": 0,
    "matches": 1,
    "new_sightings": 1,
    "bytes": 10,
    "errors": [
        {
            "url": "https://a.example/",
            "kind": "dns",
            "message": "no such host",
            "remedy": "Correct it.",
            "covers": "page",
            "weight": "part",
        },
        *(
            {"url": "", "kind": "cut", "message": said, "remedy": remedy, "covers": "place", "weight": "part"}
            for said, remedy in (
                (f"it ended at its limit of 50 pages{BEYOND}", LIMIT_REMEDIES[LimitKind.PAGES]),
                (f"it ended at its limit of 9 images of cdn.example{BEYOND}", LIMIT_REMEDIES[LimitKind.IMAGES]),
            )
        ),
    ],
    "limits": [{"what": "pages", "at": 50}, {"what": "images", "at": 9, "site": "cdn.example"}],
    "pages_seen": 1,
    "images_seen": 3,
}
WATCH = Watch(
    "forum", Kind.PAGE, Every(3600), urls=("https://a.example/",), origin=Path("/w/a.toml"), line=3, tags=("urgent",)
)
HEALTH = Health(Sight.BLIND, AT, "no such host", "Correct it.")
HEALTH_DOCUMENT = {"sight": "blind", "last_good": Z, "cause": "no such host", "remedy": "Correct it."}
WATCH_DOCUMENT = {
    "name": "forum",
    "kind": "page",
    "urls": ["https://a.example/"],
    "engine": None,
    "query": None,
    "schedule": "every 1h",
    "adapt": None,
    "enabled": True,
    "case": "default",
    "tags": ["urgent"],
    "file": "/w/a.toml",
    "line": 3,
    "last_run": RUN_DOCUMENT,
    "health": HEALTH_DOCUMENT,
}
MATCH = Match(Tier.MATCH, 0.98765, "near", reference="r1", label="owl", method=Method.PDQ, distance=4)
CLAIMED = Place("https://a.example/t/1", "https://a.example/1.jpg", account="ann", claimed_url="https://b.example/2")
PRESENCE = Presence(media=Trace(AT, gone_since=AT, gone_at=AT, why="404"))
_TRACE = ("seen_at", "gone_since", "unknown_since", "why")
SIGHTING = Sighting(
    "s1", "i1", "default", "forum", CLAIMED, MATCH, Status.NEW, AT, AT, presence=PRESENCE, evidence=("e1",), number=7
)
SIGHTING_DOCUMENT = {
    "id": "s1",
    "incident": "i1",
    "case": "default",
    "watch": "forum",
    "page_url": "https://a.example/t/1",
    "image_url": "https://a.example/1.jpg",
    "account": "ann",
    "reference": "r1",
    "label": "owl",
    "tier": "match",
    "score": 0.9877,
    "distance": 4,
    "method": "pdq",
    "reason": "near",
    "status": "new",
    "first_seen": Z,
    "last_seen": Z,
    "removed_at": None,
    "evidence": ["e1"],
    "reports": [],
    "decision": None,
    "claim": {"url": "https://b.example/2", "account": None},
    **{f"{truth}_{name}": None for truth in ("page", "media", "search") for name in _TRACE},
    "media_seen_at": Z,
    "media_gone_since": Z,
    "media_why": "404",
    "addresses": [
        {"page_url": "https://a.example/t/1", "image_url": "https://a.example/1.jpg", "first_seen": Z, "last_seen": Z}
    ],
    "addresses_seen": 1,
    "changes_addresses": False,
    "number": 7,
    "counted_as": "still_there",
}
REPORT = Report.drafted(
    id="p1",
    case="default",
    sightings=["s1", "s2"],
    channel="reddit-ncii",
    route="platform",
    at=AT,
    lane="platform",
    file="/d/a.txt",
    frozen=Frozen(address="https://a.example/r", legal_basis="us_tida", deadline="PT48H", deadline_source="Act"),
)
REPORT_DOCUMENT = {
    "id": "p1",
    "sighting": "s1",
    "channel": "reddit-ncii",
    "state": "draft",
    "file": "/d/a.txt",
    "due_at": None,
    "case": "default",
    "route": "platform",
    "created_at": Z,
    "sent_at": None,
    "number": "",
    "response": "",
    "sightings": ["s1", "s2"],
    "lane": "platform",
    "follows": None,
    "look_at": None,
    "address": "https://a.example/r",
    "legal_basis": "us_tida",
    "deadline": "PT48H",
    "deadline_source": "Act",
    "text_sha256": "",
    "events": [{"at": Z, "noted_at": Z, "state": "draft", "text": "", "number": "", "due_at": None}],
    "undone": [],
}
PART = Part("a1", "digest-of-it", "1 (mailto)", Answer.REFUSED, 3, AT, said="552 full")
FAILING = ChannelHealth(target="t", name="2 (json)", tried_at=AT, failing_since=AT, said="down")
ALERT = Alert("a1", "default", AlertKind.NEW, "i1", "<a1@localhost>", AT, AT, sightings=("s1",), attempts=1)
ALERT_DOCUMENT = {
    "id": "a1",
    "case": "default",
    "kind": "new",
    "state": "waiting",
    "urgent": False,
    "count": 1,
    "sightings": ["s1"],
    "created_at": Z,
    "not_before": Z,
    "sent_at": None,
    "attempts": 1,
    "message_id": "<a1@localhost>",
    "error": None,
    "number": None,
}
MISTAKE = WatchlistError.at("watch 'x': what", remedy="Mend it.", file="/w/a.toml", line=2, key="evry", watch="x")
FIGURES = Figures(still_there=3, to_decide=2, gone=1, set_aside=4, only_said=0, closed=0, new=1, since=AT)
FIGURES_DOCUMENT = {
    "still_there": 3,
    "to_decide": 2,
    "gone": 1,
    "set_aside": 4,
    "only_said": 0,
    "not_looked_at": 0,
    "closed": 0,
    "new": 1,
    "new_since": Z,
}
DIGEST = Digest(
    figures=FIGURES,
    case="default",
    since=AT,
    until=AT,
    new=(SIGHTING,),
    possible=(),
    again=(),
    removed=(),
    reappeared=(),
    blind=(Blind("forum", "no such host", None, "Correct it."),),
    partly=(),
    cut=(Cut("forum", LimitReached("pages", 50)),),
    wrong=2,
    stopped=True,
    folded=("owl",),
    overdue=(REPORT,),
    proposed=(REPORT,),
    waiting=1,
    not_all=0,
    oldest=AT,
    refusing=(PART,),
    failing=(FAILING,),
    coverage=Coverage(watches=2, good=1, runs=3, pages=4, images=5, new_images=6),
    trend=((date(2026, 11, 15), 1),),
)
DIGEST_DOCUMENT = {
    "case": "default",
    "since": Z,
    "until": Z,
    "new": ["s1"],
    "possible": [],
    "seen_again": [],
    "removed": [],
    "reappeared": [],
    "blind": [{"watch": "forum", "cause": "no such host", "last_good": None, "remedy": "Correct it."}],
    "partly": [],
    "noted": [],
    "watchlist_errors": 2,
    "told_hourly": ["owl"],
    "overdue": [{"report": "p1", "sighting": "s1", "channel": "reddit-ncii", "due_at": None}],
    "unanswered": [],
    "drafted_next": [{"report": "p1", "sighting": "s1", "channel": "reddit-ncii", "due_at": None}],
    "alerts": {
        "waiting": 1,
        "partly": 0,
        "oldest": Z,
        "refusing": [{"recipient": "1 (mailto)", "said": "552 full", "trouble": PART.trouble}],
        "failing": [{"channel": "2 (json)", "since": Z, "said": "down"}],
    },
    "coverage": {
        "watches": 2,
        "watches_seen": 1,
        "runs": 3,
        "pages": 4,
        "images": 5,
        "new_images": 6,
        "limits": [{"watch": "forum", "what": "pages", "at": 50, "site": None}],
    },
    "trend": [{"from": "2026-11-15", "new": 1}],
    "custody_reference": None,
    "course": None,
    "figures": FIGURES_DOCUMENT,
}
OVERVIEW = Overview(
    version="1",
    now=AT,
    config="/c.toml",
    data_dir="/d",
    daemon=None,
    cases=(CaseOverview("default", AT, 2, (), {"new": 1}, {}, ("p1",), FIGURES),),
    watches=(WatchOverview(WATCH, None, HEALTH),),
    mistakes=(MISTAKE,),
    cannot_run=(Hindrance("k", "what", "Mend it.", file="/w/a.toml", line=2),),
    as_last_read=("old",),
    alerts=AlertsOverview(
        waiting=1, partly=0, failed=0, oldest=AT, finds_untold=1, refusing=(PART,), failing=(FAILING,)
    ),
    clock_set=ClockSet(AT, -60),
    recovery=Recovery(AT, True, {LeftKind.ASIDE: 2}),
    sealed_to=1,
    lacking=(Lack("photo", "m", "r"),),
)
OVERVIEW_DOCUMENT = {
    "version": "1",
    "now": Z,
    "config": "/c.toml",
    "data_dir": "/d",
    "daemon": {"pid": None},
    "cases": [
        {
            "case": "default",
            "attested_at": Z,
            "references": 2,
            "references_paused": 0,
            "references_folded": [],
            "sightings": {"new": 1},
            "reports": {},
            "overdue": ["p1"],
            "figures": FIGURES_DOCUMENT,
        }
    ],
    "watches": [
        {
            "watch": "forum",
            "case": "default",
            "enabled": True,
            "last_good": Z,
            "last_run": None,
            "health": HEALTH_DOCUMENT,
            "next_visit": None,
            "daemon_knows": True,
        }
    ],
    "watchlist_errors": ["/w/a.toml:2: watch 'x': what"],
    "cannot_run": [
        {"watch": None, "case": None, "file": "/w/a.toml", "line": 2, "message": "what", "remedy": "Mend it."}
    ],
    "as_last_read": ["old"],
    "alerts": {
        "waiting": 1,
        "partly": 0,
        "failed": 0,
        "oldest_waiting": Z,
        "finds_untold": 1,
        "refusing": [{"recipient": "1 (mailto)", "since": Z, "said": "552 full", "trouble": PART.trouble}],
        "failing": [{"channel": "2 (json)", "since": Z, "tried": Z, "said": "down"}],
    },
    "recovery": {"at": Z, "was_cut_off": True, "things": {"aside": 2}},
    "loops": None,
    "stood_still": None,
    "queue": None,
    "clock_set": {"at": Z, "by_s": -60},
    "evidence": {"sealed_to": 1},
    "lacking": [{"what": "photo", "message": "m", "remedy": "r"}],
}


@pytest.mark.parametrize(
    ("document", "printed"),
    [
        pytest.param(run_document(RUN), RUN_DOCUMENT, id="a run"),
        pytest.param(watch_document(WATCH, RUN, HEALTH), WATCH_DOCUMENT, id="a watch"),
        pytest.param(
            watch_document(WATCH, None, None),
            WATCH_DOCUMENT | {"last_run": None, "health": None},
            id="a watch, no store",
        ),
        pytest.param(sighting_document(SIGHTING), SIGHTING_DOCUMENT, id="a sighting"),
        pytest.param(report_document(REPORT), REPORT_DOCUMENT, id="a report"),
        pytest.param(alert_document(ALERT), ALERT_DOCUMENT, id="an alert"),
        pytest.param(digest_document(DIGEST), DIGEST_DOCUMENT, id="the weekly review"),
        pytest.param(overview_document(OVERVIEW), OVERVIEW_DOCUMENT, id="status"),
        pytest.param(
            mistake_documents([MISTAKE]),
            [
                {
                    "file": "/w/a.toml",
                    "line": 2,
                    "key": "evry",
                    "watch": "x",
                    "message": "/w/a.toml:2: watch 'x': what",
                    "remedy": "Mend it.",
                }
            ],
            id="what is wrong in a watchlist",
        ),
        pytest.param(
            enrolment_document(
                Enrolment(
                    (Enrolled("r1", "owl", Path("/p/owl.jpg"), ("pdq",), remarks=("it is flat",)),),
                    (Skipped(Path("/p/a.txt"), "no"), Skipped(Path("/p/b.jpg"), "already enrolled as 'owl'", "r1")),
                )
            ),
            {
                "enrolled": [
                    {
                        "reference": "r1",
                        "label": "owl",
                        "file": "/p/owl.jpg",
                        "fingerprints": ["pdq"],
                        "remarks": ["it is flat"],
                    }
                ],
                "skipped": [
                    {"file": "/p/a.txt", "reason": "no", "reference": None},
                    {"file": "/p/b.jpg", "reason": "already enrolled as 'owl'", "reference": "r1"},
                ],
            },
            id="what became of files",
        ),
        pytest.param(
            file_match_document(FileMatch(Path("/p/a.jpg"), MATCH, None)),
            {
                "file": "/p/a.jpg",
                "tier": "match",
                "reference": "r1",
                "label": "owl",
                "score": 0.9877,
                "distance": 4,
                "method": "pdq",
                "reason": "near",
                "error": None,
            },
            id="a file that was compared",
        ),
        pytest.param(
            file_match_document(FileMatch(Path("/p/a.txt"), None, "no picture")),
            {
                "file": "/p/a.txt",
                "tier": "none",
                "reference": None,
                "label": None,
                "score": 0.0,
                "distance": None,
                "method": None,
                "reason": "",
                "error": "no picture",
            },
            id="a file that could not be read",
        ),
        pytest.param(
            taken_in_document(TakenIn((("r1", "owl"),), (LeftOut(3, "no hash"),), (2,), 2)),
            {
                "imported": [{"reference": "r1", "label": "owl"}],
                "skipped": [{"line": 3, "reason": "no hash"}],
                "repaired": [2],
            },
            id="a hash list",
        ),
        pytest.param(
            removal_document(["/d/a.txt"], [("/d/b.txt", "away")]),
            {"files_moved": ["/d/a.txt"], "files_left": [{"path": "/d/b.txt", "why": "away"}]},
            id="files that were to go",
        ),
        pytest.param(
            check_document(Check("disk", WARNING, "full", "Free some.")),
            {"name": "disk", "state": "warning", "message": "full", "why": WHY["disk"], "remedy": "Free some."},
            id="a check",
        ),
    ],
)
def test_it_is_printed_as_ever(document: Any, printed: Any) -> None:
    text = json.dumps(document, default=lambda at: rfc3339(at) if isinstance(at, datetime) else str(at))
    assert text == json.dumps(printed), "keys in their order too"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (90, "1m30s"), (3600, "1h"), (90_061, "1d1h1m1s"), (86_400.9, "1d")]
)
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("zone", "now", "words"),
    [
        pytest.param("Europe/Berlin", None, "Sun 22 Nov, 21:00 CET", id="a zone with a name"),
        pytest.param("Europe/Berlin", AT + timedelta(days=40), "Sun 22 Nov 2026, 21:00 CET", id="of last year"),
        pytest.param("Europe/Berlin", AT + timedelta(days=39), "Sun 22 Nov, 21:00 CET", id="of this year"),
        pytest.param("America/Sao_Paulo", None, "Sun 22 Nov, 17:00 UTC-3", id="west, without a name"),
        pytest.param("Asia/Kathmandu", None, "Mon 23 Nov, 01:45 UTC+5:45", id="not whole hours, the next day"),
        pytest.param("UTC", None, "Sun 22 Nov, 20:00 UTC", id="utc"),
    ],
)
def test_local_times(zone: str, now: datetime | None, words: str) -> None:
    assert local_words(AT, ZoneInfo(zone), now=now) == words
    assert local_words(None, ZoneInfo(zone)) == "-"


def test_times_are_utc() -> None:
    assert (rfc3339(AT), rfc3339(None), utc_words(AT), utc_words(None)) == (Z, None, "2026-11-22 20:00 UTC", "-")
    cron = Watch("c", Kind.PAGE, Cron("15 */6 * * *"), urls=("https://a.example/",))
    assert schedule_words(cron) == "cron 15 */6 * * *"
    adapting = replace(cron, schedule=Adapt(900, 86_400))
    assert schedule_words(adapting) == "adapts, every 15m to 1d"
    assert watch_document(adapting, None, None)["adapt"] == {"floor_s": 900, "ceiling_s": 86_400}
    assert watch_document(cron, None, None)["adapt"] is None
    assert alert_document(Alert("a", "c", AlertKind.NEW, "", "", AT, AT, delivery=Delivery.SENT, last_error="x"))[
        "error"
    ]


@pytest.mark.parametrize(
    ("kind", "why", "told"),
    [
        (ChangeKind.REMOVED, "the server says 404", "removed: the server says 404"),
        (ChangeKind.REMOVED, "", "removed"),
        (ChangeKind.BACK, "", "back"),
        (ChangeKind.BACK, "seen there by then", "back: seen there by then"),
        (ChangeKind.DELISTED, "", "the search showed it no more, by two looks"),
    ],
)
def test_what_became_of_a_find_in_words(kind: ChangeKind, why: str, told: str) -> None:
    assert change_words(Change("s1", AT, kind, why), utc_words) == f"{utc_words(AT)}  {told}"

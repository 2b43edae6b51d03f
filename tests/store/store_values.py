"""Values for the tests of the store, and how they open one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from monitor.model.alert import Alert, AlertKind
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.case import Attestation, Authority, Case
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.fingerprint import Features, Fingerprint, Frame, Hash, HashAlgorithm, Reference
from monitor.model.ids import SightingId, new_id
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.observation import Observation, RunStatus
from monitor.model.report import Report
from monitor.model.run import LimitReached, Run
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status
from monitor.store.store import SqlStore, open_store

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
KEY = Secret("0f" * 32)
CASE = "default"


def settings(folder: Path, key: Secret | None = KEY) -> Settings:
    return Settings(path=None, data_dir=folder / "data", watchlist_dir=folder, database=DatabaseSettings(key=key))


def opened(folder: Path, key: Secret = KEY) -> SqlStore:
    store = open_store(settings(folder, key), new=True)
    if store.cases.get(CASE) is None:
        store.cases.save(a_case())
    return store


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_case(case: str = CASE) -> Case:
    return Case(case, "A Person", Attestation(Authority.SELF, NOW), NOW)


def a_fingerprint(seed: int = 1, *, features: bool = False) -> Fingerprint:
    random = np.random.default_rng(seed)
    points = Features(
        "1",
        640,
        480,
        np.zeros((3, 4), np.float32),
        random.integers(0, 255, (3, 128)).astype(np.uint8),
    )
    return Fingerprint(
        pdq=Hash(HashAlgorithm.PDQ, random.bytes(32), "d"),
        pdq_quality=90,
        phash=None,
        width=640,
        height=480,
        features=points if features else None,
    )


def a_reference(reference: str = "ref1", case: str = CASE, **values: Any) -> Reference:
    made = Reference(reference, case, f"label of {reference}", a_fingerprint(), NOW)
    return replace(made, **values)


def a_sighting(number: int = 0, case: str = CASE, reference: str = "ref1", **values: Any) -> Sighting:
    made = Sighting(
        id=new_id(NOW),
        incident="incident1",
        case=case,
        watch="forum",
        place=Place(
            page_url=f"https://site{number}.example/t/{number}",
            image_url=f"https://site{number}.example/i/{number}.jpg",
            account="somebody",
            title="a title",
            posted_at="2026-11-01",
            result_url="https://engine.example/?q=1",
        ),
        match=Match(
            tier=Tier.MATCH,
            score=0.97,
            reason="same picture",
            reference=reference,
            label="a label",
            method=Method.PDQ,
            distance=4,
            variant="mirrored",
            region=Region(((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))),
            frame=2,
        ),
        status=Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
        image_digest=f"{number:064x}",
    )
    return replace(made, **values)


def an_alert(alert: str = "alert1", **values: Any) -> Alert:
    made = Alert(
        id=alert,
        case=CASE,
        kind=AlertKind.NEW,
        subject="incident1",
        message_id=f"<{alert}@localhost>",
        created_at=NOW,
        not_before=later(60),
        sightings=("s1", "s2"),
        count=2,
    )
    return replace(made, **values)


def a_run(watch: str = "forum", **values: Any) -> Run:
    made = Run(
        watch=watch,
        case=CASE,
        status=RunStatus.OK,
        started_at=NOW,
        finished_at=later(10),
        pages=3,
        images=20,
        new_images=7,
        not_modified=13,
        matches=2,
        new_sightings=1,
        bytes=5_000_000_000,
        errors=(Observation("https://a.example/", "timeout", "no answer", "Wait."),),
        limits=(LimitReached("pages", 50),),
    )
    return replace(made, **values)


def a_candidate(number: int = 0, **values: Any) -> Candidate:
    made = Candidate(
        digest=f"{number:064x}",
        case=CASE,
        first_seen=NOW,
        last_seen=later(number),
        page_url="https://a.example/",
        image_url=f"https://a.example/{number}.jpg",
        watch="forum",
        frames=(
            Frame(bytes(range(256)), 80, b"\x01" * 8, "d1"),
            Frame(bytes(8 * 32), 3, None, "d1"),
        ),
        matched_against="rev1",
    )
    return replace(made, **values)


def a_seen_url(url: str = "https://a.example/1.jpg", **values: Any) -> SeenUrl:
    made = SeenUrl(url, '"tag"', "Sun, 22 Nov 2026 20:00:00 GMT", "ab" * 32, NOW, "ok", b"remembered")
    return replace(made, **values)


def a_report(sighting: str, report: str = "report1") -> Report:
    return Report.drafted(
        id=report,
        case=CASE,
        sightings=[SightingId(sighting)],
        channel="example-platform",
        route="platform",
        at=NOW,
        file="/home/p/drafts/1.txt",
    )


def an_item(sighting: str, item: str = "item1") -> EvidenceItem:
    return EvidenceItem(
        item,
        CASE,
        sighting,
        EvidenceKind.IMAGE,
        NOW,
        "image/jpeg",
        SealedFile(f"{item}.age", "aa" * 32, "bb" * 32, 12345),
    )


def waits(store: SqlStore, host: str, gap: timedelta, now: datetime) -> float:
    """Seconds, as a claim of that host is told; the slot is taken."""
    return store.hosts.claim(host, gap, timedelta(minutes=1), now).wait_s


def refusals(store: SqlStore, host: str) -> int:
    """In a row."""
    return store.hosts.claim(host, timedelta(0), timedelta(0), NOW).failures

"""What the pipeline's tests stand on: the real store, matcher and vault, and a site that is a table."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from PIL import Image, ImageOps

import monitor.demo
from monitor.matching.matcher import PhotoMatcher
from monitor.model.enrolment import Enrolment
from monitor.model.ids import CaseId
from monitor.model.run import Run
from monitor.model.settings import DatabaseSettings, EvidenceSettings, MatchSettings, Secret, Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.recheck import Rechecked, recheck
from monitor.pipeline.scan import run_watch
from monitor.ports import Store
from monitor.services.decisions import DecisionService
from monitor.services.drafting import DraftService
from monitor.services.enrolling import enroll_files
from monitor.services.escalation import EscalationService
from monitor.services.reports import ReportService
from monitor.takedown.channel import Channels
from monitor.takedown.channel_files import load_channels
from monitor.vault.age import AgeVault
from tests.fakes import FakeClock, FakeSite, InlineReader

PHOTOS = sorted((Path(monitor.demo.__file__).parent / "photos" / "enrolled").glob("*.jpg"))
OTHERS = sorted((Path(monitor.demo.__file__).parent / "photos" / "others").glob("*.jpg"))

FORUM = Watch("forum", Kind.PAGE, Every(3600), urls=("https://forum.example/t/1",))


def jpeg(image: Image.Image, quality: int = 80) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def copy_of(photo: Path, *, quality: int = 60, mirror: bool = False) -> bytes:
    with Image.open(photo) as opened:
        image = opened.convert("RGB")
    return jpeg(ImageOps.mirror(image) if mirror else image, quality)


@cache
def small(photo: Path) -> bytes:
    """A copy that is quickly read."""
    with Image.open(photo) as opened:
        opened.thumbnail((300, 300))
        return jpeg(opened)


def page(*images: str, more: str = "") -> str:
    shown = "".join(f'<article><p>post</p><img src="{url}"></article>' for url in images)
    return f"<html><head><title>A thread</title></head><body>{shown}{more}<p>{'words ' * 60}</p></body></html>"


@cache
def shipped_channels() -> Channels:
    return load_channels()


def settings_of(data_dir: Path, recipient: str) -> Settings:
    """Of a process that is started to be killed: as the fixture `bench` has them."""
    return Settings(
        path=None,
        data_dir=data_dir,
        watchlist_dir=data_dir / "watchlists",
        database=DatabaseSettings(key=Secret("ab" * 32)),
        evidence=EvidenceSettings(recipients=(recipient,)),
        match=replace(MatchSettings(), features=False),
    )


@dataclass
class Bench:
    settings: Settings
    store: Store
    site: FakeSite
    clock: FakeClock
    identity: str
    reader: InlineReader = field(default_factory=InlineReader)

    def dependencies(self) -> Dependencies:
        return Dependencies(
            settings=self.settings,
            store=self.store,
            fetcher=self.site,
            reader=self.reader,
            matcher=PhotoMatcher(self.store.references.all("default"), self.settings.match),
            revision=self.store.references.revision("default"),
            vault=AgeVault(self.settings.vault_dir, self.settings.evidence.recipients),
            clock=self.clock,
            monotonic=time.monotonic,
        )

    @property
    def decisions(self) -> DecisionService:
        return DecisionService(self.store, self.settings, self.clock)

    @property
    def drafts(self) -> DraftService:
        return DraftService(self.store, self.settings, shipped_channels, self.clock)

    @property
    def reports(self) -> ReportService:
        return ReportService(self.store, self.settings, self.clock)

    @property
    def escalation(self) -> EscalationService:
        return EscalationService(self.store, self.drafts, self.clock)

    async def enroll(self, paths: Sequence[Path]) -> Enrolment:
        return await enroll_files(
            paths,
            case="default",
            label=None,
            features=self.settings.match.features,
            store=self.store,
            reader=self.reader,
            now=self.clock(),
        )

    async def run(self, watch: Watch = FORUM, *, again: bool = False) -> Run:
        return await run_watch(watch, self.dependencies(), again=again)

    @staticmethod
    def elsewhere(url: str) -> Watch:
        return replace(FORUM, urls=(url,))

    async def recheck(self) -> Rechecked:
        return await recheck(CaseId("default"), {FORUM.name: FORUM}, self.dependencies())

"""The state of one pass: nothing of it outlives `scan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.crawl.frontier import Visit
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.fingerprint import ImageReading
from monitor.model.match import Match
from monitor.model.page import Fetched, ImageRef, PageContent
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.pipeline.login import Login
from monitor.pipeline.memory import Remembered
from monitor.pipeline.parts import Parts
from monitor.pipeline.report import Tally
from monitor.ports import Source


@dataclass
class Pass:
    """login: the watch's saved one. done: URLs of images and stylesheets this pass has looked at. by_image,
    by_digest: the case's sightings by media URL and by content. stood: sightings this pass has seen standing;
    standing: those of them that are yet to be saved. noted: what is yet to be remembered of pictures. seen: what is
    known of the images of the page in hand, by URL. forbidden: closed as under 18, never fetched again. paused:
    references quarantined in this pass. planted_seen: the picture that the person put there herself. page_settled:
    every image of the page in hand was decided, so that nothing is left to do while the page stays as it is."""

    watch: Watch
    source: Source
    parts: Parts
    tally: Tally
    started: float
    login: Login | None = None
    done: set[str] = field(default_factory=set)
    by_image: dict[str, list[Sighting]] = field(default_factory=dict)
    by_digest: dict[str, list[Sighting]] = field(default_factory=dict)
    stood: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)
    noted: list[tuple[Candidate, SeenUrl]] = field(default_factory=list)
    seen: Mapping[str, SeenUrl] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    planted_seen: bool = False
    feature_seconds: float = 0.0
    page_settled: bool = True

    @property
    def seconds(self) -> float:
        return self.parts.monotonic() - self.started

    def add(self, sighting: Sighting) -> None:
        if sighting.under_18:
            self.forbidden.update((sighting.place.image_url, sighting.place.page_url))
        self.by_image.setdefault(sighting.place.image_url, []).append(sighting)
        if sighting.image_digest:
            self.by_digest.setdefault(sighting.image_digest, []).append(sighting)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A page as this pass sees it. remembered: what an earlier pass read in it, where it is unchanged since. inline:
    pictures that were written into it, by the address that `inline.take_out` gave them."""

    visit: Visit
    fetched: Fetched
    content: PageContent
    remembered: Remembered | None = None
    inline: Mapping[str, Fetched] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture whose bytes are in hand."""

    ref: ImageRef
    fetched: Fetched
    reading: ImageReading
    match: Match

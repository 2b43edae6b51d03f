"""Does one visit for all find what separate visits find, and what does it ask?

    python -m bench.sharing [--cases 200] [--pages 50] [--pictures 3] [--no-features]

Every case watches the same pages, and each has enrolled two photographs of the demo's; on the pages stand copies of
them, edited as reuploaders do (`bench/edits.py`), among pictures of nobody. They are visited three times, with a new
page and a new case before the last: once by each case alone and once together, each over a store of its own, and what
was found where is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from bench.edits import EDITS
from bench.photographs import DEMO
from monitor.acting import acting_for, acting_for_all
from monitor.matching.matcher import PhotoMatcher
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.settings import MatchSettings, Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.scan import run_watch
from monitor.pipeline.together import VisitTogether, group_of
from monitor.services.enrolling import enroll_files
from monitor.store.store import SqlStore
from tests.fakes import FakeClock, FakeSite, InlineReader
from tests.stores import a_folder, a_store, close_stores

Found = frozenset[tuple[str, str, str, str, str]]
BEGAN = datetime(2026, 11, 22, 20, tzinfo=UTC)
OWN = sorted((DEMO / "enrolled").glob("*.jpg"))
OTHERS = sorted((DEMO / "others").glob("*.jpg"))
VISITS = 3


@dataclass
class Place:
    """A forum whose pages show pictures. Its first visit finds all but the last page."""

    pages: int
    pictures: int
    seed: int = 7
    bodies: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random, edits = np.random.default_rng(self.seed), list(EDITS)
        mine, others = [_opened(path) for path in OWN], [_opened(path) for path in OTHERS]
        for number in range(self.pages):
            urls = [f"https://cdn.example/{number}-{at}.jpg" for at in range(self.pictures)]
            for at, url in enumerate(urls):
                count = number * self.pictures + at
                shown = (
                    others[count % len(others)]
                    if at % 3 == 2
                    else EDITS[edits[count % len(edits)]][1](mine[count % len(mine)], random, others)
                )
                out = io.BytesIO()
                shown.convert("RGB").save(out, "JPEG", quality=85)
                self.bodies[url] = ("image/jpeg", out.getvalue())
            images = "".join(f'<article><p>post</p><img src="{url}"></article>' for url in urls)
            text = f"<html><head><title>A thread</title></head><body>{images}<p>{'words ' * 60}</p></body></html>"
            self.bodies[self.url(number)] = ("text/html; charset=utf-8", text.encode())

    @staticmethod
    def url(number: int) -> str:
        return f"https://forum.example/t/{number}"

    def watch(self, case: CaseId, visit: int) -> Watch:
        pages = self.pages - (visit < VISITS - 1)
        return Watch("forum", Kind.URLS, Every(3600), urls=tuple(map(self.url, range(pages))), case=case)


class Helpline:
    """Its cases, over a store of its own. The last case comes before the last visit."""

    def __init__(self, place: Place, cases: int, *, features: bool, store: SqlStore | None = None) -> None:
        self.place, self.clock, self.store = place, FakeClock(BEGAN), store or a_store()
        folder, match = a_folder(), replace(MatchSettings(), features=features)
        self.settings = Settings(path=None, data_dir=folder, watchlist_dir=folder, match=match)
        self.site, self.reader = FakeSite(self.clock, dict(place.bodies)), InlineReader()
        self.cases = [CaseId(f"case{number:04}") for number in range(cases)]
        self.asked: list[int] = []
        self._matchers: dict[CaseId, tuple[str, PhotoMatcher]] = {}

    async def enroll(self) -> None:
        for number, case in enumerate(self.cases):
            attested = Case(case, attestation=Attestation(Authority.SELF, BEGAN), created_at=BEGAN)
            photos = [OWN[number % len(OWN)], OWN[(number // len(OWN) + 5 * number + 1) % len(OWN)]]
            with acting_for(case):
                self.store.cases.save(attested)
                await self.enroll_for(case, photos)

    async def enroll_for(self, case: CaseId, photos: Sequence[Path]) -> None:
        self._matchers.pop(case, None)
        await enroll_files(
            photos,
            case=case,
            label=None,
            features=self.settings.match.features,
            store=self.store,
            reader=self.reader,
            now=self.clock(),
        )

    async def dependencies(self, case: CaseId) -> Dependencies:
        revision = self.store.references.revision(case)
        if case not in self._matchers:
            self._matchers[case] = revision, PhotoMatcher(self.store.references.all(case), self.settings.match)
        return Dependencies(
            settings=self.settings,
            store=self.store,
            fetcher=self.site,
            reader=self.reader,
            matcher=self._matchers[case][1],
            revision=revision,
            vault=None,
            clock=self.clock,
            monotonic=time.monotonic,
        )

    async def visit(self, *, together: bool) -> None:
        """All visits."""
        for visit in range(VISITS):
            who = self.cases if visit == VISITS - 1 else self.cases[:-1]
            self.site.asked.clear()
            await self.look([self.place.watch(case, visit) for case in who], together=together)
            self.asked.append(len(self.site.asked))
            self.clock.forward(hours=2)

    async def look(self, watches: Sequence[Watch], *, together: bool) -> None:
        if together:
            await self._together(watches)
            return
        for watch in watches:
            with acting_for(watch.case):
                await run_watch(watch, await self.dependencies(watch.case))

    @staticmethod
    def whole_forum(case: CaseId) -> Watch:
        return Watch("forum", Kind.URLS, Every(3600), urls=tuple(map(Place.url, range(3))), case=case)

    async def _together(self, watches: Sequence[Watch]) -> None:
        before = len(self.site.asked)
        with acting_for_all():
            (group,) = {group_of(watch, self.settings, self.store) for watch in watches}
        visit = VisitTogether(watches, self.dependencies, self.reader, self.store, self.clock, group=group)
        done = await visit.run()
        for member in done.members:
            if member.why_not is not None:
                raise member.why_not
        asked = len(self.site.asked) - before
        runs = [member.run for member in done.members if member.run is not None]
        if sum(run.requests for run in runs) != done.requests or done.requests != asked:
            raise AssertionError("a request was counted twice, or not at all")

    def found(self) -> Found:
        with acting_for_all():
            return self._found()

    def _found(self) -> Found:
        return frozenset(
            (one.case, one.place.page_url, one.place.image_url, one.match.label or "", one.match.tier.value)
            for case in self.cases
            for one in self.store.sightings.all(case)
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """asked: requests, in each visit."""

    alone: Found
    together: Found
    asked_alone: tuple[int, ...]
    asked_together: tuple[int, ...]
    seconds_alone: float
    seconds_together: float

    @property
    def share(self) -> float:
        return sum(self.asked_together) / sum(self.asked_alone)


async def compare(
    cases: int, pages: int, pictures: int, *, features: bool, together_in: SqlStore | None = None
) -> Compared:
    """together_in: the store of the shared visits; None: one like the other's."""
    place, took = Place(pages, pictures), list[float]()
    both = [Helpline(place, cases, features=features, store=store) for store in (None, together_in)]
    for helpline, together in zip(both, (False, True), strict=True):
        await helpline.enroll()
        began = time.process_time()
        await helpline.visit(together=together)
        took.append(time.process_time() - began)
    alone, shared = both
    return Compared(alone.found(), shared.found(), tuple(alone.asked), tuple(shared.asked), *took)


@dataclass(frozen=True, slots=True)
class Round:
    """What happens before everybody of `who` looks. alone: who looks by itself in either world."""

    hours: int
    changes: tuple[tuple[str, tuple[str, bytes] | None], ...]
    fails: tuple[str, ...]
    who: tuple[CaseId, ...]
    alone: tuple[CaseId, ...]


def wandering(seed: int, cases: Sequence[CaseId], pictures: Sequence[bytes], rounds: int = 8) -> list[Round]:
    """A forum that lives: pictures come, change under their address and go, places fail, people join and leave."""
    random, made = Random(seed), list[Round]()
    urls = [f"https://cdn.example/{number}.jpg" for number in range(6)]
    for _ in range(rounds):
        changes = list[tuple[str, tuple[str, bytes] | None]]()
        for url in random.sample(urls, 3):
            changes.append((url, random.choice([("image/jpeg", random.choice(pictures)), None])))
        for number in random.sample(range(3), 2):
            images = "".join(f'<article><img src="{url}"></article>' for url in random.sample(urls, 3))
            text = f"<html><title>A thread</title>{images}<p>{'words ' * 60}</p></html>".encode()
            changes.append((Place.url(number), ("text/html", text)))
        fails = random.sample([*urls, Place.url(0), Place.url(1)], random.choice([0, 0, 1, 2]))
        who = tuple(sorted(random.sample(list(cases), random.randint(1, len(cases)))))
        alone = tuple(case for case in cases if random.random() < 0.2)
        made.append(Round(random.choice([1, 2, 21, 50, 24 * 8, 24 * 31]), tuple(changes), tuple(fails), who, alone))
    return made


class WithoutValidators(FakeSite):
    """Whatever is asked comes whole."""

    async def fetch(self, request: Request) -> Fetched:
        fetched = await super().fetch(replace(request, etag=None))
        return replace(fetched, headers=tuple(line for line in fetched.headers if line[0] != "etag"))


async def wander(seed: int, *, together: bool, whole: bool, rounds: int = 8) -> list[object]:
    """What each case knows in the end of what it found, and how each of its looks went. whole: the place says of
    nothing that it is as it was. Else who is given something whole for another's sake has seen it, where a "not
    modified" would only have said that it is as it was: which of several copies of the same bytes moved where can then
    be told in another way, and is not compared."""
    of = Helpline(Place(0, 0), 4, features=False)
    if whole:
        of.site = WithoutValidators(of.clock)
    await of.enroll()
    pictures = [_as_jpeg(_opened(path)) for path in (*OWN[:5], *OTHERS[:2])]
    for one in wandering(seed, of.cases, pictures, rounds):
        of.clock.forward(hours=one.hours)
        for url, change in one.changes:
            of.site.files.pop(url, None)
            of.site.files |= {url: change} if change is not None else {}
        of.site.fails = {url: Outcome(OutcomeKind.TIMEOUT, "not done within 60 seconds") for url in one.fails}
        await of.look([of.whole_forum(case) for case in one.who], together=together)
        of.clock.forward(minutes=10)
        await of.look([of.whole_forum(case) for case in one.alone], together=False)
    with acting_for_all():
        return [(_known(of, case, whole), _looks(of, case, whole)) for case in of.cases]


def _known(of: Helpline, case: CaseId, whole: bool) -> list[tuple[object, ...]]:
    finds = of.store.sightings.all(case)
    if not whole:
        return sorted({(one.place.page_url, one.match.label) for one in finds})
    return sorted(
        (one.place.page_url, one.place.image_url, one.match.label, one.status, one.last_seen, repr(one.presence))
        for one in finds
    )


def _looks(of: Helpline, case: CaseId, whole: bool) -> list[tuple[object, ...]]:
    runs = of.store.runs.since(case, BEGAN)
    counts = [(run.matches, run.new_sightings, run.appeared) if whole else () for run in runs]
    return [(run.status, run.pages, run.images, run.errors, count) for run, count in zip(runs, counts, strict=True)]


def _as_jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _opened(path: object) -> Image.Image:
    with Image.open(str(path)) as opened:
        opened.thumbnail((480, 480))
        return opened.convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--no-features", action="store_true")
    given = parser.parse_args()
    done = asyncio.run(compare(given.cases, given.pages, given.pictures, features=not given.no_features))
    close_stores()
    print(f"{given.cases} cases, {given.pages} pages with {given.pictures} pictures each, {VISITS} visits")
    print(f"found alone {len(done.alone)}, together {len(done.together)}, the same: {done.alone == done.together}")
    print(f"only alone: {len(done.alone - done.together)}, only together: {len(done.together - done.alone)}")
    print(f"requests alone {done.asked_alone}, together {done.asked_together}: {done.share:.2%}")
    print(f"CPU alone {done.seconds_alone:.0f} s, together {done.seconds_together:.0f} s")


if __name__ == "__main__":
    main()

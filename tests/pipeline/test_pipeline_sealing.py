"""What a run may put on the disk: each body once, and no more than its caps."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from monitor.documents.find_record import record_of
from monitor.model.evidence import EvidenceItem
from monitor.model.exchange import Exchange
from monitor.model.match import Match, Tier
from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.watch import Kind, Watch
from monitor.pipeline import housekeeping
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, small
from tests.stores import every_alert

ADDRESSES = 12
SITE = "https://forum.example"
THREAD = f"{SITE}/t/1"


def noise(seed: int, size: int) -> str:
    """Text that hardly packs, and is no picture in signs of text."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz ", k=size * 3 // 2))


def kept(bench: Bench) -> int:
    folder = bench.settings.vault_dir
    return sum(path.stat().st_size for path in folder.glob("*.age")) if folder.is_dir() else 0


def items(bench: Bench, kind: str) -> list[EvidenceItem]:
    return [item for item in bench.store.evidence.all("default") if item.kind == kind]


def one_page(bench: Bench, visit: int) -> Watch:
    """Twelve addresses of one picture on a page of a megabyte, all of them new at each visit."""
    urls = [f"{SITE}/p.jpg?{visit}-{number}" for number in range(ADDRESSES)]
    for url in urls:
        bench.site.put(url, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(THREAD, page(*urls, more=noise(visit, 500_000)))
    return FORUM


def inflating_page(bench: Bench, visit: int) -> Watch:
    """Megabytes that came over the wire as kilobytes."""
    watch = one_page(bench, visit)
    kind, body = bench.site.files[THREAD]
    bench.site.put(THREAD, body + b"<!-- " + b"x" * 6_000_000 + b" -->", kind)
    return watch


def many_pages(bench: Bench, visit: int) -> Watch:
    """One copy on each of ten large pages."""
    urls = tuple(f"{SITE}/t/{number}" for number in range(10))
    for number, url in enumerate(urls):
        bench.site.put(f"{SITE}/{number}.jpg", small(PHOTOS[0]), "image/jpeg")
        bench.site.put(url, page(f"{SITE}/{number}.jpg", more=noise(visit * 100 + number, 60_000)))
    return replace(FORUM, kind=Kind.URLS, urls=urls)


def heavy_pictures(bench: Bench, visit: int) -> Watch:
    """The same picture with another long tail at each address; each visit another thread, so that its finds are new."""
    thread = f"{THREAD}{visit}"
    urls = [f"{SITE}/{visit}-{number}.jpg" for number in range(10)]
    for number, url in enumerate(urls):
        tail = random.Random(visit * 100 + number).randbytes(100_000)
        bench.site.put(url, small(PHOTOS[0]) + tail, "image/jpeg")
    bench.site.put(thread, page(*urls))
    return replace(FORUM, urls=(thread,))


def moving_pictures(bench: Bench, visit: int) -> Watch:
    """Animations of one photo, the same bytes at ten addresses."""
    with Image.open(PHOTOS[0]) as photo:
        frames = [photo.convert("P").rotate(turn) for turn in (0, 1, 2, 3)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    urls = [f"{SITE}/{visit}-{number}.gif" for number in range(10)]
    for url in urls:
        bench.site.put(url, out.getvalue(), "image/gif")
    bench.site.put(THREAD, page(*urls))
    return FORUM


VARIANTS = [
    pytest.param(one_page, id="one large page, one copy at many addresses"),
    pytest.param(inflating_page, id="a page that inflates"),
    pytest.param(many_pages, id="one copy on each of many large pages"),
    pytest.param(heavy_pictures, id="large pictures"),
    pytest.param(moving_pictures, id="animations"),
]


@pytest.mark.rows(1)
@pytest.mark.parametrize("place", VARIANTS)
async def test_no_more_is_kept_than_came_over_the_wire(bench: Bench, place: Callable[[Bench, int], Watch]) -> None:
    await bench.enroll(PHOTOS[:1])
    wire = 0
    for visit in range(2):
        wire += (await bench.run(place(bench, visit))).bytes
        bench.clock.forward(hours=1)
    facts = 4_000 * len(bench.store.sightings.all("default"))  # come on top
    assert 0 < kept(bench) <= wire + facts


@pytest.mark.rows(1)
@pytest.mark.parametrize("place", VARIANTS)
async def test_a_run_has_a_cap_that_is_told_and_no_find_is_lost_for_it(
    bench: Bench, place: Callable[[Bench, int], Watch]
) -> None:
    bench.settings = replace(bench.settings, evidence=replace(bench.settings.evidence, max_run_bytes=40_000))
    await bench.enroll(PHOTOS[:1])
    report = await bench.run(place(bench, 0))
    sightings = bench.store.sightings.all("default")
    assert report.new_sightings == len(sightings) >= 8
    assert all(sighting.image_digest for sighting in sightings)
    assert len(every_alert(bench.store, "default")) == 1
    sizes = {i.file.path: i.file.size for i in bench.store.evidence.all("default") if i.kind != "manifest"}
    assert sum(sizes.values()) <= 40_000
    assert report.status is RunStatus.PARTIAL
    assert [(limit.what, limit.at) for limit in report.limits] == [("evidence_bytes", 40_000)]
    (error,) = report.errors
    assert "recorded" in error.message and "max_run_bytes" in error.remedy


@pytest.mark.long
async def test_all_runs_of_a_day_have_a_cap_together(bench: Bench) -> None:
    bench.settings = replace(bench.settings, evidence=replace(bench.settings.evidence, max_day_bytes=3_000_000))
    await bench.enroll(PHOTOS[:1])
    told = []
    for visit in range(3):
        told.append([limit.what for limit in (await bench.run(heavy_pictures(bench, visit))).limits])
        bench.clock.forward(hours=1)
    assert told == [[], ["evidence_bytes"], ["evidence_bytes"]]
    sealed = {item.file.path: item.file.size for item in bench.store.evidence.all("default")}
    assert sum(sealed.values()) <= 3_000_000
    bench.clock.forward(days=1)
    before = kept(bench)
    await bench.run(heavy_pictures(bench, 9))
    assert kept(bench) > before, "the next day has its own"


async def test_a_page_and_a_picture_are_sealed_once_for_all_finds_of_a_run(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    await bench.run(one_page(bench, 0))
    (capture,) = bench.store.captures.all("default")
    (shown,) = items(bench, "page")
    pictures = items(bench, "image")
    assert len(capture.sightings) == len({row.sighting for row in pictures}) == ADDRESSES
    assert len({row.file.path for row in pictures}) == 1 and {row.capture for row in pictures} == {capture.id}
    for row in (shown, pictures[0]):
        assert (bench.settings.vault_dir / row.file.path).exists()
    for sighting in bench.store.sightings.all("default"):
        kinds = {row.kind for row in bench.store.evidence.all("default", sighting.id)}
        assert kinds == {"page", "image", "record", "warc", "manifest"}
    records = items(bench, "record")
    assert len({row.file.path for row in records}) == ADDRESSES
    assert max(row.file.size for row in records) < 4_000


async def test_a_large_page_opens_with_stock_tools_to_what_was_seen(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    await bench.run(inflating_page(bench, 0))
    row = items(bench, "page")[0]
    assert row.media_type == "application/gzip"
    seen = gzip.decompress(open_sealed(bench.settings.vault_dir / row.file.path, bench.identity))
    assert hashlib.sha256(seen).digest() == hashlib.sha256(bench.site.files[THREAD][1]).digest()  # too long for a diff
    record = json.loads(open_sealed(bench.settings.vault_dir / items(bench, "record")[0].file.path, bench.identity))
    assert record["page"]["sha256"] == hashlib.sha256(seen).hexdigest()


async def two_photos_on_one_page(bench: Bench) -> tuple[Sighting, Sighting]:
    await bench.enroll(PHOTOS[:2])
    for number in (0, 1):
        bench.site.put(f"{SITE}/{number}.jpg", small(PHOTOS[number]), "image/jpeg")
    bench.site.put(THREAD, page(f"{SITE}/0.jpg", f"{SITE}/1.jpg"))
    await bench.run()
    first, second = bench.store.sightings.all("default")
    return first, second


def decide(bench: Bench, sighting: Sighting, what: str) -> None:
    if what == "dismiss":
        bench.decisions.dismiss(sighting.id, case="default")
        bench.clock.forward(days=1)
        housekeeping.forget_dismissed(store=bench.store, settings=bench.settings, now=bench.clock())
    else:
        bench.decisions.close_under_18(sighting.id, case="default")


async def test_a_shared_picture_stays_until_the_last_find_that_names_it_is_dismissed(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    await bench.run(one_page(bench, 0))
    (name,) = {row.file.path for row in items(bench, "image")}
    sightings = bench.store.sightings.all("default")
    for left, sighting in zip(range(ADDRESSES - 1, -1, -1), sightings, strict=True):
        decide(bench, sighting, "dismiss")
        assert len(items(bench, "image")) == left
        assert (bench.settings.vault_dir / name).exists() == (left > 0)


async def test_what_is_closed_as_under_18_leaves_no_page_text_with_another_find(bench: Bench) -> None:
    closed, other = await two_photos_on_one_page(bench)
    (page_file,) = {row.file.path for row in items(bench, "page")}
    decide(bench, closed, "under-18")
    assert not (bench.settings.vault_dir / page_file).exists()
    assert bench.store.evidence.all("default", closed.id) == []
    every = bench.store.evidence.all("default", other.id)
    assert {row.kind for row in every if row.is_withheld} == {"page", "warc", "manifest", "record"}, "still said"
    assert {row.kind for row in every if not row.is_withheld} == {"image", "warc"}
    rows = {row.kind: row for row in every}
    assert rows["page"].is_withheld and not rows["page"].file.plain_digest
    assert not rows["image"].is_withheld
    assert (bench.settings.vault_dir / rows["image"].file.path).exists()


async def test_a_later_state_of_the_same_page_goes_too(bench: Bench) -> None:
    closed, _ = await two_photos_on_one_page(bench)
    await bench.enroll(PHOTOS[2:3])
    bench.site.put(f"{SITE}/2.jpg", small(PHOTOS[2]), "image/jpeg")
    bench.site.put(THREAD, page(*(f"{SITE}/{number}.jpg" for number in (0, 1, 2)), more="a day later"))
    await bench.run()
    decide(bench, closed, "under-18")
    assert len(items(bench, "page")) == 2 and all(row.is_withheld for row in items(bench, "page"))


async def test_bytes_that_two_photos_share_go_for_both_and_the_other_says_so(bench: Bench) -> None:
    """A collage matches two photos: here its rows name one file."""
    closed, other = await two_photos_on_one_page(bench)
    shared = next(row for row in bench.store.evidence.all("default", closed.id) if row.kind == "image")
    own = next(row for row in bench.store.evidence.all("default", other.id) if row.kind == "image")
    bench.store.evidence.save(replace(own, file=shared.file))
    decide(bench, closed, "under-18")
    assert not (bench.settings.vault_dir / shared.file.path).exists()
    assert next(row for row in bench.store.evidence.all("default", other.id) if row.kind == "image").is_withheld


async def test_what_was_removed_meanwhile_is_sealed_anew(bench: Bench) -> None:
    """The person dismisses a find while the run that found it goes on."""
    await bench.enroll(PHOTOS[:1])
    one_page(bench, 0)
    fetch, dismissed = bench.site.fetch, list[str]()

    async def fetch_and_dismiss(request: Request) -> Fetched:
        for sighting in bench.store.sightings.all("default")[:1] if not dismissed else ():
            for known in bench.store.sightings.all("default"):
                dismissed.append(known.id)
                decide(bench, known, "dismiss")
            bench.store.dismissals.remove("default", sighting.match.reference or "", sighting.image_digest)
        return await fetch(request)

    bench.site.fetch = fetch_and_dismiss  # type: ignore[method-assign]
    await bench.run()
    assert dismissed
    for row in bench.store.evidence.all("default"):
        assert (bench.settings.vault_dir / row.file.path).exists(), row.kind


MANY = tuple((f"x-{n}", "y" * 100) for n in range(2_000))


def exchange(**told: Any) -> Exchange:
    return Exchange(**{"url": THREAD, "at": datetime(2026, 11, 29, tzinfo=UTC), "status": 200, **told})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"headers": tuple((f"x-{n}", "y" * 100) for n in range(2_000))}, id="headers"),
        pytest.param({"headers": (("set-cookie", "z" * 300_000), ("server", "nginx"))}, id="one endless header"),
        pytest.param({"redirects": tuple(f"{SITE}/{'r' * 8000}{n}" for n in range(100))}, id="redirects"),
        pytest.param({"url": f"{SITE}/{'u' * 100_000}"}, id="address"),
        pytest.param({"hops": (exchange(chain=(b"c" * 200_000,) * 16),)}, id="certificates"),
        pytest.param({"hops": (exchange(url=f"{SITE}/{'u' * 9_000}", reason="r" * 60_000),) * 21}, id="hops"),
        pytest.param({"hops": (exchange(asked=MANY, answered=MANY),) * 21}, id="header lines of every hop"),
    ],
)
def test_the_record_of_a_find_is_small_whatever_a_site_sends(bench: Bench, change: dict[str, object]) -> None:
    now = bench.clock()
    fetched = Fetched(Request(THREAD), Outcome(OutcomeKind.OK), THREAD, now, headers=(("server", "nginx"),))
    fetched = replace(fetched, **change)  # type: ignore[arg-type]
    words = "w" * 100_000
    place = Place(f"{SITE}/{words}", f"{SITE}/{words}", words, words, words, words)
    match = Match(Tier.MATCH, 1.0, words)
    sighting = Sighting("1", "1", "default", "forum", place, match, Status.NEW, now, now)
    record = record_of(sighting, match, place, fetched, fetched, now)
    assert len(record) < 300_000
    told = json.loads(record)
    assert told["page"]["asked"] == THREAD
    if "headers" in change:
        assert told["page"]["headers_left_out"] > 0

"""Screenshots are made after their find is recorded, of what is in memory; each belongs to one find, and whatever
hinders one is said in its capture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from monitor.evidence.manifest import parse_manifest
from monitor.model.capture import Capture, CaptureState
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, PageFacts
from monitor.model.ids import NO_DIGEST
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.pipeline import screenshots
from monitor.pipeline import shot_queue as module
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.scan import run_watch
from monitor.pipeline.screenshots import AT_EXPORT, EXPECTED, OVER_CAP, TOO_MUCH
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.shot_queue import ShotQueue
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page

COPY, SECOND, OTHER = (f"https://cdn.example/{name}.jpg" for name in ("copy", "second", "other"))
PIECES = (b"\x89PNG first", b"\x89PNG second")


@dataclass
class FakeScreenshots:
    """Says what it is told to. first: is called before each."""

    said: Screenshot = field(default_factory=lambda: Screenshot(PIECES[:1], 1366, 900))
    first: Callable[[], object] = lambda: None
    asked: list[SavedPage] = field(default_factory=list)

    async def make(self, saved: SavedPage) -> Screenshot:
        self.asked.append(saved)
        self.first()
        await asyncio.sleep(0)
        return self.said


async def passed(bench: Bench, made: FakeScreenshots, **more: object) -> Dependencies:
    queue = ShotQueue(lambda: made)
    deps = replace(bench.dependencies(), shots=queue, **more)  # type: ignore[arg-type]
    await run_watch(FORUM, deps)
    assert await queue.settle(60) == 0
    return deps


async def shown(bench: Bench, *copies: str) -> None:
    """Different photos, so that each is a find of its own; and one of somebody else."""
    for photo, url in zip(PHOTOS, copies, strict=False):
        bench.site.put(url, copy_of(photo), "image/jpeg")
    bench.site.put(OTHER, copy_of(OTHERS[0]), "image/jpeg")
    bench.site.put(
        "https://forum.example/s.css", ".a{background:url(data:image/png;base64," + "QUJD" * 400 + ")}", "text/css"
    )
    sheet = '<link rel="stylesheet" href="/s.css">'
    bench.site.put(FORUM.urls[0], page(*copies, OTHER, more=sheet))
    await bench.enroll(PHOTOS[: len(copies)])


def shots_of(bench: Bench) -> list[EvidenceItem]:
    return [item for item in bench.store.evidence.all("default") if item.kind is EvidenceKind.SCREENSHOT]


def capture_of(bench: Bench) -> Capture:
    (capture,) = bench.store.captures.all("default")
    return capture


def why(bench: Bench) -> list[str]:
    return [one.why for one in capture_of(bench).missing if one.kind is EvidenceKind.SCREENSHOT]


async def test_it_is_sealed_named_and_logged(bench: Bench) -> None:
    await shown(bench, COPY)
    made = FakeScreenshots(Screenshot(PIECES, 1366, 9_000))
    await passed(bench, made)
    (saved,) = made.asked
    (sighting,) = bench.store.sightings.all()
    assert (saved.url, saved.is_rendered, saved.picture is not None) == (FORUM.urls[0], False, True)
    assert saved.picture is not None and COPY in saved.picture.addresses and saved.picture.body == copy_of(PHOTOS[0])
    assert [sheet.url for sheet in saved.sheets] == ["https://forum.example/s.css"]
    assert b"QUJD" not in saved.sheets[0].body, "no picture of others goes into a browser"
    assert OTHER in saved.sizes, "a grey box has the true size of its picture"
    items = shots_of(bench)
    opened = [open_sealed(bench.settings.vault_dir / item.file.path, bench.identity) for item in items]
    assert tuple(opened) == PIECES and {item.sighting for item in items} == {sighting.id}
    assert {item.id for item in items} <= set(sighting.evidence)
    assert why(bench) == []
    (entry,) = [one for one in bench.store.custody.all("default") if one.act is CustodyAct.SHOT]
    assert all(item.file.plain_digest in entry.details for item in items)
    (manifest,) = [item for item in bench.store.evidence.all("default") if item.kind is EvidenceKind.MANIFEST]
    told = parse_manifest(open_sealed(bench.settings.vault_dir / manifest.file.path, bench.identity))
    assert {item.id for item in items} <= {file.path for file in told.files}
    assert told.served_digest == saved.page_digest


async def test_each_find_has_its_own_and_shows_its_own_picture_alone(bench: Bench) -> None:
    await shown(bench, COPY, SECOND)
    made = FakeScreenshots()
    await passed(bench, made)
    assert [saved.picture.body for saved in made.asked if saved.picture] == [copy_of(PHOTOS[0]), copy_of(PHOTOS[1])]
    first, second = bench.store.sightings.all()
    assert {item.sighting for item in shots_of(bench)} == {first.id, second.id}
    assert why(bench) == []


async def test_with_digests_only_nothing_of_the_picture_is_shown(bench: Bench) -> None:
    await shown(bench, COPY)
    made = FakeScreenshots()
    settings = replace(bench.settings, evidence=replace(bench.settings.evidence, keep_images=False))
    await passed(bench, made, settings=settings)
    assert made.asked[0].picture is None and len(shots_of(bench)) == 1


@pytest.mark.parametrize("ends", ["dismissed", "under 18"])
async def test_what_is_decided_while_it_is_drawn_holds(bench: Bench, ends: str) -> None:
    await shown(bench, COPY)

    def decide() -> None:
        (sighting,) = bench.store.sightings.all()
        if ends == "dismissed":
            bench.decisions.dismiss(sighting.id, case="default")
        else:
            bench.decisions.close_under_18(sighting.id, case="default")
        decided.append(sighting.id)

    decided = list[str]()
    await passed(bench, FakeScreenshots(first=decide))
    assert len(decided) == 1
    assert shots_of(bench) == []
    kept = {item.file.path for item in bench.store.evidence.all("default")}
    lie_there = {path.name for path in bench.settings.vault_dir.rglob("*.age")} - {"store-key.age"}
    assert lie_there == {path.rpartition("/")[2] for path in kept if path}, "no file without a row"


async def test_a_browser_that_cannot_is_told_and_the_find_stands(bench: Bench) -> None:
    await shown(bench, COPY)
    await passed(bench, FakeScreenshots(Screenshot(why_not="the page made the browser fall over")))
    assert why(bench) == [f"The page made the browser fall over. {AT_EXPORT}"]
    assert capture_of(bench).state is CaptureState.PARTIAL and shots_of(bench) == []


async def test_what_a_full_disk_does_not_take_is_told(bench: Bench) -> None:
    await shown(bench, COPY)

    def break_vault() -> None:
        bench.settings.vault_dir.rename(bench.settings.vault_dir.with_name("away"))
        bench.settings.vault_dir.write_text("no folder")

    await passed(bench, FakeScreenshots(first=break_vault))
    assert why(bench) == [f"It could not be sealed. {AT_EXPORT}"]


async def test_beyond_the_cap_of_a_day_none_is_kept(bench: Bench) -> None:
    await shown(bench, COPY)
    made = FakeScreenshots(Screenshot((bytes(1_000_000),), 1366, 900))
    settings = replace(bench.settings, evidence=replace(bench.settings.evidence, max_day_bytes=1_000_000))
    await passed(bench, made, settings=settings)
    assert why(bench) == [OVER_CAP] and shots_of(bench) == []


async def test_what_does_not_fit_into_memory_is_left_for_export(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await shown(bench, COPY)
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", 1_000)
    made = FakeScreenshots()
    await passed(bench, made)
    assert made.asked == [] and why(bench) == [TOO_MUCH]


async def test_what_is_left_when_the_program_ends_is_said(bench: Bench) -> None:
    await shown(bench, COPY, SECOND)
    queue = ShotQueue(FakeScreenshots)
    await run_watch(FORUM, replace(bench.dependencies(), shots=queue))
    await queue.aclose()
    left = bench.store.sightings.all()
    assert queue.left == 0 and len(left) == 2
    assert why(bench) == [EXPECTED] or len(shots_of(bench)) == 2


async def test_an_unexpected_fault_stops_no_other(bench: Bench) -> None:
    await shown(bench, COPY, SECOND)
    calls = list[int]()

    def fail_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a fault of ours")

    await passed(bench, FakeScreenshots(first=fail_once))
    assert len(shots_of(bench)) == 1 and why(bench) == [EXPECTED]


async def test_of_a_page_that_is_not_kept_it_is_said_that_none_can_be_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def withheld(*_: object) -> SealablePage:
        return SealablePage(b"", PageFacts(NO_DIGEST, 0, withheld="it could not be read again"))

    monkeypatch.setattr(screenshots, "sealable_page", withheld)
    await shown(bench, COPY)
    made = FakeScreenshots()
    await passed(bench, made)
    assert made.asked == [] and why(bench) == ["None can be made: the page is not kept (it could not be read again)."]

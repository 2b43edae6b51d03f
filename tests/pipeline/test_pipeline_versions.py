"""A gallery holds copies of one photo: they are enrolled as one picture, listed, exported, forgotten as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from monitor.errors import StoreError, UsageError
from monitor.matching.interchange import import_list
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import read_image
from monitor.model.fingerprint import MOST_VERSIONS, Detail, Features, Hash, Reference, VersionKind
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.services.enrolling import match_files
from monitor.services.references import ReferenceService
from tests.matching.test_matching_inside import chat, photo
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, Bench, jpeg


@pytest.fixture
def gallery(bench: Bench, tmp_path: Path) -> tuple[Bench, Path]:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    with Image.open(PHOTOS[0]) as opened:
        photo = opened.convert("RGB")
    photo.thumbnail((640, 640))
    wide, high = photo.size
    edit = photo.crop((wide // 30, high // 40, wide * 29 // 30, high * 39 // 40)).point(
        lambda grey: min(255, grey + 20)
    )
    (tmp_path / "a-copy.jpg").write_bytes(jpeg(photo.resize((wide // 2, high // 2)), 60))
    (tmp_path / "b-original.jpg").write_bytes(jpeg(photo, 92))
    (tmp_path / "c-edit.jpg").write_bytes(jpeg(edit, 85))
    return bench, tmp_path


def service(bench: Bench) -> ReferenceService:
    return ReferenceService(bench.store, bench.settings, bench.clock, lambda: bench.reader, None)  # type: ignore[arg-type]


async def test_copies_are_one_picture_called_as_the_best_of_them(gallery: tuple[Bench, Path]) -> None:
    bench, folder = gallery
    done = await bench.enroll([folder, OTHERS[0]])
    assert [row.label for row in done.enrolled] == ["a-copy", "b-original", "c-edit", OTHERS[0].stem]
    assert len({row.reference for row in done.enrolled[:3]}) == 1
    picture = service(bench).find("b-original", case="default")
    assert [version.name for version in picture.versions] == ["b-original", "a-copy", "c-edit"]
    assert service(bench).find("c-edit", case="default").id == picture.id
    matcher = PhotoMatcher(bench.store.references.all("default"), bench.settings.match)
    (row,) = await match_files([folder / "c-edit.jpg"], reader=bench.reader, matcher=matcher)
    assert row.match is not None
    assert (row.match.tier, row.match.reference, row.match.label) == (Tier.MATCH, picture.id, "b-original")


async def test_a_better_file_that_comes_later_changes_neither_id_nor_label(gallery: tuple[Bench, Path]) -> None:
    bench, folder = gallery
    (first,) = (await bench.enroll([folder / "a-copy.jpg"])).enrolled
    later = await bench.enroll([folder / "b-original.jpg"])
    assert [(row.reference, row.label) for row in later.enrolled] == [(first.reference, "b-original")]
    (picture,) = bench.store.references.all("default")
    assert picture.label == "a-copy"
    assert [version.name for version in picture.versions] == ["b-original", "a-copy"]
    again = await bench.enroll([folder / "a-copy.jpg", folder / "b-original.jpg"])
    assert [row.reason for row in again.skipped] == ["already enrolled as 'a-copy'"] * 2


async def test_a_list_brings_versions_back_and_forgetting_takes_all(gallery: tuple[Bench, Path]) -> None:
    bench, folder = gallery
    await bench.enroll([folder, OTHERS[0]])
    before = bench.store.references.all("default")
    text = service(bench).export("default", as_json=False)
    service(bench).remove(before)
    with pytest.raises(UsageError):
        service(bench).find("c-edit", case="default")
    assert bench.store.references.all("default") == []
    for _ in range(2):  # a second time adds nothing
        service(bench).take_in(import_list(text.encode()), case="default", name="l", authority=None, reason="")
    after = bench.store.references.all("default")
    assert [[version.name for version in item.versions] for item in after] == [
        [item.label, *(version.name for version in item.further)] for item in before
    ]
    assert [item.id for item in after] == [item.id for item in before]
    hashes = [[version.fingerprint.pdq for version in item.versions] for item in after]
    assert hashes == [[version.fingerprint.pdq for version in item.versions] for item in before]


@pytest.mark.parametrize("file", ["a-copy.jpg", "b-original.jpg"])
async def test_any_file_enrolled_again_gives_an_imported_picture_its_points(
    gallery: tuple[Bench, Path], file: str
) -> None:
    bench, folder = gallery
    await bench.enroll([folder])
    before = bench.store.references.all("default")
    shot = replace(before[0].further[1], kind=VersionKind.SCREENSHOT)
    bench.store.references.add(replace(before[0], further=(before[0].further[0], shot)))
    text = service(bench).export("default", as_json=False)
    service(bench).remove(before)
    service(bench).take_in(import_list(text.encode()), case="default", name="l", authority=None, reason="")
    (picture,) = bench.store.references.all("default")
    assert [version.kind for version in picture.versions] == ["file", "file", "screenshot"]
    (row,) = (await bench.enroll([folder / file])).enrolled
    (picture,) = bench.store.references.all("default")
    assert (row.reference, row.fingerprints) == (picture.id, picture.fingerprint.kinds)
    assert picture.fingerprint.features is not None and len(picture.fingerprint.features.keypoints)
    assert len(picture.versions) == 3


@pytest.mark.long
async def test_a_whole_screenshot_of_an_earlier_release_is_mended_by_the_same_file(
    gallery: tuple[Bench, Path],
) -> None:
    """Its id and label stay, and so do its finds; other chats are no copies any more."""
    bench, folder = gallery
    for number, name in enumerate(("cat", "bison")):
        screen = chat(photo(name), f"ok {number}")
        (folder / f"chat-{name}.png").write_bytes(jpeg(screen, 92))
    mine, others = folder / "chat-cat.png", folder / "chat-bison.png"
    await bench.enroll([mine])
    (today,) = bench.store.references.all("default")
    assert [version.kind for version in today.versions] == ["inside", "screenshot"]
    whole = replace(today.further[0].fingerprint, features=features_of(mine.read_bytes()))
    old = replace(today, label="as she calls it", name="", kind=VersionKind.FILE, fingerprint=whole, further=())
    bench.store.references.add(old)
    (row,) = (await bench.enroll([mine])).enrolled
    (now,) = bench.store.references.all("default")
    assert (row.reference, now.id, now.label) == (old.id, old.id, "as she calls it")
    assert [version.kind for version in now.versions] == ["inside", "screenshot"]
    matcher = PhotoMatcher([now], bench.settings.match)
    rows = await match_files([mine, others], reader=bench.reader, matcher=matcher)
    assert [row.match.tier for row in rows if row.match] == [Tier.MATCH, Tier.NONE]
    assert not (await bench.enroll([mine])).enrolled, "once"


def features_of(image: bytes) -> Features | None:
    return read_image(image, detail=Detail.FEATURES).frames[0].features


async def test_ten_thousand_copies_of_one_photo_stay_a_few(gallery: tuple[Bench, Path]) -> None:
    """As many as are kept are there already; the next says so, by name and number."""
    bench, folder = gallery
    await bench.enroll([folder / "b-original.jpg"])
    (picture,) = bench.store.references.all("default")
    flipped = [
        replace(picture.best, name=f"copy {bit}", fingerprint=replace(picture.fingerprint, pdq=_without(picture, bit)))
        for bit in range(MOST_VERSIONS)
    ]
    bench.store.references.add(replace(picture, further=tuple(flipped)))
    done = await bench.enroll([folder / "c-edit.jpg"])
    assert not done.enrolled
    assert f"{MOST_VERSIONS + 1} versions of that picture are kept" in done.skipped[0].reason


def _without(picture: object, bit: int) -> Hash:
    pdq: Hash = picture.fingerprint.pdq  # type: ignore[attr-defined]
    return replace(pdq, bits=(int.from_bytes(pdq.bits) ^ (1 << bit)).to_bytes(32))


async def test_soft_shades_and_grain_are_enrolled_with_a_warning(bench: Bench, tmp_path: Path) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    down = np.linspace(90, 170, 600)[:, None] + np.random.default_rng(1).normal(0, 2, (600, 800))
    (tmp_path / "wall.jpg").write_bytes(jpeg(Image.fromarray(down.astype(np.uint8)).convert("RGB"), 92))
    wall, photo = (await bench.enroll([tmp_path / "wall.jpg", OTHERS[0]])).enrolled
    (said,) = wall.remarks
    assert "soft shades and grain" in said and "may be missed" in said
    assert photo.remarks == ()


async def test_what_was_enrolled_before_the_disk_was_full_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, room = bench.store.references.add, [2]

    def until_full(reference: Reference) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise StoreError("no room is left on the disk", remedy="Free some space.")
        add(reference)

    monkeypatch.setattr(bench.store.references, "add", until_full)
    with pytest.raises(StoreError) as full:
        await bench.enroll(OTHERS[:3])
    assert "2 files are enrolled already" in full.value.remedy and OTHERS[2].name in full.value.remedy
    assert len(bench.store.references.all(CaseId("default"))) == 2

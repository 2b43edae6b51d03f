from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from monitor.errors import AttestationMissing
from monitor.matching.matcher import PhotoMatcher
from monitor.model.case import Case
from monitor.model.match import Tier
from monitor.services.enrolling import match_files
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, Bench, copy_of


async def test_every_file_is_one_row_and_the_good_ones_are_enrolled(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "good.jpg").write_bytes(PHOTOS[0].read_bytes())
    (folder / "broken.jpg").write_bytes(PHOTOS[1].read_bytes()[:400])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    Image.new("RGB", (600, 600), "white").save(folder / "white.png")
    (tmp_path / "nothing").mkdir()
    os.mkfifo(folder / "pipe")
    done = await bench.enroll([folder, tmp_path / "nothing", tmp_path / "missing.jpg", PHOTOS[0]])
    assert [(row.label, row.file.name) for row in done.enrolled] == [("good", "good.jpg")]
    reasons = {row.file.name: row.reason for row in done.skipped}
    assert set(reasons) == {
        "broken.jpg",
        "empty.jpg",
        "notes.txt",
        "white.png",
        "pipe",
        "nothing",
        "missing.jpg",
        PHOTOS[0].name,
    }
    assert all(reasons.values())
    assert "already enrolled" in reasons[PHOTOS[0].name]
    assert "no files" in reasons["nothing"]


async def test_nothing_is_hashed_before_the_attestation(bench: Bench) -> None:
    bench.store.cases.save(Case("default", created_at=bench.clock()))
    with pytest.raises(AttestationMissing, match="18 or older") as refused:
        await bench.enroll(PHOTOS)
    assert "--adult" in refused.value.remedy
    assert bench.store.references.all("default") == []


async def test_enrolment_keeps_fingerprints_only(bench: Bench) -> None:
    """Row 1 of the promises: no run of a photo's bytes, no picture's magic number, no EXIF value under data_dir."""
    photos = (PHOTOS + OTHERS)[:20]
    done = await bench.enroll(photos)
    assert len(done.enrolled) == 20
    kept = b"\0".join(path.read_bytes() for path in bench.settings.data_dir.rglob("*") if path.is_file())
    for photo in photos:
        body = photo.read_bytes()
        for at in range(0, len(body) - 32, 997):
            assert body[at : at + 32] not in kept
    assert not re.search(rb"\xff\xd8\xff[\xe0\xe1]..(JFIF|Exif)|\x89PNG\r\n|RIFF....WEBP|GIF8[79]a", kept, re.DOTALL)


async def test_match_gives_one_row_a_file_in_the_order_given(bench: Bench, tmp_path: Path) -> None:
    await bench.enroll(PHOTOS[:4])
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(copy_of(PHOTOS[2], mirror=True))
    junk = tmp_path / "a-junk.jpg"
    junk.write_bytes(b"junk")
    matcher = PhotoMatcher(bench.store.references.all("default"), bench.settings.match)
    rows = await match_files([copy, junk, OTHERS[0]], reader=bench.reader, matcher=matcher)
    assert [row.file for row in rows] == [copy, junk, OTHERS[0]]
    hit, bad, other = rows
    assert hit.match is not None and (hit.match.tier, hit.match.label) == (Tier.MATCH, PHOTOS[2].stem)
    assert bad.match is None and bad.error
    assert other.match is not None and other.match.tier is Tier.NONE
    assert hit.match.score > other.match.score


async def test_features_of_another_version_are_renewed_by_enrolling_again_and_said_until_then(bench: Bench) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await bench.enroll(PHOTOS[:2])
    for reference in bench.store.references.all("default"):
        features = reference.fingerprint.features
        assert features is not None
        old = replace(reference.fingerprint, features=replace(features, version="0"))
        bench.store.references.add(replace(reference, fingerprint=old))
    again = await bench.enroll(PHOTOS[:1])
    assert [row.label for row in again.enrolled] == [PHOTOS[0].stem]
    assert again.outdated == 1
    assert len(bench.store.references.all("default")) == 2
    assert (await bench.enroll(PHOTOS[:2])).outdated == 0


async def test_enrolling_again_without_features_takes_nothing_away(bench: Bench) -> None:
    with_features = replace(bench.settings, match=replace(bench.settings.match, features=True))
    without, bench.settings = bench.settings, with_features
    await bench.enroll(PHOTOS[:1])
    bench.settings = without
    assert "already enrolled" in (await bench.enroll(PHOTOS[:1])).skipped[0].reason
    (reference,) = bench.store.references.all("default")
    assert "features" in reference.fingerprint.kinds

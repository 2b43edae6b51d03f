"""Row 5, on a small fixed sample: edited copies are found, strangers stay silent; and the parts of the strict check."""

from __future__ import annotations

import io
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import monitor.demo
from bench.edits import EDITS
from bench.pictures import LOW_TEXTURE, scene
from monitor.errors import UnreadableImage
from monitor.matching import descriptors, shortlist
from monitor.matching.detector import Detector
from monitor.matching.greys import block_check
from monitor.matching.joining import is_outdated
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.enrolled import extract_enrolled
from monitor.matching.reading.features import extract_candidate
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.matching.shortlist import DescriptorIndex
from monitor.matching.verify import pair_once, verify
from monitor.model.fingerprint import Reference
from monitor.model.match import Match, Method, Tier
from monitor.model.settings import MatchSettings
from monitor.ports import Detail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PHOTOS = Path(monitor.demo.__file__).parent / "photos"


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def fitted(image: Image.Image, side: int = 640) -> Image.Image:
    image = image.convert("RGB")
    image.thumbnail((side, side))
    return image


def pictures(folder: str, count: int) -> Iterator[tuple[str, Image.Image]]:
    for path in sorted((PHOTOS / folder).glob("*.jpg"))[:count]:
        with Image.open(path) as image:
            yield path.stem, fitted(image)


@cache
def made() -> dict[str, Image.Image]:
    return {f"scene {n}": fitted(scene(np.random.default_rng((77, n)))) for n in range(2)}


@cache
def all_enrolled() -> dict[str, Image.Image]:
    low = {kind: fitted(make(np.random.default_rng((78, n)))) for n, (kind, make) in enumerate(LOW_TEXTURE.items())}
    return {**dict(pictures("enrolled", 3)), **made(), **low}


@cache
def strangers() -> list[Image.Image]:
    return [
        *(image for _, image in pictures("others", 6)),
        *(fitted(scene(np.random.default_rng((79, n)))) for n in range(2)),
        *(fitted(make(np.random.default_rng((80, n)))) for n, make in enumerate(LOW_TEXTURE.values())),
    ]


def enrolled(name: str, image: Image.Image) -> Reference:
    stored = load_fingerprint(dump_fingerprint(fingerprint_photo(jpeg(image, 92), features=True)))
    return Reference(name, "default", name, stored, NOW)


@pytest.fixture(scope="module")
def references() -> list[Reference]:
    return [enrolled(name, image) for name, image in all_enrolled().items()]


@pytest.fixture(scope="module")
def matcher(references: list[Reference]) -> PhotoMatcher:
    return PhotoMatcher(references)


def found(matcher: PhotoMatcher, image: Image.Image) -> Match:
    data = jpeg(image, 80)
    reading = read_image(data)
    fast = matcher.fast(reading)
    if not matcher.wants_features(reading, fast):
        return fast
    return matcher.full(read_image(data, detail=Detail.FEATURES))


FLOORS = {"ordinary": 0.97, "low texture": 0.85}
"""Share found at tier `match`, a little under what was measured: lowered only with a reason in bench/README.md."""


def test_accuracy_does_not_fall_below_the_floor(matcher: PhotoMatcher, record_property: pytest.RecordProperty) -> None:
    hits: dict[str, list[tuple[bool, str]]] = {"ordinary": [], "low texture": []}
    for number, (name, image) in enumerate(all_enrolled().items()):
        group = "low texture" if name in LOW_TEXTURE else "ordinary"
        for at, (edit, (_, change)) in enumerate(EDITS.items()):
            if (number + at) % 5:
                continue  # a fifth of all pairs: every photo and every edit is in it
            answer = found(matcher, change(image, np.random.default_rng((81, number, at)), strangers()))
            assert answer.tier is not Tier.MATCH or answer.reference == name, (name, edit, answer.reason)
            hits[group].append((answer.tier is Tier.MATCH, f"{name} / {edit}: {answer.reason}"))
    for group, answers in hits.items():
        share = sum(hit for hit, _ in answers) / len(answers)
        record_property(group, f"{share:.3f} of {len(answers)}")
        assert share >= FLOORS[group], [words for hit, words in answers if not hit]


def test_strangers_stay_silent(matcher: PhotoMatcher) -> None:
    for number, image in enumerate(strangers()):
        for edit in ("jpeg20", "app", list(EDITS)[number % len(EDITS)]):
            answer = found(matcher, EDITS[edit][1](image, np.random.default_rng((82, number)), strangers()))
            assert answer.tier is not Tier.MATCH, (number, edit, answer.reason)


def test_the_answer_says_what_was_done_and_where(matcher: PhotoMatcher) -> None:
    name, image = next(iter(made().items()))
    sheet = Image.new("RGB", (1000, 1000), "white")
    part = ImageOps.mirror(image)
    part.thumbnail((420, 420))
    sheet.paste(part, (20, 30))
    answer = found(matcher, sheet)
    assert (answer.tier, answer.reference, answer.method) == (Tier.MATCH, name, Method.FEATURES)
    assert answer.variant == "mirrored"
    assert "mirrored, all of it, in the upper left" in answer.reason
    assert answer.region is not None
    (x0, y0), (x1, _), _, (_, y3) = answer.region.corners  # the photo's own top left is now at the right
    assert x1 == pytest.approx(0.02, abs=0.02) and x0 == pytest.approx((20 + part.width) / 1000, abs=0.02)
    assert y0 == pytest.approx(0.03, abs=0.02) and y3 == pytest.approx((30 + part.height) / 1000, abs=0.02)


@pytest.mark.rows(1)
@pytest.mark.parametrize("count", [1, 2])
def test_few_enrolled_photos_are_as_safe(references: list[Reference], count: int) -> None:
    few = PhotoMatcher(references[3 : 3 + count])
    name = references[3].id
    for edit in ("app", "crop50", "mirror crop", "stickers"):
        answer = found(few, EDITS[edit][1](all_enrolled()[name], np.random.default_rng(83), strangers()))
        assert (answer.tier, answer.reference) == (Tier.MATCH, name), (edit, answer.reason)
    for number, image in enumerate(strangers()):
        assert found(few, EDITS["app"][1](image, np.random.default_rng(number), strangers())).tier is Tier.NONE


def test_without_features_only_hashes_are_kept_and_asked(references: list[Reference]) -> None:
    data = jpeg(next(iter(made().values())))
    print_ = fingerprint_photo(data, features=False)
    assert print_.kinds == ("pdq", "phash") and print_.luma is None
    reading = read_image(data)
    by_hash = PhotoMatcher(references, MatchSettings(features=False))
    assert not by_hash.wants_features(reading, Match(Tier.NONE, 0.0, ""))


def test_features_of_another_version_are_left_alone(references: list[Reference]) -> None:
    old = []
    for item in references:
        features = item.fingerprint.features
        assert features is not None
        old.append(replace(item, fingerprint=replace(item.fingerprint, features=replace(features, version="old/0"))))
    reading = read_image(jpeg(strangers()[0]))
    stale = PhotoMatcher(old)
    assert all(is_outdated(item.fingerprint) for item in old)
    assert not any(is_outdated(item.fingerprint) for item in references)
    assert not stale.wants_features(reading, stale.fast(reading))


def test_text_and_flat_pages_are_refused_and_never_match(matcher: PhotoMatcher) -> None:
    from PIL import ImageDraw

    page = Image.new("RGB", (700, 900), "white")
    for row in range(26):
        ImageDraw.Draw(page).text(
            (40, 30 + 32 * row), "the link is in the profile, join today " * 2, "black", font_size=18
        )
    blank = Image.new("RGB", (600, 600), (200, 190, 170))
    ramp = Image.linear_gradient("L").resize((600, 600))
    for image in (page, blank, ramp):
        with pytest.raises(UnreadableImage) as caught:
            fingerprint_photo(jpeg(image), features=True)
        assert caught.value.kind == "featureless"
        assert found(matcher, image).tier is Tier.NONE


def test_a_photo_takes_at_most_48_kilobytes(references: list[Reference]) -> None:
    assert max(len(dump_fingerprint(item.fingerprint)) for item in references) <= 48_000


def test_mirrored_and_inverted_points_need_no_second_look() -> None:
    grey = np.asarray(next(iter(made().values())).convert("L"))
    features = extract_candidate(grey)
    for changed, permuted in (
        (grey[:, ::-1], descriptors.mirrored(features.keypoints, features.descriptors, features.width)),
        (255 - grey, descriptors.inverted(features.keypoints, features.descriptors)),
    ):
        wanted = extract_candidate(np.ascontiguousarray(changed))
        near = np.abs(wanted.keypoints[:, None, :2] - permuted[0][None, :, :2]).max(axis=2) < 1.0
        turned = np.abs((wanted.keypoints[:, None, 3] - permuted[0][None, :, 3] + 180) % 360 - 180) < 5
        rows, columns = np.nonzero(near & turned)
        assert len(np.unique(rows)) > 0.6 * len(wanted.keypoints)
        apart = wanted.descriptors[rows].astype(int) - permuted[1][columns].astype(int)
        assert np.median(np.sqrt((apart**2).sum(axis=1))) < 0.35 * descriptors.UNIT


def scattered(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.column_stack(
        [random.uniform(0, 640, (count, 2)), random.uniform(4, 30, count), random.uniform(0, 360, count)]
    )


def test_unrelated_points_do_not_agree() -> None:
    most = max(verify(scattered(300, seed), scattered(300, seed + 1000)).places for seed in range(40))
    assert most <= 5


@pytest.mark.parametrize("scale", [0.12, 0.5, 2.5])
@pytest.mark.parametrize("angle", [0.0, 33.0, 200.0])
def test_a_moved_picture_agrees_among_many_strangers(scale: float, angle: float) -> None:
    points, noise = scattered(40, 1), scattered(200, 2)
    turn = np.radians(angle)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = np.column_stack([points[:, :2] @ matrix.T + (50, 80), points[:, 2] * scale, (points[:, 3] + angle) % 360])
    agreed = verify(np.vstack([points, noise]), np.vstack([moved, scattered(200, 3)]))
    assert agreed.places >= 36
    assert np.allclose(agreed.affine[:, :2], matrix, atol=0.01)


def test_points_heaped_on_one_place_are_one_place() -> None:
    heap = np.tile([100.0, 100.0, 8.0, 0.0], (60, 1)) + np.random.default_rng(0).uniform(0, 3, (60, 4))
    assert verify(heap, heap).places <= 3


def test_each_row_and_each_column_is_used_once() -> None:
    rows, columns = np.array([0, 0, 1, 2, 2]), np.array([5, 6, 5, 6, 7])
    kept = pair_once(rows, columns, np.array([3, 1, 2, 4, 5], dtype=np.float32))
    assert sorted(zip(rows[kept].tolist(), columns[kept].tolist(), strict=True)) == [(0, 6), (1, 5)]


def test_the_block_check_knows_the_same_picture_from_another() -> None:
    one, other = (np.asarray(image.convert("L").resize((480, 480))) for image in list(made().values())[:2])
    small = np.asarray(Image.fromarray(one).resize((24, 24), Image.Resampling.BOX))
    straight = np.array([[480 / 640, 0, 0], [0, 480 / 640, 0]])
    assert block_check(small, one, straight, (640, 640)) == (pytest.approx(1.0, abs=0.02), 1.0)
    assert block_check(small, 255 - one, straight, (640, 640))[0] == pytest.approx(-1.0, abs=0.02)
    unlike, share = block_check(small, other, straight, (640, 640))
    assert unlike is not None and abs(unlike) < 0.6 and share == 1.0
    shifted = np.array([[480 / 640, 0, 240], [0, 480 / 640, 0]])
    assert block_check(small, one, shifted, (640, 640))[1] == pytest.approx(0.5, abs=0.01)


def test_votes_go_to_the_photo_that_was_copied(references: list[Reference]) -> None:
    prints = [item.fingerprint.features for item in references]
    index = DescriptorIndex([item for item in prints if item is not None])
    for number, image in enumerate(all_enrolled().values()):
        points = extract_candidate(np.asarray(image.convert("L"))).descriptors.astype(np.float32)
        votes = index.votes(points, np.zeros(len(points), dtype=np.int64))
        assert int(votes[0].argmax()) == number


def test_filing_by_groups_nearly_always_finds_the_nearest_word() -> None:
    sample = extract_enrolled(np.asarray(next(iter(made().values())).convert("L"))).descriptors.astype(np.float32)
    exact = shortlist._nearest_words(sample, 1)[1]
    assert np.mean(shortlist._nearest_word(sample) == exact) > 0.93


def test_an_empty_set_finds_nothing() -> None:
    reading = read_image(jpeg(strangers()[0]), detail=Detail.FEATURES)
    assert Detector([]).look(reading.frames[0], 0) is None
    assert PhotoMatcher([]).full(reading).tier is Tier.NONE


def test_a_matcher_holds_the_points_once() -> None:
    fingerprint = fingerprint_photo((PHOTOS / "enrolled" / "owl.jpg").read_bytes(), features=True)
    assert fingerprint.features is not None
    points = weakref.ref(fingerprint.features.descriptors)
    matcher = PhotoMatcher([Reference("r", "default", "owl", fingerprint, NOW)])
    del fingerprint
    assert points() is None  # what is left of them is the index's own copy
    reading = read_image((PHOTOS / "enrolled" / "owl.jpg").read_bytes(), detail=Detail.FEATURES)
    assert matcher.full(reading).label == "owl"

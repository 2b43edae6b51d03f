"""Copies of one picture are its versions: which is the best, what each adds, what is found by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from monitor.matching.families import Families
from monitor.matching.joining import join
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.pictures import after, bare, framed, joined, seen_as
from monitor.matching.siblings import inverse
from monitor.model.fingerprint import MOST_VERSIONS, Fingerprint, Hash, Reference, Version, VersionKind
from monitor.model.match import Tier
from tests.matching.test_matching_siblings import (
    CAT,
    NOW,
    OWL,
    STRANGERS,
    fingerprint,
    found,
    half,
    jpeg,
    light_edit,
    messenger,
    opened,
)

LARGE = ImageOps.contain(opened("owl"), (640, 640))


def in_bars(image: Image.Image) -> Image.Image:
    shot = Image.new("RGB", (720, 1480), "black")
    draw = ImageDraw.Draw(shot)
    for at in range(20, 700, 70):
        draw.rectangle((at, 20, at + 30, 60), outline="white", width=5)
        draw.ellipse((at, 1390, at + 40, 1430), outline="white", width=4)
    shot.paste(ImageOps.contain(image, (480, 480)), (120, 300))  # of a larger one the photo inside would be the best
    return shot


def printed(image: Image.Image) -> Fingerprint:
    return fingerprint(jpeg(image, 92))


def picture(image: Image.Image, name: str = "first") -> Reference:
    return Reference(name, "default", name, printed(image), NOW)


def version(image: Image.Image, name: str) -> Version:
    return Version(printed(image), name, NOW)


Make = Callable[[Image.Image], Image.Image]


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(messenger, id="smaller"),
        pytest.param(light_edit, id="a little cropped"),
        pytest.param(half, id="half of it"),
        pytest.param(lambda image: ImageOps.contain(image, (200, 200)), id="a thumbnail"),
        pytest.param(in_bars, id="in an app's bars"),
        pytest.param(lambda image: messenger(image).resize((1500, 1000)), id="enlarged"),
    ],
)
def test_the_best_version_comes_first_whatever_the_order(copy: Make) -> None:
    made = copy(LARGE)
    one = join(picture(LARGE, "original"), version(made, "copy"))
    other = join(picture(made, "copy"), version(LARGE, "original"))
    assert one is not None and other is not None
    assert [item.name for item in one.versions] == ["original", "copy"]
    assert [item.name for item in other.versions] == ["original", "copy"]
    assert (one.id, other.id) == ("original", "copy"), "the id stays, and so do its finds"


def inside(image: Image.Image, name: str) -> Version:
    return replace(version(image, name), kind=VersionKind.INSIDE)


@pytest.mark.parametrize(
    ("side", "first"),
    [pytest.param(500, "file", id="hardly smaller"), pytest.param(200, "screenshot", id="a thumbnail")],
)
def test_a_file_comes_before_the_photo_inside_a_screenshot_unless_that_is_clearly_sharper(
    side: int, first: str
) -> None:
    file, shown = ImageOps.contain(LARGE, (side, side)), ImageOps.contain(LARGE, (600, 600))
    begun = replace(picture(shown, "screenshot"), kind=VersionKind.INSIDE)
    for made in (join(picture(file, "file"), inside(shown, "screenshot")), join(begun, version(file, "file"))):
        assert made is not None
        assert {item.name for item in made.versions} == {"file", "screenshot"}
        assert made.best.name == first


def test_a_photo_that_was_cut_out_with_some_of_its_frame_joins_its_picture() -> None:
    families = Families([picture(LARGE, "owl"), picture(CAT, "cat")])
    photo = ImageOps.contain(LARGE, (430, 430))
    cut = Image.new("RGB", (photo.width + 12, photo.height + 14), (220, 248, 198))
    cut.paste(photo, (6, 7))
    assert families.find(printed(cut)).picture == "owl"


def test_the_same_file_again_adds_nothing_and_a_larger_one_of_the_same_hash_takes_its_place() -> None:
    first = picture(LARGE)
    assert join(first, version(LARGE, "again")) is None
    larger = replace(first.fingerprint, width=4000, height=3000)
    better = join(first, Version(larger, "from the camera", NOW))
    assert better is not None
    assert [item.name for item in better.versions] == ["from the camera"]
    assert better.label == "first"


def test_any_file_of_a_picture_that_came_as_hashes_gives_it_points() -> None:
    made = join(picture(LARGE), version(half(LARGE), "half"))
    assert made is not None
    listed = [replace(item, fingerprint=replace(item.fingerprint, features=None)) for item in made.versions]
    imported = replace(
        made, fingerprint=listed[0].fingerprint, further=(replace(listed[1], onto_best=None),), name="", label="first"
    )
    with_points = join(imported, version(half(LARGE), "half again"))
    assert with_points is not None and with_points.fingerprint.features is not None
    assert [item.name for item in with_points.versions] == ["half again", "first"]
    without = replace(imported, further=(bare(made.further[0]),))
    stripped = join(without, version(half(LARGE), "once more"))
    assert stripped is not None and [item.name for item in stripped.versions] == ["once more", "first"]
    page = Image.new("RGB", (1000, 1200), "white")
    page.paste(ImageOps.contain(half(LARGE), (300, 300)), (80, 400))
    assert found(PhotoMatcher([with_points, picture(CAT, "cat")]), page).tier is Tier.MATCH
    whole = join(with_points, version(LARGE, "original again"))
    assert whole is not None
    assert [item.name for item in whole.versions] == ["original again", "half again"]


@pytest.mark.long
def test_all_copies_together_add_at_most_three_tenths_of_the_points() -> None:
    whole = ImageOps.fit(OWL, (600, 600))
    large = picture(whole.crop((150, 150, 450, 450)).resize((1200, 1200)))
    before = len(joined(large).features.keypoints)  # type: ignore[union-attr]
    for number, side in enumerate((300, 320, 340)):
        made = join(large, version(whole.resize((side, side)), f"whole {number}"))
        assert made is not None
        large = made
    assert before <= len(joined(large).features.keypoints) <= 1.3 * before  # type: ignore[union-attr]
    barred = join(picture(LARGE), version(in_bars(LARGE), "shot"))
    assert barred is not None and barred.further[0].fingerprint.features is not None
    assert not len(barred.further[0].fingerprint.features.keypoints), "an app's bars are no part of the photo"


def test_a_version_is_seen_in_its_own_frame() -> None:
    made = join(picture(LARGE), version(half(LARGE), "half"))
    assert made is not None and made.further[0].onto_best is not None
    seen, own = seen_as(made.further[0], framed(made.fingerprint)), framed(printed(half(LARGE)))
    near = np.hypot(*(seen.keypoints[:, None, :2] - own.keypoints[None, :, :2]).transpose(2, 0, 1)).min(axis=1)
    assert seen.extent == own.extent
    assert np.median(near) < 8
    affine = np.array([[0.8, -0.1, 20.0], [0.1, 0.8, -7.0]])
    assert np.allclose(after(affine, inverse(affine)), [[1, 0, 0], [0, 1, 0]])


def test_a_match_by_a_versions_hash_names_the_picture_and_is_asked_of_its_points() -> None:
    crop = half(LARGE)
    made = join(picture(LARGE, "owl"), version(crop, "half"))
    assert made is not None
    answer = found(PhotoMatcher([made, picture(CAT, "cat")]), crop)
    assert (answer.tier, answer.reference, answer.label) == (Tier.MATCH, "owl", "owl")
    assert "rests on hashes alone" not in answer.reason
    alone = PhotoMatcher([replace(made, further=())])
    assert made.further[0].fingerprint.pdq.bits not in alone._hashes.tobytes()


@pytest.mark.long
def test_families_are_asked_of_an_index() -> None:
    families = Families([picture(image, f"stranger {number}") for number, image in enumerate(STRANGERS)])
    assert families.find(printed(OWL)).picture is None
    families.add(picture(OWL, "owl"))
    for image in (OWL, messenger(OWL), light_edit(OWL), half(OWL)):
        assert families.find(printed(image)).picture == "owl"
    assert families.find(printed(CAT)).picture is None
    assert families.find(printed(ImageOps.mirror(OWL))).picture is None


def test_blocks_double() -> None:
    """Nothing that was added is lost when blocks are joined, and there are few."""
    owl, families = picture(OWL, "owl"), Families(())
    families.add(owl)
    random = np.random.default_rng(3)
    for number in range(70):
        noise = random.integers(0, 256, owl.fingerprint.features.descriptors.shape, dtype=np.uint8)  # type: ignore[union-attr]
        features = replace(owl.fingerprint.features, descriptors=noise)  # type: ignore[type-var]
        pdq = Hash(owl.fingerprint.pdq.algorithm, random.bytes(32), "d")
        families.add(
            replace(owl, id=f"noise {number}", fingerprint=replace(owl.fingerprint, pdq=pdq, features=features))
        )
    assert len(families._blocks) <= 4
    assert sum(len(block.photos) for block in families._blocks) == 71
    assert families.find(printed(light_edit(OWL))).picture == "owl"


def test_so_many_versions_and_no_more() -> None:
    random, whole = np.random.default_rng(1), picture(OWL)
    for number in range(MOST_VERSIONS + 3):
        bits = Hash(whole.fingerprint.pdq.algorithm, random.bytes(32), "d")
        fresh = Version(replace(whole.fingerprint, pdq=bits), f"copy {number}", NOW)
        made = join(whole, fresh)
        assert (made is None) == (number >= MOST_VERSIONS)
        whole = made or whole
    assert len(whole.further) == MOST_VERSIONS


def session(number: int) -> Image.Image:
    """One room, another thing in it, the camera moved a little."""
    room, thing = ImageOps.fit(opened("great_stupa"), (640, 480)), ImageOps.fit(STRANGERS[number], (220, 220))
    room.paste(thing, (60 + 120 * number, 150 + 40 * number))
    return room.crop((6 * number, 4 * number, 600 + 6 * number, 450 + 4 * number)).rotate(number - 1)


@pytest.mark.long
def test_what_was_taken_together_is_no_measure_of_chance() -> None:
    frames = [session(number) for number in range(4)]
    families, kept = Families(()), list[Reference]()
    for number, frame in enumerate(frames):
        kin = families.find(printed(frame))
        assert kin.picture is None
        kept.append(replace(picture(frame, f"frame {number}"), session=kin.session))
        families.add(kept[-1])
    assert [item.session for item in kept] == ["", *3 * ["frame 0"]]
    page = Image.new("RGB", (1000, 1200), "white")
    page.paste(ImageOps.contain(frames[2], (300, 300)), (80, 400))
    answer = found(PhotoMatcher([*kept, picture(CAT, "cat")]), page)
    assert answer.tier is Tier.MATCH and str(answer.reference).startswith("frame")

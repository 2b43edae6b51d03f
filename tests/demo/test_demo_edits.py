import io
import re
from pathlib import Path

import pytest
from PIL import Image

from monitor.demo.edits import Edit, make_copy, make_thumbnail
from monitor.demo.plan import ENROLLED, OTHERS, PHOTOS, PLAN, Planted, Reach, Spot, pictures

MOOSE = (ENROLLED / "moose.jpg").read_bytes()
ALL_PHOTOS = sorted(PHOTOS.glob("*/*.jpg"))


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def test_photos_ship_small_and_without_metadata() -> None:
    assert len(list(ENROLLED.glob("*.jpg"))) == 16
    assert len(list(OTHERS.glob("*.jpg"))) == 44
    assert sum(path.stat().st_size for path in ALL_PHOTOS) < 3_000_000
    for path in ALL_PHOTOS:
        image = opened(path.read_bytes())
        assert image.format == "JPEG"
        assert 480 <= max(image.size) <= 640
        assert not image.getexif()


def test_every_photo_is_credited_with_a_licence_without_conditions() -> None:
    credits = (PHOTOS / "CREDITS.md").read_text()
    rows = re.findall(r"^\| (\S+\.jpg) \| (.+?) \| (.+?) \| (\S+) \|$", credits, re.M)
    assert sorted(file for file, *_ in rows) == sorted(path.name for path in ALL_PHOTOS)
    for file, author, licence, source in rows:
        assert author, file
        assert licence in ("CC0-1.0", "Public Domain"), file
        assert source.startswith("https://"), file


@pytest.mark.parametrize("edit", list(Edit), ids=lambda edit: edit.name.lower())
def test_an_edit_is_the_same_in_every_run(edit: Edit) -> None:
    assert make_copy(MOOSE, edit, seed=7) == make_copy(MOOSE, edit, seed=7)


@pytest.mark.parametrize("edit", [edit for edit in Edit if edit is not Edit.UNTOUCHED], ids=lambda e: e.name.lower())
def test_an_edit_changes_the_bytes_and_says_its_type(edit: Edit) -> None:
    copy = make_copy(MOOSE, edit, seed=1)
    assert copy.body != MOOSE
    image = opened(copy.body)
    assert copy.content_type == Image.MIME[image.format or ""]
    assert copy.suffix == {"image/jpeg": ".jpg", "image/webp": ".webp"}[copy.content_type]


@pytest.mark.parametrize(
    ("edit", "size"),
    [
        pytest.param(Edit.REENCODED, (640, 427), id="re-encoded keeps the size"),
        pytest.param(Edit.MIRRORED, (640, 427), id="mirrored keeps the size"),
        pytest.param(Edit.TURNED_180, (640, 427), id="half a turn keeps the size"),
        pytest.param(Edit.TURNED_90, (427, 640), id="a quarter turn swaps the sides"),
        pytest.param(Edit.TURNED_270, (427, 640), id="three quarters swap them too"),
        pytest.param(Edit.SCREENSHOT, (540, 1080), id="a screenshot has the phone's size"),
    ],
)
def test_size_of_a_copy(edit: Edit, size: tuple[int, int]) -> None:
    assert opened(make_copy(MOOSE, edit, seed=1).body).size == size


def test_another_seed_crops_elsewhere() -> None:
    assert make_copy(MOOSE, Edit.CROPPED, seed=1) != make_copy(MOOSE, Edit.CROPPED, seed=2)


def test_a_thumbnail_is_small() -> None:
    assert max(opened(make_thumbnail(MOOSE).body).size) == 160


def test_the_plan_holds_every_edit_at_every_reach() -> None:
    assert {planted.edit for planted in PLAN} == set(Edit)
    assert {planted.place for planted in PLAN} == set(Spot)
    assert len(set(PLAN)) == len(PLAN) == 29
    assert {planted.photo for planted in PLAN} == {path.stem for path in ENROLLED.glob("*.jpg")}
    beyond = {planted.edit for planted in PLAN if planted.reach is Reach.FEATURES}
    assert beyond == {Edit.CROPPED, Edit.CAPTIONED, Edit.SCREENSHOT}


@pytest.mark.parametrize(
    ("planted", "features", "browser", "expected"),
    [
        pytest.param(Planted("moose", Edit.MIRRORED, Spot.FORUM), False, False, True, id="hashes are enough"),
        pytest.param(Planted("moose", Edit.CROPPED, Spot.FORUM), False, True, False, id="a crop needs features"),
        pytest.param(Planted("moose", Edit.CROPPED, Spot.FORUM), True, False, True, id="a crop with features"),
        pytest.param(Planted("moose", Edit.MIRRORED, Spot.SCRIPTED), True, False, False, id="scripts need a browser"),
        pytest.param(Planted("moose", Edit.MIRRORED, Spot.SCRIPTED), False, True, True, id="scripts with a browser"),
    ],
)
def test_in_reach(planted: Planted, features: bool, browser: bool, expected: bool) -> None:
    assert planted.in_reach(features=features, browser=browser) is expected


def test_every_planted_copy_stands_once_among_many_others() -> None:
    shown = [picture for place in Spot for picture in pictures()[place]]
    planted = [picture.planted for picture in shown if picture.planted is not None]
    assert sorted(map(repr, planted)) == sorted(map(repr, PLAN))
    others = [picture for picture in shown if picture.planted is None]
    assert len(others) == 3 * len(PLAN)
    assert {picture.photo for picture in others} == set(OTHERS.glob("*.jpg"))
    assert {picture.edit for picture in others} == set(Edit)  # the same edits as the planted ones
    assert all(Path(picture.photo).parent == OTHERS for picture in others)

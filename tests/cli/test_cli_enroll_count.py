"""What `enroll` counts at its end: each file once, each photo once, as `references list` has them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.cli_program import PHOTOS, Program

OWL, CAT = PHOTOS / "enrolled" / "owl.jpg", PHOTOS / "enrolled" / "koala.jpg"


def closing(said: str) -> list[str]:
    return said.splitlines()[-2:]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos: one as JPEG, as TIFF of the same hash and as a small WebP of another; and no photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(OWL, folder / "IMG_1.jpg")
    with Image.open(OWL) as image:
        image.save(folder / "IMG_1.tif")
        small = image.resize((image.width // 2, image.height // 2))
        small.save(folder / "IMG_1-web.webp", quality=20)
    shutil.copy(CAT, folder / "IMG_2.jpg")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_each_file_is_counted_once_and_each_photo_is_one_row(ready: Program, folder: Path) -> None:
    versions = ready("enroll", folder, "--json").json["enrolled"]
    assert len(versions) > len({row["reference"] for row in versions}), "the WebP is a version of its own"
    assert ready("references", "remove", *{row["reference"] for row in versions}, "--yes").code == 0
    done = ready("enroll", folder)
    listed = ready("references", "list", "--json").json["references"]
    rows = [line.split() for line in done.out.splitlines()[1:]]
    assert sorted(rows) == sorted([row["label"], row["reference"]] for row in listed) and len(rows) == 2
    assert closing(done.err) == [
        "2 new photos, 2 more files of these, 1 skipped.",
        "2 photos are enrolled in all. The photos were not copied.",
    ]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        pytest.param(
            ["IMG_1.jpg"],
            "1 new photo, 3 files of photos known before (1 of them added), 1 skipped.",
            id="one of two photos",
        ),
        pytest.param(
            ["IMG_1.jpg", "IMG_1-web.webp", "IMG_2.jpg"],
            "0 new photos, 4 files of photos known before, 1 skipped.",
            id="both, and a version",
        ),
    ],
)
def test_what_was_known_before_is_no_new_photo(ready: Program, folder: Path, before: list[str], said: str) -> None:
    assert ready("enroll", *(folder / name for name in before)).code == 0
    done = ready("enroll", folder)
    assert done.code == 0
    assert closing(done.err) == [said, "2 photos are enrolled in all. The photos were not copied."]
    assert len(ready("references", "list", "--json").json["references"]) == 2

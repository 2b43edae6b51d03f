"""What a reader keeps of the pictures that it has just decoded."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from monitor.errors import UnreadableImage
from monitor.matching.reading import fingerprint
from monitor.matching.reading.decode import CLOSE_SIDE, WORKING_SIDE, Decoded, ImageLimits, decode_picture
from monitor.matching.reading.fingerprint import PictureReader, read_image, read_windows
from monitor.matching.reading.lately import Lately
from monitor.model.fingerprint import Detail, PicturePart
from tests.matching.generated_pictures import photo


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo(300, 240, seed)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sides at which pictures were decoded."""
    sides: list[int] = []

    def counting(untrusted: bytes, limits: ImageLimits | None = None, *, side: int = WORKING_SIDE) -> Decoded:
        sides.append(side)
        return decode_picture(untrusted, limits, side=side)

    monkeypatch.setattr(fingerprint, "decode_picture", counting)
    return sides


def test_one_picture_is_decoded_once_whatever_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, part = png(1), png(2), PicturePart((0.0, 0.0, 0.5, 0.5))
    wanted = read_image(one, detail=Detail.FEATURES), read_windows(one, [part])
    sides, reader = counted(monkeypatch), PictureReader()
    assert reader.image(one, Detail.HASHES).frames == read_image(one).frames
    reader.image(other, Detail.HASHES)
    sides.clear()
    found = reader.image(one, Detail.FEATURES), reader.windows(one, [part])
    again = reader.image(one, Detail.FEATURES), reader.windows(one, [part])
    assert sides == [CLOSE_SIDE]
    for reading, windows in (found, again):
        assert reading.frames == wanted[0].frames
        assert windows == wanted[1]
        for mine, theirs in ((reading.frames[0], wanted[0].frames[0]), (windows[0].frame, wanted[1][0].frame)):
            assert mine is not None and theirs is not None
            assert mine.features is not None and theirs.features is not None
            assert np.array_equal(mine.features.descriptors, theirs.features.descriptors)


def test_what_could_not_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sides, reader = counted(monkeypatch), PictureReader()
    for _ in range(2):
        with pytest.raises(UnreadableImage):
            reader.image(png(1)[:24], Detail.HASHES)
    assert len(sides) == 2


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        pytest.param("aab", "ab", id="at once again"),
        pytest.param("abcab", "abcab", id="others came after it"),
        pytest.param("abacab", "abcb", id="the one asked for last goes last"),
        pytest.param("aLaL", "aLaL", id="a large one sends the others away"),
        pytest.param("LLaa", "La", id="the latest stays, whatever its size"),
    ],
)
def test_what_is_kept_is_bounded(asked: str, read: str) -> None:
    done: list[str] = []

    def reading(untrusted: bytes) -> str:
        done.append(untrusted.decode())
        return untrusted.decode()

    lately = Lately(reading, lambda value: 100 if value == "L" else 10, most=20)
    assert "".join(lately.of(letter.encode()) for letter in asked) == asked
    assert "".join(done) == read

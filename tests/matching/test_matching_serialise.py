"""What the store keeps of a photo comes back as it was, and a damaged row is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import Features, Fingerprint, Hash, HashAlgorithm


def fingerprint(points: int | None, *, phash: bool = True, luma: bool = True) -> Fingerprint:
    random = np.random.default_rng(7)
    features = None
    if points is not None:
        keypoints = random.uniform(0, 1, (points, 4)) * [719, 539, 60, 360]
        descriptors = random.integers(0, 256, (points, 128), dtype=np.uint8)
        features = Features("test/1", 720, 540, keypoints.astype(np.float32), descriptors)
    return Fingerprint(
        pdq=Hash(HashAlgorithm.PDQ, random.bytes(32), "reduced-512/1"),
        pdq_quality=87,
        phash=Hash(HashAlgorithm.PHASH, random.bytes(8), "p") if phash else None,
        width=4000,
        height=3000,
        features=features,
        luma=random.integers(0, 256, (24, 24), dtype=np.uint8) if luma else None,
    )


@pytest.mark.parametrize("points", [None, 0, 1, 300, 2500])
@pytest.mark.parametrize("phash", [True, False])
@pytest.mark.parametrize("luma", [True, False])
def test_round_trip(points: int | None, phash: bool, luma: bool) -> None:
    before = fingerprint(points, phash=phash, luma=luma)
    after = load_fingerprint(dump_fingerprint(before))
    assert (after.pdq, after.phash, after.pdq_quality) == (before.pdq, before.phash, before.pdq_quality)
    assert (after.width, after.height, after.kinds) == (before.width, before.height, before.kinds)
    assert (after.luma is None) == (not luma)
    if before.luma is not None:
        assert np.array_equal(after.luma, before.luma)  # type: ignore[arg-type]
    if before.features is not None:
        assert after.features is not None
        assert after.features.version == before.features.version
        assert np.array_equal(after.features.descriptors, before.features.descriptors)
        turned = np.abs(after.features.keypoints - before.features.keypoints)
        turned[:, 3] = np.minimum(turned[:, 3], 360 - turned[:, 3])
        assert turned.size == 0 or turned.max() <= 0.02


@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        load_fingerprint(data)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_row_is_refused_or_keeps_its_shapes(place: int, value: int) -> None:
    data = bytearray(dump_fingerprint(fingerprint(5)))
    data[place % len(data)] = value
    try:
        after = load_fingerprint(bytes(data))
    except StoreError as error:
        assert error.remedy
    else:
        assert after.features is None or after.features.descriptors.shape == (len(after.features.keypoints), 128)


def test_a_cut_row_is_refused() -> None:
    data = dump_fingerprint(fingerprint(5))
    for end in range(len(data)):
        with pytest.raises(StoreError):
            load_fingerprint(data[:end])
    with pytest.raises(StoreError):
        load_fingerprint(data + b"x")

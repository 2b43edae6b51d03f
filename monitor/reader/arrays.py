"""Readings and fingerprints to messages and back. What comes back is checked: arrays are rebuilt from bytes of exactly
the right length, and numbers are where they can be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.matching.pdq import DIALECT
from monitor.model.fingerprint import (
    Affine,
    Features,
    Fingerprint,
    Frame,
    Hash,
    HashAlgorithm,
    ImageReading,
    PhotoReading,
)
from monitor.reader.messages import (
    BadAnswer,
    ImageAnswer,
    PhotoAnswer,
    WireFeatures,
    WireFingerprint,
    WireFrame,
    WireHash,
    WireLuma,
)

MAX_REACH = 65_536.0  # pixels: no coordinate or size of a keypoint lies beyond

# -- worker's side


def answer_image(reading: ImageReading, nonce: bytes) -> ImageAnswer:
    frames = tuple(
        WireFrame(
            frame.pdq_turns, frame.pdq_quality, frame.phash, _wire_luma(frame.luma), _wire_features(frame.features)
        )
        for frame in reading.frames
    )
    size = reading.width, reading.height
    return ImageAnswer(nonce, reading.format, *size, frames, reading.frame_count, reading.is_cut)  # type: ignore[arg-type]  # checked outside


def answer_photo(reading: PhotoReading, nonce: bytes) -> PhotoAnswer:
    around = None if reading.around is None else _wire_fingerprint(reading.around)
    return PhotoAnswer(nonce, _wire_fingerprint(reading.fingerprint), around, reading.onto_photo)


def _wire_fingerprint(photo: Fingerprint) -> WireFingerprint:
    return WireFingerprint(
        _wire_hash(photo.pdq),
        photo.pdq_quality,
        None if photo.phash is None else _wire_hash(photo.phash),
        photo.width,
        photo.height,
        _wire_features(photo.features),
        _wire_luma(photo.luma),
        photo.outlines,
    )


def _wire_hash(value: Hash) -> WireHash:
    return WireHash(value.bits, value.dialect)


def _wire_luma(luma: NDArray[np.uint8] | None) -> WireLuma | None:
    return None if luma is None else WireLuma(luma.shape[1], luma.shape[0], luma.astype(np.uint8).tobytes())


def _wire_features(features: Features | None) -> WireFeatures | None:
    if features is None:
        return None
    points, descriptors = features.keypoints.astype("<f4").tobytes(), features.descriptors.astype(np.uint8).tobytes()
    return WireFeatures(features.version, features.width, features.height, points, descriptors)


# -- core's side


def image_reading(answer: ImageAnswer) -> ImageReading:
    """Raises BadAnswer."""
    frames = tuple(
        Frame(
            b"".join(frame.pdq_turns),
            frame.pdq_quality,
            frame.phash,
            DIALECT,
            _luma(frame.luma),
            _features(frame.features),
        )
        for frame in answer.frames
    )
    return ImageReading(answer.format, answer.width, answer.height, frames, answer.frame_count, answer.is_cut)


def photo_reading(answer: PhotoAnswer) -> PhotoReading:
    """Raises BadAnswer."""
    onto = answer.onto_photo
    if (answer.around is None) != (onto is None) or (onto is not None and not _is_place(onto)):
        raise BadAnswer("a photo inside that is nowhere")
    around = None if answer.around is None else _fingerprint(answer.around)
    return PhotoReading(_fingerprint(answer.photo), around, onto)


def _is_place(onto: Affine) -> bool:
    """Finite, and it can be laid back."""
    return all(abs(value) <= MAX_REACH for value in onto) and onto[0] * onto[4] - onto[1] * onto[3] > 1 / MAX_REACH


def _fingerprint(wire: WireFingerprint) -> Fingerprint:
    return Fingerprint(
        pdq=_hash(wire.pdq, HashAlgorithm.PDQ),
        pdq_quality=wire.pdq_quality,
        phash=None if wire.phash is None else _hash(wire.phash, HashAlgorithm.PHASH),
        width=wire.width,
        height=wire.height,
        features=_features(wire.features),
        luma=_luma(wire.luma),
        outlines=wire.outlines,
    )


def _hash(wire: WireHash, wanted: HashAlgorithm) -> Hash:
    if len(wire.bits) * 8 != wanted.size:
        raise BadAnswer(f"a {wanted} of {len(wire.bits) * 8} bits")
    return Hash(wanted, wire.bits, wire.dialect)


def _luma(wire: WireLuma | None) -> NDArray[np.uint8] | None:
    if wire is None:
        return None
    if len(wire.pixels) != wire.width * wire.height:
        raise BadAnswer(f"{len(wire.pixels)} bytes for {wire.width} x {wire.height} pixels")
    return np.frombuffer(wire.pixels, dtype=np.uint8).reshape(wire.height, wire.width)


def _features(wire: WireFeatures | None) -> Features | None:
    if wire is None:
        return None
    count, rest = divmod(len(wire.keypoints), 16)
    if rest or len(wire.descriptors) != count * 128:
        raise BadAnswer(f"{len(wire.keypoints)} bytes of keypoints, {len(wire.descriptors)} of descriptors")
    keypoints = np.frombuffer(wire.keypoints, dtype="<f4").reshape(count, 4)
    # NaN compares false, so it fails these too
    if not (np.all(np.abs(keypoints) <= MAX_REACH) and np.all(keypoints[:, 2] > 0)):
        raise BadAnswer("keypoints that are nowhere")
    descriptors = np.frombuffer(wire.descriptors, dtype=np.uint8).reshape(count, 128)
    return Features(wire.version, wire.width, wire.height, keypoints, descriptors)

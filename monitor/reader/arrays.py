"""Arrays to bytes and back: what the image worker hands over, with its maxima checked outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.model.fingerprint import Features, Fingerprint, FrameReading, Hash, HashAlgorithm, ImageReading
from monitor.reader.messages import (
    Answer,
    BadAnswer,
    FeaturesWire,
    FingerprintAnswer,
    FrameWire,
    LumaWire,
    ReadingAnswer,
    at_most,
)

MAX_FRAMES = 33  # 16, twice where they are see-through, and one to spare
MAX_KEYPOINTS = 2500
MAX_LUMA_SIDE = 512
MAX_SIDE = 1_000_000

# -- arrays: in the worker


def wire_reading(reading: ImageReading) -> ReadingAnswer:
    frames = tuple(
        FrameWire(f.pdq_turns, f.pdq_quality, f.phash, _wire_luma(f.luma), _wire_features(f.features))
        for f in reading.frames
    )
    return ReadingAnswer(reading.format, reading.width, reading.height, frames, reading.frame_count)


def wire_fingerprint(fingerprint: Fingerprint) -> FingerprintAnswer:
    phash = fingerprint.phash
    return FingerprintAnswer(
        pdq=fingerprint.pdq.bits,
        pdq_dialect=fingerprint.pdq.dialect,
        pdq_quality=fingerprint.pdq_quality,
        phash=phash.bits if phash else None,
        phash_dialect=phash.dialect if phash else "",
        width=fingerprint.width,
        height=fingerprint.height,
        luma=_wire_luma(fingerprint.luma),
        features=_wire_features(fingerprint.features),
    )


def _wire_luma(luma: NDArray[np.uint8] | None) -> LumaWire | None:
    return None if luma is None else LumaWire(luma.shape[0], luma.shape[1], np.ascontiguousarray(luma).tobytes())


def _wire_features(features: Features | None) -> FeaturesWire | None:
    if features is None:
        return None
    return FeaturesWire(
        features.version,
        features.width,
        features.height,
        np.ascontiguousarray(features.keypoints, dtype=np.float32).tobytes(),
        np.ascontiguousarray(features.descriptors, dtype=np.uint8).tobytes(),
    )


# -- checks: outside of the worker


def checked_reading(answer: Answer) -> ImageReading:
    """Raises BadAnswer."""
    if not isinstance(answer, ReadingAnswer):
        raise BadAnswer(f"{type(answer).__name__} in answer to an image")
    _check_sides(answer.width, answer.height)
    at_most(len(answer.frames), MAX_FRAMES, "frames")
    at_most(answer.frame_count, 1_000_000, "frames seen")
    at_most(len(answer.format), 10, "characters of format")
    if not answer.frames:
        raise BadAnswer("a picture without a frame")
    frames = []
    for frame in answer.frames:
        if len(frame.pdq_turns) != 8 or any(len(bits) != 32 for bits in frame.pdq_turns):
            raise BadAnswer("PDQ that is not eight times 32 bytes")
        if frame.phash is not None and len(frame.phash) != 8:
            raise BadAnswer("pHash that is not 8 bytes")
        quality = _percent(frame.pdq_quality)
        luma, features = _checked_luma(frame.luma), _checked_features(frame.features)
        frames.append(FrameReading(frame.pdq_turns, quality, frame.phash, luma, features))
    return ImageReading(answer.format, answer.width, answer.height, tuple(frames), answer.frame_count)


def checked_fingerprint(answer: Answer) -> Fingerprint:
    """Raises BadAnswer."""
    if not isinstance(answer, FingerprintAnswer):
        raise BadAnswer(f"{type(answer).__name__} in answer to a photo")
    _check_sides(answer.width, answer.height)
    at_most(len(answer.pdq_dialect) + len(answer.phash_dialect), 200, "characters of dialect")
    try:
        pdq = Hash(HashAlgorithm.PDQ, answer.pdq, answer.pdq_dialect)
        phash = Hash(HashAlgorithm.PHASH, answer.phash, answer.phash_dialect) if answer.phash else None
    except ValueError as error:
        raise BadAnswer(str(error)) from error
    return Fingerprint(
        pdq=pdq,
        pdq_quality=_percent(answer.pdq_quality),
        phash=phash,
        width=answer.width,
        height=answer.height,
        features=_checked_features(answer.features),
        luma=_checked_luma(answer.luma),
    )


def _checked_luma(wire: LumaWire | None) -> NDArray[np.uint8] | None:
    if wire is None:
        return None
    if not (1 <= wire.height <= MAX_LUMA_SIDE and 1 <= wire.width <= MAX_LUMA_SIDE):
        raise BadAnswer(f"luma of {wire.width} x {wire.height}")
    if len(wire.pixels) != wire.height * wire.width:
        raise BadAnswer("luma whose size is not its shape")
    return np.frombuffer(wire.pixels, np.uint8).reshape(wire.height, wire.width)


def _checked_features(wire: FeaturesWire | None) -> Features | None:
    if wire is None:
        return None
    _check_sides(wire.width, wire.height)
    at_most(len(wire.version), 100, "characters of a version")
    count, odd = divmod(len(wire.keypoints), 16)
    at_most(count, MAX_KEYPOINTS, "keypoints")
    if odd or len(wire.descriptors) != count * 128:
        raise BadAnswer("keypoints and descriptors that do not go together")
    keypoints = np.frombuffer(wire.keypoints, np.float32).reshape(count, 4)
    if not np.isfinite(keypoints).all():
        raise BadAnswer("keypoints that are no numbers")
    descriptors = np.frombuffer(wire.descriptors, np.uint8).reshape(count, 128)
    return Features(wire.version, wire.width, wire.height, keypoints, descriptors)


def _check_sides(width: int, height: int) -> None:
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise BadAnswer(f"a picture of {width} x {height}")


def _percent(value: int) -> int:
    if not 0 <= value <= 100:
        raise BadAnswer(f"quality {value}")
    return value

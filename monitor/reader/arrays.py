"""Readings and fingerprints to messages and back. What comes back is checked: arrays are rebuilt from bytes of exactly
the right length, and numbers are where they can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.matching.pdq import DIALECT
from monitor.model.cut_off import CutOff
from monitor.model.fingerprint import (
    Affine,
    Features,
    Fingerprint,
    Frame,
    Hash,
    HashAlgorithm,
    ImageReading,
    PhotoReading,
    PicturePart,
    Shares,
    Window,
)
from monitor.reader.messages import BadAnswer, ImageAnswer, PhotoAnswer, WindowsAnswer, WireCut
from monitor.reader.wire import WireFeatures, WireFingerprint, WireFrame, WireHash, WireLuma, WireWindow

MAX_REACH = 65_536.0  # pixels: no coordinate or size of a keypoint lies beyond

# -- worker's side


def answer_image(reading: ImageReading, nonce: bytes) -> ImageAnswer:
    return ImageAnswer(
        nonce,
        reading.format,  # type: ignore[arg-type]  # checked outside
        reading.width,
        reading.height,
        tuple(_wire_frame(frame) for frame in reading.frames),
        reading.frame_count,
        reading.is_cut,
        tuple(
            WireWindow(window.box, None if window.frame is None else _wire_frame(window.frame), window.number)
            for window in reading.windows
        ),
        reading.left_out,
    )


def answer_windows(windows: Sequence[Window], nonce: bytes) -> WindowsAnswer:
    return WindowsAnswer(nonce, tuple(_wire_frame(window.frame) for window in windows if window.frame is not None))


def answer_photo(reading: PhotoReading, nonce: bytes) -> PhotoAnswer:
    around = None if reading.around is None else _wire_fingerprint(reading.around)
    cut = None if reading.cut is None else WireCut(reading.cut.missing, reading.cut.share)
    return PhotoAnswer(nonce, _wire_fingerprint(reading.fingerprint), around, reading.onto_photo, cut)


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


def _wire_frame(frame: Frame) -> WireFrame:
    return WireFrame(
        frame.pdq_turns, frame.pdq_quality, frame.phash, _wire_luma(frame.luma), _wire_features(frame.features)
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
    return ImageReading(
        answer.format,
        answer.width,
        answer.height,
        tuple(_frame(frame) for frame in answer.frames),
        answer.frame_count,
        answer.is_cut,
        tuple(_window(window, len(answer.frames)) for window in answer.windows),
        answer.left_out,
    )


def windows(answer: WindowsAnswer, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
    """parts: that were asked for. Raises BadAnswer."""
    if len(answer.frames) != len(parts):
        raise BadAnswer(f"{len(answer.frames)} windows for {len(parts)}")
    return tuple(Window(part.box, _frame(frame), part.number) for part, frame in zip(parts, answer.frames, strict=True))


def _window(wire: WireWindow, frames: int) -> Window:
    if wire.number >= frames:
        raise BadAnswer("a window in a frame that is not there")
    return Window(_box(wire.box), None if wire.frame is None else _frame(wire.frame), wire.number)


def _frame(wire: WireFrame) -> Frame:
    return Frame(
        b"".join(wire.pdq_turns), wire.pdq_quality, wire.phash, DIALECT, _luma(wire.luma), _features(wire.features)
    )


def _box(wire: Shares) -> Shares:
    left, top, right, bottom = wire
    if not (left < right and top < bottom):
        raise BadAnswer("a window that is nowhere")
    return wire


def photo_reading(answer: PhotoAnswer) -> PhotoReading:
    """Raises BadAnswer."""
    onto = answer.onto_photo
    if (answer.around is None) != (onto is None) or (onto is not None and not _is_place(onto)):
        raise BadAnswer("a photo inside that is nowhere")
    around = None if answer.around is None else _fingerprint(answer.around)
    cut = None if answer.cut is None else CutOff(answer.cut.missing, answer.cut.share)
    return PhotoReading(_fingerprint(answer.photo), around, onto, cut)


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

"""A Fingerprint as compact bytes for the encrypted store, and back. Never pickle: every length is checked
on the way in.

Layout, little-endian: magic and version, the hashes with their dialects, then luma, local features and hashes of
outlines where kept. Keypoints are rounded to 1/32 pixel and 1/182 degree: less than the detector's own error.
"""

from __future__ import annotations

import struct

import numpy as np

from monitor.errors import StoreError
from monitor.matching.descriptors import LENGTH
from monitor.model.fingerprint import LUMA_SIDE, Features, Fingerprint, Hash, HashAlgorithm
from monitor.model.limits import MAX_OUTLINES

MAX_POINTS = 2_500

_MAGIC = b"RMF1"
_HEAD = struct.Struct("<4sBBIIH")  # magic, flags, quality, width, height, points
_PHASH, _LUMA, _FEATURES, _OUTLINES = 1, 2, 4, 8
_SCALES = np.array([32.0, 32.0, 64.0, 65536.0 / 360.0])  # steps a pixel, a pixel, a pixel, a degree


def dump_fingerprint(fingerprint: Fingerprint) -> bytes:
    flags, points = 0, 0
    parts = [_hash(fingerprint.pdq)]
    if fingerprint.phash is not None:
        flags |= _PHASH
        parts.append(_hash(fingerprint.phash))
    if fingerprint.luma is not None:
        flags |= _LUMA
        parts.append(fingerprint.luma.astype(np.uint8).tobytes())
    features = fingerprint.features
    if features is not None:
        flags |= _FEATURES
        points = len(features.keypoints)
        steps = np.rint(features.keypoints.astype(np.float64) * _SCALES)
        steps[:, 3] %= 65536
        parts.append(_text(features.version) + struct.pack("<HH", features.width, features.height))
        parts.append(steps.clip(0, 65535).astype("<u2").tobytes())
        parts.append(features.descriptors.astype(np.uint8).tobytes())
    if fingerprint.outlines:
        flags |= _OUTLINES
        parts.append(bytes([len(fingerprint.outlines)]) + b"".join(fingerprint.outlines))
    head = _HEAD.pack(_MAGIC, flags, fingerprint.pdq_quality, fingerprint.width, fingerprint.height, points)
    return head + b"".join(parts)


def load_fingerprint(data: bytes) -> Fingerprint:
    """Raises StoreError for anything that `dump_fingerprint` did not write."""
    try:
        return _load(_Cursor(data))
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise StoreError(
            f"a stored fingerprint cannot be read: {error}",
            remedy="Enrol that photo again, or restore a backup.",
        ) from error


def _load(cursor: _Cursor) -> Fingerprint:
    magic, flags, quality, width, height, points = _HEAD.unpack(cursor.take(_HEAD.size))
    if magic != _MAGIC:
        raise ValueError(f"it begins with {magic!r}, not {_MAGIC!r}")
    if quality > 100 or points > MAX_POINTS or flags & ~(_PHASH | _LUMA | _FEATURES | _OUTLINES):
        raise ValueError("a number in its head is out of range")
    if points and not flags & _FEATURES:
        raise ValueError("its head names points that it does not have")
    pdq = _read_hash(cursor, HashAlgorithm.PDQ)
    phash = _read_hash(cursor, HashAlgorithm.PHASH) if flags & _PHASH else None
    luma = None
    if flags & _LUMA:
        luma = np.frombuffer(cursor.take(LUMA_SIDE**2), dtype=np.uint8).reshape(LUMA_SIDE, LUMA_SIDE)
    features = None
    if flags & _FEATURES:
        version = cursor.text()
        frame_width, frame_height = struct.unpack("<HH", cursor.take(4))
        steps = np.frombuffer(cursor.take(points * 8), dtype="<u2").reshape(points, 4)
        descriptors = np.frombuffer(cursor.take(points * LENGTH), dtype=np.uint8).reshape(points, LENGTH)
        keypoints = (steps / _SCALES).astype(np.float32)
        features = Features(version, frame_width, frame_height, keypoints, descriptors)
    outlines = _read_outlines(cursor) if flags & _OUTLINES else ()
    cursor.end()
    return Fingerprint(pdq, quality, phash, width, height, features, luma, outlines)


def _read_outlines(cursor: _Cursor) -> tuple[bytes, ...]:
    count = cursor.take(1)[0]
    if not 0 < count <= MAX_OUTLINES:
        raise ValueError(f"{count} hashes of outlines")
    return tuple(cursor.take(HashAlgorithm.PDQ.size // 8) for _ in range(count))


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise ValueError("it is cut short")
        self._at += size
        return piece

    def text(self) -> str:
        return self.take(self.take(1)[0]).decode("ascii")

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} bytes too many")


def _text(value: str) -> bytes:
    raw = value.encode("ascii")
    if len(raw) > 255:
        raise ValueError(f"{value!r} is longer than 255 letters")
    return bytes([len(raw)]) + raw


def _hash(value: Hash) -> bytes:
    return value.bits + _text(value.dialect)


def _read_hash(cursor: _Cursor, algorithm: HashAlgorithm) -> Hash:
    bits = cursor.take(algorithm.size // 8)
    return Hash(algorithm, bits, cursor.text())

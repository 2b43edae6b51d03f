"""One picture of several versions: what each gives to it. Core side: NumPy only.

Every version gives its hashes. Points are held once for a picture: those of its best version, and the few that another
shows beyond the best's borders. So a gallery with ten copies of each photo costs little more than with one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import VERSION
from monitor.matching.shortlist import in_frame
from monitor.matching.siblings import FramedPhoto, inverse
from monitor.matching.verify import FRAME
from monitor.model.fingerprint import SELF, Affine, Features, Fingerprint, Reference, Version

MOST_POINTS = 2_500  # of one picture


def without_points(fingerprint: Fingerprint) -> Fingerprint:
    """As it is, but for its points: size and version of the features stay."""
    features = fingerprint.features
    return fingerprint if features is None else replace(fingerprint, features=only(features, np.empty(0, np.int64)))


def bare(version: Version) -> Version:
    return replace(version, fingerprint=without_points(version.fingerprint))


def joined(reference: Reference) -> Fingerprint:
    """The best version, with the points that the others add to it."""
    best = reference.fingerprint
    added = [item for item in reference.further if item.onto_best is not None and _comparable(item.fingerprint)]
    if best.features is None or not added:
        return best
    scale = max(best.features.width, best.features.height) / FRAME
    keypoints, descriptors = [best.features.keypoints], [best.features.descriptors]
    for version in added:
        features = version.fingerprint.features
        assert features is not None and version.onto_best is not None  # noqa: S101  (asked above)
        there = moved(in_frame(features), as_matrix(version.onto_best))
        there[:, :3] *= scale
        keypoints.append(there)
        descriptors.append(features.descriptors)
    every = np.concatenate(keypoints)[:MOST_POINTS], np.concatenate(descriptors)[:MOST_POINTS]
    return replace(best, features=replace(best.features, keypoints=every[0], descriptors=every[1]))


def seen_as(version: Version, picture: FramedPhoto) -> FramedPhoto:
    """The picture's points in the frame of one of its versions, those that it shows."""
    features = version.fingerprint.features
    if version.onto_best in (None, SELF) or features is None:
        return picture
    assert version.onto_best is not None  # noqa: S101
    there, extent = moved(picture.keypoints, inverse(as_matrix(version.onto_best))), extent_of(features)
    shown = ((there[:, :2] >= 0) & (there[:, :2] < extent)).all(axis=1)
    return FramedPhoto(there[shown], picture.descriptors[shown], extent, version.fingerprint.luma)


def framed(fingerprint: Fingerprint) -> FramedPhoto:
    """Of one with features."""
    features = fingerprint.features
    assert features is not None  # noqa: S101  (the caller's promise)
    return FramedPhoto(in_frame(features), features.descriptors, extent_of(features), fingerprint.luma)


def extent_of(features: Features) -> tuple[float, float]:
    """Width and height of the frame whose longer side is `FRAME`."""
    longer = max(features.width, features.height)
    return FRAME * features.width / longer, FRAME * features.height / longer


def as_matrix(onto: Affine) -> NDArray[np.float64]:
    """(2, 3)"""
    return np.array(onto, dtype=np.float64).reshape(2, 3)


def as_affine(matrix: NDArray[np.float64]) -> Affine:
    a, b, c, d, e, f = matrix.reshape(-1).tolist()
    return a, b, c, d, e, f


def after(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3): the first, then the second."""
    square = second[:, :2]
    return np.column_stack([square @ first[:, :2], square @ first[:, 2] + second[:, 2]])


def moved(keypoints: NDArray[np.float32], affine: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 4): x, y, size, angle, in the other frame."""
    there = keypoints.astype(np.float64)
    there[:, :2] = there[:, :2] @ affine[:, :2].T + affine[:, 2]
    there[:, 2] *= np.sqrt(abs(np.linalg.det(affine[:, :2])))
    there[:, 3] = (there[:, 3] + np.degrees(np.arctan2(affine[1, 0], affine[0, 0]))) % 360
    return there.astype(np.float32)


def only(features: Features, rows: NDArray[np.int64]) -> Features:
    return replace(features, keypoints=features.keypoints[rows], descriptors=features.descriptors[rows])


def _comparable(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and fingerprint.features.version == VERSION

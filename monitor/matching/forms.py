"""The forms in which a candidate is looked at: as it is, mirrored, inverted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.matching import descriptors as layout
from monitor.model.fingerprint import Features


@dataclass(slots=True, eq=False)
class Form:
    """The candidate as it is, mirrored or inverted, and what was measured of it on the way: not frozen, and let go with
    the look. descriptors: float32 (n, 128)."""

    keypoints: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    mirrored: bool = False
    inverted: bool = False
    # by photo
    nearest: dict[int, tuple[NDArray[np.float32], NDArray[np.int64]]] = field(default_factory=dict)
    words: NDArray[np.float32] | None = None  # squared distance to the nearest word, once asked


def forms_of(features: Features) -> list[Form]:
    straight = (features.keypoints, features.descriptors)
    across = layout.mirrored(*straight, features.width)
    negative = layout.inverted(*straight)
    return [
        Form(straight[0], straight[1].astype(np.float32)),
        Form(across[0], across[1].astype(np.float32), mirrored=True),
        Form(negative[0], negative[1].astype(np.float32), inverted=True),
    ]

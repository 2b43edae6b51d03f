"""The few parts of OpenCV that the program uses; its own stubs leave out SIFT."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

INTER_AREA: int
INTER_CUBIC: int

class KeyPoint:
    pt: tuple[float, float]
    size: float
    angle: float
    response: float
    octave: int

class SIFT:
    def detect(self, image: NDArray[np.uint8], mask: None) -> tuple[KeyPoint, ...]: ...
    def compute(
        self, image: NDArray[np.uint8], keypoints: list[KeyPoint]
    ) -> tuple[tuple[KeyPoint, ...], NDArray[np.float32] | None]: ...

def SIFT_create(
    nfeatures: int = ..., nOctaveLayers: int = ..., contrastThreshold: float = ..., edgeThreshold: float = ...
) -> SIFT: ...
def resize(
    src: NDArray[np.uint8], dsize: tuple[int, int], *, interpolation: int = ...
) -> NDArray[np.uint8]: ...
def setNumThreads(nthreads: int) -> None: ...
def __getattr__(name: str) -> Any: ...

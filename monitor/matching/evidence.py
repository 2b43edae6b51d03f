"""What an agreement of points says, put into the photo's and the candidate's own frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.matching.bars import uncovered_alike
from monitor.matching.decide import (
    FEWEST_UNCOVERED,
    MANY_PLACES,
    POSSIBLE_PLACES,
    SURE_PLACES,
    UNCHECKED,
    FeatureEvidence,
)
from monitor.matching.forms import Form
from monitor.matching.greys import aside, block_check, blocks_alike, least_alike
from monitor.matching.overlay import lies_over
from monitor.matching.siblings import FramedPhoto
from monitor.matching.verify import Agreement
from monitor.matching.view import View
from monitor.model.fingerprint import Frame
from monitor.model.match import Region

_PHOTO_AGREES = 0.76  # the correlation from which it is the photo itself that agrees
_MUCH_SHOWN = 0.3  # of the photo: of less, a stamp can be the most
_CLOSEST = 3  # of the points that agree: how near their descriptors are


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """found: what points said to be the same agree on. apart: (m,), squared distance of their descriptors. view: from
    where it is seen. agreeing: (n, 2), where on the photo the points lie that agree."""

    found: Agreement
    apart: NDArray[np.float32]
    view: View
    agreeing: NDArray[np.float64]

    @property
    def rank(self) -> tuple[bool, int]:
        """Of two photographs of one session the one that this is, if it is one."""
        return self.found.places >= SURE_PLACES and not self.view.moved, self.found.places


def evidence_of(frame: Frame, number: int, form: Form, enrolled: FramedPhoto, compared: Compared) -> FeatureEvidence:
    found = compared.found
    features, extent = frame.features, enrolled.extent
    assert features is not None  # noqa: S101  (the caller has looked at them)
    check, share, elsewhere, least = None, 1.0, None, 1.0
    luma = None
    if enrolled.luma is not None and frame.luma is not None:
        luma = frame.luma[:, ::-1] if form.mirrored else frame.luma
        shrunk = np.array([[luma.shape[1] / features.width], [luma.shape[0] / features.height]])
        check, share = block_check(enrolled.luma, luma, found.affine * shrunk, extent)
        if check is not None and found.places < MANY_PLACES:
            elsewhere = aside(enrolled.luma, luma, found.affine * shrunk, extent, inverted=form.inverted)
            alike = blocks_alike(enrolled.luma, luma, found.affine * shrunk, extent)
            least = least_alike(-alike if form.inverted else alike)
    if check is not None and form.inverted:
        check = -check
    agrees = check is not None and check >= _PHOTO_AGREES and share >= _MUCH_SHOWN
    laid_over: bool | None = False
    uncovered: tuple[float, int] | None = None
    if luma is not None and not agrees:
        shown, size = 255 - luma if form.inverted else luma, (features.width, features.height)
        uncovered = _around_bar(enrolled, shown, size, found)
        laid_over = _lies_over(enrolled, shown, size, compared, unasked=check is None)
    corners = np.array([[0, 0, 1], [extent[0], 0, 1], [*extent, 1], [0, extent[1], 1]]) @ found.affine.T
    if form.mirrored:
        corners[:, 0] = features.width - 1 - corners[:, 0]
    inside = (corners / (features.width, features.height)).clip(0.0, 1.0)
    closest = np.sort(compared.apart[found.inliers])[:_CLOSEST]
    angle = float(np.degrees(np.arctan2(found.affine[1, 0], found.affine[0, 0])))
    return FeatureEvidence(
        places=found.places,
        check=check,
        share=share,
        region=Region(tuple((round(float(x), 4), round(float(y), 4)) for x, y in inside)),
        angle=(-angle if form.mirrored else angle) % 360,
        mirrored=form.mirrored,
        inverted=form.inverted,
        frame=number,
        moved=compared.view.moved,
        elsewhere=elsewhere,
        least=least,
        apart=float(np.sqrt(closest[-1])),
        stretch=float(np.linalg.cond(found.affine[:, :2])),
        laid_over=laid_over,
        uncovered=uncovered,
        loose=compared.view.loose,
    )


def _around_bar(
    enrolled: FramedPhoto, shown: NDArray[np.uint8], size: tuple[int, int], found: Agreement
) -> tuple[float, int] | None:
    if enrolled.luma is None or found.places < FEWEST_UNCOVERED:
        return None
    onto = found.affine * np.array([[shown.shape[1] / size[0]], [shown.shape[0] / size[1]]])
    return uncovered_alike(enrolled.luma, shown, onto, enrolled.extent)


def _lies_over(
    enrolled: FramedPhoto, shown: NDArray[np.uint8], size: tuple[int, int], compared: Compared, *, unasked: bool
) -> bool | None:
    """unasked: too little shows to ask for greys."""
    found = compared.found
    if found.places < POSSIBLE_PLACES:
        return False
    few = unasked and found.places < UNCHECKED
    return lies_over(enrolled, shown, found.affine, size, compared.agreeing, few=few)

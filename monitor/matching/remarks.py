"""What can and cannot be found of a picture, where that is not what one expects: said when it is enrolled, and whenever
the set is listed. Core side.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.matching.joining import is_outdated
from monitor.model.cut_off import CutOff
from monitor.model.fingerprint import Fingerprint, Reference, VersionKind

_FEW_POINTS = 60  # photographs have some 340
_COARSE = 12  # pixels across: finer points can be grain, which no copy keeps
_FLAT = 10  # PDQ quality, 0 to 100: flatter ones cannot be told by their hash
_FEW_COARSE = 6  # photographs have 12 and more, skies, walls and skin up to 3


def remarks_on(picture: Reference) -> tuple[str, ...]:
    """Of its best version: what it is told by. In sentences without their full stop."""
    remarks = tuple(remarks_on_file(picture.fingerprint, picture.kind))
    if not is_outdated(picture.fingerprint):
        return remarks
    return (
        "it was enrolled by another version: until its file is enrolled again, only its hashes are compared, which "
        "misses crops, captions and screenshots",
    )


def remarks_on_file(fingerprint: Fingerprint, kind: VersionKind, cut: CutOff | None = None) -> Iterator[str]:
    """Of one version. fingerprint: with its points. kind: what it was read from. cut: where its file ended early."""
    if cut is not None and cut.missing is not None:
        yield f"{cut}. The part that is there was enrolled, as a part; a whole copy of the file would be better"
    elif cut is not None:
        yield f"{cut}; a whole copy of the file would be better"
    if kind is VersionKind.INSIDE:
        yield (
            "this is a screenshot, or has margins: the photo inside was taken, and what is around it counts for "
            "nothing by itself. The photo itself, where you have it, is better still"
        )
    features = fingerprint.features
    if features is not None and len(features.keypoints) < _FEW_POINTS:
        yield (
            f"there is hardly anything in it to tell it by ({len(features.keypoints)} points): whole copies are found, "
            "but crops, screenshots and strong edits of it may be missed"
        )
    elif features is not None and (features.keypoints[:, 2] > _COARSE).sum() < _FEW_COARSE:
        flat = fingerprint.pdq_quality < _FLAT
        found = "even whole copies may be missed, and" if flat else "whole copies are found, but"
        yield (
            "there is little in it but soft shades and grain, which copies lose: "
            f"{found} crops, screenshots and strong edits of it will mostly be missed"
        )

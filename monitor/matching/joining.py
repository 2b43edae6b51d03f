"""A fresh file joins the picture that it is a copy of. Core side: NumPy only.

The best version comes first, whichever was enrolled first: the one that shows the picture largest and whole, without a
screenshot's bars around it. Its points are the picture's; all others together may add three tenths of them, and only
what lies beyond the best's borders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import VERSION
from monitor.matching.pictures import after, as_affine, as_matrix, bare, framed, moved, only, without_points
from monitor.matching.siblings import inverse, version_of
from monitor.model.fingerprint import MOST_VERSIONS, Affine, Fingerprint, PhotoReading, Reference, Version, VersionKind

_ADDED = 0.3  # of the best's points, by all others together
_BORDER = 12.0  # pixels of the best's frame: what is nearer to it is no addition
_SHARPER = 1.05  # times as many pixels to the same thing
_FEWER = 0.6  # of the other's points: nothing is seen in it that is worth its size
_CLEARLY = 1.5  # times as many pixels, as read: what a photo inside a screenshot must have more than the file itself
_COARSER = 1.08  # times as large as the other's finest points: it was enlarged, and holds no more
_MORE = 0.9  # of a frame that lies within the other: less is cropped in the other
_BARS = 0.15  # of what lies around a photo is flat: the bars and margins of an app
_EDGE = 25  # grey levels from within a photo to the bars around it
_GRID = 24  # samples a side of a frame, as many as its luma has


@dataclass(frozen=True, slots=True)
class _Beside:
    """How a fresh file lies beside the best. onto: from its frame onto the best's, by that scale. sharper: times as
    many pixels to the same thing. more, less: it shows what the best does not; the best shows what it does not.
    barred: what it shows more are an app's bars; bars: what the best shows more are."""

    onto: NDArray[np.float64]
    scale: float
    sharper: float
    more: bool
    less: bool
    barred: bool
    bars: bool


def join(picture: Reference, fresh: Version) -> Reference | None:
    """The picture with one version more, or with a better best; None where the file adds nothing to it."""
    same = next((item for item in picture.versions if item.fingerprint.pdq == fresh.fingerprint.pdq), None)
    if same is not None:
        gives_points = _has_points(fresh.fingerprint) and not _has_points(picture.fingerprint)
        if not gives_points and not adds(fresh.fingerprint, same.fingerprint):
            return None
        if same.fingerprint is picture.fingerprint:  # the same frame: how the others lie on it stays
            return _with_best(picture, fresh, picture.further)
        picture = replace(picture, further=tuple(item for item in picture.further if item is not same))
    if not _has_points(picture.fingerprint) or not _has_points(fresh.fingerprint):
        return _without_points_to_ask(picture, fresh)
    found = version_of(framed(fresh.fingerprint), framed(picture.fingerprint))
    if found is None:  # a copy of what was the best once, and hardly of today's
        return _with(picture, replace(fresh, onto_best=None))
    beside = _beside(fresh.fingerprint, picture.fingerprint, found.affine)
    if not _is_better(fresh, picture.best, beside):
        return _with(picture, replace(fresh, onto_best=as_affine(beside.onto)))
    back = inverse(beside.onto)
    was = replace(picture.best, onto_best=as_affine(back))
    others = [
        replace(item, onto_best=as_affine(after(as_matrix(item.onto_best), back))) if item.onto_best else item
        for item in picture.further[: MOST_VERSIONS - 1]
    ]
    first = _with_best(picture, fresh, ())
    for item in (was, *others):
        first = _with(first, item) or first
    return first


def with_photo_inside(picture: Reference, reading: PhotoReading, fresh: Version) -> Reference | None:
    """The picture with the photo inside in the place of the whole screenshot, where an earlier release took that for
    the photo; None where it did not. A whole one alerts for whatever else that app shows."""
    around, onto = reading.around, reading.onto_photo
    whole = next((item for item in picture.versions if around is not None and _is_whole(item, around)), None)
    if whole is None:
        return None
    further = tuple(item for item in picture.further if item.fingerprint is not whole.fingerprint)
    if whole.fingerprint is not picture.fingerprint:
        without = replace(picture, further=further)
        return join(without, fresh) or without
    return _with_best(
        picture,
        fresh,
        tuple(
            bare(replace(item, onto_best=_carried(item.onto_best, onto)))
            for item in further
            if item.fingerprint.pdq != fresh.fingerprint.pdq
        ),
    )


def with_around(picture: Reference, reading: PhotoReading, name: str, now: datetime) -> Reference:
    """The picture with the whole screenshot that a version of it was taken from, where there is one: known by its
    hashes, and where there are local features to ask, only where the photo is seen to be in it."""
    around, onto = reading.around, reading.onto_photo
    photo = next((item for item in picture.versions if item.fingerprint.pdq == reading.fingerprint.pdq), None)
    if around is None or onto is None or photo is None:
        return picture
    if len(picture.further) >= MOST_VERSIONS or any(item.fingerprint.pdq == around.pdq for item in picture.versions):
        return picture
    whole = Version(around, name, now, VersionKind.SCREENSHOT, _carried(onto, photo.onto_best))
    return replace(picture, further=(*picture.further, whole))


def adds(fresh: Fingerprint, kept: Fingerprint) -> bool:
    """Of two files with one hash. Enrolling again never takes away what is kept; the larger counts, whichever came
    first: a messenger's copy has lost the points that small cut-outs are known by."""
    if set(kept.kinds) - set(fresh.kinds):
        return False
    if set(fresh.kinds) - set(kept.kinds) or (fresh.features is not None and is_outdated(kept)):
        return True
    return fresh.width * fresh.height > kept.width * kept.height


def is_outdated(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and fingerprint.features.version != VERSION


def _is_whole(version: Version, around: Fingerprint) -> bool:
    return version.kind is VersionKind.FILE and version.fingerprint.pdq.bits == around.pdq.bits


def _carried(first: Affine | None, then: Affine | None) -> Affine | None:
    return None if first is None or then is None else as_affine(after(as_matrix(first), as_matrix(then)))


def _with_best(picture: Reference, best: Version, further: tuple[Version, ...]) -> Reference:
    return replace(picture, fingerprint=best.fingerprint, name=best.name, kind=best.kind, further=further)


def _without_points_to_ask(picture: Reference, fresh: Version) -> Reference | None:
    """Told by hashes alone. What has points comes first, whichever file of the picture it is: nothing else finds a
    cut-out, and a list of hashes brings none back."""
    if not _has_points(fresh.fingerprint) or _has_points(picture.fingerprint):
        return _with(picture, replace(fresh, onto_best=None))
    known = (picture.best, *picture.further)[:MOST_VERSIONS]
    return _with_best(picture, fresh, tuple(bare(replace(item, onto_best=None)) for item in known))


def _with(picture: Reference, version: Version) -> Reference | None:
    if len(picture.further) >= MOST_VERSIONS:
        return None
    fingerprint = version.fingerprint
    if version.onto_best is None or fingerprint.features is None or picture.fingerprint.features is None:
        fingerprint = without_points(fingerprint)
    else:
        beside = _beside(fingerprint, picture.fingerprint, as_matrix(version.onto_best))
        place = moved(framed(fingerprint).keypoints, beside.onto)
        extent = framed(picture.fingerprint).extent
        beyond = ((place[:, :2] < -_BORDER) | (place[:, :2] > np.array(extent) + _BORDER)).any(axis=1)
        used = sum(len(item.fingerprint.features.keypoints) for item in picture.further if item.fingerprint.features)
        left = max(0, int(_ADDED * len(picture.fingerprint.features.keypoints)) - used)
        rows = np.flatnonzero(beyond)[: 0 if beside.barred else left]
        fingerprint = replace(fingerprint, features=only(fingerprint.features, rows))
    return replace(picture, further=(*picture.further, replace(version, fingerprint=fingerprint)))


def _beside(fresh: Fingerprint, best: Fingerprint, onto: NDArray[np.float64]) -> _Beside:
    mine, theirs = framed(fresh), framed(best)
    scale = float(np.sqrt(abs(np.linalg.det(onto[:, :2]))))
    sharper = max(fresh.width, fresh.height) / (scale * max(best.width, best.height, 1))
    my_shown, their_shown = _shown(mine.extent, theirs.extent, onto), _shown(theirs.extent, mine.extent, inverse(onto))
    return _Beside(
        onto=onto,
        scale=scale,
        sharper=sharper,
        more=bool(my_shown.mean() < _MORE),
        less=bool(their_shown.mean() < _MORE),
        barred=_are_bars(mine.luma, ~my_shown),
        bars=_are_bars(theirs.luma, ~their_shown),
    )


def _is_better(one: Version, other: Version, beside: _Beside) -> bool:
    fresh, best = one.fingerprint, other.fingerprint
    mine, theirs = framed(fresh).keypoints, framed(best).keypoints
    if len(mine) < _FEWER * len(theirs):
        return False
    if one.kind is not other.kind and not beside.more and not beside.less:
        larger = _as_read(fresh) / (beside.scale * _as_read(best))
        return larger > (_CLEARLY if one.kind is VersionKind.INSIDE else 1 / _CLEARLY)
    if beside.more and not beside.less:
        return not beside.barred and beside.sharper * _SHARPER >= 1
    if beside.less and not beside.more and beside.bars:
        return True
    if beside.less and not beside.more:
        return beside.sharper > 2 * _SHARPER  # cropped, and of it the best shows less than half the detail
    coarser = float(np.percentile(mine[:, 2] * beside.scale, 10) / np.percentile(theirs[:, 2], 10))
    if beside.sharper > _SHARPER:
        return coarser < _COARSER
    return beside.sharper * _SHARPER < 1 and coarser * _COARSER < 1


def _as_read(fingerprint: Fingerprint) -> float:
    """Pixels, the longer side of what its points were taken from: of a large file it is read reduced."""
    features = fingerprint.features
    return max(features.width, features.height, 1) if features is not None else 1.0


def _shown(extent: tuple[float, float], other: tuple[float, float], onto: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(24, 24): which cells of a frame lie within the other."""
    step = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(step * extent[0], step * extent[1])
    place = np.stack([x, y], axis=-1) @ onto[:, :2].T + onto[:, 2]
    return np.asarray(((place >= 0) & (place < other)).all(axis=-1), dtype=np.bool_)


def _are_bars(luma: NDArray[np.uint8] | None, around: NDArray[np.bool_]) -> bool:
    """Of what shows around the other: bars and margins are of one shade, which ends where the photo begins. The white
    ground of a photo goes on within it."""
    if luma is None or not around.any() or around.all():
        return False
    steps = []
    for grey, out in ((luma.astype(np.int64), around), (luma.T.astype(np.int64), around.T)):
        crossing = out[:, 2:] != out[:, :-2]
        steps.append(np.abs(grey[:, 2:] - grey[:, :-2])[crossing])
    if float(np.median(np.concatenate(steps))) < _EDGE:
        return False
    flat = np.ones(around.shape, dtype=np.bool_)
    flat[:, 1:] &= luma[:, 1:] == luma[:, :-1]
    flat[1:] &= luma[1:] == luma[:-1]
    return bool(flat[around].mean() > _BARS)


def _has_points(fingerprint: Fingerprint) -> bool:
    return fingerprint.features is not None and not is_outdated(fingerprint) and len(fingerprint.features.keypoints) > 0

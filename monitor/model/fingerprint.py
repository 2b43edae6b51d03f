"""What is kept of a photo (a `Fingerprint`) and what is read off a candidate (an `ImageReading`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from monitor.model.cut_off import CutOff
from monitor.model.ids import CaseId, ReferenceId

if TYPE_CHECKING:  # what only shows or stores needs no NumPy: 15 MB
    import numpy as np
    from numpy.typing import NDArray


class HashAlgorithm(StrEnum):
    PDQ = "pdq"
    PHASH = "phash"

    @property
    def size(self) -> int:
        """Bits."""
        return _BITS[self]


_BITS = {HashAlgorithm.PDQ: 256, HashAlgorithm.PHASH: 64}


_EIGHT_TURNS = Struct(8 * f"{HashAlgorithm.PDQ.size // 8}s")
LUMA_SIDE = 24
"""Of an enrolled photo's luma: squeezed square, for the aligned check."""


def bits_apart(one: bytes, other: bytes) -> int:
    """Hamming distance of two hashes of one length, one by one; many at once are NumPy's (`matching.index`)."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@dataclass(frozen=True, slots=True)
class Hash:
    """Perceptual hash, big-endian bytes. Distances are Hamming, in bits: 0 (same) to `algorithm.size`.

    `dialect` names how the luma was made before hashing (two dialects of one algorithm lie some bits apart).
    """

    algorithm: HashAlgorithm
    bits: bytes
    dialect: str

    def __post_init__(self) -> None:
        if len(self.bits) * 8 != self.algorithm.size:
            raise ValueError(f"{self.algorithm} has {self.algorithm.size} bits, not {len(self.bits) * 8}")

    @property
    def hex(self) -> str:
        """Always 64 digits for PDQ, 16 for pHash."""
        return self.bits.hex()

    def distance(self, other: Hash) -> int:
        """Hamming distance in bits. Raises ValueError when the two algorithms differ."""
        if self.algorithm is not other.algorithm:
            raise ValueError(f"cannot compare {self.algorithm} with {other.algorithm}")
        return bits_apart(self.bits, other.bits)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Local features of one frame. As private as the photo: they can be partly turned back into a picture.

    keypoints: float32 (n, 4): x, y, size in pixels of a frame `width` x `height`; angle in degrees, clockwise.
    descriptors: uint8 (n, 128), RootSIFT. n is at most 2,500.
    version: of the extraction; features of different versions are never compared.
    """

    version: str
    width: int
    height: int
    keypoints: NDArray[np.float32]
    descriptors: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is kept of an enrolled photo. `features` and `luma` are None when `match.features = false`,
    and for photos that came as a hash list.

    luma: uint8 (24, 24), the enrolled frame, for the aligned check.
    outlines: PDQs of what drawing filters make of the photo, at most 3; empty where an earlier release enrolled it.
    """

    pdq: Hash
    pdq_quality: int  # 0 to 100, PDQ's own gradient measure
    phash: Hash | None
    width: int
    height: int
    features: Features | None = None
    luma: NDArray[np.uint8] | None = None
    outlines: tuple[bytes, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of what is in it, as `enroll --json` prints them."""
        names = ["pdq"]
        if self.phash is not None:
            names.append("phash")
        if self.features is not None:
            names.append("features")
        return tuple(names)


class ReferenceOrigin(StrEnum):
    """Where the fingerprint of an enrolled photo is from."""

    FILE = "file"
    OWN_LIST = "own-list"  # exported by this program
    FOREIGN_LIST = "foreign-list"  # matches by hash only


class VersionKind(StrEnum):
    """What a version of a picture was read from."""

    FILE = "file"  # a file of its own
    INSIDE = "inside"  # the photo inside a screenshot
    SCREENSHOT = "screenshot"  # a file with much around the photo that other pictures have too: no evidence by itself


# Pixels of a frame whose longer side has 640 (`matching.verify.FRAME`): x' = a x + b y + c, y' = d x + e y + f.
Affine = tuple[float, float, float, float, float, float]
MOST_VERSIONS = 32
"""Of a picture, beside its best."""
SELF: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One file of a picture: the original, a messenger's copy, a light edit.

    name: of the file, without its ending. onto_best: from this version's frame onto that of the picture's best
    version; None where it is not known (it came in a list of hashes, say). The features of all but the best are only
    what they add to it, and few.
    """

    fingerprint: Fingerprint
    name: str
    enrolled_at: datetime
    kind: VersionKind = VersionKind.FILE
    onto_best: Affine | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PhotoReading:
    """What the reader hands back for a file that is enrolled. fingerprint: of the photo. around: of the whole file,
    where the photo is only a part of it: hashes, size and luma, no points. onto_photo: from that frame onto the
    photo's. cut: where the file ends early; the fingerprint is of what is there."""

    fingerprint: Fingerprint
    around: Fingerprint | None = None
    onto_photo: Affine | None = None
    cut: CutOff | None = None

    @property
    def kind(self) -> VersionKind:
        return VersionKind.FILE if self.around is None else VersionKind.INSIDE


@dataclass(frozen=True, slots=True)
class Reference:
    """One enrolled picture. fingerprint: of its best version. name, kind: of that too; '' is the label. further: its
    other versions, in the order in which they came. session: the id of the first picture of those that were taken with
    it, in the same room and clothes; '' where it is the first or alone."""

    id: ReferenceId
    case: CaseId
    label: str
    fingerprint: Fingerprint
    enrolled_at: datetime
    origin: ReferenceOrigin = ReferenceOrigin.FILE
    folded_at: datetime | None = None  # it turns up everywhere: its finds are told in one message an hour
    name: str = ""
    kind: VersionKind = VersionKind.FILE
    further: tuple[Version, ...] = ()
    session: str = ""

    @property
    def best(self) -> Version:
        return Version(self.fingerprint, self.name or self.label, self.enrolled_at, self.kind, SELF)

    @property
    def versions(self) -> tuple[Version, ...]:
        """The best first."""
        return (self.best, *self.further)


class Detail(StrEnum):
    """How closely a picture is looked at, or was."""

    HASHES = "hashes"
    FEATURES = "features"
    PANELS = "panels"  # by hashes too, but the parts of it as well: asked of a reader where there are no features


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a candidate, as it is read and as it is kept. Equal where the hashes are.

    joined_turns: the eight rotations and mirrors of its PDQ, 8 x 32 bytes one after the other, in the order of
    `matching.pdq.TURNS`. dialect: of these. luma: uint8, at most 512 x 512, for the aligned check. luma and features
    are never kept."""

    joined_turns: bytes  # every pass reads one for each known picture, and few of them are ever taken apart
    pdq_quality: int
    phash: bytes | None = None
    dialect: str = ""
    luma: NDArray[np.uint8] | None = field(default=None, compare=False)
    features: Features | None = field(default=None, compare=False)

    @property
    def pdq_turns(self) -> tuple[bytes, ...]:
        """The eight, each by itself; none where what was kept is not eight."""
        return _EIGHT_TURNS.unpack(self.joined_turns) if len(self.joined_turns) == _EIGHT_TURNS.size else ()

    def to_keep(self) -> Frame:
        """Its hashes alone."""
        return replace(self, luma=None, features=None)


Shares = tuple[float, float, float, float]
"""Left, top, right, bottom of a part of a picture, as shares of its width and height."""


class PicturePart(NamedTuple):
    """Where in a candidate something lies. number: of its frame."""

    box: Shares
    number: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a candidate that is looked at by itself. frame: where it has been read; of a panel between seams its
    hashes, and features once they were asked for. number: of the candidate's frame that it is a part of."""

    box: Shares
    frame: Frame | None = None
    number: int = 0

    @property
    def part(self) -> PicturePart:
        return PicturePart(self.box, self.number)


@dataclass(frozen=True, slots=True, eq=False)
class ImageReading:
    """What the reader hands back for one picture: checked arrays with stated maxima, never pixels in colour."""

    format: str  # JPEG, PNG, GIF, WEBP, AVIF, HEIF, TIFF, BMP
    width: int  # pixels, after EXIF orientation
    height: int
    frames: tuple[Frame, ...] = field(default=())  # 1, or up to 64 of an animation, where it changes
    frame_count: int = 1  # frames seen (not: declared) in the file
    is_cut: bool = False  # more frames than are looked at, more that differ than are kept, or the file ends early
    windows: tuple[Window, ...] = ()  # parts to be looked at by themselves: none of one picture alone
    left_out: int = 0  # parts beyond those that are ever looked at

"""How far a "not mine" reaches. It must never hide the photo itself: somebody can make a picture that carries its hash,
wait until that is dismissed, and then post the photo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model.fingerprint import bits_apart
from monitor.model.ids import ContentDigest
from monitor.model.match import Tier
from monitor.model.sighting import Dismissal

SAME_PICTURE_BITS = 12  # two encodings of one picture lie this close; another photo lies far beyond
SURE_COPY_BITS = 31  # re-encoded and resized copies of a photo lie within this of it (bench/README.md)


def is_covered(
    dismissed: Iterable[Dismissal], *, digest: ContentDigest, tier: Tier, turns: Sequence[bytes], photo: bytes | None
) -> bool:
    """Is this one of the dismissed pictures? The same bytes are. Other bytes are where their hash says that they are
    that picture and not the photo.

    digest: SHA-256, "" where not known. turns: the picture's PDQ in its eight turns, none where not known. photo: the
    PDQ of the enrolled photo that it was taken for, None where that is gone. A sure match is only covered by what was
    itself taken for one, and only where no mere copy of the photo could have such a hash: what hashes alone cannot tell
    apart is told again.
    """
    from_photo = _nearest(turns, photo)
    for known in dismissed:
        if known.image_digest == digest != "":
            return True
        apart = _nearest(turns, known.pdq)
        if apart is None or from_photo is None or apart > SAME_PICTURE_BITS or apart >= from_photo:
            continue
        if tier is not Tier.MATCH:
            return True
        if known.tier is Tier.MATCH and from_photo > apart + SURE_COPY_BITS:
            return True
    return False


def _nearest(turns: Sequence[bytes], other: bytes | None) -> int | None:
    """Bits."""
    if other is None or not turns:
        return None
    return min(bits_apart(turn, other) for turn in turns)

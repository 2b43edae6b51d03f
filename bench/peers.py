"""What comparable tools do, asked the same: the nearest perceptual hash, a match up to a fixed number of bits.

imagehash's pHash at 10 of 64 bits or fewer, as most scripts have it, and PDQ at 31 of 256 or fewer, as its authors
advise. Nothing of a picture's eight turns, of animations only the first frame: that is how they are used.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import imagehash
import numpy as np
from PIL import Image, ImageOps

from monitor.matching.reading import pdq_hash
from monitor.model.fingerprint import bits_apart

LIMITS = {"pHash": 10, "PDQ": 31}
Hashes = dict[str, bytes]


def hashes(data: bytes) -> Hashes | None:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (1024, 1024))
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    image.thumbnail((1024, 1024))
    of_64 = np.packbits(imagehash.phash(image).hash).tobytes()
    return {"pHash": of_64, "PDQ": pdq_hash.pdq(np.asarray(image.convert("L"))).turns[0]}


class Peers:
    def __init__(self, enrolled: Iterable[tuple[str, bytes]]) -> None:
        self._known = [(name, found) for name, data in enrolled if (found := hashes(data)) is not None]

    def ask(self, data: bytes) -> dict[str, str | None]:
        """Of each peer the name that it would alert for."""
        found = hashes(data)
        if found is None or not self._known:
            return dict.fromkeys(LIMITS)
        answers = dict[str, str | None]()
        for peer, most in LIMITS.items():
            bits, name = min((bits_apart(found[peer], known[peer]), name) for name, known in self._known)
            answers[peer] = name if bits <= most else None
        return answers

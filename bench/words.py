"""Makes the 4,096 fixed words of `monitor/matching/shortlist.py` from folders of free photographs.

python -m bench.words OUT.npy FOLDER [FOLDER ...]

The words that ship were made so from about 90 photographs of Debian packages that no bench enrols, edited copies of
them, and the demo's own 60: 110,000 descriptors. Other free photographs do as well; what matters is that no photo of a
user is ever among them, so that the words say nothing of anybody. After a change every index is built anew from the
kept descriptors; nothing has to be enrolled again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.errors import UnreadableImage
from monitor.matching.reading.fingerprint import read_image
from monitor.ports import Detail

WORDS = 4096
MOST_DESCRIPTORS = 110_000
ROUNDS = 7
LOT = 8192  # rows multiplied at once

Rows = NDArray[np.float32]


def descriptors_of(folder: Path) -> list[Rows]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                reading = read_image(path.read_bytes(), detail=Detail.FEATURES)
            except UnreadableImage as error:
                print(f"left out: {path.name}: {error}", file=sys.stderr)
                continue
            found += [f.features.descriptors.astype(np.float32) for f in reading.frames if f.features is not None]
    return found


def cluster(rows: Rows, random: np.random.Generator) -> Rows:
    """k-means; a word that nothing is near begins anew somewhere else."""
    words = rows[random.choice(len(rows), WORDS, replace=False)].copy()
    for number in range(ROUNDS):
        nearest = np.concatenate([_nearest(rows[at : at + LOT], words) for at in range(0, len(rows), LOT)])
        counts = np.bincount(nearest, minlength=WORDS)
        used = np.flatnonzero(counts)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))[used]
        sums = np.add.reduceat(rows[np.argsort(nearest, kind="stable")], starts, axis=0)
        words[used] = sums / counts[used, None]
        unused = np.flatnonzero(counts == 0)
        words[unused] = rows[random.choice(len(rows), len(unused))]
        print(f"round {number + 1}: {len(unused)} unused words", file=sys.stderr)
    return words


def _nearest(lot: Rows, words: Rows) -> NDArray[np.intp]:
    return (lot @ words.T - (words * words).sum(1) / 2).argmax(1)


def main() -> None:
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    random = np.random.default_rng(1)
    rows = np.concatenate([found for folder in sys.argv[2:] for found in descriptors_of(Path(folder))])
    if len(rows) < WORDS * 4:
        raise SystemExit(f"{len(rows)} descriptors are too few for {WORDS} words: name more photographs")
    rows = rows[random.permutation(len(rows))[:MOST_DESCRIPTORS]]
    np.save(sys.argv[1], np.rint(cluster(rows, random)).clip(0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()

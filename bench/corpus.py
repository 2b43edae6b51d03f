"""Writes a corpus from a seed, without any download: originals/, queries/, truth.csv.

    python -m bench.corpus OUT [--seed N] [--scenes 20] [--low-texture 32] [--strangers 30]

Low-texture originals are groups of their own ("low texture: fog / mirror ..."). Strangers are pictures of
the same kinds that are not enrolled: every edit of them must stay silent.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from bench.edits import EDITS
from bench.pictures import LOW_TEXTURE, scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--low-texture", type=int, default=32)
    parser.add_argument("--strangers", type=int, default=30)
    args = parser.parse_args()
    (args.out / "originals").mkdir(parents=True, exist_ok=True)
    (args.out / "queries").mkdir(exist_ok=True)
    kinds = list(LOW_TEXTURE)
    enrolled = {f"scene{n:03}": ("", scene(np.random.default_rng((args.seed, 0, n)))) for n in range(args.scenes)}
    for n in range(args.low_texture):
        kind = kinds[n % len(kinds)]
        picture = LOW_TEXTURE[kind](np.random.default_rng((args.seed, 1, n)))
        enrolled[f"{kind}{n:03}"] = ("low texture: ", picture)
    strangers = []
    for n in range(args.strangers):
        make = scene if n % 2 else LOW_TEXTURE[kinds[n // 2 % len(kinds)]]
        strangers.append(make(np.random.default_rng((args.seed, 2, n))))
    rows: list[tuple[str, str, str, str, str]] = []

    def put(image: Image.Image, original: str, group: str, edit: str, quality: int) -> None:
        name = f"{len(rows):06}.jpg"
        image.save(args.out / "queries" / name, quality=quality)
        rows.append((name, original, group, edit, "{}"))

    for number, (name, (prefix, picture)) in enumerate(enrolled.items()):
        picture.save(args.out / "originals" / f"{name}.jpg", quality=92)
        for at, (edit, (group, change)) in enumerate(EDITS.items()):
            random = np.random.default_rng((args.seed, 3, number, at))
            image = change(picture, random, strangers)
            put(image, f"{name}.jpg", prefix + (name[:-3] if prefix else group), edit, int(random.integers(70, 92)))
    for number, picture in enumerate(strangers):
        random = np.random.default_rng((args.seed, 4, number))
        put(picture, "none", "neg_plain", "plain", 85)
        for edit in random.choice(list(EDITS), 6, replace=False):
            put(EDITS[edit][1](picture, random, strangers), "none", "neg_transformed", str(edit), 80)
    with (args.out / "truth.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("query", "original", "group", "transformation", "params"))
        writer.writerows(rows)
    print(f"{len(enrolled)} originals, {len(rows)} queries, {sum(row[1] == 'none' for row in rows)} of strangers")


if __name__ == "__main__":
    main()

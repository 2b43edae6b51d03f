"""Recall and cost of the detector with many photos enrolled, against the same with 1,000.

python -m bench.many_enrolled CORPUS [--count 10000] [--queries 150]

CORPUS: as for bench.accuracy. The originals are enrolled; the rest of the set is filled with the corpus's own negatives
and jittered copies of their fingerprints (descriptors with noise, hashes with some bits turned): as many, as busy, and
never the right answer. Only the comparison is timed; reading a picture costs the same whatever is enrolled.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.accuracy import enrol
from monitor.errors import UnreadableImage
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.model.fingerprint import Fingerprint, ImageReading, Reference
from monitor.model.match import Match, Tier
from monitor.ports import Detail

FEW = 1_000
NOISE = 6.0  # of a descriptor's bytes
TURNED_BITS = 40


def jittered(fingerprint: Fingerprint, random: np.random.Generator) -> Fingerprint:
    features = fingerprint.features
    if features is None:
        return fingerprint
    noisy = features.descriptors + random.normal(0, NOISE, features.descriptors.shape)
    bits = np.frombuffer(fingerprint.pdq.bits, np.uint8).copy()
    for bit in random.choice(256, TURNED_BITS, replace=False):
        bits[bit // 8] ^= 1 << (bit % 8)
    return replace(
        fingerprint,
        pdq=replace(fingerprint.pdq, bits=bits.tobytes()),
        features=replace(features, descriptors=np.rint(noisy).clip(0, 255).astype(np.uint8)),
    )


def ask(matcher: PhotoMatcher, readings: list[tuple[str, ImageReading]]) -> tuple[list[Match], float]:
    """The answers, and CPU milliseconds for each."""
    began = time.process_time()
    answers = [matcher.full(reading) for _, reading in readings]
    return answers, (time.process_time() - began) * 1000 / max(1, len(readings))


def resident() -> float:
    """MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("corpus", type=Path)
    words.add_argument("--count", type=int, default=10_000)
    words.add_argument("--queries", type=int, default=150)
    given = words.parse_args()
    random = np.random.default_rng(7)
    rows = list(csv.DictReader((given.corpus / "truth.csv").open()))
    mine = enrol(given.corpus)
    negatives = [row for row in rows if row["group"] in ("neg_plain", "neg_transformed")]
    strangers: list[Fingerprint] = []
    for row in negatives[:400]:
        try:
            body = (given.corpus / "queries" / row["query"]).read_bytes()
            strangers.append(fingerprint_photo(body, features=True))
        except UnreadableImage:
            continue
    filled = [*strangers]
    while len(mine) + len(filled) < given.count:
        filled.append(jittered(strangers[int(random.integers(len(strangers)))], random))
    at = datetime.now(UTC)
    others = [Reference(f"x{n}", "bench", f"x{n}", print_, at) for n, print_ in enumerate(filled)]
    # A collage shows other photos too, and here those are enrolled: any of them is a right answer.
    positives = [row for row in rows if row["original"] not in ("none", "either") and row["group"] != "collage"]
    chosen = random.choice(len(positives), min(given.queries, len(positives)), replace=False)
    asked = [positives[i] for i in chosen]
    # Strangers that are not enrolled: what saying no costs.
    unknown = negatives[400 : 400 + given.queries // 3]
    readings = {
        kind: [
            (
                row["original"],
                read_image((given.corpus / "queries" / row["query"]).read_bytes(), detail=Detail.FEATURES),
            )
            for row in table
        ]
        for kind, table in (("yes", asked), ("no", unknown))
    }
    for count in (FEW, given.count):
        began, cpu, before = time.perf_counter(), time.process_time(), resident()
        matcher = PhotoMatcher([*mine, *others[: count - len(mine)]])
        grown = resident() - before
        built = time.perf_counter() - began, time.process_time() - cpu
        answers, yes_ms = ask(matcher, readings["yes"])
        right = sum(
            answer.tier is Tier.MATCH and answer.label == original
            for answer, (original, _) in zip(answers, readings["yes"], strict=True)
        )
        _, no_ms = ask(matcher, readings["no"])
        del matcher
        print(
            f"{count} enrolled: built in {built[0]:.1f} s ({built[1]:.1f} s CPU); {right} of {len(answers)} found; "
            f"comparing: {yes_ms:.1f} ms when there, {no_ms:.1f} ms when not; the matcher takes {grown:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()

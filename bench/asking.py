"""How every accuracy bench enrols, asks and takes its options, so that their figures can stand side by side."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from monitor.errors import UnreadableImage
from monitor.matching.families import Families
from monitor.matching.joining import join, with_around
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import PictureReader, read_photo
from monitor.matching.serialise import dump_fingerprint, load_fingerprint
from monitor.model.fingerprint import Detail, PhotoReading, Reference, Version
from monitor.model.match import Match, Tier

Job, Found = TypeVar("Job"), TypeVar("Found")
Named = tuple[str, Callable[[], bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    match: Match | None  # None: not read
    milliseconds: float  # of CPU, reader and core together, from bytes to answer
    looked: bool  # by the detector too


def options(words: argparse.ArgumentParser) -> None:
    words.add_argument("--share", type=float, default=1.0, help="of the questions, chosen by a fixed seed")
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--missed", action="store_true", help="say what was missed, and what was told wrongly")
    words.add_argument("--peers", action="store_true", help="the same of imagehash's pHash and of PDQ")
    words.add_argument("--json", type=Path, help="writes the figures there")


def enrol(named: Iterable[Named], jobs: int = 1) -> list[Reference]:
    """As the program does, and as it comes back from its store: copies of one picture are its versions, and of a
    screenshot the photo inside is taken. What cannot be read is said and left out."""
    pictures, families = dict[str, Reference](), Families(())
    for item in in_parallel(_enrolled, list(named), jobs):
        if item is None:
            continue
        name, reading, now = *item, datetime.now(UTC)
        kin = families.find(reading.fingerprint)
        if kin.picture is None:
            fresh = reading.fingerprint
            joined: Reference | None = Reference(
                name, "bench", name, fresh, now, kind=reading.kind, session=kin.session
            )
        else:
            joined = join(pictures[kin.picture], Version(reading.fingerprint, name, now, reading.kind))
        if joined is not None:
            pictures[joined.id] = with_around(joined, reading, name, now)
            families.add(pictures[joined.id])
    return list(pictures.values())


def _enrolled(named: Named) -> tuple[str, PhotoReading] | None:
    name, make = named
    try:
        reading = read_photo(make(), features=True)
    except UnreadableImage as error:
        print(f"not enrolled: {name}: {error}")
        return None
    return name, replace(reading, fingerprint=load_fingerprint(dump_fingerprint(reading.fingerprint)))


def ask(matcher: PhotoMatcher, name: str, data: bytes) -> Answer:
    """As the pipeline does: hashes first, local features where they may add something, parts by themselves last."""
    start, looked = time.process_time(), False
    match: Match | None = None
    try:
        reader = PictureReader()
        reading = reader.image(data, Detail.HASHES)
        match = matcher.fast(reading)
        if matcher.wants_features(reading, match):
            looked = True
            match = closely(matcher, reader, data)
    except UnreadableImage as error:
        print(f"not read: {name}: {error}")
    return Answer(match, 1000 * (time.process_time() - start), looked)


def closely(matcher: PhotoMatcher, reader: PictureReader, data: bytes) -> Match:
    """As `pipeline.closely` does. Raises UnreadableImage."""
    reading = reader.image(data, Detail.FEATURES)
    best = matcher.full(reading)
    for boxes in matcher.wants_windows(reading, best):
        if best.tier is not Tier.MATCH:
            best = max(best, matcher.closer(reader.windows(data, boxes)), key=lambda match: match.score)
    return best


def chosen(count: int, share: float) -> list[int]:
    return np.flatnonzero(np.random.default_rng(7).random(count) < share).tolist()


def in_parallel(work: Callable[[Job], Found], jobs: Sequence[Job], processes: int) -> list[Found]:
    """In order. Workers are forked at the call, so that they have what the module holds by then."""
    if processes == 1:
        return [work(job) for job in jobs]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, jobs, chunksize=4))


def percent(values: Iterable[bool]) -> float:
    listed = list(values)
    return 100.0 * sum(listed) / max(1, len(listed))

"""What matching costs: one image from bytes to answer, the indexes, the memory.

    python -m bench.speed_match [--photos 1000] [--many 10000] [--json FILE]

CPU milliseconds of one thread. The machine's speed cancels out of the ratio to the floor: libjpeg-turbo
decoding the same JPEG in grey at 1/8, which is little more than its entropy decoding (Pillow's draft mode
does that with about 0.1 ms of its own). Best of three rounds of medians. Photos are made from a seed;
enrolled sets are grown from ten of them by disturbing their descriptors.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from bench.asking import ask
from bench.edits import EDITS
from bench.pictures import scene
from monitor.matching import index
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading import pdq_hash
from monitor.matching.reading.decode import decode_picture
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.matching.serialise import dump_fingerprint
from monitor.model.fingerprint import Fingerprint, Reference
from monitor.model.settings import MatchSettings
from monitor.ports import Detail

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def cost(work: Callable[[], object], times: int = 9) -> float:
    """CPU milliseconds."""
    work()
    rounds = []
    for _ in range(3):
        taken = []
        for _ in range(times):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
        rounds.append(sorted(taken)[len(taken) // 2])
    return 1000 * min(rounds)


def jpeg(image: Image.Image, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(file, "JPEG", quality=85)
    return file.getvalue()


def floor(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (image.width // 8, image.height // 8))
        image.load()


def grown(prints: list[Fingerprint], count: int) -> list[Reference]:
    random = np.random.default_rng(5)
    made = []
    for number in range(count):
        print_ = prints[number % len(prints)]
        if number >= len(prints) and print_.features is not None:
            moved = print_.features.descriptors + random.normal(0, 22, print_.features.descriptors.shape)
            features = replace(print_.features, descriptors=moved.clip(0, 255).astype(np.uint8))
            bits = random.bytes(32)
            print_ = replace(print_, pdq=replace(print_.pdq, bits=bits), features=features)
        made.append(Reference(str(number), "bench", str(number), print_, NOW))
    return made


def resident() -> float:
    """MB, of this process, now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def looked(matcher: PhotoMatcher, data: bytes) -> None:
    """The whole way of a candidate that the hashes do not know, parts of it included."""
    ask(matcher, "", data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--many", type=int, default=10_000, help="a second set, to see what size costs; 0: none")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    figures: dict[str, float] = {}

    def say(name: str, value: float) -> None:
        figures[name] = round(value, 3)
        print(f"{name:66}{value:10.2f}", flush=True)

    command = [
        sys.executable,
        "-c",
        "import monitor.matching.matcher as m, sys; print('cv2' in sys.modules, 'PIL' in sys.modules)",
    ]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    print(f"the core loads cv2: {loaded[0]}, Pillow: {loaded[1]}")
    pictures = [scene(np.random.default_rng((9, n))) for n in range(16)]
    prints = [fingerprint_photo(jpeg(p, p.size), features=True) for p in pictures[:10]]
    say("bytes a photo", max(len(dump_fingerprint(item)) for item in prints))

    sharp = Image.blend(pictures[10].resize((1080, 1440)), Image.effect_noise((1080, 1440), 60).convert("RGB"), 0.06)
    for name, size in (("1080 x 1440", (1080, 1440)), ("4000 x 3000", (4000, 3000))):
        data = jpeg(sharp, size)
        least = cost(lambda data=data: floor(data))
        say(f"{name}, {len(data) // 1000} kB: floor, ms", least)
        say(f"{name}: decode + PDQ, ms", both := cost(lambda data=data: pdq_hash.pdq(decode_picture(data).frames[0])))
        say(f"{name}: decode + PDQ, times the floor", both / least)
        if size[0] == 1080:
            hashes_only = PhotoMatcher(grown(prints, args.photos), MatchSettings(features=False))
            say(f"{name}: bytes to the hashes' answer, ms", cost(lambda d=data, m=hashes_only: m.fast(read_image(d))))

    strangers = [jpeg(p, (p.width, p.height)) for p in pictures[11:]]
    random = np.random.default_rng(1)
    edited = [
        jpeg(changed := EDITS[edit][1](pictures[n], random, pictures[11:]).convert("RGB"), changed.size)
        for n, edit in enumerate(("app", "crop50", "collage2", "mirror crop", "inset", "tilt", "stickers", "crop70"))
    ]
    for count in (args.photos, args.many):
        if not count:
            continue
        before, start = resident(), time.process_time()
        matcher = PhotoMatcher(grown(prints, count))
        say(f"{count} enrolled: growing and indexing, CPU s", time.process_time() - start)
        say(f"{count} enrolled: memory, MB", resident() - before)
        for name, files in (("no", strangers), ("yes", edited)):
            spent = [cost(lambda d=data, m=matcher: looked(m, d), times=3) for data in files]
            say(f"{count} enrolled: saying {name} with the detector, ms", float(np.mean(spent)))
        say(f"{count} enrolled: of it comparing, ms", float(np.mean([
            cost(lambda r=reading, m=matcher: m.full(r), times=3)
            for reading in (read_image(data, detail=Detail.FEATURES) for data in strangers)
        ])))  # fmt: skip
        del matcher

    draw = np.random.default_rng(3)
    wanted = draw.integers(0, 256, (8, 32), dtype=np.uint8)
    small = index.build_hash_index(draw.integers(0, 256, (10_000, 32), dtype=np.uint8))
    say("10^4 hashes, 50 bits, eight turns, ms", cost(lambda: small.search(wanted, 50)))
    million = draw.integers(0, 256, (1_000_000, 32), dtype=np.uint8)
    before, start = resident(), time.process_time()
    large = index.build_hash_index(million)
    say("10^6 hashes: build, CPU s", time.process_time() - start)
    say("10^6 hashes: memory beside them, MB", resident() - before)
    say("10^6 hashes, 31 bits, one turn, ms", cost(lambda: large.search(wanted[:1], 31)))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""What saying no costs on the pictures that a forum's page has, part by part.

    python -m bench.forum [--photos FOLDER] [--half tune|report] [--enrolled 1000] [--count 3] [--json FILE]

Strangers of one half of the photographs, saved as people's devices and sites save them, weighed as `MIX` says; ten of
the other half are enrolled, and grown to `--enrolled`. CPU milliseconds of one thread, best of three. The machine's
speed cancels out of the ratio to the floor, which is measured between the pictures: `QUIET` is the floor on a quiet
machine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PIL import Image

from bench.edits import EDITS
from bench.photographs import Half, Photograph, photographs
from bench.speed_match import cost, floor, grown, jpeg, looked
from monitor.errors import UnreadableImage
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo
from monitor.model.fingerprint import Fingerprint

QUIET = 1.9  # ms: the floor on the machine of bench/README.md when nothing else runs
Saved = Callable[[Image.Image, np.random.Generator], bytes]


def _sized(image: Image.Image, longest: float) -> Image.Image:
    factor = longest / max(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)


def _saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def _photo(image: Image.Image, random: np.random.Generator) -> bytes:
    return _saved(_sized(image, random.uniform(800, 1600)), "JPEG", quality=int(random.integers(70, 92)))


def _thumbnail(image: Image.Image, random: np.random.Generator) -> bytes:
    return _saved(_sized(image, random.uniform(150, 320)), "JPEG", quality=80)


def _webp(image: Image.Image, random: np.random.Generator) -> bytes:
    return _saved(image.resize((1080, 1440), Image.Resampling.LANCZOS), "WEBP", quality=80)


def _camera(image: Image.Image, random: np.random.Generator) -> Image.Image:
    large = image.resize((4000, 3000), Image.Resampling.BICUBIC)
    grain = Image.effect_noise(large.size, 40).convert("RGB")
    return Image.blend(large, grain, 0.06)


def _camera_jpeg(image: Image.Image, random: np.random.Generator) -> bytes:
    return _saved(_camera(image, random), "JPEG", quality=88)


def _camera_heic(image: Image.Image, random: np.random.Generator) -> bytes:
    import pillow_heif  # where the program reads HEIC

    pillow_heif.register_heif_opener()
    return _saved(_camera(image, random), "HEIF", quality=60)


def _screenshot(image: Image.Image, random: np.random.Generator) -> bytes:
    return _saved(EDITS["app"][1](image, random, ()).convert("RGB"), "PNG")


MIX: dict[str, tuple[int, Saved]] = {  # of 20
    "photo, JPEG": (9, _photo),
    "thumbnail, JPEG": (5, _thumbnail),
    "1080 x 1440, WebP": (3, _webp),
    "screenshot, PNG": (1, _screenshot),
    "12 MP, JPEG": (1, _camera_jpeg),
    "12 MP, HEIC": (1, _camera_heic),
}

# Part: where it is done. What one part does inside another is counted once, in the inner one; all of windows in theirs.
_READING, _MATCHER = "monitor.matching.reading.", "monitor.matching.matcher:"
PARTS = {
    "decode": (_READING + "fingerprint:decode_picture",),
    "hash": (_READING + "fingerprint:_hashed",),
    "detect": tuple(_READING + "features:" + name for name in ("detected", "pyramid_of", "places_of")),
    "describe": tuple(_READING + "features:" + name for name in ("described", "angled", "described_at")),
    "vote": ("monitor.matching.shortlist:DescriptorIndex.votes",),
    "compare": ("monitor.matching.detector:Detector._compare",),
    "cut": (_READING + "fingerprint:plan",),
    "windows": (_READING + "fingerprint:PictureReader.windows", _MATCHER + "PhotoMatcher.closer"),
}


class Spent:
    """CPU seconds of each part."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = defaultdict(float)
        self._inside = [0.0]
        self._in_windows = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        with ExitStack() as patches:
            for part, places in PARTS.items():
                for place in places:
                    module, _, name = place.partition(":")
                    *owner, name = name.split(".")
                    holder = pkgutil.resolve_name(":".join((module, *owner)) if owner else module)
                    if hasattr(holder, name):
                        patches.enter_context(mock.patch.object(holder, name, self._timed(part, getattr(holder, name))))
            yield

    def _timed(self, part: str, work: Callable[..., object]) -> Callable[..., object]:
        def timed(*given: object, **named: object) -> object:
            if self._in_windows:
                return work(*given, **named)
            self._in_windows = part == "windows"
            self._inside.append(0.0)
            start = time.process_time()
            try:
                return work(*given, **named)
            finally:
                self._in_windows = False
                whole = time.process_time() - start
                self.parts[part] += whole - self._inside.pop()
                self._inside[-1] += whole

        return timed


def spent_on(matcher: PhotoMatcher, data: bytes) -> tuple[float, dict[str, float]]:
    """CPU milliseconds in all and in parts, of the cheapest of three rounds."""
    rounds = []
    for _ in range(3):
        spent = Spent()
        with spent.watched():
            began = time.process_time()
            looked(matcher, data)
            whole = time.process_time() - began
        rounds.append((1000 * whole, {part: 1000 * spent.parts[part] for part in PARTS}))
    return min(rounds, key=lambda each: each[0])


def enrolled(paths: Sequence[Photograph]) -> list[Fingerprint]:
    made: list[Fingerprint] = []
    for photo in paths:
        try:
            made.append(fingerprint_photo(photo.path.read_bytes(), features=True))
        except UnreadableImage:
            continue
        if len(made) == 10:
            break
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="as bench.photographs wrote them; else the demo's")
    parser.add_argument("--half", type=Half, default=Half.TUNE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--enrolled", type=int, default=1000)
    parser.add_argument("--count", type=int, default=3, help="pictures of the rarest sort; of the others in proportion")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    strangers = photographs(args.photos, args.half)
    others = photographs(args.photos, Half.REPORT if args.half is Half.TUNE else Half.TUNE)
    matcher = PhotoMatcher(grown(enrolled(others), args.enrolled))
    reference = jpeg(strangers[0].image(), (1080, 1440))
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for sort, (share, save) in MIX.items():
        for _ in range(share * args.count):
            image = strangers[int(random.integers(len(strangers)))].image()
            try:
                data = save(image, random)
            except ImportError:
                print(f"{sort}: cannot be made here", flush=True)
                break
            least = cost(lambda: floor(reference), 3)
            whole, parts = spent_on(matcher, data)
            rows[sort].append(parts | {"all": whole, "floor": least, "quiet": whole / least * QUIET})
    names = [*PARTS, "all", "floor", "quiet"]
    print(f"{'ms, mean':22}{'n':>4}" + "".join(f"{name:>10}" for name in names))
    rows["the mix"] = [row for listed in rows.values() for row in listed]
    figures = {}
    for sort, listed in rows.items():
        figures[sort] = {name: float(np.mean([row[name] for row in listed])) for name in names}
        print(f"{sort:22}{len(listed):4}" + "".join(f"{figures[sort][name]:10.1f}" for name in names))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

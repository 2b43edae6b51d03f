"""Free photographs to try the matcher on, and the two halves of them that never meet.

    python -m bench.photographs OUT          # those of the demo
    python -m bench.photographs OUT --debian # and those of Debian packages: apt-get downloads about 260 MB

What is tuned is tuned on one half; what is reported is measured on the other. Photographs of one scene are in one half.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import monitor.demo
from monitor.matching.reading import pdq_hash
from monitor.model.fingerprint import bits_apart

DEMO = Path(monitor.demo.__file__).parent / "photos"
LONGEST = 1_600  # pixels
SMALLEST = 200
SAME = 50  # bits of PDQ
# package: where its photographs lie; those in Qt's resource files are carved out
PACKAGES = {
    "kphotoalbum": "usr/share/kphotoalbum/demo/*.jpg",
    "lomiri-wallpapers-16.04": "usr/share/backgrounds/*.jpg",
    "mate-backgrounds": "usr/share/backgrounds/mate/*/*.jpg",
    "opencv-doc": "usr/share/doc/opencv-doc/examples/data/*.jpg",
    "palapeli-data": "usr/share/palapeli/collection/*.jpg",
    "gcompris-qt-data": "usr/share/gcompris-qt/rcc/*.rcc",
}
# of gcompris's resource files those with photographs, without those that the demo has
RESOURCES = ("erase", "details", "categorization")


class Half(StrEnum):
    TUNE = "tune"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Photograph:
    name: str
    path: Path

    @property
    def scene(self) -> str:
        """Photographs of one scene, or from two cameras beside each other, have one name here."""
        if re.search(r"(^|-)(left|right)\d*$", self.name):
            return "opencv-chessboard"
        pair = re.sub(r"(aloe|leuven|Suzanne|ela)([LRAB12]|_modified|_original)$", r"\1", self.name)
        return re.sub(r"[-_ ]\d{1,2}$", "", pair)  # donna_1 and donna_2

    @property
    def half(self) -> Half:
        return Half.TUNE if hashlib.sha256(self.scene.encode()).digest()[0] % 2 else Half.REPORT

    def image(self) -> Image.Image:
        with Image.open(self.path) as image:
            return image.convert("RGB")


def photographs(folder: Path | None, half: Half | None = None) -> list[Photograph]:
    """By name. None: those of the demo; half None: both."""
    paths = sorted((folder or DEMO).rglob("*.jpg"))
    return [item for item in (Photograph(path.stem, path) for path in paths) if half is None or item.half is half]


def collect(out: Path, packages: Sequence[str], cache: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    seen = set[bytes]()  # packages have the same photograph under other names
    count = 0
    for path in sorted(DEMO.rglob("*.jpg")):
        count += _save(out / f"demo-{path.stem}.jpg", path.read_bytes(), seen)
    for package in packages:
        for name, data in _of_package(package, cache):
            count += _save(out / f"{package.split('-')[0]}-{name}.jpg", data, seen)
    return count


def _save(path: Path, data: bytes, seen: set[bytes]) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError):
        return False
    pdq = pdq_hash.pdq(np.asarray(upright.convert("L"))).turns[0]
    if min(upright.size) < SMALLEST or any(bits_apart(pdq, known) <= SAME for known in seen):
        return False
    seen.add(pdq)
    upright.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    upright.save(path, quality=93)
    return True


def _of_package(package: str, cache: Path) -> Iterator[tuple[str, bytes]]:
    root = cache / package
    if not root.exists():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-q", "download", package], cwd=cache, check=True)
        subprocess.run(["dpkg-deb", "-x", str(max(cache.glob(f"{package}_*.deb"))), str(root)], check=True)
    for path in sorted(root.glob(PACKAGES[package])):
        if path.suffix == ".rcc" and path.stem not in RESOURCES:
            continue
        data = path.read_bytes()
        if path.suffix == ".rcc":
            yield from ((f"{path.stem}{number:03}", piece) for number, piece in enumerate(_carved(data)))
        else:
            yield path.stem, data


def _carved(data: bytes) -> Iterator[bytes]:
    """Every WebP and JPEG that lies uncompressed in a file."""
    at = 0
    while (at := data.find(b"RIFF", at)) >= 0:
        size = struct.unpack("<I", data[at + 4 : at + 8])[0] + 8
        if data[at + 8 : at + 12] == b"WEBP":
            yield data[at : at + size]
        at += size if data[at + 8 : at + 12] == b"WEBP" else 4
    at = 0
    while (at := data.find(b"\xff\xd8\xff", at)) >= 0:
        end = data.find(b"\xff\xd9", at)
        if end < 0:
            return
        yield data[at : end + 2]
        at = end + 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "bench-photographs")
    args = parser.parse_args()
    count = collect(args.out, list(PACKAGES) if args.debian else [], args.cache)
    halves = [item.half for item in photographs(args.out)]
    print(f"{count} photographs; to tune on: {halves.count(Half.TUNE)}, to report: {halves.count(Half.REPORT)}")


if __name__ == "__main__":
    main()

"""HEIC of three encoders and in phones' shapes, against the JPEG of the same photograph, through the confined readers.

    python -m bench.heic [--count N] [--photos FOLDER] [--heif-enc PROGRAM] [--elheif FOLDER]

pillow-heif (libheif 1.23, x265 4) is there. Debian's older one: `apt-get download libheif-examples`, `dpkg -x` it, and
name its `heif-enc`. kvazaar, another encoder altogether, is in the npm package `elheif` (`npm pack elheif`; for Node).
Each file is enrolled by hand beside its twin (is it known as the same photo?) and asked of as a candidate.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from PIL import Image, ImageOps

from bench.phone_heic import SHAPES, Encoder, quickly
from bench.photographs import Photograph, photographs
from monitor.errors import UnreadableImage
from monitor.matching.families import Families
from monitor.matching.matcher import PhotoMatcher
from monitor.model.fingerprint import Reference, bits_apart
from monitor.model.match import Tier
from monitor.model.settings import MatchSettings
from monitor.pipeline.closely import look_closely
from monitor.ports import Detail
from monitor.reader.pool import ReaderPool

SIDE = 900  # pixels: a grid of 2 x 2
CLOSELY_EVERY = 4  # of the files, by points too; by hashes each
SCRIPT = """
const fs = require('fs')
globalThis.importScripts = () => {}
globalThis.self = {location: {href: ''}}
eval(fs.readFileSync(process.env.ELHEIF, 'utf8'))
const made = {onRuntimeInitialized() {
  require('readline').createInterface({input: process.stdin}).on('line', line => {
    const [pixels, width, height, out] = line.split(' ')
    const answer = made.jsEncodeImage(new Uint8Array(fs.readFileSync(pixels)), +width, +height)
    if (!answer.err) fs.writeFileSync(out, answer.data)
    console.log(answer.err || 'done')
  })
}}
globalThis.__init__ELHEIF_MODULE(made)
"""


def by_heif_enc(program: str, place: Path) -> Encoder:
    png, out = place / "a.png", place / "a.heic"

    def encode(picture: Image.Image) -> bytes:
        picture.convert("RGB").save(png, compress_level=1)
        words = [program, "-q", "60", "-p", "preset=ultrafast", str(png), "-o", str(out)]
        subprocess.run(words, check=True, capture_output=True)
        return out.read_bytes()

    return encode


def by_elheif(folder: Path, place: Path) -> Encoder:
    (code,) = folder.rglob("elheif-wasm.js")
    pixels, out, script = place / "b.rgba", place / "b.heic", place / "b.cjs"
    script.write_text(SCRIPT)
    node = subprocess.Popen(
        ["node", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"ELHEIF": str(code), "PATH": "/usr/bin:/bin"},
    )
    assert node.stdin is not None and node.stdout is not None
    into, from_ = node.stdin, node.stdout

    def encode(picture: Image.Image) -> bytes:
        pixels.write_bytes(picture.convert("RGBA").tobytes())
        print(pixels, *picture.size, out, file=into, flush=True)
        if (answer := from_.readline().strip()) != "done":
            raise RuntimeError(f"elheif: {answer}")
        return out.read_bytes()

    return encode


def sized(item: Photograph) -> Image.Image:
    picture = ImageOps.contain(item.image(), (SIDE, SIDE))
    return picture.crop((0, 0, picture.width // 2 * 2, picture.height // 2 * 2))  # as cameras have them


def jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def files(
    found: list[Photograph], encoders: dict[str, Encoder], count: int
) -> Iterator[tuple[str, str, Photograph, bytes]]:
    """(encoder, shape, of which photograph, file): every shape by every encoder, as often as goes into `count`."""
    ways = cycle([(maker, shape) for shape in SHAPES for maker in encoders])
    for number, (maker, shape) in zip(range(count), ways, strict=False):
        item = found[number % len(found)]
        yield maker, shape, item, SHAPES[shape](sized(item), encoders[maker])


async def compared(found: list[Photograph], encoders: dict[str, Encoder], count: int) -> None:
    now, wrong = datetime(2026, 11, 29, tzinfo=UTC), list[str]()
    rows = defaultdict[str, list[int]](list)
    async with ReaderPool() as pool:
        readings = [await pool.photo(jpeg(sized(item)), features=True) for item in found]
        twins = [
            Reference(item.name, "default", item.name, reading.fingerprint, now)
            for item, reading in zip(found, readings, strict=True)
        ]
        families, prints = Families(twins), {twin.id: twin.fingerprint.pdq.bits for twin in twins}
        matchers = {closely: PhotoMatcher(twins, MatchSettings(features=closely)) for closely in (False, True)}
        for number, (maker, shape, item, data) in enumerate(files(found, encoders, count)):
            closely = number % CLOSELY_EVERY == 0
            try:
                print_ = (await pool.photo(data, features=closely)).fingerprint
                if closely:
                    match = (await look_closely(data, pool, matchers[True])).match
                else:
                    match = matchers[False].fast(await pool.image(data, Detail.HASHES))
            except UnreadableImage as error:
                wrong.append(f"{maker}, {shape}, {item.name}: {error}")
                continue
            apart = bits_apart(print_.pdq.bits, prints[item.name])
            rows[maker].append(apart)
            rows[shape].append(apart)
            if families.find(print_).picture != item.name:
                wrong.append(f"{maker}, {shape}, {item.name}: enrolled as another photo, {apart} bits apart")
            if (match.tier, match.reference) != (Tier.MATCH, item.name):
                wrong.append(f"{maker}, {shape}, {item.name}: {match.tier} as a candidate")
    print("| made by, or shape | files | bits of PDQ from the JPEG, median | most |\n| --- | --- | --- | --- |")
    for name, apart_s in rows.items():
        print(f"| {name} | {len(apart_s)} | {sorted(apart_s)[len(apart_s) // 2]} | {max(apart_s)} |")
    print(f"{count} files of {len(found)} photographs; wrong: {len(wrong)}")
    print("\n".join(wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--of", type=int, default=20, help="photographs")
    parser.add_argument("--photos", type=Path, help="default: those of the demo")
    parser.add_argument("--heif-enc", default=shutil.which("heif-enc"))
    parser.add_argument("--elheif", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        encoders: dict[str, Encoder] = {"pillow-heif": quickly}
        if given.heif_enc:
            encoders["heif-enc"] = by_heif_enc(given.heif_enc, Path(folder))
        if given.elheif:
            encoders["kvazaar"] = by_elheif(given.elheif, Path(folder))
        asyncio.run(compared(photographs(given.photos)[: given.of], encoders, given.count))


if __name__ == "__main__":
    main()

"""Pictures made by others to be odd or broken, through the program's own confined readers.

python -m bench.bad_pictures FOLDER [FOLDER ...]

Folders are walked for files of every kind (Pillow's source holds `Tests/images`, libpng's `contrib/pngsuite`). Told is
what came of them, whether the main process stayed as it was, and which files plain Pillow reads in our formats,
within our limits, that were not fingerprinted.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

from monitor.errors import UnreadableImage
from monitor.ports import Detail
from monitor.reader.pool import ReaderPool

FEATURES_EVERY = 10  # every tenth file goes through the detector too
PLAIN = """
import sys, pillow_heif
from PIL import Image
Image.init()
pillow_heif.register_heif_opener()
formats = ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "HEIF"]
for line in sys.stdin:
    path = line.rstrip("\\n")
    try:
        with Image.open(path, formats=formats) as image:
            size = image.size
            image.load()
        print("read", size[0], size[1], path, sep="\\t", flush=True)
    except Exception as error:
        print("no", 0, 0, path, sep="\\t", flush=True)
"""


def plain_pillow(paths: list[Path]) -> set[Path]:
    """What Pillow alone reads, asked in a process that may fall over: then another goes on behind that file."""
    answered: dict[Path, bool] = {}
    rest = paths
    while rest:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PLAIN],
            input="\n".join(map(str, rest)),
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        answered.update({Path(row[3]): row[0] == "read" for row in rows if len(row) == 4})
        if done.returncode:
            print(f"plain Pillow ended with {done.returncode} at {rest[len(rows)].name}: {done.stderr[-200:].strip()}")
        rest = rest[len(rows) + bool(done.returncode) :]
    return {path for path, read in answered.items() if read}


async def through_the_readers(paths: list[Path]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    async with ReaderPool() as pool:
        for number, path in enumerate(paths):
            try:
                await pool.image(path.read_bytes(), Detail(number % FEATURES_EVERY == 0))
                found[path] = "read"
            except UnreadableImage as error:
                found[path] = error.kind
    return found


def main() -> None:
    paths = sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*") if path.is_file())
    if not paths:
        raise SystemExit(__doc__)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asyncio.run(through_the_readers(paths))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    readable = plain_pillow(paths)
    missed = {path: found[path] for path in sorted(readable) if found[path] != "read"}
    print(f"{len(paths)} files: {dict(Counter(found.values()).most_common())}; main process grew by {grown:.0f} MB")
    ours = len(readable) - len(missed)
    print(f"plain Pillow reads {len(readable)} of them in our formats; fingerprinted: {ours}")
    for path, kind in missed.items():
        print(f"  {kind}: {path.name}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Make the photos that ship with the demo, and their credits, from one Debian package.

    apt-get update; .venv/bin/python bench/make_demo_photos.py

The package `gcompris-qt-data` (Debian 12, 3.1-2) carries photographs from Wikimedia Commons inside Qt
resource files; beside them lie README files with author, licence and source of each one. Only those in the
public domain or under CC0 are taken, so that the demo's edited copies carry no condition either. Nothing is
installed: the package is downloaded and unpacked in a temporary folder. Needs apt-get, dpkg-deb and Pillow.
"""

from __future__ import annotations

import argparse
import io
import re
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

PACKAGE = "gcompris-qt-data"
RESOURCES = ("explore_world_animals", "explore_farm_animals", "explore_monuments", "erase", "clickgame")
OUT = Path(__file__).resolve().parent.parent / "monitor" / "demo" / "photos"
LONG_SIDE = {"enrolled": 640, "others": 512}
QUALITY = 74

ENROLLED = (
    "world_animals/bison world_animals/hedgehog world_animals/koala world_animals/lemur world_animals/moose "
    "world_animals/scarlet_macaw farm_animals/cat farm_animals/owl erase/crab erase/kingfisher "
    "erase/red_panda monuments/colosseum monuments/petra monuments/pontduGard "
    "monuments/neuschwansteinCastle monuments/canyondeChelly"
).split()
OTHERS = (
    "world_animals/chameleon world_animals/crocodile world_animals/dragon world_animals/giraffe "
    "world_animals/jaguar world_animals/kangaroo world_animals/narwhal world_animals/panda "
    "world_animals/polar_bear farm_animals/chicken farm_animals/cow farm_animals/dog farm_animals/duck "
    "farm_animals/horse farm_animals/pig farm_animals/sheep erase/giraffe erase/pika clickgame/sea1 "
    "clickgame/sea2 clickgame/sea4 clickgame/sea5 clickgame/sea6 monuments/greatWallofChina "
    "monuments/machuPicchu monuments/ajantaCave monuments/charminar monuments/greatStupa monuments/hawaMahal "
    "monuments/mysorePalace monuments/qutubMinar monuments/rangGhar monuments/arlesAmphitheater "
    "monuments/chateaudeChambord monuments/chateaudeChenonceau monuments/citedeCarcassonne "
    "monuments/montStMichel monuments/rocamadour monuments/berlinCathedral monuments/schwerinPalace "
    "monuments/trierImperialBaths monuments/fortSumter monuments/bentPyramid monuments/redPyramid"
).split()


@dataclass(frozen=True)
class Photo:
    name: str  # "monuments/petra"
    author: str
    licence: str
    source: str
    image: bytes  # WebP, as in the package


def read_resources(blob: bytes) -> dict[str, bytes]:
    """Path -> bytes of every file in a Qt resource file (.rcc, format versions 1 to 3)."""
    if blob[:4] != b"qres":
        raise ValueError("not a Qt resource file")
    version, tree, data, names = struct.unpack(">IIII", blob[4:20])
    step = 14 if version == 1 else 22
    files: dict[str, bytes] = {}

    def name_at(offset: int) -> str:
        at = names + offset
        (length,) = struct.unpack(">H", blob[at : at + 2])
        return blob[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    def walk(node: int, prefix: str) -> None:
        at = tree + node * step
        name_offset, flags = struct.unpack(">IH", blob[at : at + 6])
        path = f"{prefix}/{name_at(name_offset)}" if node else ""
        if flags & 2:  # a folder
            count, first = struct.unpack(">II", blob[at + 6 : at + 14])
            for child in range(first, first + count):
                walk(child, path)
            return
        (offset,) = struct.unpack(">I", blob[at + 10 : at + 14])
        (length,) = struct.unpack(">I", blob[data + offset : data + offset + 4])
        body = blob[data + offset + 4 : data + offset + 4 + length]
        files[path] = zlib.decompress(body[4:]) if flags & 1 else body

    walk(0, "")
    return files


def parse_credits(text: str) -> Iterator[dict[str, list[str]]]:
    """The stanzas of a README: `Copyright`, `License`, `Source`, `Comments`, `Files`, each with its lines."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, list[str]] = {}
        field = ""
        for line in stanza.splitlines():
            if found := re.match(r"(Copyright|License|Source|Comments?|Files):\s*(.*)", line):
                field = found[1]
                fields[field] = [found[2]] if found[2] else []
            elif field:
                fields[field].append(line.strip())
        if fields.get("Files"):
            yield fields


def photos(root: Path) -> Iterator[Photo]:
    """Every credited photograph under a licence without conditions."""
    for resource in RESOURCES:
        files = read_resources((root / f"usr/share/gcompris-qt/rcc/{resource}.rcc").read_bytes())
        for path, body in files.items():
            if not path.endswith("/README"):
                continue
            folder = path.rsplit("/", 1)[0]
            for fields in parse_credits(body.decode()):
                licence = " ".join(fields.get("License", []))
                if licence.lower() not in ("public domain", "cc0-1.0"):
                    continue
                licence = licence.replace("domain", "Domain")
                for file in fields["Files"]:
                    if f"{folder}/{file}" not in files or not file.endswith(".webp"):
                        continue
                    name = f"{resource.removeprefix('explore_')}/{Path(file).stem}"
                    author, source = " ".join(fields["Copyright"]), " ".join(fields.get("Source", []))
                    yield Photo(name, author, licence, source, files[f"{folder}/{file}"])


def file_name(photo: Photo) -> str:
    """`monuments/pontduGard` -> `pont_du_gard.jpg`; the second giraffe gets its folder's name."""
    stem = photo.name.split("/")[1]
    if photo.name == "erase/giraffe":
        stem = "giraffe_head"
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem)
    spaced = re.sub(r"(?<=[a-z])(du|de|of)(?=_)", r"_\1", spaced)
    return spaced.lower() + ".jpg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "-q", "download", PACKAGE], cwd=folder, check=True)
        (package,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package.name, "root"], cwd=folder, check=True)
        version = package.name.split("_")[1]
        available = {photo.name: photo for photo in photos(Path(folder) / "root")}
    lines = [
        "# Credits of the demo's photographs",
        "",
        "All of them are in the public domain or under CC0 1.0",
        "(https://creativecommons.org/publicdomain/zero/1.0/): copying and changing them is free.",
        f"They were taken from the Debian package `{PACKAGE}` {version}, whose README files name author,",
        "licence and source as below, and made smaller by `bench/make_demo_photos.py`.",
        "",
    ]
    for group, names in (("enrolled", ENROLLED), ("others", OTHERS)):
        (out / group).mkdir(parents=True, exist_ok=True)
        lines += [f"## {group}/", "", "| file | author | licence | source |", "| --- | --- | --- | --- |"]
        rows = []
        for name in names:
            photo = available[name]
            image = Image.open(io.BytesIO(photo.image)).convert("RGB")
            image.thumbnail((LONG_SIDE[group],) * 2, Image.Resampling.LANCZOS)
            image.save(out / group / file_name(photo), "JPEG", quality=QUALITY, optimize=True)
            rows.append(f"| {file_name(photo)} | {photo.author} | {photo.licence} | {photo.source} |")
        lines += [*sorted(rows), ""]
    (out / "CREDITS.md").write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()

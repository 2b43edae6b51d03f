"""Free pictures to post: the demo's photos, enlarged so that software makes thumbnails of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

import monitor.demo

PHOTOS = Path(monitor.demo.__file__).parent / "photos"


@dataclass(frozen=True, slots=True)
class Picture:
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def make(folder: Path, count: int, *, width: int = 1600, ending: str = "jpg", start: int = 0) -> list[Picture]:
    """`count` different pictures of that width."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted((PHOTOS / "enrolled").glob("*.jpg")) + sorted((PHOTOS / "others").glob("*.jpg"))
    made = []
    for source in sources[start : start + count]:
        with Image.open(source) as photo:
            large = photo.convert("RGB").resize(
                (width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS
            )
        path = folder / f"{source.stem.replace('_', '-')}.{ending}"
        large.save(path, quality=88)
        made.append(Picture(path))
    assert len(made) == count
    return made


def digests(folder: Path, *patterns: str) -> dict[str, str]:
    """name of a file -> SHA-256, of what a program keeps in a folder."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for pattern in patterns
        for file in sorted(folder.glob(pattern))
    }

"""Pictures made to carry an enrolled photo's hash while they show something else. Each way: (hers, shown) -> grey.

python -m bench.hybrids [FOLDER of photographs] [--pairs 16]    # what the matcher says to them, and to true copies

A perceptual hash is the signs of a picture's coarsest cosine terms: set those, and the rest is free. Whoever has a
copy of a photo can do it, so what the hashes say is asked of the local features too.
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps
from scipy.fft import dctn, idctn

import monitor.demo
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import fingerprint_photo, read_image
from monitor.model.fingerprint import Reference
from monitor.model.match import Match, Tier
from monitor.ports import Detail

Grey = NDArray[np.float64]
SIZE = (800, 600)
PHOTOS = Path(monitor.demo.__file__).parent / "photos"


def grey(image: Image.Image) -> Grey:
    return np.asarray(image.convert("L").resize(SIZE, Image.Resampling.LANCZOS), np.float64)


def jpeg(luma: Grey | Image.Image, quality: int = 90) -> bytes:
    image = luma if isinstance(luma, Image.Image) else Image.fromarray(luma.clip(0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def signs_of(luma: Grey) -> NDArray[np.bool_]:
    """(16, 16): PDQ's bits."""
    turns = read_image(jpeg(luma)).frames[0].pdq_turns
    return np.unpackbits(np.frombuffer(turns[0], np.uint8))[::-1].reshape(16, 16).astype(bool)


def by_signs(hers: Grey, shown: Grey, contrast: float = 0.75, push: float = 600.0, coarsest: int = 1) -> Grey:
    """Every coarse term gets the same size and her sign: coarsest 0 takes the edges along too, as pHash asks."""
    wanted = signs_of(hers)
    hers_terms, terms = dctn(hers, norm="ortho"), contrast * dctn(shown, norm="ortho")
    mean = 128 * np.sqrt(shown.size)
    terms[:17, :17] = 0
    strength = np.full((16, 16), push)
    out = shown
    for _ in range(10):
        terms[1:17, 1:17] = strength * np.where(wanted, 1.0, -1.0)
        if coarsest == 0:
            terms[0, 1:9], terms[1:9, 0] = hers_terms[0, 1:9], hers_terms[1:9, 0]
        terms[0, 0] = mean
        out = idctn(terms, norm="ortho").clip(0, 255)
        wrong = signs_of(out) != wanted
        if wrong.sum() <= 6:
            break
        strength[wrong] += 400
    return out


def by_least_change(hers: Grey, shown: Grey, margin: float = 260.0, contrast: float = 0.8) -> Grey:
    """Only terms of the wrong sign are touched: it shows nearly nothing of hers."""
    wanted = np.where(signs_of(hers), 1.0, -1.0)
    terms = contrast * dctn(shown, norm="ortho")
    terms[0, 0] = 128 * np.sqrt(shown.size)
    least = np.full((16, 16), margin)
    out = shown
    for _ in range(10):
        block = terms[1:17, 1:17]
        terms[1:17, 1:17] = np.where(block * wanted >= least, block, least * wanted)
        out = idctn(terms, norm="ortho").clip(0, 255)
        wrong = signs_of(out) != (wanted > 0)
        if wrong.sum() <= 12:
            break
        least[wrong] += 200
    return out


def by_coarse_part(hers: Grey, shown: Grey, cut: int, fine: float = 1.0) -> Grey:
    """Hers as seen from afar, the other from near (Oliva, Torralba, Schyns 2006)."""
    terms, coarse = fine * dctn(shown, norm="ortho"), dctn(hers, norm="ortho")
    terms[:cut, :cut] = coarse[:cut, :cut]
    return idctn(terms, norm="ortho")


def by_blend(hers: Grey, shown: Grey, share: float) -> Grey:
    return share * hers + (1 - share) * shown


def by_picture(hers: Grey, shown: Grey) -> Grey:
    """A wash of hers behind the other's outlines: coarse greys hers, every edge the other's."""
    blurred = np.asarray(Image.fromarray(hers.astype(np.uint8)).filter(ImageFilter.GaussianBlur(14)), np.float64)
    far = np.asarray(Image.fromarray(shown.astype(np.uint8)).filter(ImageFilter.GaussianBlur(14)), np.float64)
    return blurred + 0.9 * (shown - far)


WAYS: dict[str, Callable[[Grey, Grey], Grey]] = {
    "signs": by_signs,
    "signs, faint": lambda h, s: by_signs(h, s, 0.5, 400.0),
    "signs, strong": lambda h, s: by_signs(h, s, 0.9, 900.0),
    "signs, both hashes": lambda h, s: by_signs(h, s, coarsest=0),
    "least change": by_least_change,
    "least change, wide margin": lambda h, s: by_least_change(h, s, 500.0, 0.6),
    "coarse part 17": lambda h, s: by_coarse_part(h, s, 17),
    "coarse part 17, fine x 2": lambda h, s: by_coarse_part(h, s, 17, 2.0),
    "coarse part 24": lambda h, s: by_coarse_part(h, s, 24, 1.5),
    "wash and outlines": by_picture,
    "blend 60": lambda h, s: by_blend(h, s, 0.6),
    "signs, mirrored": lambda h, s: by_signs(np.ascontiguousarray(h[:, ::-1]), s),
    "signs, turned 180": lambda h, s: by_signs(np.ascontiguousarray(h[::-1, ::-1]), s),
    "signs, turned 90": lambda h, s: by_signs(
        np.asarray(Image.fromarray(np.rot90(h).astype(np.uint8)).resize(SIZE), np.float64), s
    ),
}


def _small(image: Image.Image, side: int) -> Image.Image:
    return ImageOps.contain(image, (side, side))


def _through(image: Image.Image, kind: str, **options: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(file).convert("RGB")


def _noisy(image: Image.Image, much: float) -> Image.Image:
    values = np.asarray(_small(image, 640), np.float64)
    noise = np.random.default_rng(1).normal(0, much, values.shape)
    return Image.fromarray((values + noise).clip(0, 255).astype(np.uint8))


def _blurred(image: Image.Image, radius: float) -> Image.Image:
    return _small(image, 640).filter(ImageFilter.GaussianBlur(radius))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    **{f"thumbnail {side}": lambda i, s=side: _small(i, s) for side in (40, 64, 90, 128, 200)},  # type: ignore[misc]
    **{f"jpeg {q}": lambda i, q=q: _through(_small(i, 640), "JPEG", quality=q) for q in (3, 8)},  # type: ignore[misc]
    "thumbnail 64, jpeg 30": lambda i: _through(_small(i, 64), "JPEG", quality=30),
    **{f"blurred {r}": lambda i, r=r: _blurred(i, r) for r in (3, 6, 10)},  # type: ignore[misc]
    "from 64 px": lambda i: _small(i, 64).resize((640, 640 * i.height // i.width), Image.Resampling.BICUBIC),
    "pixelated": lambda i: i.resize((32, 32), Image.Resampling.BOX).resize((640, 480), Image.Resampling.NEAREST),
    "mirrored, 128": lambda i: ImageOps.mirror(_small(i, 128)),
    "turned 90, 128": lambda i: _small(i, 128).transpose(Image.Transpose.ROTATE_90),
    "mirrored, turned, blurred": lambda i: ImageOps.mirror(_blurred(i, 4)).transpose(Image.Transpose.ROTATE_270),
    "squeezed": lambda i: i.resize((400, 700)),
    "noise 40": lambda i: _noisy(i, 40),
    "noise 70": lambda i: _noisy(i, 70),
    "two tones a colour": lambda i: ImageOps.posterize(_small(i, 640), 1),
    "halftone": lambda i: _small(i, 640).convert("1").convert("RGB"),
    "halftone, 300": lambda i: _small(i, 300).convert("1").convert("RGB"),
    "faded": lambda i: _small(i, 640).point(lambda value: 118 + value // 12),
    "8 colours": lambda i: _through(_small(i, 400).quantize(8), "GIF"),
}


def answer(matcher: PhotoMatcher, data: bytes) -> tuple[bool, Match]:
    """Whether hashes take it for a copy, and what is said in the end."""
    suspected = matcher.fast(read_image(data))
    return "have not been asked" in suspected.reason, matcher.full(read_image(data, detail=Detail.FEATURES))


def row(name: str, answers: list[tuple[bool, Match]]) -> None:
    """Only of those that hashes take for copies."""
    tiers = Counter(found.tier for suspected, found in answers if suspected)
    shares = f"{tiers[Tier.MATCH]:8}{tiers[Tier.POSSIBLE]:10}{tiers[Tier.NONE]:6}"
    print(f"{name:28}{sum(tiers.values()):5}{shares}", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, nargs="?", default=PHOTOS / "enrolled")
    words.add_argument("--pairs", type=int, default=16)
    given = words.parse_args()
    random = np.random.default_rng(16)
    names = sorted(path for path in given.folder.iterdir() if path.is_file())
    chosen = [names[int(at)] for at in random.permutation(len(names))[: given.pairs]]
    photos = {path.stem: Image.open(path).convert("RGB") for path in chosen}
    at = datetime.now(UTC)
    prints = {name: fingerprint_photo(jpeg(image, 92), features=True) for name, image in photos.items()}
    matcher = PhotoMatcher([Reference(name, "bench", name, found, at) for name, found in prints.items()])
    print(f"{len(photos)} photos{'hashes say so':>19}   match  possible  none")
    others = sorted((PHOTOS / "others").glob("*.jpg"))
    shown = [grey(Image.open(others[int(random.integers(len(others)))])) for _ in photos]
    for way, make in WAYS.items():
        pairs = zip(photos.values(), shown, strict=True)
        row(way, [answer(matcher, jpeg(make(grey(hers), other))) for hers, other in pairs])
    for name, change in COPIES.items():
        row(name, [answer(matcher, jpeg(change(image), 80)) for image in photos.values()])


if __name__ == "__main__":
    main()

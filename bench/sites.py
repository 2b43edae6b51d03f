"""A local site to measure passes on: pages of a small forum, photographs of a realistic size, planted copies.

    python -m bench.sites make FOLDER [--pages 200] [--images 1000] [--copies 60]
    python -m bench.sites serve FOLDER                    # prints its address; serves until its input ends

The photographs are the demo's (free, see monitor/demo/photos/CREDITS.md): cut, enlarged and grained from a seed until
each is a picture of its own of about 1080 x 1440 and 150 to 300 KB. `FOLDER/enrolled` are the person's,
`FOLDER/site` is what is served, `FOLDER/truth.json` names the planted copies. Same seed, same Pillow: same bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
from collections import Counter
from email.utils import formatdate
from pathlib import Path

import numpy as np
from aiohttp import web
from PIL import Image, ImageEnhance

PHOTOS = Path(__file__).resolve().parent.parent / "monitor" / "demo" / "photos"
SIZE = (1080, 1440)
WORDS = "the a of and to in it is was for on that this with as you we they from or an be at by not what all were when"


def make(folder: Path, *, pages: int = 200, images: int = 1000, copies: int = 60, seed: int = 7) -> None:
    """Does nothing where the same was made before."""
    asked = {"pages": pages, "images": images, "copies": copies, "seed": seed, "version": 1}
    done = folder / "made.json"
    if done.exists() and json.loads(done.read_text()) == asked:
        return
    draw = random.Random(seed)
    grain = np.random.default_rng(seed).normal(0, 5.5, (SIZE[1] * 2, SIZE[0] * 2)).astype(np.int16)
    (folder / "enrolled").mkdir(parents=True, exist_ok=True)
    (folder / "site" / "media").mkdir(parents=True, exist_ok=True)
    own = []
    for path in sorted((PHOTOS / "enrolled").glob("*.jpg")):
        photo = _grained(_cut(Image.open(path).convert("RGB"), 1.0, draw), grain, draw)
        photo.save(folder / "enrolled" / path.name, quality=88)
        own.append((path.stem, photo))
    others = [Image.open(path).convert("RGB") for path in sorted((PHOTOS / "others").glob("*.jpg"))]
    planted = set(draw.sample(range(images), copies))
    truth = {}
    for number in range(images):
        name = f"media/{number:05}.jpg"
        if number in planted:
            label, photo = own[len(truth) % len(own)]
            picture, truth[name] = _edited(photo, draw), label
        else:
            two = (_cut(draw.choice(others), draw.uniform(0.45, 0.9), draw) for _ in range(2))
            picture = _grained(Image.blend(*two, alpha=draw.uniform(0.0, 0.45)), grain, draw)
        picture.save(folder / "site" / name, quality=draw.randint(78, 86))
    each = -(-images // pages)
    for number in range(pages):
        shown = range(number * each, min((number + 1) * each, images))
        (folder / "site" / f"page-{number}.html").write_text(_page(number, pages, shown, draw), encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    done.write_text(json.dumps(asked))


def _cut(photo: Image.Image, share: float, draw: random.Random) -> Image.Image:
    """A part of it, upright, enlarged."""
    width, height = photo.size
    across = min(width, height * SIZE[0] / SIZE[1]) * share
    down = across * SIZE[1] / SIZE[0]
    left, top = draw.uniform(0, width - across), draw.uniform(0, height - down)
    return photo.resize(SIZE, Image.Resampling.BICUBIC, box=(left, top, left + across, top + down))


def _grained(photo: Image.Image, grain: np.ndarray, draw: random.Random) -> Image.Image:
    """What a sensor adds: an enlarged picture alone is too smooth for its size in bytes to be a photograph's."""
    top, left = draw.randrange(SIZE[1]), draw.randrange(SIZE[0])
    noise = grain[top : top + SIZE[1], left : left + SIZE[0], None]
    return Image.fromarray((np.asarray(photo, dtype=np.int16) + noise).clip(0, 255).astype(np.uint8))


def _edited(photo: Image.Image, draw: random.Random) -> Image.Image:
    """As a site saves an upload again: other size, a little brighter or darker."""
    factor = draw.uniform(0.8, 1.0)
    smaller = photo.resize((round(SIZE[0] * factor), round(SIZE[1] * factor)), Image.Resampling.LANCZOS)
    return ImageEnhance.Brightness(smaller).enhance(draw.uniform(0.92, 1.08))


def _page(number: int, pages: int, images: range, draw: random.Random) -> str:
    words = WORDS.split()

    def text(count: int) -> str:
        return " ".join(draw.choice(words) for _ in range(count))

    posts = "".join(
        f'<article class="post" id="p{image}"><a class="user" href="/user-{image % 40}.html">user {image % 40}</a>'
        f"<time datetime='2026-11-0{1 + image % 9}T12:00:00Z'>then</time><p>{text(120)}</p>"
        f'<img src="/media/{image:05}.jpg" alt="{text(3)}" width="540" loading="lazy"></article>'
        for image in images
    )
    # The first page links to all, as the overview of a board does; each other to its neighbours.
    linked = range(1, pages) if number == 0 else range(max(1, number - 3), min(pages, number + 4))
    links = "".join(f'<a class="thread" href="/page-{other}.html">page {other}</a> ' for other in linked)
    menu = "".join(f'<li><a href="/about-{item}.html">{text(2)}</a></li>' for item in range(30))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Board, page {number}</title></head><body>"
        f"<nav><ul>{menu}</ul></nav><main>{posts}</main><footer>{links}<p>{text(200)}</p></footer></body></html>"
    )


# -- serving


def application(folder: Path) -> web.Application:
    """Files with ETag and Last-Modified, 304 when asked with them. `/-/counts`: answers since it was last asked."""
    files = {}
    changed = formatdate(1_793_000_000, usegmt=True)
    for path in (folder / "site").rglob("*.*"):
        body = path.read_bytes()
        kind = "image/jpeg" if path.suffix == ".jpg" else "text/html; charset=utf-8"
        files["/" + path.relative_to(folder / "site").as_posix()] = (body, kind, f'"{hashlib.md5(body).hexdigest()}"')
    files["/"] = files["/page-0.html"]
    counts: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/-/counts":
            told = dict(counts)
            counts.clear()
            return web.json_response(told)
        found = files.get(request.path)
        what = "images" if request.path.startswith("/media/") else "others"
        counts[what] += 1
        if found is None:
            return web.Response(status=404, text="nothing here")
        body, kind, etag = found
        headers = {"ETag": etag, "Last-Modified": changed, "Content-Type": kind}
        if request.headers.get("If-None-Match") == etag:
            counts[f"{what} 304"] += 1
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    return app


async def serve(folder: Path) -> None:
    runner = web.AppRunner(application(folder), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"http://127.0.0.1:{port}/", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=["make", "serve"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=60)
    given = parser.parse_args()
    if given.do == "make":
        make(given.folder, pages=given.pages, images=given.images, copies=given.copies)
    else:
        asyncio.run(serve(given.folder))


if __name__ == "__main__":
    main()

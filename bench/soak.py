"""Memory over a long pass: 10,000 URLs through the real program, from a local server.

    .venv/bin/python -m bench.soak [--urls 10000]

A tenth are pages, the rest pictures under addresses of their own and with bytes of their own. Prints how large this
process (the core: store, fetcher, pipeline) and its confined readers are while the pass runs, and what the pass took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from aiohttp import web

from bench.pass_speed import MIB, children, prepare, resident, temporary

HERE = Path(__file__).resolve().parent

PER_PAGE = 9
PHOTOS = HERE.parent / "monitor" / "demo" / "photos"


async def serve(pages: int) -> None:
    """Pages are made when asked for; a picture's address stands behind its end, so that none is known already."""
    bodies = [path.read_bytes() for path in sorted((PHOTOS / "others").glob("*.jpg"))]

    async def answer(request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        if name.endswith(".jpg"):
            return web.Response(body=bodies[hash(name) % len(bodies)] + name.encode(), content_type="image/jpeg")
        if name not in map(str, ["", *range(1, pages)]):
            return web.Response(status=404, text="nothing here")
        number = int(name or 0)
        images = "".join(f'<article><img src="/{number}-{image}.jpg"></article>' for image in range(PER_PAGE))
        more = "".join(f'<a class="thread" href="/{other}">more</a>' for other in range(1, pages)) if not number else ""
        words = "<p>" + "words " * 200
        return web.Response(text=f"<title>A board</title>{images}{more}{words}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def soak(config: Path, urls: int) -> dict:
    from monitor.app import open_app
    from monitor.config import load
    from monitor.watchlist import load_all

    settings = load(config)
    (watch,) = load_all(settings).watches
    seen: list[tuple[float, int, int]] = []
    async with open_app(settings) as app:
        await app.references.enroll(sorted((PHOTOS / "enrolled").glob("*.jpg")), case=watch.case)
        began, used = time.monotonic(), time.process_time()
        running = asyncio.create_task(app.run_watch(watch))
        while not running.done():
            readers = sum(map(resident, children(os.getpid())))
            seen.append((time.monotonic() - began, resident(os.getpid()), readers))
            await asyncio.wait([running], timeout=1)
        report = running.result()
    steps = [seen[at * (len(seen) - 1) // 10] for at in range(11)]
    for at, core, readers in steps:
        print(f"{at:7.0f} s   core {core / MIB:6.1f} MiB   readers {readers / MIB:6.1f} MiB")
    third = len(seen) // 3
    growth = max(core for _, core, _ in seen[third:]) - max(core for _, core, _ in seen[: third + 1])
    print(
        f"{urls} URLs: {report.pages} pages, {report.images} images, {report.status.value}, {seen[-1][0]:.0f} s, "
        f"core {time.process_time() - used:.1f} CPU s, growth after the first third {growth / MIB:.1f} MiB"
    )
    for error in report.errors[:5]:
        print(f"{error.url}: {error.kind}: {error.message}")
    return {"growth": growth, "steps": steps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
        return
    pages = given.urls // (PER_PAGE + 1)
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.soak", "--serve", str(pages)],
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        with temporary() as work:
            address = server.stdout.readline().decode().strip()
            config = prepare(address, work, pages=pages, images=given.urls)
            told = asyncio.run(soak(config, given.urls))
    finally:
        server.stdin.close()
        server.wait(10)
    if given.json:
        given.json.write_text(json.dumps(told))


if __name__ == "__main__":
    main()

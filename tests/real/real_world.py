"""The world outside of a booted machine: one site that shows copies, and one mail server that keeps what it gets, at an
address that leads nowhere beyond it. Run there: `real_world.py ADDRESS FOLDER`."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

from aiohttp import web
from PIL import Image

from tests.serving.mail import mail_server

PHOTOS = Path(__file__).parents[2] / "monitor" / "demo" / "photos"
NAMES = ("owl", "koala")
PAGE = "<title>Thread</title>" + "".join(f"<p>Some words.</p><img src=/{name}.jpg>" for name in NAMES)
SCRIPTED = (
    "<title>Thread</title><div id=all></div>"
    "<script>all.innerHTML = '<p>Some words.</p><img src=/owl' + '.jpg>'</script>"
)


def copy_of(name: str) -> bytes:
    """As a site makes one: smaller, and pressed harder."""
    out = io.BytesIO()
    with Image.open(PHOTOS / "enrolled" / f"{name}.jpg") as photo:
        photo.convert("RGB").resize((photo.width * 3 // 4, photo.height * 3 // 4)).save(out, "JPEG", quality=70)
    return out.getvalue()


async def main(address: str, folder: Path) -> None:
    pictures = {f"/{name}.jpg": copy_of(name) for name in NAMES}

    async def answer(request: web.Request) -> web.Response:
        if request.path in pictures:
            return web.Response(body=pictures[request.path], content_type="image/jpeg")
        if request.path == "/scripted":
            return web.Response(text=SCRIPTED, content_type="text/html")
        if request.path.startswith("/thread"):
            return web.Response(text=PAGE, content_type="text/html")
        raise web.HTTPNotFound

    site = web.Application()
    site.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, address, 80).start()
    async with mail_server(25) as mail:
        while True:
            await asyncio.sleep(0.2)
            for number, raw in enumerate(mail.raw):
                (folder / f"{number}.eml").write_bytes(raw)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))

"""The gallery and the mail server, in a process of their own: they stay when the program is killed.

python -m tests.crash.outside FOLDER: prints the two ports; ends when its input does.
"""

from __future__ import annotations

import asyncio
import email
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP

from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, page, small

GALLERIES = 4  # sites of their own: 127.0.0.1 and the next
GALLERY, COPY, OTHER = "/t/1", "/copy.jpg", "/other.jpg"


class Keeping:
    """Writes down what it takes before it says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.open = 0
        self.idle = asyncio.Condition()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with (self._folder / "mails").open("a") as kept:
            kept.write(f"{email.message_from_bytes(envelope.content)['Message-ID']}\n")
        return "250 kept"

    async def ended(self) -> None:
        async with self.idle:
            self.open -= 1
            self.idle.notify_all()


class Talk(SMTP):
    def connection_made(self, transport: Any) -> None:
        self.event_handler.open += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._ending = self.loop.create_task(self.event_handler.ended())


async def serve(folder: Path) -> None:
    keeping, loop = Keeping(folder), asyncio.get_running_loop()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/idle":
            async with keeping.idle:
                await keeping.idle.wait_for(lambda: not keeping.open)
            return web.Response(text="idle")
        if request.path in (COPY, OTHER):
            photo = PHOTOS[0] if request.path == COPY else OTHERS[0]
            return web.Response(body=small(photo), content_type="image/jpeg")
        if request.path.startswith("/p/"):  # each copy has bytes of its own
            return web.Response(
                body=small(PHOTOS[0]) + request.host.encode() + request.path.encode(), content_type="image/jpeg"
            )
        if request.path.startswith("/g/"):
            return web.Response(text=page(f"/p/{request.path[3:]}.jpg"), content_type="text/html")
        if request.path == GALLERY:
            return web.Response(text=page(COPY, OTHER), content_type="text/html")
        return web.Response(status=404)

    mail = await loop.create_server(lambda: Talk(keeping, hostname="localhost", loop=loop), "127.0.0.1", 0)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = 0
    for site in range(1, GALLERIES + 1):
        await web.TCPSite(runner, f"127.0.0.{site}", port).start()
        port = runner.addresses[0][1]
    try:
        print(port, mail.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await runner.cleanup()
        mail.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

"""Where the demo's alerts arrive: a mail server and an endpoint for JSON, which keep what they get as files.

File names are counted, never taken from what was sent.
"""

from __future__ import annotations

import asyncio
import os
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_ALERT_BYTES = 1024 * 1024


class Receivers:
    """`async with Receivers(folder) as receivers:` receives until it ends. `files`: what came, in order."""

    def __init__(self, folder: Path) -> None:
        self.files: list[Path] = []
        self._folder = folder
        self._numbers = count(1)
        self._mail_server: asyncio.Server
        self._runner: web.AppRunner
        self.mail_port = 0
        self.json_port = 0

    async def __aenter__(self) -> Self:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        # `hostname` is given because the default asks DNS for one.
        self._mail_server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", loop=loop, data_size_limit=MAX_ALERT_BYTES),
            "127.0.0.1",
            0,
        )
        self.mail_port = self._mail_server.sockets[0].getsockname()[1]
        app = web.Application(client_max_size=MAX_ALERT_BYTES)
        app.router.add_post("/alerts", self._take_json)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.json_port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mail_server.close()
        await self._runner.cleanup()

    @property
    def apprise_urls(self) -> tuple[str, str]:
        """E-mail and JSON, as Apprise writes them."""
        mail = f"mailto://127.0.0.1:{self.mail_port}/?mode=insecure&from=monitor@demo.test&to=person@demo.test"
        return mail, f"json://127.0.0.1:{self.json_port}/alerts"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd when a whole mail has arrived."""
        content = envelope.content
        self._keep("mail", ".eml", content if isinstance(content, bytes) else (content or "").encode())
        return "250 kept"

    async def _take_json(self, request: web.Request) -> web.Response:
        self._keep("push", ".json", await request.read())
        return web.json_response({"kept": True})

    def _keep(self, kind: str, suffix: str, body: bytes) -> None:
        while True:
            path = self._folder / f"{next(self._numbers):04d}-{kind}{suffix}"
            try:
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(body)
            except FileExistsError:  # of an earlier run in the same folder
                continue
            self.files.append(path)
            return

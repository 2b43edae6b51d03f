"""Chromium under the string that `[network] user_agent` gives, with the client hints that go with that string: by
itself it would name its own version in them.

Frames and workers of other sites are targets of their own. Each is stopped until it has been told, then goes on; frames
in frames likewise, by messages in messages of the DevTools protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from monitor.outbound.browser.headers import named_in

MAX_DEPTH = 5  # of frames of other sites in frames of other sites; deeper ones keep Chromium's own hints
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}  # of Playwright's sessions, only these

Path = tuple[str, ...]


async def name_browser(session: CDPSession, user_agent: str) -> None:
    """session: of a page that has not asked for anything yet. Raises PlaywrightError."""
    naming = _Naming(session, _override(user_agent))
    session.on("Target.attachedToTarget", naming.attached)
    session.on("Target.receivedMessageFromTarget", naming.received)
    await session.send("Emulation.setUserAgentOverride", naming.override)
    await session.send("Target.setAutoAttach", _ATTACH)


@dataclass(eq=False)
class _Naming:
    session: CDPSession
    override: dict[str, Any]
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def attached(self, event: dict[str, Any], path: Path = ()) -> None:
        task = asyncio.ensure_future(self._tell((*path, event["sessionId"])))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def received(self, event: dict[str, Any], path: Path = ()) -> None:
        path = (*path, event["sessionId"])
        message = json.loads(event["message"])
        if message.get("method") == "Target.attachedToTarget":
            self.attached(message["params"], path)
        elif message.get("method") == "Target.receivedMessageFromTarget" and len(path) < MAX_DEPTH:
            self.received(message["params"], path)

    async def _tell(self, path: Path) -> None:
        with contextlib.suppress(PlaywrightError):  # it, or the page, is gone by now
            await self._send(path, "Emulation.setUserAgentOverride", self.override)
            if len(path) < MAX_DEPTH:
                await self._send(path, "Target.setAutoAttach", _ATTACH)
            await self._send(path, "Runtime.runIfWaitingForDebugger", {})

    async def _send(self, path: Path, method: str, params: dict[str, Any]) -> None:
        for target in reversed(path):
            told = json.dumps({"id": next(self._numbers), "method": method, "params": params})
            method, params = "Target.sendMessageToTarget", {"sessionId": target, "message": told}
        await self.session.send(method, params)


def _override(user_agent: str) -> dict[str, Any]:
    """Without `userAgentMetadata` no client hints are sent at all: as it is with browsers that know none."""
    browser, override = named_in(user_agent), {"userAgent": user_agent}
    if not browser.brands:
        return override
    return override | {
        "userAgentMetadata": {
            "brands": [{"brand": name, "version": version} for name, version in browser.brands],
            "fullVersionList": [{"brand": name, "version": f"{version}.0.0.0"} for name, version in browser.brands],
            "platform": browser.platform,
            "platformVersion": "",
            "architecture": "" if browser.mobile else "x86",
            "bitness": "" if browser.mobile else "64",
            "model": "",
            "mobile": browser.mobile,
        }
    }

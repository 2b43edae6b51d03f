"""Alerts out, through Apprise: `AppriseChannel` is the port's implementation.

Apprise runs in a child process (`send_child`), not in a thread, because - a plugin that hangs can be ended,
a thread cannot; - with a proxy set, the child's sockets are bent to it, and everything that would go past
it fails (`send_dial`): that may not be done to the whole daemon; - its 200 modules (about 45 MB) leave the
memory again. URLs, which are secrets, go to it over a pipe: neither arguments nor environment nor logs hold
them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import monitor
from monitor.errors import AlertFailed
from monitor.model.settings import AlertUrl, Settings

log = logging.getLogger(__name__)

CHANNEL_S = 30.0  # one channel may take this long before the next is tried
SEND_WITHIN_S = (
    100.0  # all of them; less than the first retry of the outbox (2 minutes), so that no try overlaps another
)
IDLE_S = 20.0  # the child is kept for the next alert of the same pass, not longer
MAX_REPLY = 1024 * 1024

# What the child sees of the environment: no proxy variables (the configuration decides), no credentials directory.
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY")


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """How one channel answered. name: its place in the configuration and its scheme, never the URL itself."""

    name: str
    taken: bool
    error: str = ""


class AppriseChannel:
    """Sends through `[alerts] urls`. One sending at a time; call `aclose` when done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def send(self, *, title: str, text: str, html: str, message_id: str, tag: str) -> Sequence[str]:
        """What the channels before the one that took it answered. Raises AlertFailed when none took it, or
        none is set for `tag`."""
        chosen = [(place, url) for place, url in self._numbered() if carries(url, tag)]
        if not chosen:
            what = {"": "ordinary alerts", "urgent": "urgent alerts", "digest": "the digest"}.get(tag, tag)
            raise AlertFailed(
                f"No alert channel is set for {what}.",
                remedy="Add an Apprise URL without tags to [alerts] urls: it then takes everything.",
            )
        results = await self._deliver(chosen, title, text, html, message_id)
        said = [f"alert channel {result.name}: {result.error}" for result in results if result.error]
        if not any(result.taken for result in results):
            raise AlertFailed(
                "No alert channel took it: " + "; ".join(said) + ".",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            )
        return said

    async def test(self, *, title: str, text: str, html: str, message_id: str) -> Sequence[ChannelResult]:
        """Through every channel, one after the other, whether or not the one before took it. Never raises."""
        results = []
        for place, url in self._numbered():
            try:
                results += await self._deliver([(place, url)], title, text, html, message_id)
            except AlertFailed as error:
                results.append(ChannelResult(channel_name(place, url), taken=False, error=str(error)))
        return results

    async def aclose(self) -> None:
        """Ends the child. May be called twice."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._ending is not None:
            await self._ending
            self._ending = None
        await self._end()

    def _numbered(self) -> list[tuple[int, AlertUrl]]:
        return list(enumerate(self._settings.alerts.urls, start=1))

    async def _deliver(
        self, chosen: list[tuple[int, AlertUrl]], title: str, text: str, html: str, message_id: str
    ) -> list[ChannelResult]:
        """Tries them in order until one takes it. Raises AlertFailed when the child does not answer."""
        job = {
            "urls": [{"name": channel_name(place, url), "url": url.url.value} for place, url in chosen],
            "proxy": self._settings.network.proxy,
            "product": self._settings.alerts.product_name,
            "channel_s": CHANNEL_S,
            "title": title,
            "text": text,
            "html": html,
            "message_id": message_id,
        }
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            if self._ending is not None:
                await self._ending
                self._ending = None
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    reply = await self._ask(job)
            except (TimeoutError, OSError, ValueError) as error:
                await self._end()
                raise AlertFailed(
                    f"The alert sender did not answer ({type(error).__name__}).",
                    remedy="It is kept and tried again. `alerts test` tries every channel now.",
                ) from error
            except asyncio.CancelledError:
                await asyncio.shield(self._end())  # what it is sending now is offered again: same Message-ID
                raise
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_idle)
        return [ChannelResult(row["name"], bool(row["taken"]), str(row["error"])) for row in reply["results"]]

    async def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        child = self._child
        if child is None or child.returncode is not None:
            child = self._child = await _start()
        if child.stdin is None or child.stdout is None:
            raise OSError("the child has no pipes")
        child.stdin.write(json.dumps(job).encode() + b"\n")
        await child.stdin.drain()
        line = await child.stdout.readline()
        if not line.endswith(b"\n"):
            raise OSError("the child ended")
        reply = json.loads(line)
        if not isinstance(reply, dict) or not isinstance(reply.get("results"), list):
            raise ValueError("the child answered something else")
        return reply

    def _end_idle(self) -> None:
        if not self._turn.locked():
            self._ending = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        await child.communicate()  # closes the pipes and takes the exit status


def carries(url: AlertUrl, tag: str) -> bool:
    """A URL without tags takes everything; one with tags takes only these."""
    return not url.tags or tag in url.tags


def channel_name(place: int, url: AlertUrl) -> str:
    """`1 (mailto)`: a scheme is no secret, the rest of the URL is."""
    scheme = url.url.value.partition("://")[0]
    return f"{place} ({scheme[:30]})" if scheme.isascii() and scheme.isalnum() else str(place)


async def _start() -> asyncio.subprocess.Process:
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    environment["PYTHONPATH"] = str(Path(monitor.__file__).parent.parent)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "ignore", "-m", "monitor.outbound.send_child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a library's traceback may hold a URL
        env=environment,
        limit=MAX_REPLY,
        start_new_session=True,  # Ctrl-C and systemd's SIGTERM to the group leave it to us to end it
    )

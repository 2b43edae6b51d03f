"""Pictures that an earlier pass decided are not loaded again with their page: the browser gets an empty one in their
place, without a request, so that the page's own scripts go on as if they had come."""

from __future__ import annotations

import contextlib
from collections.abc import Set
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

MAX_KNOWN = 2_000  # of one page: each is a pattern that Chromium compares every image request with
EMPTY_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # 1x1, transparent; base64


async def withhold(session: CDPSession, known: Set[str]) -> None:
    """Image requests for exactly these URLs are answered here; nothing else is held up."""
    if not known:
        return

    async def answer(event: dict[str, Any]) -> None:
        request, paused = event["request"], {"requestId": event["requestId"]}
        with contextlib.suppress(PlaywrightError):  # the page was left meanwhile
            if request["url"] not in known:
                await session.send("Fetch.continueRequest", paused)
                return
            headers = [{"name": name, "value": value} for name, value in _headers(request["headers"]).items()]
            await session.send(
                "Fetch.fulfillRequest",
                {**paused, "responseCode": 200, "responseHeaders": headers, "body": EMPTY_GIF},
            )

    session.on("Fetch.requestPaused", answer)
    patterns = [{"urlPattern": _exactly(url), "resourceType": "Image"} for url in sorted(known)[:MAX_KNOWN]]
    await session.send("Fetch.enable", {"patterns": patterns})


def _headers(asked: dict[str, str]) -> dict[str, str]:
    """An image that the page wants by CORS must not fail where the real one would not."""
    origin = next((value for name, value in asked.items() if name.lower() == "origin"), "*")
    return {
        "Content-Type": "image/gif",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": origin,
        **({"Access-Control-Allow-Credentials": "true"} if origin != "*" else {}),
    }


def _exactly(url: str) -> str:
    """As a pattern of the DevTools protocol, where * and ? stand for others and a backslash takes that away."""
    return "".join(f"\\{character}" if character in "\\*?" else character for character in url)

"""What the browser's requests are held up for: pictures that an earlier pass decided are not loaded again with their
page, and our own proxy wants the load's token.

In the place of a known picture the browser gets an empty one, without a request, so that the page's own scripts go on
as if it had come. The token could be left to Playwright; it would then hold up every request, and have each say
`Cache-Control: no-cache`, which no visitor's browser does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Set
from typing import Any

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from monitor.outbound.browser.forward_proxy import PageLoad

MAX_KNOWN = 2_000  # of one page: each is a pattern that Chromium compares every image request with
EMPTY_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # 1x1, transparent; base64


async def hold_up(page: Page, session: CDPSession, load: PageLoad, known: Set[str] = frozenset()) -> None:
    """Before the page goes anywhere. Chromium is asked for the token at the proxy's own address and then gives it by
    itself, for frames of other sites too. Image requests for exactly the known URLs are answered here. Raises
    PlaywrightError."""

    async def paused(event: dict[str, Any]) -> None:
        request, it = event["request"], {"requestId": event["requestId"]}
        with contextlib.suppress(PlaywrightError):  # the page was left meanwhile
            if request["url"] not in known:
                await session.send("Fetch.continueRequest", it)
                return
            headers = [{"name": name, "value": value} for name, value in _headers(request["headers"]).items()]
            await session.send(
                "Fetch.fulfillRequest", {**it, "responseCode": 200, "responseHeaders": headers, "body": EMPTY_GIF}
            )

    async def asked(event: dict[str, Any]) -> None:
        credentials = {"response": "ProvideCredentials", "username": load.token, "password": "-"}
        with contextlib.suppress(PlaywrightError):
            told = {"requestId": event["requestId"], "authChallengeResponse": credentials}
            await session.send("Fetch.continueWithAuth", told)

    session.on("Fetch.requestPaused", paused)
    session.on("Fetch.authRequired", asked)
    hello = f"http://{load.hello}/"
    await session.send("Fetch.enable", {"patterns": [{"urlPattern": hello}], "handleAuthRequests": True})
    await page.goto(hello, wait_until="commit")
    await session.send("Fetch.disable")
    if known:
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

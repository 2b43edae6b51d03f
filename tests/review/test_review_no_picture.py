"""No picture before it is asked for: whatever state a page is in, no byte of one comes with it, and no address."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.review.asking import asking
from tests.review.state import State
from tests.review.states import STATES

RASTER = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|ftyp(?:avif|heic|mif1)|II\*\x00|MM\x00\*", re.DOTALL)
ADDRESS = re.compile(
    rb"<(?:img|picture|video|source|object|embed|iframe|image|link[^>]+icon)\b|data:image|[\"'=(]data:|/shown/[^/]+/picture|url\("
)
KINDS = ("text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8", "")


async def every_answer(state: State) -> list[httpx.Response]:
    """Those on the way to it too."""
    found: list[httpx.Response] = []
    async with asking(state.core(), enters=state.enters) as client:
        token = ""
        if state.enters:
            token = re.search(r'name="token" value="([^"]+)"', (await client.get("/help")).text)[1]  # type: ignore[index]
        for path, fields in state.before:
            found.append(await client.post(path, data={"token": token, **dict(fields)}))
        if state.sends is None:
            found.append(await client.get(state.path))
        else:
            found.append(await client.post(state.path, data={"token": token, **dict(state.sends)}))
        while "location" in found[-1].headers:
            found.append(await client.get(found[-1].headers["location"]))
    return found


@pytest.mark.rows(5)
@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_no_state_of_any_page_holds_one(state: State) -> None:
    for answer in await every_answer(state):
        assert answer.headers.get("content-type", "") in KINDS
        assert RASTER.search(answer.content) is None
        assert (found := ADDRESS.search(answer.content)) is None, found

"""Requests and answers as they are: httpx would write each line anew, several times over, which is a sixth of what a
request costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx


class RawLines(httpx.Headers):
    """Nothing but `raw` is to be asked of it."""

    def __init__(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw_lines = list(lines)

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        return self._raw_lines


class RawRequest(httpx.Request):
    """One that is not prepared: all of it is said already."""

    def __init__(
        self,
        method: str,
        url: httpx.URL,
        lines: Sequence[tuple[bytes, bytes]],
        content: bytes,
        extensions: Mapping[str, Any],
    ) -> None:
        self.method, self.url, self.headers, self.extensions = method, url, RawLines(lines), dict(extensions)
        self._content = content


class RawResponse(httpx.Response):
    def __init__(
        self,
        status: int,
        lines: Sequence[tuple[bytes, bytes]],
        stream: httpx.AsyncByteStream,
        extensions: Mapping[str, Any],
    ) -> None:
        self.status_code, self.headers, self.stream, self.extensions = status, RawLines(lines), stream, dict(extensions)

    async def aclose(self) -> None:
        if isinstance(self.stream, httpx.AsyncByteStream):
            await self.stream.aclose()

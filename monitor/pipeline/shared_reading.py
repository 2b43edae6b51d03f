"""What confined readers make of an answer, once for all passes of a shared look: the same bytes, read in the same way,
are read once. No reading depends on whose pass it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar, cast

from monitor.errors import UnreadableImage
from monitor.model.fingerprint import Detail, ImageReading, PhotoReading, PicturePart, Window
from monitor.model.mail import MailReading
from monitor.model.page import PageContent, ParseJob
from monitor.model.registry import RdapServers, RegistryRecord
from monitor.model.robots import RobotsRules
from monitor.model.shown import ShownPicture
from monitor.pipeline.shelf import Shelf
from monitor.ports import Reader

MOST_READINGS = 128 * 1024 * 1024  # bytes of readings that somebody is still to have
_CLOSELY = 500_000  # bytes, of a picture's local features at most (model.limits)
_BY_HASHES = 10_000
Made = TypeVar("Made")


class SharedReading:
    """members: as `SharedLook` has them."""

    def __init__(self, reader: Reader, members: int, *, most_bytes: int = MOST_READINGS) -> None:
        self.reader = reader
        self._done: Shelf[Hashable, Any] = Shelf(most_bytes)
        self._going: dict[Hashable, asyncio.Task[Any]] = {}
        self._context = copy_context()
        self.readings = 0
        for number in range(members):
            self._done.come(number)

    def member(self, number: int) -> MemberReading:
        return MemberReading(self, number)

    def come(self, number: int) -> None:
        self._done.come(number)

    def left(self, number: int) -> None:
        self._done.leave(number)

    async def aclose(self) -> None:
        for going in tuple(self._going.values()):
            going.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await going

    async def once(self, name: Hashable, who: int, weight: int, read: Callable[[], Awaitable[Made]]) -> Made:
        """name: with the bytes themselves, which are compared by identity first."""
        found = self._done.take(name, who)
        if found is None:
            going = self._going.get(name) or self._start(name, weight, read)
            found = await asyncio.shield(going)
            self._done.take(name, who)
        if isinstance(found, UnreadableImage):
            raise found.with_traceback(None)
        return cast(Made, found)

    def _start(self, name: Hashable, weight: int, read: Callable[[], Awaitable[Any]]) -> asyncio.Task[Any]:
        async def reading() -> Any:
            self.readings += 1
            try:
                found: Any = await read()
            except UnreadableImage as error:
                found = error
            finally:
                self._going.pop(name, None)
            self._done.put(name, found, weight)
            return found

        going = self._going[name] = asyncio.create_task(reading(), context=self._context.copy())
        return going


class MemberReading:
    """`ports.Reader` for one member. What no pass asks for goes straight to the reader."""

    def __init__(self, shared: SharedReading, number: int) -> None:
        self._shared, self._number = shared, number

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        reader, weight = self._shared.reader, 2 * len(untrusted)
        return await self._shared.once((job, untrusted), self._number, weight, lambda: reader.page(job, untrusted))

    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        reader = self._shared.reader
        weight = len(untrusted) + (_BY_HASHES if detail is Detail.HASHES else _CLOSELY)
        return await self._shared.once(
            (detail, untrusted), self._number, weight, lambda: reader.image(untrusted, detail)
        )

    async def windows(self, untrusted: bytes, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
        reader, name = self._shared.reader, (tuple(parts), untrusted)
        weight = len(untrusted) + len(parts) * _CLOSELY
        return await self._shared.once(name, self._number, weight, lambda: reader.windows(untrusted, parts))

    async def robots(self, untrusted: bytes) -> RobotsRules | None:
        return await self._shared.reader.robots(untrusted)

    async def registry(self, untrusted: bytes, *, is_dns: bool = False) -> RegistryRecord:
        return await self._shared.reader.registry(untrusted, is_dns=is_dns)

    async def servers(self, untrusted: bytes) -> RdapServers | None:
        return await self._shared.reader.servers(untrusted)

    async def mail(self, untrusted: bytes) -> MailReading | None:
        return await self._shared.reader.mail(untrusted)

    async def photo(self, untrusted: bytes, *, features: bool) -> PhotoReading:
        return await self._shared.reader.photo(untrusted, features=features)

    async def shown(self, untrusted: bytes, *, band: int = 0, is_page: bool = False) -> ShownPicture:
        return await self._shared.reader.shown(untrusted, band=band, is_page=is_page)

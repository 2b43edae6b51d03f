"""`own_ways.OwnWays` through the fetcher: for a process that opens no connection itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from monitor.errors import PartLost
from monitor.outbound.alerts.senders import SenderLost
from monitor.parts.frames import BadMessage
from monitor.parts.link import Link
from monitor.parts.messages import own, packed
from monitor.parts.talk import Talk, TalkOver

log = logging.getLogger(__name__)

ANSWERS_AFTER_S = 30.0
"""A part that asks for a time says itself that it is up. So long after that it is taken to hang."""

OfDoor = own.DoorIsOpen | own.DoorTaken | own.CountsWanted

AGAIN_AFTER_S = 1.0
"""Until a door that was lost with the part that kept it is opened again: it is started in gaps, which that knows."""


class LinkOwnWays:
    """link: to the fetcher; closed by whoever made it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.senders = LinkSenders(link)
        self._doors = list[LinkDoor]()

    async def ask(self, request: own.OwnRequest, body: bytes = b"") -> tuple[own.OwnReply, bytes]:
        try:
            sent = await self._link.ask(
                request,
                body,
                answer=own.OwnReply,
                max_body=request.up_to,
                within_s=request.within_s + ANSWERS_AFTER_S,
            )
        except PartLost as error:
            return own.OwnReply(failed=f"it could not be asked: {error}"), b""
        except BadMessage:
            return own.OwnReply(failed="it is longer than any address that can be asked"), b""
        return sent.message, sent.body

    def door(self) -> LinkDoor:
        door = LinkDoor(self._link)
        self._doors.append(door)
        return door

    async def aclose(self) -> None:
        for door in self._doors:
            await door.aclose()


class LinkSenders:
    """`senders.Senders`: the children are the fetcher's, who has the message is kept here."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @contextlib.asynccontextmanager
    async def talk(self, job: own.SendJob) -> AsyncIterator[LinkTalk]:
        try:
            opened = self._link.talk(own.SendAlert(), packed(job), heard=own.OF_SENDER_OR_FELL)
            async with opened as talk:
                yield LinkTalk(talk)
        except PartLost as error:
            raise SenderLost(str(error), is_its_own=False) from error
        except BadMessage as error:
            raise SenderLost("the message is longer than can be sent", is_its_own=False) from error

    async def aclose(self) -> None:
        """Talks end with who has them."""


class LinkTalk:
    def __init__(self, talk: Talk[own.OfSender | own.SenderFell]) -> None:
        self._talk = talk

    async def hear(self) -> own.OfSender:
        try:
            said = (await self._talk.hear()).message
        except TalkOver as error:
            raise SenderLost("it ended before its time") from error
        if isinstance(said, own.SenderFell):
            raise SenderLost(said.why)
        return said

    async def say(self, reply: own.ToSender) -> None:
        try:
            await self._talk.say(reply)
        except TalkOver as error:
            raise SenderLost("it ended before its time") from error


class LinkDoor:
    """`own_ways.CountsDoor`. It is opened again when the fetcher, who listens, was lost."""

    def __init__(self, link: Link, *, again_after_s: float = AGAIN_AFTER_S) -> None:
        self._link, self._again_after_s = link, again_after_s
        self._keeping: asyncio.Task[None] | None = None
        self._talk: Talk[OfDoor] | None = None

    async def open(self, port: int, counts: Callable[[], str]) -> int:
        """A fetcher that cannot be had now is asked again by itself."""
        first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._keeping = asyncio.create_task(self._keep(port, counts, first))
        return await first

    async def aclose(self) -> None:
        if self._keeping is None:
            return
        keeping, self._keeping = self._keeping, None
        if self._talk is not None:
            with contextlib.suppress(PartLost, TalkOver):
                await self._talk.say(own.ShutDoor())
                await asyncio.wait([keeping], timeout=ANSWERS_AFTER_S)
        keeping.cancel()
        await asyncio.wait([keeping])

    async def _keep(self, port: int, counts: Callable[[], str], first: asyncio.Future[int]) -> None:
        """first: what came of the first try."""
        taken, is_told, it = "", False, asyncio.current_task()
        if it is not None:
            it.add_done_callback(lambda _: first.cancel())
        while self._keeping is not None:
            try:
                taken = await self._once(port, counts, first)
            except PartLost as error:
                if not is_told:
                    log.warning("counts are not told just now", extra={"action": "metrics", "how": error.how.value})
                is_told = True
            else:
                is_told = False
            finally:
                self._talk = None
            if taken and not first.done():
                first.set_exception(OSError(0, taken))
                return
            if not first.done():
                first.set_result(port)
            if self._keeping is not None:
                await asyncio.sleep(self._again_after_s)

    async def _once(self, port: int, counts: Callable[[], str], first: asyncio.Future[int]) -> str:
        """Until the talk is over. Why the door could not be opened, '' where it was."""
        async with self._link.talk(own.OpenDoor(port), heard=own.OF_DOOR) as talk:
            self._talk = talk
            async for said in talk:
                if isinstance(said.message, own.DoorTaken):
                    return said.message.why
                if isinstance(said.message, own.CountsWanted):
                    with contextlib.suppress(TalkOver):
                        await talk.say(own.CountsText(counts()))
                elif not first.done():
                    first.set_result(said.message.port)
        return ""

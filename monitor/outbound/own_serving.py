"""What the fetcher answers about destinations that the owner wrote: it has the children that run Apprise, asks for time
stamps, and listens where counts are told. What it is given for that (addresses with passwords) it keeps no longer than
the question lasts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from monitor.outbound.alerts.pool import Pool
from monitor.outbound.alerts.senders import SenderLost
from monitor.outbound.counts_door import CountsServer
from monitor.parts.messages import own
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent, Talk, TalkOver

MOST_QUERY_BYTES = 64 * 1024


def answer_own(handlers: Handlers, closing: AsyncExitStack) -> None:
    serving = _OwnServing()
    closing.push_async_callback(serving.aclose)
    handlers.talk(own.SendAlert, serving.send, heard=own.TO_SENDER, max_body=own.MOST_JOB_BYTES)
    handlers.answer(own.OwnRequest, serving.ask, max_body=MOST_QUERY_BYTES)
    handlers.talk(own.OpenDoor, serving.keep_door, heard=own.TO_DOOR)


class _OwnServing:
    def __init__(self) -> None:
        self._pool = Pool()

    async def send(self, opening: Sent[own.SendAlert], talk: Talk[own.ToSender]) -> None:
        """Passes on what the child and the core say to each other. Cut off, it ends the child, which then waits for no
        answer: so it hands nothing over."""
        job = own.JOB.unpack(opening.body)
        try:
            async with self._pool.talk(job) as child:
                while True:
                    said = await child.hear()
                    await talk.say(said)
                    if isinstance(said, own.TalkEnded):
                        return
                    if isinstance(said, own.AWAITING):
                        await child.say((await talk.hear()).message)
        except SenderLost as lost:
            await talk.say(own.SenderFell(str(lost)[: own.MOST_LABEL_CHARS]))

    async def ask(self, question: Sent[own.OwnRequest]) -> Sent[own.OwnReply]:
        from monitor.outbound.own_destination import ask_own

        return Sent(*await ask_own(question.message, question.body))

    async def keep_door(self, opening: Sent[own.OpenDoor], talk: Talk[own.CountsText | own.ShutDoor]) -> None:
        """Open while the talk lasts. What is told is asked of the core each time, once for each who asks."""
        turn, told = asyncio.Lock(), asyncio.Queue[str]()
        late = 0  # answers that nobody waits for any more: who asks next is not told what was true then

        async def counts() -> str:
            nonlocal late
            async with turn:
                await talk.say(own.CountsWanted())
                try:
                    return await told.get()
                except asyncio.CancelledError:
                    late += 1
                    raise

        server = CountsServer(counts)
        try:
            port = await server.start(opening.message.port)
        except OSError as error:
            await talk.say(own.DoorTaken((error.strerror or type(error).__name__)[: own.MOST_NAME_CHARS]))
            return
        try:
            await talk.say(own.DoorIsOpen(port))
            while not isinstance(heard := (await talk.hear()).message, own.ShutDoor):
                if late:
                    late -= 1
                else:
                    told.put_nowait(heard.text)
        except TalkOver:
            return
        finally:
            await server.aclose()

    async def aclose(self) -> None:
        await self._pool.aclose()

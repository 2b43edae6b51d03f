"""A mail server that does at each point of a talk what a test wants of it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.serving.streams import listening

GREETING, EHLO, MAIL, RCPT, DATA, END = "greeting", "ehlo", "mail", "rcpt", "data", "end"
POINTS = (GREETING, EHLO, MAIL, RCPT, DATA, END)

CLOSE = "close"  # ends the connection instead of answering
KEEP_AND_CLOSE = "keep and close"  # at END: the mail is taken, its answer gets lost
HANG = "hang"

Says = Callable[[str, str], str]
"""(point, recipient) -> '' = as it should, an answer such as `450 later`, or one of the words above. The recipient is
'' before it is known."""


@dataclass
class Script:
    says: Says = lambda point, recipient: ""
    port: int = 0
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8")
    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    talks: int = 0
    open: int = 0
    ends: int = 0  # whole messages, answered or not
    slow: dict[str, float] = field(default_factory=dict)  # point -> seconds before its answer
    at_end: asyncio.Event = field(default_factory=asyncio.Event)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, to: str = "a@x.test", more: str = "") -> str:
        return f"mailto://127.0.0.1:{self.port}/?mode=insecure&from=watch@mail.test&to={to}{more}"

    def copies(self, recipient: str) -> int:
        return sum(address == recipient for address, _ in self.got)

    def ids(self, recipient: str) -> set[str]:
        return {str(mail["Message-ID"]) for address, mail in self.got if address == recipient}

    async def idle(self) -> None:
        """Until nobody talks to it."""
        while self.open:
            await asyncio.sleep(0.005)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks += 1
        self.open += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._commands(reader, writer)
        except BaseException:  # the test is over
            writer.transport.abort()
            raise
        finally:
            self.open -= 1
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _commands(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""

        async def answer(point: str, good: str) -> bool:
            """Whether the talk goes on as it should."""
            if self.slow.get(point):
                await asyncio.sleep(self.slow[point])
            said = self.says(point, recipient)
            if said in (CLOSE, KEEP_AND_CLOSE):
                raise ConnectionError
            if said == HANG:
                self.hanging.set()
                await reader.read()
                raise ConnectionError
            writer.write(f"{said or good}\r\n".encode())
            await writer.drain()
            return not said

        if not await answer(GREETING, "220 script"):
            return
        while line := await reader.readline():
            words = line.decode().strip()
            verb = words[:4].upper()
            if verb == "EHLO":
                await answer(EHLO, "\r\n".join(["250-script", *(f"250-{one}" for one in self.extensions), "250 HELP"]))
            elif verb == "MAIL":
                self.senders.append(words)
                await answer(MAIL, "250 ok")
            elif verb == "RCPT":
                recipient = words[words.index("<") + 1 : words.index(">")]
                await answer(RCPT, "250 ok")
            elif verb == "DATA":
                if await answer(DATA, "354 go on"):
                    body = b""
                    while not body.endswith(b"\r\n.\r\n"):
                        more = await reader.readline()
                        if not more:
                            return  # RFC 5321 section 4.1.1.4: without its end nothing was sent
                        body += more
                    await self._end(recipient, body[:-3], answer)
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    async def _end(self, recipient: str, body: bytes, answer: Callable[[str, str], object]) -> None:
        self.at_end.set()
        self.ends += 1
        mail = email.message_from_bytes(body, policy=email.policy.default)
        if self.slow.get(END):  # as Postfix: what was taken is kept, even if the client has gone
            await asyncio.sleep(self.slow[END])
        if self.says(END, recipient) in ("", KEEP_AND_CLOSE):
            self.got.append((recipient, mail))
        slow, self.slow = self.slow, {}
        try:
            await answer(END, "250 kept")  # type: ignore[misc]
        finally:
            self.slow = slow


@contextlib.asynccontextmanager
async def scripted(says: Says | None = None, port: int = 0) -> AsyncIterator[Script]:
    script = Script(says or (lambda point, recipient: ""))
    async with listening(script._talk, port=port) as script.port:
        yield script
    for _ in range(3):  # an aborted connection is closed by the loop
        await asyncio.sleep(0)

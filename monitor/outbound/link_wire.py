"""The wire that leads to another process: what crosses is one hop, as a plain value.

Whoever takes it may fall over what a site sends. Then nothing is said of the site, and nothing of what others asked at
the same moment: each is asked once more in a fresh process, one after the other, so that the one that brings it down
brings down itself alone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from msgspec import structs

from monitor.clock import monotonic
from monitor.errors import HowLost, PartLost
from monitor.model.page import OutcomeKind
from monitor.outbound.wire import ERROR_BODY_BYTES
from monitor.parts.frames import BadMessage
from monitor.parts.link import Link
from monitor.parts.messages.fetching import (
    MAX_FAILURE_CHARS,
    MAX_LIST_ANSWER_BYTES,
    HopAnswer,
    HopAsk,
    HopFailure,
    ListQuestion,
    ListTold,
    NameQuestion,
    NameTold,
    NetworkQuestion,
    NetworkTold,
)

HOP_GRACE_S = 20.0
"""The time that is left is kept by who takes the hop; beyond this, it hangs."""
HOP_WIRE_SLACK = 4 * 1024 * 1024
"""What a hop may bring beyond what is kept of it: what packing adds, and the last piece that was too much."""
LOOKED_UP_WITHIN_S = 60.0
_ASKED_AGAIN = frozenset({HowLost.ENDED, HowLost.OUTSIDE_LIMITS})


class LinkWire:
    """`monitor.outbound.wire.Wire`. The link is its owner's to close."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._again = asyncio.Lock()

    async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
        began = monotonic()
        try:
            return await self._asked(asked, body)
        except PartLost as lost:
            left_s = asked.left_s - (monotonic() - began)
            if lost.how not in _ASKED_AGAIN or asked.method != "GET" or left_s <= 0:
                return _lost(lost)
        except BadMessage:  # a site's cookies, or its address, are longer than anybody's
            return HopAnswer(failure=HopFailure(OutcomeKind.REFUSED, "not visited: the request is too large")), b""
        async with self._again:
            try:
                return await self._asked(structs.replace(asked, left_s=left_s), body)
            except PartLost as lost:
                return _lost(lost)

    async def _asked(self, asked: HopAsk, body: bytes) -> tuple[HopAnswer, bytes]:
        most = max(asked.cap, ERROR_BODY_BYTES)
        said = await self._link.ask(asked, body, answer=HopAnswer, within_s=asked.left_s + HOP_GRACE_S, max_body=most)
        told = said.message
        if told.wire_bytes > most + HOP_WIRE_SLACK:  # against the budget of the visit, and nobody takes so much
            told = structs.replace(told, wire_bytes=most + HOP_WIRE_SLACK)
        return told, said.body

    async def network_state(self) -> str:
        """Asked where the network is: the core's unit has none of its own, and would see no change."""
        with suppress(PartLost):
            said = await self._link.ask(NetworkQuestion(), answer=NetworkTold, within_s=LOOKED_UP_WITHIN_S)
            return said.message.state
        return ""

    async def look_up(self, host: str) -> NameTold:
        try:
            return (await self._link.ask(NameQuestion(host), answer=NameTold, within_s=LOOKED_UP_WITHIN_S)).message
        except PartLost as lost:
            return NameTold(why=str(lost)[:MAX_FAILURE_CHARS], retry=True)
        except BadMessage:
            return NameTold(why="this cannot be the name of a host")

    async def ask_list(self, name: str) -> bytes:
        with suppress(PartLost, BadMessage):
            said = await self._link.ask(
                ListQuestion(name), answer=ListTold, within_s=LOOKED_UP_WITHIN_S, max_body=MAX_LIST_ANSWER_BYTES
            )
            return said.body
        return b""

    async def aclose(self) -> None:
        pass


def _lost(lost: PartLost) -> tuple[HopAnswer, bytes]:
    return HopAnswer(failure=HopFailure(OutcomeKind.PART, str(lost)[:MAX_FAILURE_CHARS])), b""

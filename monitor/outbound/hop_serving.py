"""What the fetcher answers of fetching."""

from __future__ import annotations

from contextlib import AsyncExitStack

from monitor.outbound.hop import LocalWire
from monitor.outbound.resting import Rests
from monitor.parts.messages.fetching import (
    MAX_LIST_ANSWER_BYTES,
    MAX_POSTED_BYTES,
    HopAnswer,
    HopAsk,
    ListQuestion,
    ListTold,
    NameQuestion,
    NameTold,
    NetworkQuestion,
    NetworkTold,
)
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent


def answer_hops(handlers: Handlers, closing: AsyncExitStack, wire: LocalWire | None = None) -> None:
    """wire: injected by tests."""
    taking, rests = wire or LocalWire(), Rests()
    closing.callback(rests.close)
    closing.push_async_callback(taking.aclose)

    async def hop(sent: Sent[HopAsk]) -> Sent[HopAnswer]:
        with rests.at_work():
            answer, body = await taking.ask(sent.message, sent.body)
            return Sent(answer, body)

    async def network(sent: Sent[NetworkQuestion]) -> NetworkTold:
        return NetworkTold(await taking.network_state())

    async def name(sent: Sent[NameQuestion]) -> NameTold:
        return await taking.look_up(sent.message.host)

    async def listed(sent: Sent[ListQuestion]) -> Sent[ListTold]:
        return Sent(ListTold(), (await taking.ask_list(sent.message.name))[:MAX_LIST_ANSWER_BYTES])

    handlers.answer(HopAsk, hop, max_body=MAX_POSTED_BYTES)
    handlers.answer(NetworkQuestion, network)
    handlers.answer(NameQuestion, name)
    handlers.answer(ListQuestion, listed)

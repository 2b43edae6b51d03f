"""A part's answer to `doctor`: it tries from inside what it must not be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.parts.confine.layers import Confinement
from monitor.parts.messages.trying import Tried, TryThese
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent


def answer_tries(
    handlers: Handlers, attempts: Callable[[Iterable[str], Iterable[str]], tuple[Confinement, ...]]
) -> None:
    """attempts: as `confine.attempts.fetcher_attempts`; each is over in a moment."""

    async def tried(sent: Sent[TryThese]) -> Tried:
        return Tried(attempts(sent.message.paths, sent.message.sockets))

    handlers.answer(TryThese, tried)

"""What the browser's own proxy dials through: here, or by a line that leads to the part that may (`dial_line`)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from monitor.model.page import Outcome

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class DialFailed(Exception):
    """outcome: what is told of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


class Dialler(Protocol):
    async def dial(self, host: str, port: int) -> tuple[Streams, str]:
        """The streams, and the address that was dialled ('' by proxy). Raises DialFailed."""
        ...

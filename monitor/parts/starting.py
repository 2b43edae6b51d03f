"""Which parts there are, and who starts and ends their processes."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from monitor.tracking.falls import FallingPart


class ProgramPart(StrEnum):
    CORE = "core"
    FETCHER = "fetcher"
    BROWSER = "browser"
    REVIEW = "review"


FALLING = {ProgramPart.FETCHER: FallingPart.FETCHER, ProgramPart.BROWSER: FallingPart.BROWSER}
"""As the person is told of those that are started by need."""


ENDS_WITHIN_S = 10.0
"""After its connection ended: so long a part may take to put away what it holds."""


@dataclass(frozen=True, slots=True)
class PartEnded:
    """code: as of `subprocess`, negative for a signal; None where nobody here can know. words: the last line that it
    said before it had greeted, '' where none is known."""

    code: int | None = None
    words: str = ""


class ProgramParts(Protocol):
    async def connect(self, part: ProgramPart) -> socket.socket:
        """A fresh process, by our end of its one connection. Raises OSError, or PartLost with what to do."""
        ...

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        """Of the process behind this connection, of which our end may be closed already, and is by then: killed where
        it still runs after so long. Never raises."""
        ...

    async def aclose(self) -> None:
        """Ends them all."""
        ...

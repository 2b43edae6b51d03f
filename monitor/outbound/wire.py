"""The port under the walk: one hop on the web, and what is looked up beside it, as plain values in and out.

Above it nothing of the network is imported; what stands behind it (`hop.py`) may be another process
(`link_wire.py`).
"""

from __future__ import annotations

from typing import Protocol

from monitor.parts.messages.fetching import HopAnswer, HopAsk, NameTold

ERROR_BODY_BYTES = 256 * 1024  # of an error page, kept to tell walls by; the rest is not read


class Wire(Protocol):
    async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
        """body: what is posted; and of the answer, unpacked and within its cap. Never raises for what a site does."""
        ...

    async def network_state(self) -> str:
        """Of the machine's network: changes with an address, a route or the resolver; '' where it cannot be known."""
        ...

    async def look_up(self, host: str) -> NameTold: ...
    async def ask_list(self, name: str) -> bytes:
        """A name of Abusix's list. b'': no answer."""
        ...

    async def aclose(self) -> None: ...

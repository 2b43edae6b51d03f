"""Opens a connection for what is not a request of ours: the tunnels of the browser. Same rules as everywhere;
with a proxy set, through it or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from monitor.model.proxy import Proxy
from monitor.outbound.dialling import DialFailed, Streams
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.proxy import CONNECT_S, open_through


@dataclass(frozen=True, slots=True)
class LocalDialler:
    """`Dialler`, where sockets may be opened. proxy: as in the configuration. identity: as `proxy.handshake`."""

    rules: AddressRules
    resolve: Resolve
    proxy: str = ""
    identity: str = ""

    async def dial(self, host: str, port: int) -> tuple[Streams, str]:
        """As `open`. Raises DialFailed."""
        try:
            return await self.open(host, port)
        except Exception as error:  # whatever it is, it is told as what became of it
            raise DialFailed(outcome_of_error(error)) from error

    async def open(self, host: str, port: int) -> tuple[Streams, str]:
        """The streams, and the address that was dialled ('' by proxy). Raises Refusal, ProxyFailed, OSError,
        UnicodeError, TimeoutError."""
        self.rules.check_target("http", host, port, by_proxy=bool(self.proxy))
        if self.proxy:
            return await open_through(Proxy.of(self.proxy), host, port, self.identity), ""
        addresses = await self.resolve(host.strip("[]"), port)
        self.rules.check_answers(host, addresses, port)
        problem: Exception = OSError(f"{host} has no address")
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_S):
                    return await asyncio.open_connection(address, port), address  # the checked literal
            except (OSError, TimeoutError) as error:
                problem = error
        raise problem

"""Where a name leads, for asking registries about it. Not for dialling: what is dialled looks its names up itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from monitor.hosts import MAX_HOST_CHARS
from monitor.model.outcome import OutcomeKind
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.guard import MAX_ANSWERS, AddressRules, Refusal
from monitor.ports.hosting import NameAnswer

LOOK_UP_S = 20.0
BY_PROXY = (
    "with a proxy set, the proxy looks names up and does not tell what it finds: which network the place is in is not "
    "known"
)

_Look = Callable[[str], Awaitable[tuple[Sequence[str], str]]]
"""A name's addresses, and what it is an alias of. Raises OSError, UnicodeError."""


class HostNames:
    """`monitor.ports.hosting.HostNaming`. by_proxy: nothing is looked up here. look: injected by tests."""

    def __init__(self, rules: AddressRules, *, by_proxy: bool, look: _Look | None = None) -> None:
        self._rules, self._by_proxy, self._look = rules, by_proxy, look or _by_system

    async def look_up(self, host: str) -> NameAnswer:
        if (number := _as_number(host)) is not None:
            found, alias = [number], ""
        elif self._by_proxy:
            return NameAnswer(why=BY_PROXY)
        else:
            try:
                async with asyncio.timeout(LOOK_UP_S):
                    answers, alias = await self._look(host)
            except TimeoutError:
                return NameAnswer(why="its name could not be looked up in time", retry=True)
            except (OSError, UnicodeError) as error:
                outcome = outcome_of_error(error)
                nobody_asked = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
                return NameAnswer(why=outcome.message, retry=nobody_asked or outcome.kind is OutcomeKind.OFFLINE)
            found = sorted(dict.fromkeys(answers), key=lambda text: ":" in text)[:MAX_ANSWERS]
        public = tuple(address for address in found if self._is_public(address))
        if not public:
            return NameAnswer(why="it leads to no public address")
        alias = alias.lower().rstrip(".")
        return NameAnswer(public, alias if alias != host and len(alias) <= MAX_HOST_CHARS and alias.isascii() else "")

    def _is_public(self, address: str) -> bool:
        try:
            self._rules.check_address(address, 443)
        except Refusal:
            return False
        return ip_address(address).is_global  # not one of the person's own networks, which may be dialled


async def _by_system(host: str) -> tuple[Sequence[str], str]:
    told = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    return [str(sockaddr[0]) for *_, sockaddr in told], next((name for *_, name, _ in told if name), "")


def _as_number(host: str) -> str | None:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None

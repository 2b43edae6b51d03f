"""Where a name leads, for asking registries about it. Not for dialling: what is dialled looks its names up itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from monitor.hosts import MAX_HOST_CHARS
from monitor.outbound.guard import MAX_ANSWERS, AddressRules, Refusal
from monitor.parts.messages.fetching import NameTold
from monitor.ports.hosting import NameAnswer

BY_PROXY = (
    "with a proxy set, the proxy looks names up and does not tell what it finds: which network the place is in is not "
    "known"
)

LookUp = Callable[[str], Awaitable[NameTold]]


class HostNames:
    """`monitor.ports.hosting.HostNaming`. by_proxy: nothing is looked up here. look_up: asks a resolver."""

    def __init__(self, rules: AddressRules, *, by_proxy: bool, look_up: LookUp) -> None:
        self._rules, self._by_proxy, self._look_up = rules, by_proxy, look_up

    async def look_up(self, host: str) -> NameAnswer:
        if (number := _as_number(host)) is not None:
            told = NameTold((number,))
        elif self._by_proxy:
            return NameAnswer(why=BY_PROXY)
        else:
            told = await self._look_up(host)
        if told.why:
            return NameAnswer(why=told.why, retry=told.retry)
        found = sorted(dict.fromkeys(told.addresses), key=lambda text: ":" in text)[:MAX_ANSWERS]
        public = tuple(address for address in found if self._is_public(address))
        if not public:
            return NameAnswer(why="it leads to no public address")
        alias = told.alias.lower().rstrip(".")
        return NameAnswer(public, alias if alias != host and len(alias) <= MAX_HOST_CHARS and alias.isascii() else "")

    def _is_public(self, address: str) -> bool:
        try:
            self._rules.check_address(address, 443)
        except Refusal:
            return False
        return ip_address(address).is_global  # not one of the person's own networks, which may be dialled


def _as_number(host: str) -> str | None:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None

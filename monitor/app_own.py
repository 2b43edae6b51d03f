"""Composition root, fifth part: destinations that the owner wrote (alerts, time stamps, the address that is told that
all is well), and the door for counts. Nothing here opens anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.app_parts import Outside
    from monitor.model.alert import AlertKind
    from monitor.model.channel_health import ChannelResult
    from monitor.outbound.alerts.apprise_channel import AppriseChannel
    from monitor.outbound.own_ways import CountsDoor, OwnWays
    from monitor.services.alerts import AlertService
    from monitor.services.stamps import StampService


def own_ways(outside: Outside | None) -> OwnWays:
    """outside: who opens connections; None: this process. Call its `aclose` when done, before those of the links."""
    if outside is None:
        from monitor.outbound.own_local import LocalOwnWays

        return LocalOwnWays()
    from monitor.outbound.own_link import LinkOwnWays

    return LinkOwnWays(outside.fetcher)


class OwnParts:
    """Of the app, which sets these."""

    settings: Settings
    store: Store
    clock: Clock
    outside: Outside | None
    _exact: Clock
    _opened: AsyncExitStack

    @cached_property
    def own(self) -> OwnWays:
        own = own_ways(self.outside)
        self._opened.push_async_callback(own.aclose)
        return own

    @cached_property
    def channel(self) -> AppriseChannel:
        from monitor.outbound.alerts import open_channel

        channel = open_channel(self.settings, self.own)
        self._opened.push_async_callback(channel.aclose)
        return channel

    @cached_property
    def alerts(self) -> AlertService:
        from monitor.services.alerts import AlertService

        return AlertService(self.store, self.settings, self.clock, lambda: self.channel, lambda: self.own)

    @cached_property
    def stamps(self) -> StampService:
        from monitor.services.stamps import StampService

        return StampService(self.store, self.settings, self._exact, lambda: self.own)

    async def ping(self, *, well: bool, starts: bool = False) -> None:
        """Raises PingFailed."""
        from monitor.outbound.ping import ping

        await ping(self.settings, self.own, well=well, starts=starts)

    async def try_channels(self) -> Sequence[ChannelResult]:
        """A harmless alert through each, on its own."""
        from monitor.services.alerts import try_channels

        return await try_channels(self.settings, self.own, self.clock())

    async def tell_at_once(self, kind: AlertKind, about: str = "") -> bool:
        """Past the outbox. Whether anybody took it."""
        from monitor.services.alerts import tell_at_once

        return await tell_at_once(kind, self.settings, self.channel, self.clock(), about)

    def counts_door(self) -> CountsDoor:
        """Where counts are told, once it is opened."""
        return self.own.door()

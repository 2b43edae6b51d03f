"""Composition root, fifth part: destinations that the owner wrote (alerts, time stamps, the address that is told that
all is well), and the door for counts. Nothing here opens anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.app_cases import CaseParts
from monitor.model.ids import CaseId
from monitor.model.settings import AlertSettings, Settings
from monitor.ports import AlertChannel

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.app_parts import Outside
    from monitor.clock import Clock
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


MOST_OWN_CHANNELS = 200  # held at once


class OwnParts(CaseParts):
    """Of the app, which sets these."""

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

        def of_case(case: CaseId) -> tuple[Settings, AlertChannel]:
            return self.settings_of(case), self.channel_of(case)

        return AlertService(self.store, self.settings, self.clock, lambda: self.channel, lambda: self.own, of_case)

    def channel_of(self, case: CaseId) -> AppriseChannel:
        """Whatever is in force for this case."""
        from monitor.outbound.alerts import open_channel

        own = self.settings_of(case)
        if own.alerts == self.settings.alerts:
            return self.channel
        known = self.own_channels.get(case)
        if known is None or known[0] != own.alerts:
            while len(self.own_channels) >= MOST_OWN_CHANNELS:  # what one is doing goes on without being held here
                del self.own_channels[next(iter(self.own_channels))]
            known = self.own_channels[case] = own.alerts, open_channel(own, self.own)
        return known[1]

    @cached_property
    def own_channels(self) -> dict[CaseId, tuple[AlertSettings, AppriseChannel]]:
        """Of cases whose alerts go elsewhere, or otherwise, than all others'."""
        made: dict[CaseId, tuple[AlertSettings, AppriseChannel]] = {}

        async def close() -> None:
            for _, channel in made.values():
                await channel.aclose()

        self._opened.push_async_callback(close)
        return made

    @cached_property
    def stamps(self) -> StampService:
        from monitor.services.stamps import StampService

        return StampService(self.store, self.settings, self._exact, lambda: self.own)

    async def ping(self, *, well: bool, starts: bool = False) -> None:
        """Raises PingFailed."""
        from monitor.outbound.ping import ping

        await ping(self.settings, self.own, well=well, starts=starts)

    async def try_channels(self, case: CaseId | None = None) -> Sequence[ChannelResult]:
        """A harmless alert through each, on its own. case: through those in force for it."""
        from monitor.services.alerts import try_channels

        settings = self.settings if case is None else self.settings_of(case)
        return await try_channels(settings, self.own, self.clock())

    async def tell_at_once(self, kind: AlertKind, about: str = "") -> bool:
        """Past the outbox. Whether anybody took it."""
        from monitor.services.alerts import tell_at_once

        return await tell_at_once(kind, self.settings, self.channel, self.clock(), about)

    def counts_door(self) -> CountsDoor:
        """Where counts are told, once it is opened."""
        return self.own.door()

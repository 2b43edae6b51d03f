"""Composition root, third part: what a page asks for, and what the daemon does for it. Nothing here opens anything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.outbound.alerts.apprise_channel import ChannelResult
    from monitor.services.found_links import LinkService
    from monitor.services.inbox import InboxService
    from monitor.services.wishes import WishService


class ReviewParts:
    """Of the app, which sets these three."""

    settings: Settings
    store: Store
    clock: Clock

    @cached_property
    def inbox(self) -> InboxService:
        from monitor.services.inbox import InboxService

        return InboxService(self.store, self.settings, self.clock)

    @cached_property
    def wishes(self) -> WishService:
        from monitor.services.wishes import WishService

        return WishService(self.store, self.settings, self.clock)

    @cached_property
    def found_links(self) -> LinkService:
        from monitor.services.found_links import LinkService

        return LinkService(self.store, self.settings, self.clock)

    async def try_channels(self) -> Sequence[ChannelResult]:
        """A harmless alert through each, on its own."""
        from monitor.services.alerts import try_channels

        return await try_channels(self.settings, self.clock())

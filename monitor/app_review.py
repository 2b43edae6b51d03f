"""Composition root, third part: what a page asks for, and what the daemon does for it. Nothing here opens anything."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.services.found_links import LinkService
    from monitor.services.inbox import InboxService
    from monitor.services.wishes import WishService


_OUTLIVE_SETTINGS = frozenset(
    {"reader", "fetcher", "channel", "own", "own_channels", "quotas", "screenshots", "shots", "paper"}
)


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

    def follow(self, settings: Settings) -> None:
        """As they are by now. What was made with the earlier ones is made anew when it is asked for; what holds
        processes and connections stays."""
        self.settings = settings
        made = [
            name
            for one in type(self).__mro__
            for name, value in vars(one).items()
            if isinstance(value, cached_property)
        ]
        for name in set(made) - _OUTLIVE_SETTINGS:
            self.__dict__.pop(name, None)
